//! Lookups of placement groups, and what may be launched into one.

use crate::ec2::catalog::instance_type::InstanceType;
use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::kind::{all, invalid};
use crate::ec2::rows::placement_group::PlacementGroup;
use crate::error::{AwsError, refuse};
use crate::service::Call;

/// The most running instances of a spread group in a zone.
const MAX_SPREAD: usize = 7;

/// Returns the placement group of a name.
pub(crate) fn placement_group_by_name(
    call: &Call,
    name: &str,
) -> Result<std::sync::Arc<PlacementGroup>, AwsError> {
    let found = all::<PlacementGroup>(call).into_iter().find(|group| group.name == name);
    let message = || format!("The Placement Group '{name}' is unknown.");
    found.ok_or_else(|| AwsError::new("InvalidPlacementGroup.Unknown", message()))
}

/// Checks that `count` more instances of a type may start in a zone.
///
/// In a group with partitions, returns the partition of the first instance.
pub(crate) fn admit(
    call: &Call,
    group: &PlacementGroup,
    instance_type: &InstanceType,
    zone: &str,
    count: usize,
    partition: Option<i64>,
) -> Result<Option<i64>, AwsError> {
    let members =
        all::<Instance>(call).into_iter().filter(|other| other.is_in(&group.name, call.now()));
    // A stopped instance does not count; it is checked again when it starts.
    let members: Vec<_> = members.filter(|other| other.state(call.now()) != "stopped").collect();
    let in_zone = members.iter().filter(|other| other.zone == zone).count();
    match group.strategy.as_str() {
        "cluster" if instance_type.burstable => {
            let message = format!(
                "Instances of type {} may not be launched in a cluster placement group.",
                instance_type.name
            );
            refuse("InvalidParameterCombination", message)
        }
        "cluster" if in_zone < members.len() => {
            let message = format!(
                "The placement group '{}' is of the strategy cluster and already in another zone than {zone}: a cluster group lives in one zone.",
                group.name
            );
            refuse("InvalidParameterCombination", message)
        }
        "spread" if in_zone + count > MAX_SPREAD => {
            let message = format!(
                "The placement group '{}' has {in_zone} running instances in {zone}: a spread group takes at most {MAX_SPREAD} a zone.",
                group.name
            );
            refuse("InsufficientInstanceCapacity", message)
                .map_err(|error: AwsError| error.status(500))
        }
        "partition" => {
            let partitions = group.partitions.unwrap_or(2);
            match partition.filter(|partition| !(1..=partitions).contains(partition)) {
                Some(wrong) => invalid(
                    "partitionNumber",
                    wrong,
                    &format!("The group has {partitions} partitions."),
                ),
                None => Ok(Some(partition.unwrap_or_else(|| {
                    i64::try_from(members.len()).unwrap_or(0) % partitions + 1
                }))),
            }
        }
        _ if partition.is_some() => refuse(
            "InvalidParameterCombination",
            "A partition number needs a group of the strategy partition.",
        ),
        _ => Ok(None),
    }
}
