//! Subnets: blocks of a VPC's addresses in one zone.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::cidr::Block;
use super::interface::Interface;
use super::kind::{Kind, all, change, erase, fresh, in_use, need, put, quota};
use super::listing::{describe, describing};
use super::regions::{self, Zone};
use super::route_table;
use super::tags::{self, tag_specification};
use super::vpc::Vpc;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource};

pub(super) const ACTIONS: &[Action] = &[
    Action::new("CreateSubnet", tag_specification!("VpcId! CidrBlock! AvailabilityZone AvailabilityZoneId"), create),
    Action::new("DescribeSubnets", describing!("SubnetId.N"), describe::<Subnet>),
    Action::new("DeleteSubnet", "SubnetId! DryRun:b", delete),
    Action::new("ModifySubnetAttribute", "SubnetId! MapPublicIpOnLaunch{Value!:b}", modify),
];

/// A subnet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Subnet {
    pub(super) subnet_id: String,
    pub(super) vpc_id: String,
    pub(super) cidr: String,
    pub(super) zone: String,
    phase: Phase,
    pub(super) default_for_zone: bool,
    pub(super) map_public_ip: bool,
}

impl Resource for Subnet {
    const KIND: &'static str = "ec2:subnet";
    fn id(&self) -> &str {
        &self.subnet_id
    }
}

impl Kind for Subnet {
    const PREFIX: &'static str = "subnet-";
    const TYPE: &'static str = "subnet";
    const MISSING: &'static str = "InvalidSubnetID.NotFound";
    const IDS: &'static str = "SubnetId";
    const SET: &'static str = "subnetSet";
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("subnet-id", "subnetId"),
        ("vpc-id", "vpcId"),
        ("cidr", "cidrBlock"),
        ("cidr-block", "cidrBlock"),
        ("cidrBlock", "cidrBlock"),
        ("availability-zone", "availabilityZone"),
        ("availabilityZone", "availabilityZone"),
        ("availability-zone-id", "availabilityZoneId"),
        ("available-ip-address-count", "availableIpAddressCount"),
        ("default-for-az", "defaultForAz"),
        ("defaultForAz", "defaultForAz"),
        ("map-public-ip-on-launch", "mapPublicIpOnLaunch"),
        ("owner-id", "ownerId"),
        ("state", "state"),
        ("subnet-arn", "subnetArn"),
    ];

    fn show(&self, call: &Call) -> Node {
        let taken = all::<Interface>(call).iter().filter(|interface| interface.subnet_id == self.subnet_id).count();
        let usable = self.block().map_or(0, |block| block.size().saturating_sub(5));
        node! {
            "subnetId" => &self.subnet_id, "subnetArn" => call.arn(&format!("subnet/{}", self.subnet_id)),
            "state" => self.phase.at(call.now()), "vpcId" => &self.vpc_id, "ownerId" => &call.rules.account,
            "cidrBlock" => &self.cidr,
            "availableIpAddressCount" => i64::try_from(usable).unwrap_or(0) - i64::try_from(taken).unwrap_or(0),
            "availabilityZone" => &self.zone, "availabilityZoneId" => regions::zone_id(call, &self.zone),
            "defaultForAz" => self.default_for_zone, "mapPublicIpOnLaunch" => self.map_public_ip,
            "assignIpv6AddressOnCreation" => false, "ipv6CidrBlockAssociationSet" => Node::List(vec![]),
            "mapCustomerOwnedIpOnLaunch" => false, "enableDns64" => false, "ipv6Native" => false,
            "privateDnsNameOptionsOnLaunch" => node! {
                "hostnameType" => "ip-name", "enableResourceNameDnsARecord" => false,
                "enableResourceNameDnsAAAARecord" => false,
            },
            "tagSet" => tags::show(call, &self.subnet_id),
        }
    }
}

impl Subnet {
    pub(super) fn block(&self) -> Option<Block> {
        Block::parse(&self.cidr)
    }

