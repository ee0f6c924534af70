//! Lookups: what a request names, and what several rows say together.
//!
//! A query writes at most one row.

pub(crate) mod address;
pub(crate) mod instance;
pub(crate) mod interface;
pub(crate) mod key_pair;
pub(crate) mod placement_group;
pub(crate) mod profile;
pub(crate) mod route_table;
pub(crate) mod security_group;
pub(crate) mod security_group_rule;
pub(crate) mod subnet;
pub(crate) mod tags;
pub(crate) mod volume;
pub(crate) mod vpc;
pub(crate) mod zone;
