//! Lookups: images, zones, VPCs and subnets that a program does not own.

mod ami;
mod availability_zones;
mod subnets;
mod vpc;

pub use ami::{Ami, AmiArguments, AmiResults};
pub use availability_zones::{AvailabilityZones, AvailabilityZonesResults};
pub use subnets::{Subnets, SubnetsArguments, SubnetsResults};
pub use vpc::{VpcArguments, VpcLookup, VpcResults};

/// Returns the filters for tags.
#[cfg(target_arch = "wasm32")]
fn tag_filters(
    tags: &std::collections::BTreeMap<String, String>,
) -> Vec<aws_sdk_ec2::types::Filter> {
    tags.iter()
        .map(|(key, value)| crate::cloud::filter(&format!("tag:{key}"), [value.as_str()]))
        .collect()
}
