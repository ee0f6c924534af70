//! Capability `http`: requests to the hosts that the plugin's schema names and the configuration grants.

pub use crate::aws::Response;

/// An HTTP request.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Request {
    /// The HTTP method: `GET`, `POST`, …
    pub method: String,
    /// The URL: `https://host/path?query`, or `http://` for loopback.
    pub url: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The reason why there is no response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The plugin may not use the host. Nothing was sent.
    Forbidden(String),
    /// There is no connection. Nothing was sent.
    Unreachable(String),
    /// The request may have arrived, but no response came.
    NoAnswer(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Forbidden(why) => write!(f, "this plugin may not send that: {why}"),
            Failure::Unreachable(why) => write!(f, "could not connect: {why}"),
            Failure::NoAnswer(why) => write!(f, "no answer: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for kim_model::Failure {
    fn from(failure: Failure) -> kim_model::Failure {
        let message = failure.to_string();
        match failure {
            Failure::Forbidden(_) => kim_model::Failure::Denied(message),
            Failure::Unreachable(_) | Failure::NoAnswer(_) => kim_model::Failure::Transient(message),
        }
    }
}

/// Sends a request and waits for the response, whatever its status.
///
/// # Errors
/// Returns a [`Failure`] if there is no response.
pub fn send(request: Request) -> Result<Response, Failure> {
    #[cfg(target_arch = "wasm32")]
    return crate::component::send_http(request);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::on_host(|host| host.http(request))
        .unwrap_or_else(|| Err(Failure::Unreachable(crate::testing::NO_HOST.to_owned())))
}
