//! Internet gateways: at most one for a VPC, and a VPC for at most one.

use serde::{Deserialize, Serialize};

use super::interface::Interface;
use super::kind::{Kind, all, change, erase, fresh, in_use, need, put, quota};
use super::listing::{describe, describing};
use super::tags::{self, tag_specification};
use super::vpc::Vpc;
use crate::error::{Answer, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::Resource;

pub(super) const ACTIONS: &[Action] = &[
    Action::new("CreateInternetGateway", tag_specification!(""), create),
    Action::new("DescribeInternetGateways", describing!("InternetGatewayId.N"), describe::<Gateway>),
    Action::new("DeleteInternetGateway", "InternetGatewayId! DryRun:b", delete),
    Action::new("AttachInternetGateway", "InternetGatewayId! VpcId! DryRun:b", attach),
    Action::new("DetachInternetGateway", "InternetGatewayId! VpcId! DryRun:b", detach),
];

/// An internet gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Gateway {
    gateway_id: String,
    pub(super) vpc_id: Option<String>,
}

impl Resource for Gateway {
    const KIND: &'static str = "ec2:internet-gateway";
    fn id(&self) -> &str {
        &self.gateway_id
    }
}

impl Kind for Gateway {
    const PREFIX: &'static str = "igw-";
    const TYPE: &'static str = "internet-gateway";
    const MISSING: &'static str = "InvalidInternetGatewayID.NotFound";
    const IDS: &'static str = "InternetGatewayId";
    const SET: &'static str = "internetGatewaySet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("internet-gateway-id", "internetGatewayId"),
        ("attachment.vpc-id", "attachmentSet.vpcId"),
        ("attachment.state", "attachmentSet.state"),
        ("owner-id", "ownerId"),
    ];

    fn show(&self, call: &Call) -> Node {
        let attachment = self.vpc_id.iter().map(|vpc_id| node! { "vpcId" => vpc_id, "state" => "available" });
        node! {
            "internetGatewayId" => &self.gateway_id, "ownerId" => &call.rules.account,
            "attachmentSet" => Node::list(attachment), "tagSet" => tags::show(call, &self.gateway_id),
        }
    }
}

pub(super) fn make(call: &mut Call, vpc_id: Option<&str>) -> String {
    let gateway_id = fresh::<Gateway>(call);
    put(call, Gateway { gateway_id: gateway_id.clone(), vpc_id: vpc_id.map(str::to_owned) });
    gateway_id
}

fn create(call: &mut Call) -> Answer {
    let requested = tags::requested(call, &["internet-gateway"])?;
    quota(call, all::<Gateway>(call).len(), 5, "InternetGatewayLimitExceeded", "internet gateways in this region")?;
    let gateway_id = make(call, None);
    tags::put::<Gateway>(call, &gateway_id, &requested);
    Ok(node! { "internetGateway" => need::<Gateway>(call, &gateway_id)?.show(call) })
}

fn delete(call: &mut Call) -> Answer {
    let gateway_id = call.text("InternetGatewayId");
    if need::<Gateway>(call, gateway_id)?.vpc_id.is_some() {
        return in_use("internetGateway", gateway_id);
    }
    erase::<Gateway>(call, gateway_id);
    Ok(node! { "return" => true })
}

fn attach(call: &mut Call) -> Answer {
    let (gateway_id, vpc_id) = (call.text("InternetGatewayId"), call.text("VpcId"));
    need::<Vpc>(call, vpc_id)?;
    if let Some(other) = &need::<Gateway>(call, gateway_id)?.vpc_id {
        let message = format!("resource {gateway_id} is already attached to network {other}");
        return refuse("Resource.AlreadyAssociated", message);
    }
    if all::<Gateway>(call).iter().any(|gateway| gateway.vpc_id.as_deref() == Some(vpc_id)) {
        let message = format!("Network {vpc_id} already has an internet gateway attached");
        return refuse("Resource.AlreadyAssociated", message);
    }
    change::<Gateway>(call, gateway_id, |gateway| gateway.vpc_id = Some(vpc_id.to_owned()))?;
    Ok(node! { "return" => true })
}

fn detach(call: &mut Call) -> Answer {
    let (gateway_id, vpc_id) = (call.text("InternetGatewayId"), call.text("VpcId"));
    need::<Vpc>(call, vpc_id)?;
    if need::<Gateway>(call, gateway_id)?.vpc_id.as_deref() != Some(vpc_id) {
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
    change::<Gateway>(call, gateway_id, |gateway| gateway.vpc_id = None)?;
    Ok(node! { "return" => true })
}
