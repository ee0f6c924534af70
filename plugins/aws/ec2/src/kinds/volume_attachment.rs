//! The attachment of a volume to an instance.

use kim_plugin::prelude::*;

use super::rules::Found;

/// The attachment of a volume to an instance of its zone.
#[derive(Clone, Debug, Resource)]
// The keys are of the errors VolumeInUse and InvalidParameterValue ("Attachment point … is already
// in use"): <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.
#[kim(
    kind = "aws:ec2:VolumeAttachment",
    id = "attachment_id",
    read_batch = 200,
    // A volume that cannot be attached twice has to be free first; only the cloud knows which can.
    delete_before_replace,
    unique = "volume_id, instance_id",
    unique = "instance_id, device_name"
)]
pub struct VolumeAttachment {
    /// The volume, `vol-…`.
    // DeleteVolume needs a volume that is not attached (EC2 API reference).
    #[kim(immutable, holds = "aws:ec2:Volume")]
    pub volume_id: String,
    /// The instance, `i-…`.
    #[kim(immutable)]
    pub instance_id: String,
    /// The device name, by convention `/dev/sdf` to `/dev/sdp`.
    ///
    /// On NVMe instances Linux uses other names, in an order that can change. Find the volume by
    /// its id under /dev/disk/by-id.
    #[kim(immutable, pattern = "/dev/(sd[a-z]([1-9]|1[0-5])?|xvd[a-z][a-z]?)")]
    pub device_name: String,
    /// If true, the instance is stopped before the volume is detached.
    ///
    /// So a mounted volume is never detached. The instance stays stopped.
    #[kim(default = false, write_only)]
    pub stop_instance_before_detaching: bool,
    /// The attachment's id: volume and instance, `vol-…:i-…`.
    #[kim(computed)]
    pub attachment_id: String,
}

impl VolumeAttachment {
    /// Returns the attachment's id.
    pub fn id(&self) -> String {
        format!("{}:{}", self.volume_id, self.instance_id)
    }
}

/// Returns the volume and the instance of an attachment's id.
///
/// # Errors
/// The text is not such an id.
#[cfg_attr(
    not(any(test, target_arch = "wasm32")),
    allow(dead_code, reason = "only the component splits ids")
)]
pub(crate) fn parse_id(id: &str) -> Result<(&str, &str), Failure> {
    match id.split_once(':') {
        Some((volume, instance)) if volume.starts_with("vol-") && instance.starts_with("i-") => {
            Ok((volume, instance))
        }
        _ => Err(Failure::invalid(
            Path::root(),
            format!("'{id}' is not the id of an attachment; write it like vol-0123:i-4567"),
        )),
    }
}

impl Kind for VolumeAttachment {
    super::operations!(volume_attachment);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        if let Known(device) = inputs.get::<String>("device_name")
            && ["/dev/sda", "/dev/sda1", "/dev/xvda"].contains(&device.as_str())
        {
            found.error(
                "device_name",
                format!(
                    "{device} is the device of the root volume; use one of /dev/sdf to /dev/sdp"
                ),
            );
        }
        found.into_violations()
    }
}
