//! The network: one client, and the way of plugins to hosts that are no service of AWS.
//!
//! Invariant: nothing here signs or repeats. Each file uses only those before it: `message`, `proxy`, `explain`,
//! `client`, `faults`, `http`.

pub(crate) mod client;
mod explain;
pub(crate) mod faults;
pub(crate) mod http;
pub(crate) mod message;
pub(crate) mod proxy;
