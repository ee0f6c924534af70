//! A request, its answer, and why there is none: the words of all that leaves the sandbox.
//!
//! Invariant: why there is none says whether the request can have arrived.

/// Why there is no answer. Every text says what happened where; never with a secret.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Egress {
    /// It may not be asked for. Nothing was sent.
    #[error("{0}")]
    Forbidden(String),
    /// There are no credentials. Nothing was sent.
    #[error("{0}")]
    NoCredentials(String),
    /// Nothing was sent: there was no connection this time, though there was one before.
    #[error("{0}")]
    Unreachable(String),
    /// The service was not reached, and to try again will hardly help: nothing ever came back from there, or what
    /// answers there is something else.
    #[error("{0}")]
    NoWay(String),
    /// The request may have arrived, but no answer came.
    #[error("{0}")]
    NoAnswer(String),
}

/// A request that is ready to go.
pub(crate) struct Request {
    pub(crate) method: http::Method,
    pub(crate) url: url::Url,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// An answer, whatever its status.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers whose values are text.
    pub headers: Vec<(String, String)>,
    /// The body, at most 64 MB.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of that name (in lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// `host`, or `host:port` where the port is not the scheme's own.
pub(crate) fn place(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
