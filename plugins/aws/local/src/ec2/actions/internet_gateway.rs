//! The actions of internet gateways.
//!
//! Invariant: a gateway has at most one VPC, and a VPC at most one gateway.

use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::internet_gateway::InternetGateway;
use crate::ec2::rows::kind::{all, change, erase, fresh, in_use, need, put, quota};
use crate::ec2::rows::vpc::Vpc;
use crate::ec2::views::listing::{describe, describing};
use crate::ec2::views::show::Show;
use crate::error::{Answer, refuse};
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("CreateInternetGateway", tag_specification!(""), create),
    Action::new(
        "DescribeInternetGateways",
        describing!("InternetGatewayId.N"),
        describe::<InternetGateway>,
    ),
    Action::new("DeleteInternetGateway", "InternetGatewayId! DryRun:b", delete),
    Action::new("AttachInternetGateway", "InternetGatewayId! VpcId! DryRun:b", attach),
    Action::new("DetachInternetGateway", "InternetGatewayId! VpcId! DryRun:b", detach),
];

/// Inserts an internet gateway, attached to a VPC or free, and returns its id.
pub(crate) fn insert_internet_gateway(call: &mut Call, vpc_id: Option<&str>) -> String {
    let gateway_id = fresh::<InternetGateway>(call);
    put(
        call,
        InternetGateway { gateway_id: gateway_id.clone(), vpc_id: vpc_id.map(str::to_owned) },
    );
    gateway_id
}

fn create(call: &mut Call) -> Answer {
    let requested = requested_tags(call, &["internet-gateway"])?;
    quota(
        call,
        all::<InternetGateway>(call).len(),
        5,
        "InternetGatewayLimitExceeded",
        "internet gateways in this region",
    )?;
    let gateway_id = insert_internet_gateway(call, None);
    put_tags::<InternetGateway>(call, &gateway_id, &requested);
    Ok(node! { "internetGateway" => need::<InternetGateway>(call, &gateway_id)?.show(call) })
}

fn delete(call: &mut Call) -> Answer {
    let gateway_id = call.text("InternetGatewayId");
    if need::<InternetGateway>(call, gateway_id)?.vpc_id.is_some() {
        return in_use("internetGateway", gateway_id);
    }
    erase::<InternetGateway>(call, gateway_id);
    Ok(node! { "return" => true })
}

fn attach(call: &mut Call) -> Answer {
    let (gateway_id, vpc_id) = (call.text("InternetGatewayId"), call.text("VpcId"));
    need::<Vpc>(call, vpc_id)?;
    if let Some(other) = &need::<InternetGateway>(call, gateway_id)?.vpc_id {
        let message = format!("resource {gateway_id} is already attached to network {other}");
        return refuse("Resource.AlreadyAssociated", message);
    }
    if all::<InternetGateway>(call).iter().any(|gateway| gateway.vpc_id.as_deref() == Some(vpc_id))
    {
        let message = format!("Network {vpc_id} already has an internet gateway attached");
        return refuse("InvalidParameterValue", message);
    }
    change::<InternetGateway>(call, gateway_id, |gateway| {
        gateway.vpc_id = Some(vpc_id.to_owned())
    })?;
    Ok(node! { "return" => true })
}

fn detach(call: &mut Call) -> Answer {
    let (gateway_id, vpc_id) = (call.text("InternetGatewayId"), call.text("VpcId"));
    need::<Vpc>(call, vpc_id)?;
    if need::<InternetGateway>(call, gateway_id)?.vpc_id.as_deref() != Some(vpc_id) {
        let message = format!("resource {gateway_id} is not attached to network {vpc_id}");
        return refuse("Gateway.NotAttached", message);
    }
    let interfaces = all::<Interface>(call);
    let mut inside = interfaces.iter().filter(|interface| interface.vpc_id == vpc_id);
    if inside.any(|interface| interface.public_address(call).is_some()) {
        let message = format!(
            "Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        );
        return refuse("DependencyViolation", message);
    }
    change::<InternetGateway>(call, gateway_id, |gateway| gateway.vpc_id = None)?;
    Ok(node! { "return" => true })
}
