//! How a volume modification is shown.

use crate::ec2::rows::volume_modification::VolumeModification;
use crate::node::Node;
use crate::service::Call;
use crate::world::timestamp;

impl VolumeModification {
    /// Returns the modification with its progress.
    pub(crate) fn show(&self, call: &Call, volume_id: &str) -> Node {
        let state = self.state(call.now());
        let progress = match state {
            "modifying" => 0,
            "optimizing" => 50,
            _ => 100,
        };
        let ended = (progress == 100).then(|| timestamp(self.started + self.transition * 3));
        let (from, to) = (&self.original, &self.target);
        node! {
            "volumeId" => volume_id, "modificationState" => state, "progress" => progress,
            "targetSize" => to.size, "targetVolumeType" => &to.volume_type, "targetIops" => to.shown_iops(),
            "targetThroughput" => to.throughput, "targetMultiAttachEnabled" => self.multi_attach.1,
            "originalSize" => from.size, "originalVolumeType" => &from.volume_type, "originalIops" => from.shown_iops(),
            "originalThroughput" => from.throughput, "originalMultiAttachEnabled" => self.multi_attach.0,
            "startTime" => timestamp(self.started), "endTime" => ended,
        }
    }
}
