//! Availability zones.

use kim_plugin::prelude::*;

/// The lookup of the region's zones.
pub struct AvailabilityZones;

/// The zones, sorted by name.
#[derive(Clone, Debug, Object)]
pub struct AvailabilityZonesResults {
    /// The names, such as `eu-central-1a`.
    pub names: Vec<String>,
    /// The ids, such as `euc1-az2`. They mean the same places in every account.
    pub zone_ids: Vec<String>,
}

impl Lookup for AvailabilityZones {
    const NAME: &'static str = "aws:ec2:availability_zones";
    const DOCS: &'static str = "Finds the region's zones that are open to this account, without local and wavelength zones.";
    type Arguments = ();
    type Results = AvailabilityZonesResults;

    async fn look_up((): ()) -> Result<AvailabilityZonesResults, Failure> {
        crate::in_cloud::in_cloud!(cloud::look_up())
    }
}

#[cfg(target_arch = "wasm32")]
mod cloud {
    use aws_sdk_ec2::types::AvailabilityZoneState;
    use kim_plugin::prelude::*;

    use super::AvailabilityZonesResults;
    use crate::cloud::{client, failed};

    pub(super) async fn look_up() -> Result<AvailabilityZonesResults, Failure> {
        let answer = client()?.describe_availability_zones().send().await.map_err(failed)?;
        let mut zones = answer.availability_zones.unwrap_or_default();
        zones.retain(|zone| {
            zone.state() == Some(&AvailabilityZoneState::Available)
                && zone.zone_type().is_none_or(|kind| kind == "availability-zone")
        });
        zones.sort_by(|a, b| a.zone_name().cmp(&b.zone_name()));
        Ok(AvailabilityZonesResults {
            names: zones.iter().filter_map(|zone| zone.zone_name.clone()).collect(),
            zone_ids: zones.iter().filter_map(|zone| zone.zone_id.clone()).collect(),
        })
    }
}
