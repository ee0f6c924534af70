//! Lookups of zones.

use crate::error::{AwsError, refuse};
use crate::regions::{Zone, zones};
use crate::service::Call;

/// Returns the id of a zone of this region.
pub(crate) fn zone_id(call: &Call, name: &str) -> String {
    zones(call.region())
        .into_iter()
        .find(|zone| zone.name == name)
        .map(|zone| zone.id)
        .unwrap_or_default()
}

/// Returns the zone that a request names by name or id; `None` if it names none.
///
/// `missing` is the code for a zone that the region does not have.
pub(crate) fn requested_zone(
    call: &Call,
    (name, id): (&str, &str),
    missing: &str,
) -> Result<Option<Zone>, AwsError> {
    let (name, id) = (call.params().text(name), call.params().text(id));
    if name.is_some() && id.is_some() {
        return refuse(
            "InvalidParameterCombination",
            "Specify the zone by name or by id, not by both.",
        );
    }
    let Some(wanted) = name.or(id) else { return Ok(None) };
    let mut zones = zones(call.region()).into_iter();
    match zones.find(|zone| Some(zone.name.as_str()) == name || Some(zone.id.as_str()) == id) {
        Some(zone) => Ok(Some(zone)),
        None => refuse(missing, format!("The zone '{wanted}' does not exist.")),
    }
}
