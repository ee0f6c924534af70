//! What a request asks of a new volume.

use base64::Engine as _;

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
    let snapshot = params.text("SnapshotId").map(|id| need::<Snapshot>(call, id)).transpose();
    let (least, snapshot_id, inherited_key) = match (base, snapshot) {
        (Some((least, id)), _) => (Some(least), Some(id), None),
        (None, Ok(Some(snapshot))) => {
            (Some(snapshot.size), Some(snapshot.id().to_owned()), snapshot.kms_key_arn.clone())
        }
        (None, Ok(None)) => (None, None, None),
        (None, Err(error)) => return Err(error),
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
        None => Ok(encrypted.filter(|encrypted| *encrypted).map(|_| default_key_arn(call))),
    }
}

/// Returns the ARN of the key that AWS keeps for EBS in a region.
///
/// It is the same in every world.
fn default_key_arn(call: &Call) -> String {
    let digits = base64::engine::general_purpose::STANDARD_NO_PAD.encode(call.region());
    let hex: String = digits.bytes().cycle().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!(
        "arn:aws:kms:{}:{}:key/00000000-0000-0000-0000-{hex}",
        call.region(),
        call.settings.account
    )
}
