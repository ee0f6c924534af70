//! The regions and zones that AWS has, as far as they are known here.

/// Regions, the short name in their zones' ids, and the letters of their zones.
const REGIONS: &[(&str, &str, &str)] = &[
    ("ap-northeast-1", "apne1", "acd"),
    ("ap-northeast-2", "apne2", "abcd"),
    ("ap-northeast-3", "apne3", "abc"),
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

/// Returns the names of all regions that a local AWS can have.
pub fn names() -> impl Iterator<Item = &'static str> {
    REGIONS.iter().map(|(name, ..)| *name)
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone {
    /// The name, such as `eu-central-1a`.
    pub(crate) name: String,
    /// The id, such as `euc1-az1`.
    pub(crate) id: String,
}

/// Returns the zones of a region, in order.
pub(crate) fn zones(region: &str) -> Vec<Zone> {
    let known = REGIONS.iter().filter(|(name, ..)| *name == region);
    let zones = known.flat_map(|(name, short, letters)| {
        letters.chars().enumerate().map(move |zone| (name, short, zone))
    });
    zones
        .map(|(name, short, (at, letter))| Zone {
            name: format!("{name}{letter}"),
            id: format!("{short}-az{}", at + 1),
        })
        .collect()
}
