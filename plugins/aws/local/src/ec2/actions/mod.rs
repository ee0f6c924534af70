//! What requests do: one table of actions a file.

pub(crate) mod address;
pub(crate) mod due;
pub(crate) mod image;
pub(crate) mod instance;
pub(crate) mod instance_type;
pub(crate) mod interface;
pub(crate) mod internet_gateway;
pub(crate) mod key_pair;
pub(crate) mod nat_gateway;
pub(crate) mod placement_group;
pub(crate) mod profile_association;
pub(crate) mod region;
pub(crate) mod route;
pub(crate) mod route_table;
pub(crate) mod security_group;
pub(crate) mod security_group_rule;
pub(crate) mod snapshot;
pub(crate) mod subnet;
pub(crate) mod tags;
pub(crate) mod volume;
pub(crate) mod volume_attachment;
pub(crate) mod volume_modification;
pub(crate) mod vpc;
