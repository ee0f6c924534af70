//! What requests do: one table of actions a file.

pub(crate) mod alias;
pub(crate) mod cipher;
pub(crate) mod key;
pub(crate) mod key_policy;
pub(crate) mod rotation;
pub(crate) mod tags;
