//! The actions of subnets.

use crate::ec2::actions::route_table::disassociate_subnet;
use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::queries::zone::requested_zone;
use crate::ec2::rows::cidr::Block;
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::kind::{all, change, erase, fresh, in_use, need, put, quota};
use crate::ec2::rows::subnet::Subnet;
use crate::ec2::rows::vpc::Vpc;
use crate::ec2::views::listing::{describe, describing};
use crate::ec2::views::show::Show;
use crate::error::{Answer, AwsError, refuse};
use crate::regions::{Zone, zones};
use crate::service::{Action, Call};
use crate::world::Phase;

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateSubnet",
        tag_specification!("VpcId! CidrBlock! AvailabilityZone AvailabilityZoneId"),
        create,
    ),
    Action::new("DescribeSubnets", describing!("SubnetId.N"), describe::<Subnet>),
    Action::new("DeleteSubnet", "SubnetId! DryRun:b", delete),
    Action::new("ModifySubnetAttribute", "SubnetId! MapPublicIpOnLaunch{Value!:b}", modify),
];

/// Inserts a subnet, and returns its id.
pub(crate) fn insert_subnet(
    call: &mut Call,
    vpc_id: &str,
    block: Block,
    zone: Zone,
    default_for_zone: bool,
) -> String {
    let subnet = Subnet {
        subnet_id: fresh::<Subnet>(call),
        vpc_id: vpc_id.to_owned(),
        cidr: block.to_string(),
        zone: zone.name,
        phase: Phase::moving("pending", "available", call.due()),
        default_for_zone,
        map_public_ip: default_for_zone,
    };
    let subnet_id = subnet.subnet_id.clone();
    put(call, subnet);
    subnet_id
}

fn create(call: &mut Call) -> Answer {
    let (vpc_id, text) = (call.text("VpcId"), call.text("CidrBlock"));
    let vpc = need::<Vpc>(call, vpc_id)?;
    let block = Block::require("cidrBlock", text)?;
    if !(16..=28).contains(&block.bits()) || !vpc.block().is_some_and(|vpc| vpc.contains(block)) {
        let message = format!(
            "The CIDR '{text}' is invalid: a subnet is from /16 to /28 and inside its VPC's {}.",
            vpc.cidr
        );
        return refuse("InvalidSubnet.Range", message);
    }
    let siblings: Vec<_> =
        all::<Subnet>(call).into_iter().filter(|subnet| subnet.vpc_id == vpc_id).collect();
    if siblings.iter().filter_map(|subnet| subnet.block()).any(|sibling| sibling.overlaps(block)) {
        return refuse(
            "InvalidSubnet.Conflict",
            format!("The CIDR '{text}' conflicts with another subnet"),
        );
    }
    quota(call, siblings.len(), 200, "SubnetLimitExceeded", "subnets in a VPC")?;
    let names = ("AvailabilityZone", "AvailabilityZoneId");
    let zone = requested_zone(call, names, "InvalidParameterValue")?;
    let zone = zone.or_else(|| zones(call.region()).into_iter().next());
    let zone =
        zone.ok_or_else(|| AwsError::new("InvalidZone.NotFound", "The region has no zone."))?;
    let requested = requested_tags(call, &["subnet"])?;
    let subnet_id = insert_subnet(call, vpc_id, block, zone, false);
    put_tags::<Subnet>(call, &subnet_id, &requested);
    Ok(node! { "subnet" => need::<Subnet>(call, &subnet_id)?.show(call) })
}

fn delete(call: &mut Call) -> Answer {
    let subnet_id = call.text("SubnetId");
    need::<Subnet>(call, subnet_id)?;
    if !call.world.list_of::<Interface>(call.region(), subnet_id).is_empty() {
        return in_use("subnet", subnet_id);
    }
    disassociate_subnet(call, subnet_id);
    erase::<Subnet>(call, subnet_id);
    Ok(node! { "return" => true })
}

fn modify(call: &mut Call) -> Answer {
    let Some(map_public_ip) = call.params().attribute_flag("MapPublicIpOnLaunch") else {
        return refuse("MissingParameter", "Specify an attribute to modify.");
    };
    change::<Subnet>(call, call.text("SubnetId"), |subnet| subnet.map_public_ip = map_public_ip)?;
    Ok(node! { "return" => true })
}
