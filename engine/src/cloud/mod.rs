//! Asks the cloud: the live state, lookups, and what an earlier call created.
//!
//! Nothing is changed and nothing is decided here. A failure that may pass is retried, and a
//! resource counts as missing only after several consecutive misses.

pub(crate) mod answer;
pub(crate) mod doubts;
pub(crate) mod find_created;
pub(crate) mod lookup;
pub(crate) mod read;
pub(crate) mod recover;
pub(crate) mod retry;
