//! How resources look in answers.

pub(crate) mod policy;
pub(crate) mod profile;
pub(crate) mod role;
