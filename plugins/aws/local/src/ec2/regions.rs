//! The regions and zones that exist, and what EC2 says about an account.

use super::kind::invalid;
use super::listing::{Item, filter};
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};

/// Regions, the short name in their zones' ids, and the letters of their zones.
const REGIONS: &[(&str, &str, &str)] = &[
    ("ap-northeast-1", "apne1", "acd"),
    ("ap-south-1", "aps1", "abc"),
    ("ap-southeast-1", "apse1", "abc"),
    ("ap-southeast-2", "apse2", "abc"),
    ("ca-central-1", "cac1", "abd"),
    ("eu-central-1", "euc1", "abc"),
    ("eu-north-1", "eun1", "abc"),
    ("eu-west-1", "euw1", "abc"),
    ("eu-west-2", "euw2", "abc"),
    ("eu-west-3", "euw3", "abc"),
    ("sa-east-1", "sae1", "abc"),
    ("us-east-1", "use1", "abcdef"),
    ("us-east-2", "use2", "abc"),
    ("us-west-1", "usw1", "ac"),
    ("us-west-2", "usw2", "abcd"),
];

/// All regions that a local AWS can have.
pub fn names() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|(name, ..)| *name)
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone {
    /// Such as `eu-central-1a`.
    pub(super) name: String,
    /// Such as `euc1-az1`.
    pub(super) id: String,
}

/// The zones of a region, in order.
pub(super) fn zones(region: &str) -> Vec<Zone> {
    let known = REGIONS.iter().filter(|(name, ..)| *name == region);
    let zones =
        known.flat_map(|(name, short, letters)| letters.chars().enumerate().map(move |zone| (name, short, zone)));
    zones
        .map(|(name, short, (at, letter))| Zone {
            name: format!("{name}{letter}"),
            id: format!("{short}-az{}", at + 1),
        })
        .collect()
}

/// The id of a zone of this region.
pub(super) fn zone_id(call: &Call, name: &str) -> String {
    zones(call.region()).into_iter().find(|zone| zone.name == name).map(|zone| zone.id).unwrap_or_default()
}

/// The zone that a request names by name or id; `None` if it names none.
pub(super) fn requested_zone(call: &Call, name: &str, id: &str) -> Result<Option<Zone>, AwsError> {
    let (name, id) = (call.params().text(name), call.params().text(id));
    if name.is_some() && id.is_some() {
        return refuse("InvalidParameterCombination", "Specify the zone by name or by id, not by both.");
    }
    let Some(wanted) = name.or(id) else { return Ok(None) };
    let mut zones = zones(call.region()).into_iter();
    match zones.find(|zone| Some(zone.name.as_str()) == name || Some(zone.id.as_str()) == id) {
        Some(zone) => Ok(Some(zone)),
        None => refuse("InvalidZone.NotFound", format!("The zone '{wanted}' does not exist.")),
    }
}

pub(super) const ACTIONS: &[Action] = &[
    Action::new(
        "DescribeAvailabilityZones",
        "ZoneName.N ZoneId.N AllAvailabilityZones:b Filter.N{Name! Value.N} DryRun:b",
        describe_zones,
    ),
    Action::new("DescribeRegions", "RegionName.N AllRegions:b Filter.N{Name! Value.N} DryRun:b", describe_regions),
    Action::new(
        "DescribeAccountAttributes",
        "AttributeName.N=supported-platforms|default-vpc DryRun:b",
        account_attributes,
    ),
];

fn describe_zones(call: &mut Call) -> Answer {
    let region = call.region();
    let (names, ids) = (call.params().texts("ZoneName"), call.params().texts("ZoneId"));
    let known = zones(region);
    let unknown = names.iter().find(|name| !known.iter().any(|zone| zone.name == **name));
    if let Some(name) = unknown.or_else(|| ids.iter().find(|id| !known.iter().any(|zone| zone.id == **id))) {
        return invalid("ZoneName", name, "Invalid availability zone.");
    }
    let wanted = known.into_iter().filter(|zone| names.is_empty() || names.contains(&zone.name.as_str()));
    let wanted = wanted.filter(|zone| ids.is_empty() || ids.contains(&zone.id.as_str()));
    let items = wanted.map(|zone| Item {
        node: node! {
            "zoneName" => &zone.name, "zoneId" => zone.id, "zoneState" => "available", "regionName" => region,
            "zoneType" => "availability-zone", "optInStatus" => "opt-in-not-required",
            "groupName" => format!("{region}-zg-1"), "networkBorderGroup" => region, "messageSet" => Node::List(vec![]),
        },
        key: zone.name,
    });
    let filters = [
        ("zone-name", "zoneName"),
        ("zone-id", "zoneId"),
        ("state", "zoneState"),
        ("region-name", "regionName"),
        ("zone-type", "zoneType"),
        ("opt-in-status", "optInStatus"),
        ("group-name", "groupName"),
    ];
    let items = filter(call.params(), items.collect(), &filters)?;
    Ok(node! { "availabilityZoneInfo" => Node::list(items.into_iter().map(|item| item.node)) })
}

fn describe_regions(call: &mut Call) -> Answer {
    let names = call.params().texts("RegionName");
    if let Some(name) = names.iter().find(|name| !self::names().any(|known| known == **name)) {
        return invalid("RegionName", name, "Invalid region name.");
    }
    let wanted = self::names().filter(|name| names.is_empty() || names.contains(name));
    let items = wanted.map(|name| Item {
        key: name.to_owned(),
        node: node! {
            "regionName" => name, "regionEndpoint" => format!("ec2.{name}.amazonaws.com"),
            "optInStatus" => "opt-in-not-required",
        },
    });
    let filters = [("region-name", "regionName"), ("endpoint", "regionEndpoint"), ("opt-in-status", "optInStatus")];
    let items = filter(call.params(), items.collect(), &filters)?;
    Ok(node! { "regionInfo" => Node::list(items.into_iter().map(|item| item.node)) })
}

fn account_attributes(call: &mut Call) -> Answer {
    let default_vpc = super::vpc::default(call).map_or("none".to_owned(), |vpc| vpc.vpc_id.clone());
    let known = [
        ("supported-platforms", "VPC".to_owned()),
        ("default-vpc", default_vpc),
        ("max-instances", "20".to_owned()),
        ("vpc-max-security-groups-per-interface", "5".to_owned()),
        ("max-elastic-ips", "5".to_owned()),
        ("vpc-max-elastic-ips", "5".to_owned()),
    ];
    let names = call.params().texts("AttributeName");
    let wanted = known.into_iter().filter(|(name, _)| names.is_empty() || names.contains(name));
    Ok(node! { "accountAttributeSet" => Node::list(wanted.map(|(name, value)| {
        node! { "attributeName" => name, "attributeValueSet" => Node::list([node! { "attributeValue" => value }]) }
    })) })
}
