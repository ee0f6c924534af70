//! EC2: networks, instances, volumes and what belongs to them.
//!
//! Each module holds one kind: its row, its rules, its actions. `kind` and `listing` say once what all kinds
//! share: ids, lookups, `Describe…` with filters and pages. Rows may refer only to what exists; whoever removes a
//! row makes sure of that first (`DependencyViolation`).

mod address;
mod attachment;
mod cidr;
mod gateway;
mod group;
mod image;
mod instance;
mod interface;
mod key_pair;
mod kind;
mod listing;
mod placement;
mod profile;
pub mod regions;
mod route;
mod route_table;
mod rule;
mod snapshot;
mod subnet;
mod tags;
mod types;
mod volume;
mod volume_change;
mod vpc;

use crate::protocol::Protocol;
use crate::service::{Call, Service};

/// The service.
pub const SERVICE: Service = Service {
    name: "ec2",
    protocol: Protocol::Ec2 { version: "2016-11-15" },
    global: false,
    actions: &[
        address::ACTIONS,
        attachment::ACTIONS,
        gateway::ACTIONS,
        group::ACTIONS,
        image::ACTIONS,
        instance::ACTIONS,
        interface::ACTIONS,
        key_pair::ACTIONS,
        placement::ACTIONS,
        profile::ACTIONS,
        regions::ACTIONS,
        route::ACTIONS,
        route_table::ACTIONS,
        rule::ACTIONS,
        snapshot::ACTIONS,
        subnet::ACTIONS,
        tags::ACTIONS,
        types::ACTIONS,
        volume::ACTIONS,
        volume_change::ACTIONS,
        vpc::ACTIONS,
    ],
};

/// Gives a region its default VPC at the first request, and lets terminations that are due happen.
pub(crate) fn settle(call: &mut Call) {
    if call.request.service != SERVICE.name {
        return;
    }
    if call.world.is_untouched(call.region()) {
        vpc::make_default(call);
    }
    instance::settle(call);
}
