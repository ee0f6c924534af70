//! How resources look in answers, and what all `Describe…` calls share.

pub(crate) mod address;
pub(crate) mod image;
pub(crate) mod instance;
pub(crate) mod instance_type;
pub(crate) mod interface;
pub(crate) mod internet_gateway;
pub(crate) mod key_pair;
pub(crate) mod listing;
pub(crate) mod nat_gateway;
pub(crate) mod network_acl;
pub(crate) mod placement_group;
pub(crate) mod profile_association;
pub(crate) mod route;
pub(crate) mod route_table;
pub(crate) mod security_group;
pub(crate) mod security_group_rule;
pub(crate) mod show;
pub(crate) mod snapshot;
pub(crate) mod subnet;
pub(crate) mod tags;
pub(crate) mod volume;
pub(crate) mod volume_attachment;
pub(crate) mod volume_modification;
pub(crate) mod vpc;
