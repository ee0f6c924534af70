//! Tests of a plugin without WebAssembly.
//!
//! A test's own host answers the host functions, on this thread.
//!
//! ```
//! use kim_plugin::http::{Failure, Request, Response, send};
//! use kim_plugin::testing::{Host, with_host};
//!
//! struct Wiki;
//!
//! impl Host for Wiki {
//!     fn http(&mut self, request: Request) -> Result<Response, Failure> {
//!         assert_eq!(request.method, "GET");
//!         Ok(Response { status: 200, headers: Vec::new(), body: b"Home".to_vec() })
//!     }
//! }
//!
//! let url = "https://wiki.example.com/1".into();
//! let request = Request { method: "GET".into(), url, ..Request::default() };
//! let answer = with_host(Wiki, || send(request.clone())).unwrap();
//! assert_eq!(answer.body, b"Home");
//! // Without a host a request fails.
//! assert!(matches!(send(request), Err(Failure::Unreachable(_))));
//! ```

use std::cell::RefCell;

use kim_model::Value;

use crate::types::{AwsFailure, AwsRequest, HttpFailure, HttpRequest, Level, Response};

/// The host's side of the contract.
///
/// By default a request fails as it does without a network.
pub trait Host {
    /// Returns the plugin's configuration, a map.
    fn config(&mut self) -> Value {
        Value::map()
    }

    /// Receives a log line.
    fn log(&mut self, _level: Level, _message: &str) {}

    /// Returns the configured region.
    fn region(&mut self) -> Result<String, AwsFailure> {
        Err(AwsFailure::Forbidden("this host has no region".to_owned()))
    }

    /// Returns the id of the AWS account.
    fn account(&mut self) -> Result<String, AwsFailure> {
        Err(AwsFailure::Forbidden("this host has no account".to_owned()))
    }

    /// Answers an AWS request.
    fn aws(&mut self, request: AwsRequest) -> Result<Response, AwsFailure> {
        Err(AwsFailure::Unreachable(format!("this host does not know {}", request.service)))
    }

    /// Answers an HTTP request.
    fn http(&mut self, request: HttpRequest) -> Result<Response, HttpFailure> {
        Err(HttpFailure::Unreachable(format!("this host does not know {}", request.url)))
    }
}

thread_local! {
    static HOST: RefCell<Option<Box<dyn Host>>> = const { RefCell::new(None) };
}

/// Runs `work` with `host` as the host of this thread.
///
/// Then restores the previous host.
pub fn with_host<R>(host: impl Host + 'static, work: impl FnOnce() -> R) -> R {
    struct Restore(Option<Box<dyn Host>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            HOST.set(self.0.take());
        }
    }
    let _restore = Restore(HOST.replace(Some(Box::new(host))));
    work()
}

/// What a request fails with if no test has set a host.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) const NO_HOST: &str = "no host: a plugin runs as a component, or in testing::with_host";

/// Calls the host. Returns `None` if no test has set one.
#[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "a component has a real host"))]
pub(crate) fn on_host<R>(ask: impl FnOnce(&mut dyn Host) -> R) -> Option<R> {
    HOST.with_borrow_mut(|host| host.as_mut().map(|host| ask(host.as_mut())))
}
