//! What exists in a region: one kind a file.
//!
//! Rows refer to each other by id only.

pub(crate) mod address;
pub(crate) mod cidr;
pub(crate) mod furnished;
pub(crate) mod instance;
pub(crate) mod interface;
pub(crate) mod internet_gateway;
pub(crate) mod key_pair;
pub(crate) mod kind;
pub(crate) mod nat_gateway;
pub(crate) mod network_acl;
pub(crate) mod placement_group;
pub(crate) mod profile_association;
pub(crate) mod route;
pub(crate) mod route_table;
pub(crate) mod security_group;
pub(crate) mod security_group_rule;
pub(crate) mod snapshot;
pub(crate) mod subnet;
pub(crate) mod tags;
pub(crate) mod termination;
pub(crate) mod volume;
pub(crate) mod volume_attachment;
pub(crate) mod volume_modification;
pub(crate) mod volume_spec;
pub(crate) mod vpc;
