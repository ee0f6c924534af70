//! The network: the HTTP client, and the requests of plugins to hosts that are not AWS services.
//!
//! Invariant: nothing here signs or retries. Each file uses only those before it: `message`, `proxy`, `explain`,
//! `client`, `faults`, `http`.

pub(crate) mod client;
mod explain;
pub(crate) mod faults;
pub(crate) mod http;
pub(crate) mod message;
pub(crate) mod proxy;
