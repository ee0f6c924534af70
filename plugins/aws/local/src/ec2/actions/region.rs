//! The actions on regions, zones and the account.

use crate::ec2::queries::vpc::default_vpc;
use crate::ec2::rows::kind::invalid;
use crate::ec2::views::listing::{Listing, TagFilters, list};
use crate::error::Answer;
use crate::node::Node;
use crate::regions;
use crate::regions::zones;
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "DescribeAvailabilityZones",
        "ZoneName.N ZoneId.N AllAvailabilityZones:b Filter.N{Name! Value.N} DryRun:b",
        describe_zones,
    ),
    Action::new(
        "DescribeRegions",
        "RegionName.N AllRegions:b Filter.N{Name! Value.N} DryRun:b",
        describe_regions,
    ),
    Action::new(
        "DescribeAccountAttributes",
        "AttributeName.N=supported-platforms|default-vpc DryRun:b",
        account_attributes,
    ),
];

const ZONES: Listing = Listing {
    filters: &[
        ("group-long-name", "groupLongName"),
        ("group-name", "groupName"),
        ("message", "messageSet.message"),
        ("opt-in-status", "optInStatus"),
        ("parent-zone-id", "parentZoneId"),
        ("parent-zone-name", "parentZoneName"),
        ("region-name", "regionName"),
        ("state", "zoneState"),
        ("zone-id", "zoneId"),
        ("zone-name", "zoneName"),
        ("zone-type", "zoneType"),
    ],
    tags: TagFilters::No,
    page_sizes: None,
};

fn describe_zones(call: &mut Call) -> Answer {
    let region = call.region();
    let (names, ids) = (call.params().texts("ZoneName"), call.params().texts("ZoneId"));
    let known = zones(region);
    let unknown = names.iter().find(|name| !known.iter().any(|zone| zone.name == **name));
    if let Some(name) =
        unknown.or_else(|| ids.iter().find(|id| !known.iter().any(|zone| zone.id == **id)))
    {
        return invalid("ZoneName", name, "Invalid availability zone.");
    }
    let wanted =
        known.into_iter().filter(|zone| names.is_empty() || names.contains(&zone.name.as_str()));
    let wanted = wanted.filter(|zone| ids.is_empty() || ids.contains(&zone.id.as_str()));
    let wanted = wanted.map(|zone| (zone.name.clone(), zone));
    let page = list(call, &ZONES, wanted, |zone| {
        node! {
            "zoneName" => &zone.name, "zoneId" => &zone.id, "zoneState" => "available", "regionName" => region,
            "zoneType" => "availability-zone", "optInStatus" => "opt-in-not-required",
            "groupName" => format!("{region}-zg-1"), "networkBorderGroup" => region, "messageSet" => Node::List(vec![]),
        }
    });
    Ok(page?.into_answer("availabilityZoneInfo"))
}

const REGIONS: Listing = Listing {
    filters: &[
        ("region-name", "regionName"),
        ("endpoint", "regionEndpoint"),
        ("opt-in-status", "optInStatus"),
    ],
    tags: TagFilters::No,
    page_sizes: None,
};

fn describe_regions(call: &mut Call) -> Answer {
    let names = call.params().texts("RegionName");
    if let Some(name) = names.iter().find(|name| !regions::names().any(|known| known == **name)) {
        return invalid("RegionName", name, "Invalid region name.");
    }
    let wanted = regions::names().filter(|name| names.is_empty() || names.contains(name));
    let wanted = wanted.map(|name| (name.to_owned(), name));
    let page = list(call, &REGIONS, wanted, |name| {
        node! {
            "regionName" => *name, "regionEndpoint" => format!("ec2.{name}.amazonaws.com"),
            "optInStatus" => "opt-in-not-required",
        }
    });
    Ok(page?.into_answer("regionInfo"))
}

fn account_attributes(call: &mut Call) -> Answer {
    let default_vpc = default_vpc(call).map_or("none".to_owned(), |vpc| vpc.vpc_id.clone());
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
