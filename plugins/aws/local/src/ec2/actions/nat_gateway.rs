//! The actions of NAT gateways.
//!
//! Invariant: the interface exists, and the address is associated with it, until the gateway is
//! `deleted`.

use std::sync::Arc;

use crate::ec2::actions::address::associate_address;
use crate::ec2::actions::interface::{delete_interface, insert_nat_interface};
use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::rows::address::Address;
use crate::ec2::rows::internet_gateway::InternetGateway;
use crate::ec2::rows::kind::{all, change, erase, fresh, need, put, quota, well_formed};
use crate::ec2::rows::nat_gateway::{NatGateway, NatGatewayPlace};
use crate::ec2::rows::subnet::Subnet;
use crate::ec2::views::listing::{describe, describing};
use crate::ec2::views::show::Show;
use crate::error::{Answer, AwsError, refuse};
use crate::service::{Action, Call};
use crate::world::{Phase, Resource};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateNatGateway",
        tag_specification!(
            "SubnetId! AllocationId ConnectivityType=public AvailabilityMode=zonal ClientToken*"
        ),
        create,
    ),
    Action::new("DescribeNatGateways", describing!("NatGatewayId.N"), describe::<NatGateway>),
    Action::new("DeleteNatGateway", "NatGatewayId! DryRun:b", delete),
];

/// How long a deleted or failed gateway stays visible, in milliseconds.
const DELETED_VISIBLE_FOR: i64 = 60 * 60 * 1000;

fn create(call: &mut Call) -> Answer {
    let subnet = need::<Subnet>(call, call.text("SubnetId"))?;
    let Some(allocation_id) = call.params().text("AllocationId") else {
        return refuse("MissingParameter", "The request must contain the parameter AllocationId");
    };
    let address = requested_address(call, allocation_id)?;
    let requested = requested_tags(call, &["natgateway"])?;
    let gateways = all::<NatGateway>(call);
    let counts = |gateway: &&Arc<NatGateway>| {
        gateway.zone == subnet.zone
            && matches!(gateway.state(call.now()), "pending" | "available" | "deleting")
    };
    quota(
        call,
        gateways.iter().filter(counts).count(),
        5,
        "NatGatewayLimitExceeded",
        "NAT gateways in a zone",
    )?;
    let failure = late_failure(call, &subnet, &address);
    let nat_gateway_id = fresh::<NatGateway>(call);
    let place = match failure {
        None => Some(connect(call, &nat_gateway_id, &subnet, &address)?),
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
    put_tags::<NatGateway>(call, &nat_gateway_id, &requested);
    let token = call.params().text("ClientToken").map(str::to_owned);
    Ok(
        node! { "natGateway" => need::<NatGateway>(call, &nat_gateway_id)?.show(call), "clientToken" => token },
    )
}

/// Returns the address that a request names.
///
/// `CreateNatGateway` has a code of its own for an address that does not exist.
fn requested_address(call: &Call, allocation_id: &str) -> Result<Arc<Address>, AwsError> {
    well_formed::<Address>(allocation_id)?;
    let message = || format!("The elasticIp ID '{allocation_id}' does not exist");
    let found = call.world.get::<Address>(call.region(), allocation_id);
    found.ok_or_else(|| AwsError::new("InvalidElasticIpID.NotFound", message()))
}

/// Returns why a gateway fails after it was created: code and message.
///
/// AWS checks this only after it has answered.
fn late_failure(call: &Call, subnet: &Subnet, address: &Address) -> Option<(String, String)> {
    let has_gateway = all::<InternetGateway>(call)
        .iter()
        .any(|gateway| gateway.vpc_id.as_ref() == Some(&subnet.vpc_id));
    let (code, message) = if !has_gateway {
        (
            "Gateway.NotAttached",
            format!("Network {} has no Internet gateway attached", subnet.vpc_id),
        )
    } else if address.association.is_some() {
        (
            "Resource.AlreadyAssociated",
            format!("Elastic IP address [{}] is already associated", address.id()),
        )
    } else if subnet.free(call, 1, &[]).is_err() {
        let message = "Subnet has insufficient free addresses to create this NAT gateway";
        ("InsufficientFreeAddressesInSubnet", message.to_owned())
    } else {
        return None;
    };
    Some((code.to_owned(), message))
}

/// Inserts a gateway's interface and associates the address with it.
fn connect(
    call: &mut Call,
    nat_gateway_id: &str,
    subnet: &Subnet,
    address: &Address,
) -> Result<NatGatewayPlace, AwsError> {
    let (interface_id, private_ip) = insert_nat_interface(call, subnet, nat_gateway_id)?;
    let association_id = associate_address(call, address.id(), &interface_id, &private_ip)?;
    let public_ip = address.public_ip.clone();
    Ok(NatGatewayPlace { interface_id, private_ip, public_ip, association_id, is_left: false })
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

/// Carries out deletions that are due.
///
/// A deletion deletes the interface and disassociates the address. Later it removes the gateway.
pub(crate) fn apply_due_deletions(call: &mut Call) {
    for gateway in all::<NatGateway>(call) {
        let ended = matches!(gateway.state(call.now()), "deleted" | "failed");
        let Some(due) = gateway.phase.due().filter(|_| ended) else { continue };
        if let Some(place) = gateway.place.clone().filter(|place| !place.is_left) {
            delete_interface(call, &place.interface_id);
            put(
                call,
                NatGateway {
                    place: Some(NatGatewayPlace { is_left: true, ..place }),
                    ..NatGateway::clone(&gateway)
                },
            );
        }
        if due + DELETED_VISIBLE_FOR <= call.now() {
            erase::<NatGateway>(call, gateway.id());
        }
    }
}
