//! What a request asks of a new volume.

use std::sync::Arc;

use crate::ec2::rows::kind::need;
use crate::ec2::rows::snapshot::Snapshot;
use crate::ec2::rows::volume_spec::VolumeSpec;
use crate::error::{AwsError, refuse};
use crate::kms;
use crate::params::Params;
use crate::service::Call;
use crate::world::Resource;

/// Returns the spec of the volume that a request asks for.
///
/// `size_name` is the name of the size parameter. `base` comes from an image: the least size in
/// GiB, and the id of the snapshot.
pub(crate) fn requested_spec(
    call: &Call,
    params: &Params,
    size_name: &str,
    base: Option<(i64, String)>,
) -> Result<VolumeSpec, AwsError> {
    let (least, snapshot_id, inherited_key) = match (base, params.text("SnapshotId")) {
        (Some((least, id)), _) => (Some(least), Some(id), None),
        (None, Some(id)) => {
            let snapshot = usable_snapshot(call, id)?;
            (Some(snapshot.size), Some(snapshot.id().to_owned()), snapshot.kms_key_arn.clone())
        }
        (None, None) => (None, None, None),
    };
    let Some(size) = params.number(size_name).or(least) else {
        return refuse("MissingParameter", "The request must contain the parameter size/snapshot");
    };
    if let Some(least) = least.filter(|least| size < *least) {
        let message = format!(
            "Volume of {size}GB is smaller than snapshot '{}', expect size >= {least}GB",
            snapshot_id.unwrap_or_default()
        );
        return refuse("InvalidParameterValue", message);
    }
    let spec = VolumeSpec {
        size,
        volume_type: params.text("VolumeType").unwrap_or("gp2").to_owned(),
        iops: params.number("Iops"),
        throughput: params.number("Throughput"),
        snapshot_id,
        kms_key_arn: requested_key(call, params, inherited_key)?,
    };
    spec.checked()
}

/// Returns a snapshot that a volume can be made of: one that is completed.
fn usable_snapshot(call: &Call, id: &str) -> Result<Arc<Snapshot>, AwsError> {
    let snapshot = need::<Snapshot>(call, id)?;
    if snapshot.phase.at(call.now()) != "completed" {
        return refuse("IncorrectState", format!("Snapshot is in invalid state - {id}"));
    }
    Ok(snapshot)
}

/// Rejects Multi-Attach for a type that does not have it.
pub(crate) fn check_multi_attach(multi_attach: bool, volume_type: &str) -> Result<(), AwsError> {
    if multi_attach && !matches!(volume_type, "io1" | "io2") {
        return refuse(
            "InvalidParameterCombination",
            "Multi-Attach is supported for io1 and io2 volumes only.",
        );
    }
    Ok(())
}

/// Returns the ARN of the key that a volume is to be encrypted with.
fn requested_key(
    call: &Call,
    params: &Params,
    inherited: Option<String>,
) -> Result<Option<String>, AwsError> {
    let encrypted = params.flag("Encrypted");
    match params.text("KmsKeyId") {
        Some(_) if encrypted != Some(true) => refuse(
            "InvalidParameterDependency",
            "The parameter KmsKeyId requires the parameter Encrypted to be set.",
        ),
        Some(reference) if kms::names_ebs_key(call, reference) => Ok(Some(kms::ebs_key_arn(call))),
        Some(reference) => {
            let found = kms::find_key(call.world, call.region(), reference);
            let message = || format!("The KMS key '{reference}' does not exist");
            let key = found.ok_or_else(|| AwsError::new("InvalidKMSKey.NotFound", message()))?;
            if key.state != "Enabled" {
                let message = format!("The KMS key '{reference}' is {}, not Enabled", key.state);
                return refuse("InvalidKMSKey.InvalidState", message);
            }
            Ok(Some(key.arn.clone()))
        }
        None if inherited.is_some() => Ok(inherited),
        None => Ok(encrypted.filter(|encrypted| *encrypted).map(|_| kms::ebs_key_arn(call))),
    }
}
