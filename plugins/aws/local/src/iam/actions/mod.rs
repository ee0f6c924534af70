//! What requests do: one table of actions a file.

pub(crate) mod policy;
pub(crate) mod policy_version;
pub(crate) mod profile;
pub(crate) mod role;
pub(crate) mod role_policy;
pub(crate) mod user;
