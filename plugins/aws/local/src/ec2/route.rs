//! Routes: entries of a route table, by destination.

use serde::{Deserialize, Serialize};

use super::cidr::{Block, canonical_v6};
use super::gateway::Gateway;
use super::instance;
use super::interface::Interface;
use super::kind::{all, change, invalid, need, quota};
use super::nat_gateway::NatGateway;
use super::route_table::RouteTable;
use super::vpc::Vpc;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::Resource;

const ROUTE: &str = "RouteTableId! DestinationCidrBlock DestinationIpv6CidrBlock \
                     GatewayId NatGatewayId InstanceId NetworkInterfaceId DryRun:b";

pub(super) const ACTIONS: &[Action] = &[
    Action::new("CreateRoute", ROUTE, create),
    Action::new("ReplaceRoute", ROUTE, replace),
    Action::new("DeleteRoute", "RouteTableId! DestinationCidrBlock DestinationIpv6CidrBlock DryRun:b", delete),
];

/// One route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Route {
    destination: String,
    target: Target,
    /// `CreateRouteTable` for the local route, `CreateRoute` for all others.
    origin: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Target {
    Local,
    Gateway(String),
    NatGateway(String),
    Interface(String),
}

impl Route {
    /// The route that every table has and keeps.
    pub(super) fn local(cidr: &str) -> Route {
        Route { destination: cidr.to_owned(), target: Target::Local, origin: "CreateRouteTable".to_owned() }
    }

    /// A route whose target is gone, or has left the VPC, is a black hole.
    pub(super) fn show(&self, call: &Call, table: &RouteTable) -> Node {
        let (gateway, nat_gateway, interface, active) = match &self.target {
            Target::Local => (Some("local"), None, None, true),
            Target::Gateway(id) => (Some(id.as_str()), None, None, table.has_gateway(call, id)),
            Target::NatGateway(id) => (None, Some(id.as_str()), None, table.has_nat_gateway(call, id)),
            Target::Interface(id) => (None, None, Some(id.as_str()), table.has_interface(call, id)),
        };
        let attachment = interface.and_then(|id| call.world.get::<Interface>(call.region(), id));
        let instance = attachment.and_then(|interface| interface.instance_id(call.now()).map(str::to_owned));
        let owner = instance.as_ref().map(|_| call.rules.account.clone());
        let is_v6 = self.destination.contains(':');
        node! {
            "destinationCidrBlock" => Some(&self.destination).filter(|_| !is_v6),
            "destinationIpv6CidrBlock" => Some(&self.destination).filter(|_| is_v6),
            "gatewayId" => gateway, "natGatewayId" => nat_gateway, "instanceId" => instance, "instanceOwnerId" => owner,
            "networkInterfaceId" => interface,
            "origin" => &self.origin, "state" => if active { "active" } else { "blackhole" },
        }
    }
}

/// The default VPC's route to the world.
pub(super) fn make_default(call: &mut Call, vpc_id: &str, gateway_id: String) {
    let main = all::<RouteTable>(call).into_iter().find(|table| table.vpc_id == vpc_id);
    let target = Target::Gateway(gateway_id);
    let route = Route { destination: "0.0.0.0/0".to_owned(), target, origin: "CreateRoute".to_owned() };
    if let Some(table) = main {
        // The table was found a line above, so it can be changed.
        let _ = change::<RouteTable>(call, table.id(), |table| table.routes.push(route));
    }
}

/// The destination in canonical form.
fn destination(call: &Call) -> Result<String, AwsError> {
    let v4 = call.params().text("DestinationCidrBlock");
    let v6 = call.params().text("DestinationIpv6CidrBlock");
    match (v4, v6) {
        (Some(text), None) => Ok(Block::require("destinationCidrBlock", text)?.to_string()),
        (None, Some(text)) => canonical_v6(text)
            .map_or_else(|| invalid("destinationIpv6CidrBlock", text, "This is not a valid CIDR block."), Ok),
        (None, None) => refuse("MissingParameter", "The request must contain a destination."),
        (Some(_), Some(_)) => {
            refuse("InvalidParameterCombination", "The request must contain exactly one destination.")
        }
    }
}

