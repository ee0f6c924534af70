//! NAT gateways: public ones, each with an interface in its subnet and an elastic address. Invariant: the interface is
//! there, and the address leads to it, until the gateway is `deleted`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::address::{self, Address};
use super::gateway::Gateway;
use super::interface;
use super::kind::{Kind, all, change, erase, fresh, need, put, quota, well_formed};
use super::listing::{describe, describing};
use super::subnet::Subnet;
use super::tags::{self, tag_specification};
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource, timestamp};

pub(super) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateNatGateway",
        tag_specification!("SubnetId! AllocationId ConnectivityType=public AvailabilityMode=zonal ClientToken*"),
        create,
    ),
    Action::new("DescribeNatGateways", describing!("NatGatewayId.N"), describe::<NatGateway>),
    Action::new("DeleteNatGateway", "NatGatewayId! DryRun:b", delete),
];

/// How long a gateway that was deleted, or could not be made, stays visible.
const REMEMBERED: i64 = 60 * 60 * 1000;

/// A NAT gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NatGateway {
    nat_gateway_id: String,
    pub(super) vpc_id: String,
    subnet_id: String,
    zone: String,
    allocation_id: String,
    phase: Phase,
    created: i64,
    deleted: Option<i64>,
    /// What it got; nothing where it could not be made.
    place: Option<Place>,
    /// Code and message, where it could not be made.
    failure: Option<(String, String)>,
}

/// Where a gateway is, and what it is seen with.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    interface_id: String,
    private_ip: String,
    public_ip: String,
    association_id: String,
    /// Interface and association have ended.
    is_left: bool,
}

impl Resource for NatGateway {
    const KIND: &'static str = "ec2:nat-gateway";
    fn id(&self) -> &str {
        &self.nat_gateway_id
    }
}

impl Kind for NatGateway {
    const PREFIX: &'static str = "nat-";
    const TYPE: &'static str = "natgateway";
    const MISSING: &'static str = "NatGatewayNotFound";
    const MALFORMED: &'static str = "NatGatewayMalformed";
    const IDS: &'static str = "NatGatewayId";
    const SET: &'static str = "natGatewaySet";
    const FILTERS: &'static [(&'static str, &'static str)] =
        &[("nat-gateway-id", "natGatewayId"), ("state", "state"), ("subnet-id", "subnetId"), ("vpc-id", "vpcId")];

    /// While it is pending, all that is told of its address is the allocation.
    fn show(&self, call: &Call) -> Node {
        let state = self.state(call.now());
        let place = self.place.as_ref().filter(|_| state != "pending");
        let address = node! {
            "allocationId" => &self.allocation_id, "networkInterfaceId" => place.map(|place| &place.interface_id),
            "privateIp" => place.map(|place| &place.private_ip), "publicIp" => place.map(|place| &place.public_ip),
            "associationId" => place.map(|place| &place.association_id), "isPrimary" => place.map(|_| true),
            "status" => place.map(|_| "succeeded"),
        };
        let failure = self.failure.as_ref().filter(|_| state != "pending");
        node! {
            "natGatewayId" => &self.nat_gateway_id, "vpcId" => &self.vpc_id, "subnetId" => &self.subnet_id,
            "state" => state, "createTime" => timestamp(self.created), "deleteTime" => self.deleted.map(timestamp),
            "connectivityType" => "public", "availabilityMode" => "zonal",
            "natGatewayAddressSet" => Node::list([address]),
            "failureCode" => failure.map(|(code, _)| code), "failureMessage" => failure.map(|(_, message)| message),
            "tagSet" => tags::show(call, &self.nat_gateway_id),
        }
    }
}

impl NatGateway {
    fn state(&self, now: i64) -> &str {
        self.phase.at(now)
    }

    /// Whether traffic goes through it, or soon will.
    pub(super) fn is_there(&self, now: i64) -> bool {
        matches!(self.state(now), "pending" | "available")
    }
}

