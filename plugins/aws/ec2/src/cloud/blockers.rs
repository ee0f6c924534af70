//! What is in the way of a delete. AWS says `DependencyViolation` and no more, and says it for some seconds after the last
//! dependency has gone as well.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, NetworkInterface};
use kim_plugin::prelude::*;

use super::{filter, pages};

/// How soon to try again where nothing is in the way any more.
const AGAIN_MS: u32 = 2_000;

/// A delete's answer, where a conflict is told apart: what is in the way is named; where that is nothing, AWS has only not
/// noticed yet, and it is tried again.
pub(crate) fn tell(blockers: &[String], message: &str) -> Result<Deletion, Failure> {
    if blockers.is_empty() {
        return Ok(Deletion::again(AGAIN_MS, "waiting until AWS has let go of it"));
    }
    Err(Failure::Conflict(format!("{message}; still there: {}", blockers.join(", "))))
}

/// [`tell`] for what only network interfaces can be in the way of: those that the filters find.
pub(crate) async fn interfaces(
    client: &Client,
    filters: Vec<Filter>,
    answer: Result<Deletion, Failure>,
) -> Result<Deletion, Failure> {
    let Err(Failure::Conflict(message)) = answer else { return answer };
    let request = client.describe_network_interfaces().set_filters(Some(filters));
    let found = pages!(request, network_interfaces);
    tell(&found.iter().map(interface).collect::<Vec<_>>(), &message)
}

fn interface(interface: &NetworkInterface) -> String {
    let id = interface.network_interface_id().unwrap_or("a network interface");
    let instance = interface.attachment().and_then(|attachment| attachment.instance_id());
    match (instance, interface.description()) {
        (Some(instance), _) => format!("{id} of {instance}"),
        (None, Some(description)) if !description.is_empty() => format!("{id} ({description})"),
        _ => id.to_owned(),
    }
}

/// [`tell`] for a VPC: subnets, gateways, groups, tables and interfaces that did not come with it.
pub(crate) async fn in_vpc(client: &Client, id: &str, answer: Result<Deletion, Failure>) -> Result<Deletion, Failure> {
    let Err(Failure::Conflict(message)) = answer else { return answer };
    let ours = || filter("vpc-id", [id]);
    let mut found: Vec<String> = Vec::new();
    let subnets = pages!(client.describe_subnets().filters(ours()), subnets);
    found.extend(subnets.into_iter().filter_map(|subnet| subnet.subnet_id));
    let attached = filter("attachment.vpc-id", [id]);
    let gateways = pages!(client.describe_internet_gateways().filters(attached), internet_gateways);
    found.extend(gateways.into_iter().filter_map(|gateway| gateway.internet_gateway_id));
    let groups = pages!(client.describe_security_groups().filters(ours()), security_groups);
    let groups = groups.into_iter().filter(|group| group.group_name() != Some("default"));
    found.extend(groups.filter_map(|group| group.group_id));
    let tables = pages!(client.describe_route_tables().filters(ours()), route_tables);
    let tables = tables.into_iter().filter(|table| !table.associations().iter().any(|a| a.main() == Some(true)));
    found.extend(tables.filter_map(|table| table.route_table_id));
    let interfaces = pages!(client.describe_network_interfaces().filters(ours()), network_interfaces);
    found.extend(interfaces.iter().map(interface));
    if found.is_empty() {
        // Endpoints, peerings: what kim does not make. AWS knows, and says no more.
        return Err(Failure::Conflict(format!("{message}; something that kim does not manage is still in it")));
    }
    tell(&found, &message)
}