fn target(call: &Call, table: &RouteTable) -> Result<Target, AwsError> {
    let names = ["GatewayId", "NatGatewayId", "InstanceId", "NetworkInterfaceId"];
    let given: Vec<(&str, &str)> = names.iter().filter_map(|name| Some((*name, call.params().text(name)?))).collect();
    let [(name, id)] = given[..] else {
        let message =
            "The request must contain exactly one of gatewayId, natGatewayId, instanceId and networkInterfaceId";
        return refuse(if given.is_empty() { "MissingParameter" } else { "InvalidParameterCombination" }, message);
    };
    let elsewhere = format!("route table {} and {id} belong to different networks", table.id());
    match name {
        "GatewayId" => {
            if call.world.get::<Gateway>(call.region(), id).is_none() {
                return refuse("InvalidGatewayID.NotFound", format!("The gateway ID '{id}' does not exist"));
            }
            if table.has_gateway(call, id) {
                return Ok(Target::Gateway(id.to_owned()));
            }
        }
        "NatGatewayId" => {
            let gateway =
                call.world.get::<NatGateway>(call.region(), id).filter(|gateway| gateway.is_there(call.now()));
            if gateway.is_none() {
                return refuse("InvalidNatGatewayID.NotFound", format!("The natGateway ID '{id}' does not exist"));
            }
            if table.has_nat_gateway(call, id) {
                return Ok(Target::NatGateway(id.to_owned()));
            }
        }
        "InstanceId" => {
            let interface = instance::primary_interface(call, id)?;
            if interface.vpc_id == table.vpc_id {
                return Ok(Target::Interface(interface.id().to_owned()));
            }
        }
        _ => {
            need::<Interface>(call, id)?;
            if table.has_interface(call, id) {
                return Ok(Target::Interface(id.to_owned()));
            }
        }
    }
    refuse("InvalidParameterValue", elsewhere)
}

/// A route may not take traffic inside the VPC away, except to an interface or NAT gateway that looks at a part of it.
fn not_local(call: &Call, table: &RouteTable, destination: &str, target: &Target) -> Result<(), AwsError> {
    let vpc = need::<Vpc>(call, &table.vpc_id)?;
    let Some((vpc, block)) = vpc.block().zip(Block::parse(destination)) else { return Ok(()) };
    if vpc == block || vpc.contains(block) && matches!(target, Target::Gateway(_)) {
        let message = format!(
            "The destination CIDR block {destination} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface, a NAT gateway or an instance, and the local route stays."
        );
        return refuse("InvalidParameterValue", message);
    }
    Ok(())
}

fn create(call: &mut Call) -> Answer {
    let table = need::<RouteTable>(call, call.text("RouteTableId"))?;
    let destination = destination(call)?;
    let target = target(call, &table)?;
    not_local(call, &table, &destination, &target)?;
    if table.routes.iter().any(|route| route.destination == destination) {
        return refuse("RouteAlreadyExists", format!("The route identified by {destination} already exists."));
    }
    quota(call, table.routes.len(), 500, "RouteLimitExceeded", "routes in a table")?;
    let route = Route { destination, target, origin: "CreateRoute".to_owned() };
    change::<RouteTable>(call, table.id(), |table| table.routes.push(route))?;
    Ok(node! { "return" => true })
}

fn replace(call: &mut Call) -> Answer {
    let table = need::<RouteTable>(call, call.text("RouteTableId"))?;
    let destination = destination(call)?;
    let target = target(call, &table)?;
    let Some(at) = table.routes.iter().position(|route| route.destination == destination) else {
        let message =
            format!("There is no route defined for '{destination}' in the route table. Use CreateRoute instead.");
        return refuse("InvalidParameterValue", message);
    };
    not_local(call, &table, &destination, &target)?;
    change::<RouteTable>(call, table.id(), |table| table.routes[at].target = target)?;
    Ok(node! { "return" => true })
}

fn delete(call: &mut Call) -> Answer {
    let table = need::<RouteTable>(call, call.text("RouteTableId"))?;
    let destination = destination(call)?;
    let Some(route) = table.routes.iter().find(|route| route.destination == destination) else {
        let message = format!("no route with destination-cidr-block {destination} in route table {}", table.id());
        return refuse("InvalidRoute.NotFound", message);
    };
    if route.target == Target::Local {
        let message = format!("cannot remove local route {destination} in route table {}", table.id());
        return refuse("InvalidParameterValue", message);
    }
    change::<RouteTable>(call, table.id(), |table| table.routes.retain(|route| route.destination != destination))?;
    Ok(node! { "return" => true })
}
