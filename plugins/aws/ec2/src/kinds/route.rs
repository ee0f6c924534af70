//! A route of a route table.

use std::borrow::Cow;

use kim_plugin::prelude::*;
use kim_plugin::schema::Form;

use super::rules::Found;

/// The properties of a route's target. Exactly one is set.
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

/// The properties of a route's destination. Exactly one is set.
const DESTINATIONS: [&str; 3] =
    ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"];

/// A route of a table: the target of packets for a destination.
///
/// Exactly one destination and exactly one target is set. The target can be changed in place,
/// without an interruption.
#[derive(Clone, Debug, Resource)]
// The keys are of the error RouteAlreadyExists:
// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.
#[kim(
    kind = "aws:ec2:Route",
    id = "route_id",
    read_batch = 200,
    unique = "route_table_id, destination_cidr_block",
    unique = "route_table_id, destination_ipv6_cidr_block",
    unique = "route_table_id, destination_prefix_list_id"
)]
pub struct Route {
    /// The route table, `rtb-…`.
    #[kim(immutable)]
    pub route_table_id: String,
    /// The destination: an IPv4 block, such as `0.0.0.0/0`.
    #[kim(immutable, form = "cidr")]
    pub destination_cidr_block: Option<String>,
    /// The destination: an IPv6 block, such as `::/0`.
    #[kim(immutable, form = "cidr")]
    pub destination_ipv6_cidr_block: Option<String>,
    /// The destination: a prefix list, `pl-…`.
    #[kim(immutable)]
    pub destination_prefix_list_id: Option<String>,
    /// The target: an internet gateway or virtual private gateway, `igw-…`.
    pub gateway_id: Option<String>,
    /// The target: a NAT gateway, `nat-…`.
    pub nat_gateway_id: Option<String>,
    /// The target: a network interface, `eni-…`.
    pub network_interface_id: Option<String>,
    /// The target: an instance that has one network interface, `i-…`.
    pub instance_id: Option<String>,
    /// The target: a VPC peering connection, `pcx-…`.
    pub vpc_peering_connection_id: Option<String>,
    /// The target: a transit gateway, `tgw-…`.
    pub transit_gateway_id: Option<String>,
    /// The target: an egress-only internet gateway (IPv6), `eigw-…`.
    pub egress_only_internet_gateway_id: Option<String>,
    /// The target: a Gateway Load Balancer endpoint, `vpce-…`.
    pub vpc_endpoint_id: Option<String>,
    /// The route's id: table and destination, `rtb-…:0.0.0.0/0`.
    #[kim(computed)]
    pub route_id: String,
    /// The state: `active`, or `blackhole` if the target does not exist.
    #[kim(computed, volatile)]
    pub state: Option<String>,
}

impl Route {
    /// Returns the destination that is set, as EC2 spells it, or an empty text.
    pub fn destination(&self) -> Cow<'_, str> {
        let given = [
            &self.destination_cidr_block,
            &self.destination_ipv6_cidr_block,
            &self.destination_prefix_list_id,
        ];
        given.into_iter().flatten().next().map_or("".into(), |given| Form::Cidr.normal(given))
    }

    /// Returns the route's id.
    pub fn id(&self) -> String {
        format!("{}:{}", self.route_table_id, self.destination())
    }
}

/// Returns the table and the destination of a route's id.
///
/// # Errors
/// The text is not such an id.
#[cfg_attr(
    not(any(test, target_arch = "wasm32")),
    allow(dead_code, reason = "only the component splits ids")
)]
pub(crate) fn parse_id(id: &str) -> Result<(&str, &str), Failure> {
    match id.split_once(':') {
        Some((table, destination)) if table.starts_with("rtb-") && !destination.is_empty() => {
            Ok((table, destination))
        }
        _ => Err(Failure::invalid(
            Path::root(),
            format!("'{id}' is not the id of a route; write it like rtb-0123:0.0.0.0/0"),
        )),
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
        found.into_violations()
    }
}
