//! Zones.

use kim_plugin::prelude::*;

/// Finds the zones of the region.
pub struct AvailabilityZones;

/// The zones, in the order of their names.
#[derive(Clone, Debug, Object)]
pub struct AvailabilityZonesResults {
    /// Their names, `eu-central-1a`.
    pub names: Vec<String>,
    /// Their ids, the same places in every account: `euc1-az2`.
    pub zone_ids: Vec<String>,
}

impl Lookup for AvailabilityZones {
    const NAME: &'static str = "aws:ec2:availability_zones";
    const DOCS: &'static str = "Finds the region's zones that are open to this account; no local or wavelength zones.";
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
