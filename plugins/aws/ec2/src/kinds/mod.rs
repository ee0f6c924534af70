//! The kinds. Each is a struct (the schema) and the rules across its properties.
//!
//! They compile and are tested natively. Their operations are in `cloud`, which exists in the
//! component only.

mod address;
mod instance;
mod internet_gateway;
mod key_pair;
mod nat_gateway;
mod network_interface;
mod placement_group;
mod route;
mod route_table;
mod route_table_association;
mod rules;
mod security_group;
mod security_group_rule;
mod subnet;
mod volume;
mod volume_attachment;
mod vpc;

pub use address::Address;
pub use instance::{Instance, MetadataOptions, RootVolume};
pub use internet_gateway::InternetGateway;
pub use key_pair::KeyPair;
pub use nat_gateway::NatGateway;
pub use network_interface::NetworkInterface;
pub use placement_group::PlacementGroup;
pub use route::Route;
pub use route_table::RouteTable;
pub use route_table_association::RouteTableAssociation;
pub use security_group::SecurityGroup;
pub use security_group_rule::SecurityGroupRule;
pub use subnet::Subnet;
pub use volume::Volume;
pub use volume_attachment::VolumeAttachment;
pub use vpc::Vpc;

#[cfg(target_arch = "wasm32")]
pub(crate) use {route::parse_id as route_id, volume_attachment::parse_id as attachment_id};

/// Implements the operations of a kind by its module in `cloud`.
///
/// Natively there is no SDK, and they fail.
macro_rules! operations {
    ($module:ident) => {
        async fn create(inputs: Self, token: &str) -> Result<State<Self>, Failure> {
            $crate::in_cloud::in_cloud!(crate::cloud::$module::create(inputs, token))
        }
        async fn settle(
            id: &str,
            inputs: Self,
            properties: Self,
        ) -> Result<Progress<Self>, Failure> {
            $crate::in_cloud::in_cloud!(crate::cloud::$module::settle(id, inputs, properties))
        }
        async fn read(resources: Vec<Live<Self>>) -> Result<Vec<Option<State<Self>>>, Failure> {
            $crate::in_cloud::in_cloud!(crate::cloud::$module::read(resources))
        }
        async fn update(
            id: &str,
            inputs: Self,
            properties: Self,
        ) -> Result<Progress<Self>, Failure> {
            $crate::in_cloud::in_cloud!(crate::cloud::$module::update(id, inputs, properties))
        }
        async fn delete(id: &str, properties: Self) -> Result<Deletion, Failure> {
            $crate::in_cloud::in_cloud!(crate::cloud::$module::delete(id, properties))
        }
        async fn find(token: &str, inputs: Self) -> Result<Option<State<Self>>, Failure> {
            $crate::in_cloud::in_cloud!(crate::cloud::$module::find(token, inputs))
        }
    };
}
pub(crate) use operations;

#[cfg(test)]
mod tests;
