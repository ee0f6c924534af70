//! The network: the HTTP client, and requests of plugins to hosts other than AWS.
//!
//! Invariant: nothing here signs or retries. Each file uses only those before it: `message`,
//! `proxy`, `explain`, `client`, `faults`, `http`.

pub(crate) mod client;
mod explain;
pub(crate) mod faults;
pub(crate) mod http;
pub(crate) mod message;
pub(crate) mod proxy;
