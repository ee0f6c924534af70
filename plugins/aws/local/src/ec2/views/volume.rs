//! How a volume is shown.

use crate::ec2::queries::zone::zone_id;
use crate::ec2::rows::volume::Volume;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;
use crate::world::timestamp;

impl Show for Volume {
    const IDS: &'static str = "VolumeId";
    const SET: &'static str = "volumeSet";
    const PAGES_WITH_IDS: bool = false;
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("volume-id", "volumeId"),
        ("volume-type", "volumeType"),
        ("availability-zone", "availabilityZone"),
        ("availability-zone-id", "availabilityZoneId"),
        ("create-time", "createTime"),
        ("encrypted", "encrypted"),
        ("multi-attach-enabled", "multiAttachEnabled"),
        ("size", "size"),
        ("snapshot-id", "snapshotId"),
        ("status", "status"),
        ("attachment.instance-id", "attachmentSet.instanceId"),
        ("attachment.device", "attachmentSet.device"),
        ("attachment.status", "attachmentSet.status"),
        ("attachment.attach-time", "attachmentSet.attachTime"),
        ("attachment.delete-on-termination", "attachmentSet.deleteOnTermination"),
        ("fast-restored", "fastRestored"),
        ("operator.managed", "operator.managed"),
        ("operator.principal", "operator.principal"),
    ];

    fn show(&self, call: &Call) -> Node {
        let spec = self.spec_at(call.now());
        let attachments =
            self.attachments(call.now()).map(|attachment| attachment.show(call, &self.volume_id));
        node! {
            "volumeId" => &self.volume_id, "size" => spec.size, "snapshotId" => spec.snapshot_id.as_deref().unwrap_or(""),
            "availabilityZone" => &self.zone, "availabilityZoneId" => zone_id(call, &self.zone),
            "status" => self.state(call.now()), "createTime" => timestamp(self.created),
            "volumeType" => &spec.volume_type, "iops" => spec.shown_iops(), "throughput" => spec.throughput,
            "encrypted" => spec.kms_key_arn.is_some(), "kmsKeyId" => spec.kms_key_arn.clone(),
            "multiAttachEnabled" => self.multi_attach,
            "attachmentSet" => Node::list(attachments), "tagSet" => show_tags(call, &self.volume_id),
        }
    }
}
