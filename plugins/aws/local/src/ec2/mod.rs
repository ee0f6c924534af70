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
mod nat_gateway;
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

use serde::{Deserialize, Serialize};

use crate::protocol::Protocol;
use crate::service::{Call, Service};
use crate::world::Resource;

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
        nat_gateway::ACTIONS,
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

/// Says that a region was given what every region begins with. Other services may have been there before, and
/// whoever deletes the default VPC does not get another one.
#[derive(Serialize, Deserialize)]
struct Furnished(String);

impl Resource for Furnished {
    const KIND: &'static str = "ec2:furnished";
    fn id(&self) -> &str {
        &self.0
    }
}

/// Gives a region its default VPC at the first request, and lets terminations and deletions that are due happen.
pub(crate) fn settle(call: &mut Call) {
    if call.request.service != SERVICE.name {
        return;
    }
    let region = call.request.region.as_str();
    if call.world.get::<Furnished>(region, SERVICE.name).is_none() {
        call.world.put(region, Furnished(SERVICE.name.to_owned()));
        vpc::make_default(call);
    }
    instance::settle(call);
    nat_gateway::settle(call);
}
