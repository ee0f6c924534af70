//! VPCs, with what AWS makes along with one: its main route table, default security group and default network ACL.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cidr::Block;
use super::gateway::Gateway;
use super::group::Group;
use super::kind::{Kind, all, change, erase, fresh, in_use, need, put, quota};
use super::listing::{describe, describing};
use super::route_table::RouteTable;
use super::subnet::Subnet;
use super::tags::{self, tag_specification};
use super::{gateway, group, regions, route, route_table, subnet};
use crate::error::{Answer, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource};

pub(super) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateVpc",
        tag_specification!("CidrBlock! InstanceTenancy=default|dedicated AmazonProvidedIpv6CidrBlock=false"),
        create,
    ),
    Action::new("DescribeVpcs", describing!("VpcId.N"), describe::<Vpc>),
    Action::new("DeleteVpc", "VpcId! DryRun:b", delete),
    Action::new(
        "ModifyVpcAttribute",
        "VpcId! EnableDnsSupport{Value!:b} EnableDnsHostnames{Value!:b} EnableNetworkAddressUsageMetrics{Value!:b}",
        modify,
    ),
    Action::new(
        "DescribeVpcAttribute",
        "VpcId! Attribute!=enableDnsSupport|enableDnsHostnames|enableNetworkAddressUsageMetrics DryRun:b",
        describe_attribute,
    ),
    Action::new("DescribeNetworkAcls", describing!("NetworkAclId.N"), describe::<NetworkAcl>),
];

/// A VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vpc {
    pub(super) vpc_id: String,
    pub(super) cidr: String,
    tenancy: String,
    is_default: bool,
    phase: Phase,
    dns_support: bool,
    pub(super) dns_hostnames: bool,
    usage_metrics: bool,
}

impl Resource for Vpc {
    const KIND: &'static str = "ec2:vpc";
    fn id(&self) -> &str {
        &self.vpc_id
    }
}

impl Kind for Vpc {
    const PREFIX: &'static str = "vpc-";
    const TYPE: &'static str = "vpc";
    const MISSING: &'static str = "InvalidVpcID.NotFound";
    const IDS: &'static str = "VpcId";
    const SET: &'static str = "vpcSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("vpc-id", "vpcId"),
        ("cidr", "cidrBlock"),
        ("cidr-block", "cidrBlock"),
        ("cidrBlock", "cidrBlock"),
        ("cidr-block-association.cidr-block", "cidrBlockAssociationSet.cidrBlock"),
        ("cidr-block-association.association-id", "cidrBlockAssociationSet.associationId"),
        ("cidr-block-association.state", "cidrBlockAssociationSet.cidrBlockState.state"),
        ("dhcp-options-id", "dhcpOptionsId"),
        ("is-default", "isDefault"),
        ("isDefault", "isDefault"),
        ("owner-id", "ownerId"),
        ("state", "state"),
    ];

    fn show(&self, call: &Call) -> Node {
        let digits = self.vpc_id.trim_start_matches(Self::PREFIX);
        node! {
            "vpcId" => &self.vpc_id, "ownerId" => &call.rules.account, "state" => self.phase.at(call.now()),
            "cidrBlock" => &self.cidr, "dhcpOptionsId" => format!("dopt-{digits}"),
            "instanceTenancy" => &self.tenancy, "isDefault" => self.is_default,
            "cidrBlockAssociationSet" => Node::list([node! {
                "associationId" => format!("vpc-cidr-assoc-{digits}"), "cidrBlock" => &self.cidr,
                "cidrBlockState" => node! { "state" => "associated" },
            }]),
            "tagSet" => tags::show(call, &self.vpc_id),
        }
    }
}

impl Vpc {
    pub(super) fn block(&self) -> Option<Block> {
        Block::parse(&self.cidr)
    }
}

/// The region's default VPC, unless somebody deleted it.
pub(super) fn default(call: &Call) -> Option<Arc<Vpc>> {
    all::<Vpc>(call).into_iter().find(|vpc| vpc.is_default)
}

/// Makes the default VPC of a region: a subnet a zone, an internet gateway, a route to it.
pub(super) fn make_default(call: &mut Call) {
    let Some(block) = Block::parse("172.31.0.0/16") else { return };
    let vpc_id = make(call, block, "default", true);
    let gateway_id = gateway::make(call, Some(&vpc_id));
    for (n, zone) in (0..).zip(regions::zones(call.region())) {
        subnet::make(call, &vpc_id, block.part(20, n), zone, true);
    }
    route::make_default(call, &vpc_id, gateway_id);
}

fn make(call: &mut Call, block: Block, tenancy: &str, is_default: bool) -> String {
    let vpc_id = fresh::<Vpc>(call);
    let vpc = Vpc {
        vpc_id: vpc_id.clone(),
        cidr: block.to_string(),
        tenancy: tenancy.to_owned(),
        is_default,
        phase: Phase::moving("pending", "available", call.due()),
        dns_support: true,
        dns_hostnames: is_default,
        usage_metrics: false,
    };
    put(call, vpc);
    route_table::make(call, &vpc_id, &block.to_string(), true);
    group::make_default(call, &vpc_id);
    let acl = NetworkAcl { acl_id: fresh::<NetworkAcl>(call), vpc_id: vpc_id.clone() };
    put(call, acl);
    vpc_id
}