fn create(call: &mut Call) -> Answer {
    let subnet = need::<Subnet>(call, call.text("SubnetId"))?;
    let Some(allocation_id) = call.params().text("AllocationId") else {
        return refuse("MissingParameter", "The request must contain the parameter AllocationId");
    };
    let address = elastic(call, allocation_id)?;
    let requested = tags::requested(call, &["natgateway"])?;
    let gateways = all::<NatGateway>(call);
    let counts = |gateway: &&Arc<NatGateway>| {
        gateway.zone == subnet.zone && matches!(gateway.state(call.now()), "pending" | "available" | "deleting")
    };
    quota(call, gateways.iter().filter(counts).count(), 5, "NatGatewayLimitExceeded", "NAT gateways in a zone")?;
    let failure = failure(call, &subnet, &address);
    let nat_gateway_id = fresh::<NatGateway>(call);
    let place = match failure {
        None => Some(settle_in(call, &nat_gateway_id, &subnet, &address)?),
        Some(_) => None,
    };
    let outcome = if failure.is_some() { "failed" } else { "available" };
    let gateway = NatGateway {
        nat_gateway_id: nat_gateway_id.clone(),
        vpc_id: subnet.vpc_id.clone(),
        subnet_id: subnet.subnet_id.clone(),
        zone: subnet.zone.clone(),
        allocation_id: allocation_id.to_owned(),
        phase: Phase::moving("pending", outcome, call.due()),
        created: call.now(),
        deleted: None,
        place,
        failure,
    };
    put(call, gateway);
    tags::put::<NatGateway>(call, &nat_gateway_id, &requested);
    let token = call.params().text("ClientToken").map(str::to_owned);
    Ok(node! { "natGateway" => need::<NatGateway>(call, &nat_gateway_id)?.show(call), "clientToken" => token })
}

/// The address that a gateway asks for. This action has a code of its own for one that does not exist.
fn elastic(call: &Call, allocation_id: &str) -> Result<Arc<Address>, AwsError> {
    well_formed::<Address>(allocation_id)?;
    let message = || format!("The elasticIp ID '{allocation_id}' does not exist");
    let found = call.world.get::<Address>(call.region(), allocation_id);
    found.ok_or_else(|| AwsError::new("InvalidElasticIpID.NotFound", message()))
}

/// What AWS finds out only after it has answered: the gateway comes to exist and fails.
fn failure(call: &Call, subnet: &Subnet, address: &Address) -> Option<(String, String)> {
    let has_gateway = all::<Gateway>(call).iter().any(|gateway| gateway.vpc_id.as_ref() == Some(&subnet.vpc_id));
    let (code, message) = if !has_gateway {
        ("Gateway.NotAttached", format!("Network {} has no Internet gateway attached", subnet.vpc_id))
    } else if address.association.is_some() {
        ("Resource.AlreadyAssociated", format!("Elastic IP address [{}] is already associated", address.id()))
    } else if subnet.free(call, 1, &[]).is_err() {
        let message = "Subnet has insufficient free addresses to create this NAT gateway";
        ("InsufficientFreeAddressesInSubnet", message.to_owned())
    } else {
        return None;
    };
    Some((code.to_owned(), message))
}

/// Makes a gateway's interface and has the address lead to it.
fn settle_in(call: &mut Call, nat_gateway_id: &str, subnet: &Subnet, address: &Address) -> Result<Place, AwsError> {
    let (interface_id, private_ip) = interface::make_for_nat(call, subnet, nat_gateway_id)?;
    let association_id = address::lead(call, address.id(), &interface_id, &private_ip)?;
    let public_ip = address.public_ip.clone();
    Ok(Place { interface_id, private_ip, public_ip, association_id, is_left: false })
}

fn delete(call: &mut Call) -> Answer {
    let gateway = need::<NatGateway>(call, call.text("NatGatewayId"))?;
    match gateway.state(call.now()) {
        "deleted" => {
            let message = format!("NatGateway {} was not found", gateway.nat_gateway_id);
            return refuse("NatGatewayNotFound", message);
        }
        "deleting" => {}
        _ => {
            let (now, due) = (call.now(), call.due());
            change::<NatGateway>(call, gateway.id(), |gateway| {
                gateway.phase = Phase::moving("deleting", "deleted", due);
                gateway.deleted = Some(now);
            })?;
        }
    }
    Ok(node! { "natGatewayId" => &gateway.nat_gateway_id })
}

/// Lets deletions that are due happen: interface and address become free; later the gateway is forgotten.
pub(super) fn settle(call: &mut Call) {
    for gateway in all::<NatGateway>(call) {
        let ended = matches!(gateway.state(call.now()), "deleted" | "failed");
        let Some(due) = gateway.phase.due().filter(|_| ended) else { continue };
        if let Some(place) = gateway.place.clone().filter(|place| !place.is_left) {
            interface::end(call, &place.interface_id);
            put(call, NatGateway { place: Some(Place { is_left: true, ..place }), ..NatGateway::clone(&gateway) });
        }
        if due + REMEMBERED <= call.now() {
            erase::<NatGateway>(call, gateway.id());
        }
    }
}
