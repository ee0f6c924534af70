//! What exists: one kind a file.
//!
//! Rows refer to each other by name or ARN.

pub(crate) mod policy;
pub(crate) mod profile;
pub(crate) mod role;
