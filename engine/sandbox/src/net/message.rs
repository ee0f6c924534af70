//! A request, its answer, and why there is no answer.
//!
//! Everything that leaves the sandbox uses these types.
//!
//! Invariant: every error says whether the request may have arrived.

use crate::guest::room::Room;

/// Why a request has no answer.
///
/// Each message says what happened and where. It never holds a secret.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum SendError {
    /// The request is not allowed or not valid. Nothing was sent.
    #[error("{0}")]
    Forbidden(String),
    /// There are no usable AWS credentials. The request was not sent.
    #[error("{0}")]
    NoCredentials(String),
    /// No connection could be opened, although this host answered earlier.
    ///
    /// Nothing was sent; a retry may help.
    #[error("{0}")]
    ConnectionLost(String),
    /// The service was never reached, and a retry will hardly help.
    ///
    /// Either no connection to this host ever gave an answer, something other than the service
    /// answers there, or the configuration of the way there (region, endpoint, proxy, certificates)
    /// is wrong.
    #[error("{0}")]
    NeverReached(String),
    /// The run was interrupted before the request was sent.
    #[error("{0}")]
    Interrupted(String),
    /// The request may have arrived, but no answer came.
    #[error("{0}")]
    NoAnswer(String),
}

/// A request that is ready to be sent.
pub(crate) struct Request {
    pub(crate) method: http::Method,
    pub(crate) url: url::Url,
    pub(crate) headers: http::HeaderMap,
    /// Shared by all attempts.
    pub(crate) body: bytes::Bytes,
    /// The room of the operation that sends it: a long answer needs some.
    pub(crate) room: Room,
}

/// The methods that a guest may use.
///
/// Others reflect a request with its signature (`TRACE`), open a tunnel (`CONNECT`) or mean
/// something to a single server.
const METHODS: [http::Method; 6] = [
    http::Method::GET,
    http::Method::HEAD,
    http::Method::POST,
    http::Method::PUT,
    http::Method::PATCH,
    http::Method::DELETE,
];

/// Returns the method of a guest's request.
///
/// # Errors
/// It is none of [`METHODS`]. They are compared as they are written, in upper case.
pub(crate) fn method(name: &str) -> Result<http::Method, SendError> {
    METHODS.into_iter().find(|method| method.as_str() == name).ok_or_else(|| {
        let short: String = name.chars().take(20).collect();
        SendError::Forbidden(format!(
            "'{}' is not a method that a plugin may use: it may use GET, HEAD, POST, PUT, PATCH and DELETE",
            short.escape_default()
        ))
    })
}

/// A complete answer, whatever its status.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers whose values are visible ASCII.
    ///
    /// They are in the order of the answer. Names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, at most 64 MiB.
    pub body: Vec<u8>,
}

impl Answer {
    /// Returns the value of the first header with this name.
    ///
    /// `name` must be in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Returns `host`, or `host:port` if the port is not the scheme's default.
///
/// The text is empty if the URL has no host.
pub(crate) fn host_and_port(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