    /// An address that an interface asked for, if the subnet can give it.
    pub(super) fn claim(&self, call: &Call, text: &str) -> Result<Ipv4Addr, AwsError> {
        let block = Block::require("cidrBlock", &self.cidr)?;
        let address = text.parse::<Ipv4Addr>().ok().filter(|address| block.holds(*address));
        let Some(address) = address else {
            let message = format!("Address {text} does not fall within the subnet's address range");
            return refuse("InvalidParameterValue", message);
        };
        if block.reserves(address) {
            return refuse("InvalidParameterValue", format!("Address {text} is in subnet's reserved address range"));
        }
        if self.taken(call).any(|taken| taken == address) {
            return refuse("InvalidIPAddress.InUse", format!("Address {text} is in use."));
        }
        Ok(address)
    }

    /// The first addresses that are free, besides those in `claimed`.
    pub(super) fn free(&self, call: &Call, count: usize, claimed: &[Ipv4Addr]) -> Result<Vec<Ipv4Addr>, AwsError> {
        let taken: std::collections::HashSet<Ipv4Addr> = self.taken(call).chain(claimed.iter().copied()).collect();
        let block = Block::require("cidrBlock", &self.cidr)?;
        let free: Vec<Ipv4Addr> = block.usable().filter(|address| !taken.contains(address)).take(count).collect();
        if free.len() < count {
            let message = format!("The subnet {} has no {count} free addresses left.", self.subnet_id);
            return refuse("InsufficientFreeAddressesInSubnet", message);
        }
        Ok(free)
    }

    fn taken(&self, call: &Call) -> impl Iterator<Item = Ipv4Addr> {
        let interfaces = all::<Interface>(call).into_iter().filter(|interface| interface.subnet_id == self.subnet_id);
        interfaces.flat_map(|interface| interface.addresses.clone()).filter_map(|address| address.parse().ok())
    }
}

/// The default subnet of a zone, or of the first zone that has one.
pub(super) fn default(call: &Call, zone: Option<&str>) -> Option<std::sync::Arc<Subnet>> {
    let mut subnets = all::<Subnet>(call);
    subnets.retain(|subnet| subnet.default_for_zone && zone.is_none_or(|zone| subnet.zone == zone));
    subnets.sort_by(|left, right| left.zone.cmp(&right.zone));
    subnets.into_iter().next()
}

pub(super) fn make(call: &mut Call, vpc_id: &str, block: Block, zone: Zone, default_for_zone: bool) -> String {
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
        let message =
            format!("The CIDR '{text}' is invalid: a subnet is from /16 to /28 and inside its VPC's {}.", vpc.cidr);
        return refuse("InvalidSubnet.Range", message);
    }
    let siblings: Vec<_> = all::<Subnet>(call).into_iter().filter(|subnet| subnet.vpc_id == vpc_id).collect();
    if siblings.iter().filter_map(|subnet| subnet.block()).any(|sibling| sibling.overlaps(block)) {
        return refuse("InvalidSubnet.Conflict", format!("The CIDR '{text}' conflicts with another subnet"));
    }
    quota(call, siblings.len(), 200, "SubnetLimitExceeded", "subnets in a VPC")?;
    let zone = regions::requested_zone(call, "AvailabilityZone", "AvailabilityZoneId")?;
    let zone = zone.or_else(|| regions::zones(call.region()).into_iter().next());
    let zone = zone.ok_or_else(|| AwsError::new("InvalidZone.NotFound", "The region has no zone."))?;
    let requested = tags::requested(call, &["subnet"])?;
    let subnet_id = make(call, vpc_id, block, zone, false);
    tags::put::<Subnet>(call, &subnet_id, &requested);
    Ok(node! { "subnet" => need::<Subnet>(call, &subnet_id)?.show(call) })
}

fn delete(call: &mut Call) -> Answer {
    let subnet_id = call.text("SubnetId");
    need::<Subnet>(call, subnet_id)?;
    if all::<Interface>(call).iter().any(|interface| interface.subnet_id == subnet_id) {
        return in_use("subnet", subnet_id);
    }
    route_table::forget_subnet(call, subnet_id);
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
