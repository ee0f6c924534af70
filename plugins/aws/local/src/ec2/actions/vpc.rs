//! The actions of VPCs, with what AWS creates together with a VPC.
//!
//! These are the main route table, the default security group and the default network ACL.

use crate::ec2::actions::internet_gateway::insert_internet_gateway;
use crate::ec2::actions::route::insert_default_route;
use crate::ec2::actions::route_table::insert_route_table;
use crate::ec2::actions::security_group::{delete_group_with_rules, insert_default_group};
use crate::ec2::actions::subnet::insert_subnet;
use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::rows::cidr::Block;
use crate::ec2::rows::internet_gateway::InternetGateway;
use crate::ec2::rows::kind::{all, change, erase, fresh, in_use, need, put, quota};
use crate::ec2::rows::network_acl::NetworkAcl;
use crate::ec2::rows::route_table::RouteTable;
use crate::ec2::rows::security_group::SecurityGroup;
use crate::ec2::rows::subnet::Subnet;
use crate::ec2::rows::vpc::Vpc;
use crate::ec2::views::listing::{describe, describing};
use crate::ec2::views::show::Show;
use crate::error::{Answer, refuse};
use crate::regions::zones;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateVpc",
        tag_specification!(
            "CidrBlock! InstanceTenancy=default|dedicated AmazonProvidedIpv6CidrBlock=false"
        ),
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

/// Inserts the default VPC of a region.
///
/// It has a subnet in each zone, an internet gateway, and a route to it.
pub(crate) fn insert_default_vpc(call: &mut Call) {
    let Some(block) = Block::parse("172.31.0.0/16") else { return };
    let vpc_id = insert_vpc(call, block, "default", true);
    let gateway_id = insert_internet_gateway(call, Some(&vpc_id));
    for (n, zone) in (0..).zip(zones(call.region())) {
        insert_subnet(call, &vpc_id, block.part(20, n), zone, true);
    }
    insert_default_route(call, &vpc_id, gateway_id);
}

fn insert_vpc(call: &mut Call, block: Block, tenancy: &str, is_default: bool) -> String {
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
    insert_route_table(call, &vpc_id, &block.to_string(), true);
    insert_default_group(call, &vpc_id);
    let acl = NetworkAcl { acl_id: fresh::<NetworkAcl>(call), vpc_id: vpc_id.clone() };
    put(call, acl);
    vpc_id
}

fn create(call: &mut Call) -> Answer {
    let text = call.text("CidrBlock");
    let block = Block::require("cidrBlock", text)?;
    if !(16..=28).contains(&block.bits()) {
        return refuse(
            "InvalidVpc.Range",
            format!("The CIDR '{text}' is invalid: a VPC is from /16 to /28."),
        );
    }
    let requested = requested_tags(call, &["vpc"])?;
    quota(call, all::<Vpc>(call).len(), 5, "VpcLimitExceeded", "VPCs in this region")?;
    let vpc_id =
        insert_vpc(call, block, call.params().text("InstanceTenancy").unwrap_or("default"), false);
    put_tags::<Vpc>(call, &vpc_id, &requested);
    Ok(node! { "vpc" => need::<Vpc>(call, &vpc_id)?.show(call) })
}

fn delete(call: &mut Call) -> Answer {
    let vpc_id = call.text("VpcId");
    need::<Vpc>(call, vpc_id)?;
    let needed = all::<Subnet>(call).iter().any(|subnet| subnet.vpc_id == vpc_id)
        || all::<InternetGateway>(call)
            .iter()
            .any(|gateway| gateway.vpc_id.as_deref() == Some(vpc_id))
        || all::<RouteTable>(call).iter().any(|table| table.vpc_id == vpc_id && !table.is_main())
        || all::<SecurityGroup>(call)
            .iter()
            .any(|group| group.vpc_id == vpc_id && !group.is_default());
    if needed {
        return in_use("vpc", vpc_id);
    }
    for table in all::<RouteTable>(call).iter().filter(|table| table.vpc_id == vpc_id) {
        erase::<RouteTable>(call, table.id());
    }
    for group in all::<SecurityGroup>(call).iter().filter(|group| group.vpc_id == vpc_id) {
        delete_group_with_rules(call, group.id());
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
