//! Testing a plugin without WebAssembly: a host of the test's own answers the host functions, on this thread.
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
//! let request = Request { method: "GET".into(), url: "https://wiki.example.com/1".into(), ..Request::default() };
//! let answer = with_host(Wiki, || send(request.clone())).unwrap();
//! assert_eq!(answer.body, b"Home");
//! // Nobody answers where there is no host.
//! assert!(matches!(send(request), Err(Failure::Unreachable(_))));
//! ```

use std::cell::RefCell;

use kim_model::Value;

use crate::host::Level;
use crate::{aws, http};

/// The host's side of the contract. What a test does not write fails as if there were no network.
pub trait Host {
    /// The plugin's configuration.
    fn config(&mut self) -> Value {
        Value::map()
    }

    /// A log line.
    fn log(&mut self, _level: Level, _message: &str) {}

    /// The configured region.
    fn region(&mut self) -> Result<String, aws::Failure> {
        Err(aws::Failure::Forbidden("this host has no region".to_owned()))
    }

    /// The account.
    fn account(&mut self) -> Result<String, aws::Failure> {
        Err(aws::Failure::Forbidden("this host has no account".to_owned()))
    }

    /// An AWS request.
    fn aws(&mut self, request: aws::Request) -> Result<aws::Response, aws::Failure> {
        Err(aws::Failure::Unreachable(format!("this host does not know {}", request.service)))
    }

    /// An HTTP request.
    fn http(&mut self, request: http::Request) -> Result<http::Response, http::Failure> {
        Err(http::Failure::Unreachable(format!("this host does not know {}", request.url)))
    }
}

thread_local! {
    static HOST: RefCell<Option<Box<dyn Host>>> = const { RefCell::new(None) };
}

/// Runs `work` with `host` in the host's place on this thread; afterwards there is the one from before again.
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

/// Asks the host; none where no test has set one.
#[cfg_attr(target_arch = "wasm32", allow(dead_code, reason = "a component has a real host"))]
pub(crate) fn on_host<R>(ask: impl FnOnce(&mut dyn Host) -> R) -> Option<R> {
    HOST.with_borrow_mut(|host| host.as_mut().map(|host| ask(host.as_mut())))
}
