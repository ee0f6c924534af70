//! How a volume attachment is shown.

use crate::ec2::rows::volume_attachment::VolumeAttachment;
use crate::node::Node;
use crate::service::Call;
use crate::world::timestamp;

impl VolumeAttachment {
    /// Returns the attachment as its volume shows it.
    pub(crate) fn show(&self, call: &Call, volume_id: &str) -> Node {
        node! {
            "volumeId" => volume_id, "instanceId" => &self.instance_id, "device" => &self.device,
            "status" => self.phase.at(call.now()), "attachTime" => timestamp(self.at),
            "deleteOnTermination" => self.delete_on_termination,
        }
    }

    /// Returns the attachment in an instance's `blockDeviceMapping`.
    pub(crate) fn show_in_instance(&self, call: &Call, volume_id: &str) -> Node {
        node! {
            "deviceName" => &self.device,
            "ebs" => node! {
                "volumeId" => volume_id, "status" => self.phase.at(call.now()), "attachTime" => timestamp(self.at),
                "deleteOnTermination" => self.delete_on_termination,
            },
        }
    }
}