fn create(call: &mut Call) -> Answer {
    let text = call.text("CidrBlock");
    let block = Block::require("cidrBlock", text)?;
    if !(16..=28).contains(&block.bits()) {
        return refuse("InvalidVpc.Range", format!("The CIDR '{text}' is invalid: a VPC is from /16 to /28."));
    }
    let requested = tags::requested(call, &["vpc"])?;
    quota(call, all::<Vpc>(call).len(), 5, "VpcLimitExceeded", "VPCs in this region")?;
    let vpc_id = make(call, block, call.params().text("InstanceTenancy").unwrap_or("default"), false);
    tags::put::<Vpc>(call, &vpc_id, &requested);
    Ok(node! { "vpc" => need::<Vpc>(call, &vpc_id)?.show(call) })
}

fn delete(call: &mut Call) -> Answer {
    let vpc_id = call.text("VpcId");
    need::<Vpc>(call, vpc_id)?;
    let needed = all::<Subnet>(call).iter().any(|subnet| subnet.vpc_id == vpc_id)
        || all::<Gateway>(call).iter().any(|gateway| gateway.vpc_id.as_deref() == Some(vpc_id))
        || all::<RouteTable>(call).iter().any(|table| table.vpc_id == vpc_id && !table.is_main())
        || all::<Group>(call).iter().any(|group| group.vpc_id == vpc_id && !group.is_default());
    if needed {
        return in_use("vpc", vpc_id);
    }
    for table in all::<RouteTable>(call).iter().filter(|table| table.vpc_id == vpc_id) {
        erase::<RouteTable>(call, table.id());
    }
    for group in all::<Group>(call).iter().filter(|group| group.vpc_id == vpc_id) {
        group::remove(call, group.id());
    }
    for acl in all::<NetworkAcl>(call).iter().filter(|acl| acl.vpc_id == vpc_id) {
        erase::<NetworkAcl>(call, acl.id());
    }
    erase::<Vpc>(call, vpc_id);
    Ok(node! { "return" => true })
}

fn modify(call: &mut Call) -> Answer {
    let params = call.params();
    let flag = |name| params.attribute_flag(name);
    let (support, hostnames) = (flag("EnableDnsSupport"), flag("EnableDnsHostnames"));
    let metrics = flag("EnableNetworkAddressUsageMetrics");
    if [support, hostnames, metrics].iter().flatten().count() != 1 {
        return refuse("InvalidParameterCombination", "Specify exactly one attribute to modify.");
    }
    let vpc_id = call.text("VpcId");
    let vpc = need::<Vpc>(call, vpc_id)?;
    if hostnames == Some(true) && !vpc.dns_support || support == Some(false) && vpc.dns_hostnames {
        return refuse("InvalidParameterCombination", "DNS hostnames need DNS support.");
    }
    change::<Vpc>(call, vpc_id, |vpc| {
        vpc.dns_support = support.unwrap_or(vpc.dns_support);
        vpc.dns_hostnames = hostnames.unwrap_or(vpc.dns_hostnames);
        vpc.usage_metrics = metrics.unwrap_or(vpc.usage_metrics);
    })?;
    Ok(node! { "return" => true })
}

fn describe_attribute(call: &mut Call) -> Answer {
    let vpc = need::<Vpc>(call, call.text("VpcId"))?;
    let (name, value) = match call.text("Attribute") {
        "enableDnsSupport" => ("enableDnsSupport", vpc.dns_support),
        "enableDnsHostnames" => ("enableDnsHostnames", vpc.dns_hostnames),
        _ => ("enableNetworkAddressUsageMetrics", vpc.usage_metrics),
    };
    Ok(node! { "vpcId" => &vpc.vpc_id, name => node! { "value" => value } })
}

/// A VPC's default network ACL. It allows everything and every subnet is in it; there are no others here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NetworkAcl {
    acl_id: String,
    vpc_id: String,
}

impl Resource for NetworkAcl {
    const KIND: &'static str = "ec2:network-acl";
    fn id(&self) -> &str {
        &self.acl_id
    }
}

impl Kind for NetworkAcl {
    const PREFIX: &'static str = "acl-";
    const TYPE: &'static str = "network-acl";
    const MISSING: &'static str = "InvalidNetworkAclID.NotFound";
    const IDS: &'static str = "NetworkAclId";
    const SET: &'static str = "networkAclSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("network-acl-id", "networkAclId"),
        ("vpc-id", "vpcId"),
        ("default", "default"),
        ("owner-id", "ownerId"),
        ("association.subnet-id", "associationSet.subnetId"),
        ("association.association-id", "associationSet.networkAclAssociationId"),
        ("association.network-acl-id", "associationSet.networkAclId"),
    ];

    fn show(&self, call: &Call) -> Node {
        let subnets = all::<Subnet>(call);
        let members = subnets.iter().filter(|subnet| subnet.vpc_id == self.vpc_id).map(|subnet| {
            let association = subnet.subnet_id.replace(Subnet::PREFIX, "aclassoc-");
            node! {
                "networkAclAssociationId" => association, "networkAclId" => &self.acl_id, "subnetId" => &subnet.subnet_id,
            }
        });
        let entry = |number: i64, egress: bool, action: &str| {
            node! {
                "ruleNumber" => number, "protocol" => "-1", "ruleAction" => action, "egress" => egress,
                "cidrBlock" => "0.0.0.0/0",
            }
        };
        let last = 32767;
        node! {
            "networkAclId" => &self.acl_id, "vpcId" => &self.vpc_id, "default" => true,
            "ownerId" => &call.rules.account, "associationSet" => Node::list(members),
            "entrySet" => Node::list([
                entry(100, true, "allow"), entry(last, true, "deny"), entry(100, false, "allow"), entry(last, false, "deny"),
            ]),
            "tagSet" => tags::show(call, &self.acl_id),
        }
    }
}
