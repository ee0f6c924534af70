//! A volume on an instance.

use kim_plugin::prelude::*;

use super::rules::Found;

/// A volume on an instance of its zone. Its id is `vol-…:i-…`.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:VolumeAttachment", id = "attachment_id", read_batch = 200, delete_before_replace)]
pub struct VolumeAttachment {
    /// The volume, `vol-…`.
    #[kim(immutable)]
    pub volume_id: String,
    /// The instance, `i-…`.
    #[kim(immutable)]
    pub instance_id: String,
    /// The device, `/dev/sdf` to `/dev/sdp` by custom. On NVMe instances Linux names it otherwise, in an order that can
    /// change: look for the volume's id under /dev/disk/by-id.
    #[kim(immutable, pattern = "/dev/(sd[a-z]([1-9]|1[0-5])?|xvd[a-z][a-z]?)")]
    pub device_name: String,
    /// Stop the instance before the volume is taken away, so that nothing is torn off while it is mounted. The instance
    /// then stays stopped.
    #[kim(default = false, write_only)]
    pub stop_instance_before_detaching: bool,
    /// Its id: the volume's and the instance's, `vol-…:i-…`.
    #[kim(computed)]
    pub attachment_id: String,
}

impl VolumeAttachment {
    /// The id that this attachment has.
    pub fn id(&self) -> String {
        format!("{}:{}", self.volume_id, self.instance_id)
    }
}

/// Volume and instance of an attachment's id.
///
/// # Errors
/// Text that is no such id.
#[cfg_attr(not(any(test, target_arch = "wasm32")), allow(dead_code, reason = "only the component takes ids apart"))]
pub(crate) fn parse_id(id: &str) -> Result<(&str, &str), Failure> {
    match id.split_once(':') {
        Some((volume, instance)) if volume.starts_with("vol-") && instance.starts_with("i-") => Ok((volume, instance)),
        _ => Err(Failure::invalid(Path::root(), format!("'{id}' is no attachment; write it like vol-0123:i-4567"))),
    }
}

impl Kind for VolumeAttachment {
    super::operations!(volume_attachment);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        if let Known(device) = inputs.get::<String>("device_name")
            && ["/dev/sda", "/dev/sda1", "/dev/xvda"].contains(&device.as_str())
        {
            found.error("device_name", format!("{device} is the root volume's; take one of /dev/sdf to /dev/sdp"));
        }
        found.all()
    }
}
