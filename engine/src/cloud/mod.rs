//! Asking the cloud what there is: the live state, lookups, and what an earlier call made.
//!
//! Nothing is changed and nothing is decided here. What fails in a way that may pass is tried again, and that something
//! is not there is believed only when it was seen several times.

pub(crate) mod find_created;
pub(crate) mod lookup;
pub(crate) mod read;
pub(crate) mod recover;
pub(crate) mod retry;
