//! What requests do: one table of actions a file.

pub(crate) mod policy;
pub(crate) mod tags;
