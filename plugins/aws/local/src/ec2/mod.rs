//! EC2: networks, instances, volumes and what belongs to them.
//!
//! Each stage uses those before it: `catalog` is what AWS offers, `rows` is what exists, `queries`
//! read several rows, `views` say how rows look in answers, `actions` are what requests do. A stage
//! has a file for each kind. Rows may refer only to what exists: an action that removes a row
//! checks that first (`DependencyViolation`).

mod actions;
mod catalog;
mod queries;
mod rows;
mod views;

use crate::protocol::Protocol;
use crate::service::Service;

/// The service.
pub const SERVICE: Service = Service {
    name: "ec2",
    protocol: Protocol::Ec2 { version: "2016-11-15" },
    global: false,
    before: Some(actions::due::apply_due),
    actions: &[
        actions::address::ACTIONS,
        actions::image::ACTIONS,
        actions::instance::ACTIONS,
        actions::instance_type::ACTIONS,
        actions::interface::ACTIONS,
        actions::internet_gateway::ACTIONS,
        actions::key_pair::ACTIONS,
        actions::nat_gateway::ACTIONS,
        actions::placement_group::ACTIONS,
        actions::profile_association::ACTIONS,
        actions::region::ACTIONS,
        actions::route::ACTIONS,
        actions::route_table::ACTIONS,
        actions::security_group::ACTIONS,
        actions::security_group_rule::ACTIONS,
        actions::snapshot::ACTIONS,
        actions::subnet::ACTIONS,
        actions::tags::ACTIONS,
        actions::volume::ACTIONS,
        actions::volume_attachment::ACTIONS,
        actions::volume_modification::ACTIONS,
        actions::vpc::ACTIONS,
    ],
};
