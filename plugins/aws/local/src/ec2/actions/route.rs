//! The actions of routes: entries of a route table, by destination.

use crate::ec2::queries::instance::primary_interface;
use crate::ec2::rows::cidr::{Block, canonical_v6};
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::internet_gateway::InternetGateway;
use crate::ec2::rows::kind::{all, change, invalid, need, quota};
use crate::ec2::rows::nat_gateway::NatGateway;
use crate::ec2::rows::route::{Route, RouteTarget};
use crate::ec2::rows::route_table::RouteTable;
use crate::ec2::rows::vpc::Vpc;
use crate::error::{Answer, AwsError, refuse};
use crate::service::{Action, Call};
use crate::world::Resource;

const ROUTE: &str = "RouteTableId! DestinationCidrBlock DestinationIpv6CidrBlock \
                     GatewayId NatGatewayId InstanceId NetworkInterfaceId DryRun:b";

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("CreateRoute", ROUTE, create),
    Action::new("ReplaceRoute", ROUTE, replace),
    Action::new(
        "DeleteRoute",
        "RouteTableId! DestinationCidrBlock DestinationIpv6CidrBlock DryRun:b",
        delete,
    ),
];

/// Inserts the default VPC's route to the internet.
pub(crate) fn insert_default_route(call: &mut Call, vpc_id: &str, gateway_id: String) {
    let main = all::<RouteTable>(call).into_iter().find(|table| table.vpc_id == vpc_id);
    let target = RouteTarget::Gateway(gateway_id);
    let route =
        Route { destination: "0.0.0.0/0".to_owned(), target, origin: "CreateRoute".to_owned() };
    if let Some(table) = main {
        // The table was found a line above, so it can be changed.
        let _ = change::<RouteTable>(call, table.id(), |table| table.routes.push(route));
    }
}

/// Returns the requested destination in canonical form.
fn requested_destination(call: &Call) -> Result<String, AwsError> {
    let v4 = call.params().text("DestinationCidrBlock");
    let v6 = call.params().text("DestinationIpv6CidrBlock");
    match (v4, v6) {
        (Some(text), None) => Ok(Block::require("destinationCidrBlock", text)?.to_string()),
        (None, Some(text)) => canonical_v6(text).map_or_else(
            || invalid("destinationIpv6CidrBlock", text, "This is not a valid CIDR block."),
            Ok,
        ),
        (None, None) => refuse("MissingParameter", "The request must contain a destination."),
        (Some(_), Some(_)) => refuse(
            "InvalidParameterCombination",
            "The request must contain exactly one destination.",
        ),
    }
}

fn requested_target(call: &Call, table: &RouteTable) -> Result<RouteTarget, AwsError> {
    let names = ["GatewayId", "NatGatewayId", "InstanceId", "NetworkInterfaceId"];
    let given: Vec<(&str, &str)> =
        names.iter().filter_map(|name| Some((*name, call.params().text(name)?))).collect();
    let [(name, id)] = given[..] else {
        let message = "The request must contain exactly one of gatewayId, natGatewayId, instanceId and networkInterfaceId";
        return refuse(
            if given.is_empty() { "MissingParameter" } else { "InvalidParameterCombination" },
            message,
        );
    };
    let elsewhere = format!("route table {} and {id} belong to different networks", table.id());
    match name {
        "GatewayId" => {
            if call.world.get::<InternetGateway>(call.region(), id).is_none() {
                return refuse(
                    "InvalidGatewayID.NotFound",
                    format!("The gateway ID '{id}' does not exist"),
                );
            }
            if table.has_gateway(call, id) {
                return Ok(RouteTarget::Gateway(id.to_owned()));
            }
        }
        "NatGatewayId" => {
            let gateway = call
                .world
                .get::<NatGateway>(call.region(), id)
                .filter(|gateway| gateway.is_active(call.now()));
            if gateway.is_none() {
                return refuse(
                    "InvalidNatGatewayID.NotFound",
                    format!("The natGateway ID '{id}' does not exist"),
                );
            }
            if table.has_nat_gateway(call, id) {
                return Ok(RouteTarget::NatGateway(id.to_owned()));
            }
        }
        "InstanceId" => {
            let interface = primary_interface(call, id)?;
            if interface.vpc_id == table.vpc_id {
                return Ok(RouteTarget::Interface(interface.id().to_owned()));
            }
        }
        _ => {
            need::<Interface>(call, id)?;
            if table.has_interface(call, id) {
                return Ok(RouteTarget::Interface(id.to_owned()));
            }
        }
    }
    refuse("InvalidParameterValue", elsewhere)
}

/// Rejects a route that takes away traffic inside the VPC.
///
/// For a part of that traffic, a route to an interface or a NAT gateway is allowed.
fn check_not_local(
    call: &Call,
    table: &RouteTable,
    destination: &str,
    target: &RouteTarget,
) -> Result<(), AwsError> {
    let vpc = need::<Vpc>(call, &table.vpc_id)?;
    let Some((vpc, block)) = vpc.block().zip(Block::parse(destination)) else { return Ok(()) };
    if vpc == block || vpc.contains(block) && matches!(target, RouteTarget::Gateway(_)) {
        let message = format!(
            "The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface, a NAT gateway or an instance, and the local route stays."
        );
        return refuse("InvalidParameterValue", message);
    }
    Ok(())
}

fn create(call: &mut Call) -> Answer {
    let table = need::<RouteTable>(call, call.text("RouteTableId"))?;
    let destination = requested_destination(call)?;
    let target = requested_target(call, &table)?;
    check_not_local(call, &table, &destination, &target)?;
    if table.routes.iter().any(|route| route.destination == destination) {
        return refuse(
            "RouteAlreadyExists",
            format!("The route identified by {destination} already exists."),
        );
    }
    quota(call, table.routes.len(), 500, "RouteLimitExceeded", "routes in a table")?;
    let route = Route { destination, target, origin: "CreateRoute".to_owned() };
    change::<RouteTable>(call, table.id(), |table| table.routes.push(route))?;
    Ok(node! { "return" => true })
}

fn replace(call: &mut Call) -> Answer {
    let table = need::<RouteTable>(call, call.text("RouteTableId"))?;
    let destination = requested_destination(call)?;
    let target = requested_target(call, &table)?;
    let Some(at) = table.routes.iter().position(|route| route.destination == destination) else {
        let message = format!(
            "There is no route defined for '{destination}' in the route table. Use CreateRoute instead."
        );
        return refuse("InvalidParameterValue", message);
    };
    check_not_local(call, &table, &destination, &target)?;
    change::<RouteTable>(call, table.id(), |table| table.routes[at].target = target)?;
    Ok(node! { "return" => true })
}

fn delete(call: &mut Call) -> Answer {
    let table = need::<RouteTable>(call, call.text("RouteTableId"))?;
    let destination = requested_destination(call)?;
    let Some(route) = table.routes.iter().find(|route| route.destination == destination) else {
        let message = format!(
            "no route with destination-cidr-block {destination} in route table {}",
            table.id()
        );
        return refuse("InvalidRoute.NotFound", message);
    };
    if route.target == RouteTarget::Local {
        let message =
            format!("cannot remove local route {destination} in route table {}", table.id());
        return refuse("InvalidParameterValue", message);
    }
    change::<RouteTable>(call, table.id(), |table| {
        table.routes.retain(|route| route.destination != destination)
    })?;
    Ok(node! { "return" => true })
}
