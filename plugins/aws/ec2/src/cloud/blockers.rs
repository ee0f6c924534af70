//! The resources that block a delete. AWS reports `DependencyViolation` without their names, and
//! still does so for some seconds after the last one was deleted.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, NetworkInterface};
use kim_plugin::prelude::*;

use super::{filter, pages};

/// The longest pause before the next attempt, in milliseconds.
///
/// It holds if nothing blocks the delete any more.
const AGAIN_MS: u32 = 2_000;

/// Returns the result of a delete that AWS refused because of a dependency.
///
/// It is a conflict that names the blockers. Without blockers AWS has only not noticed yet, so the
/// delete is in flight.
pub(crate) fn refused_by(blockers: &[String], message: &str) -> Result<Deletion, Failure> {
    if blockers.is_empty() {
        return Ok(Deletion::again(AGAIN_MS, "waiting until AWS has released it"));
    }
    Err(Failure::Conflict(format!("{message}; blocked by: {}", blockers.join(", "))))
}

/// Explains the conflict of a delete that only network interfaces can block.
///
/// The blockers are the interfaces that match the filters. Other results stay as they are.
pub(crate) async fn interfaces(
    client: &Client,
    filters: Vec<Filter>,
    answer: Result<Deletion, Failure>,
) -> Result<Deletion, Failure> {
    let Err(Failure::Conflict(message)) = answer else { return answer };
    let request = client.describe_network_interfaces().set_filters(Some(filters));
    let found = pages!(request, network_interfaces);
    refused_by(&found.iter().map(interface).collect::<Vec<_>>(), &message)
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

/// Explains the conflict of a VPC's delete.
///
/// The blockers are subnets, gateways, groups, tables and interfaces, except those that AWS created
/// with the VPC. Other results stay as they are.
pub(crate) async fn in_vpc(
    client: &Client,
    id: &str,
    answer: Result<Deletion, Failure>,
) -> Result<Deletion, Failure> {
    let Err(Failure::Conflict(message)) = answer else { return answer };
    let of_vpc = || filter("vpc-id", [id]);
    let mut found: Vec<String> = Vec::new();
    let subnets = pages!(client.describe_subnets().filters(of_vpc()), subnets);
    found.extend(subnets.into_iter().filter_map(|subnet| subnet.subnet_id));
    let attached = filter("attachment.vpc-id", [id]);
    let gateways = pages!(client.describe_internet_gateways().filters(attached), internet_gateways);
    found.extend(gateways.into_iter().filter_map(|gateway| gateway.internet_gateway_id));
    let groups = pages!(client.describe_security_groups().filters(of_vpc()), security_groups);
    let groups = groups.into_iter().filter(|group| group.group_name() != Some("default"));
    found.extend(groups.filter_map(|group| group.group_id));
    let tables = pages!(client.describe_route_tables().filters(of_vpc()), route_tables);
    let tables = tables
        .into_iter()
        .filter(|table| !table.associations().iter().any(|a| a.main() == Some(true)));
    found.extend(tables.filter_map(|table| table.route_table_id));
    let interfaces =
        pages!(client.describe_network_interfaces().filters(of_vpc()), network_interfaces);
    found.extend(interfaces.iter().map(interface));
    if found.is_empty() {
        // The blocker has a kind that this plugin does not have, such as an endpoint or a peering.
        // AWS does not name it.
        return Err(Failure::Conflict(format!(
            "{message}; something that kim does not manage is still in it"
        )));
    }
    refused_by(&found, &message)
}
