//! One route of a table.

use kim_plugin::prelude::*;

use super::rules::Found;

/// What a route may lead to; exactly one is given.
const TARGETS: [&str; 8] = [
    "gateway_id",
    "nat_gateway_id",
    "network_interface_id",
    "instance_id",
    "vpc_peering_connection_id",
    "transit_gateway_id",
    "egress_only_internet_gateway_id",
    "vpc_endpoint_id",
];

/// What a route may be for; exactly one is given.
const DESTINATIONS: [&str; 3] = ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];

/// One route of a table: where packets for a destination go. Its id is `rtb-…:destination`. The target can be changed in
/// place, without a gap.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:Route", id = "route_id", read_batch = 200)]
pub struct Route {
    /// The table, `rtb-…`.
    #[kim(immutable)]
    pub route_table_id: String,
    /// The IPv4 addresses that it is for, canonical: `0.0.0.0/0`. One destination is given.
    #[kim(immutable)]
    pub destination_cidr_block: Option<String>,
    /// The IPv6 addresses that it is for, canonical: `::/0`.
    #[kim(immutable)]
    pub destination_ipv6_cidr_block: Option<String>,
    /// The prefix list that it is for, `pl-…`.
    #[kim(immutable)]
    pub destination_prefix_list_id: Option<String>,
    /// To an internet gateway or virtual private gateway, `igw-…`. One target is given.
    pub gateway_id: Option<String>,
    /// To a NAT gateway, `nat-…`.
    pub nat_gateway_id: Option<String>,
    /// To a network interface, `eni-…`.
    pub network_interface_id: Option<String>,
    /// To an instance that has one network interface, `i-…`.
    pub instance_id: Option<String>,
    /// To a peered VPC, `pcx-…`.
    pub vpc_peering_connection_id: Option<String>,
    /// To a transit gateway, `tgw-…`.
    pub transit_gateway_id: Option<String>,
    /// To an egress-only internet gateway (IPv6), `eigw-…`.
    pub egress_only_internet_gateway_id: Option<String>,
    /// To a Gateway Load Balancer endpoint, `vpce-…`.
    pub vpc_endpoint_id: Option<String>,
    /// Its id: the table's and the destination, `rtb-…:0.0.0.0/0`.
    #[kim(computed)]
    pub route_id: String,
    /// `active`, or `blackhole` where the target is gone.
    #[kim(computed, volatile)]
    pub state: Option<String>,
}

impl Route {
    /// The destination that is given; blank where none is.
    pub fn destination(&self) -> &str {
        let given = [&self.destination_cidr_block, &self.destination_ipv6_cidr_block, &self.destination_prefix_list_id];
        given.into_iter().flatten().next().map_or("", String::as_str)
    }

    /// The id that a route of this table and destination has.
    pub fn id(&self) -> String {
        format!("{}:{}", self.route_table_id, self.destination())
    }
}

/// Table and destination of a route's id.
///
/// # Errors
/// Text that is no such id.
#[cfg_attr(not(any(test, target_arch = "wasm32")), allow(dead_code, reason = "only the component takes ids apart"))]
pub(crate) fn parse_id(id: &str) -> Result<(&str, &str), Failure> {
    match id.split_once(':') {
        Some((table, destination)) if table.starts_with("rtb-") && !destination.is_empty() => Ok((table, destination)),
        _ => Err(Failure::invalid(Path::root(), format!("'{id}' is no route; write it like rtb-0123:0.0.0.0/0"))),
    }
}

impl Kind for Route {
    super::operations!(route);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.exactly_one(inputs, &DESTINATIONS);
        found.exactly_one(inputs, &TARGETS);
        found.ipv4(inputs, "destination_cidr_block");
        found.ipv6(inputs, "destination_ipv6_cidr_block");
        found.all()
    }
}
