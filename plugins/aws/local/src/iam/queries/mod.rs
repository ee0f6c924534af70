//! Lookups: what a request names, and what other services ask about.

pub(crate) mod policy;
pub(crate) mod principal;
pub(crate) mod role;
