//! How a snapshot is shown.

use crate::ec2::rows::snapshot::Snapshot;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;
use crate::world::timestamp;

impl Show for Snapshot {
    const IDS: &'static str = "SnapshotId";
    const SET: &'static str = "snapshotSet";
    const LEAVES_OUT: &'static [&'static str] = &[];
    const PAGES_WITH_IDS: bool = false;
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("snapshot-id", "snapshotId"),
        ("volume-id", "volumeId"),
        ("volume-size", "volumeSize"),
        ("description", "description"),
        ("encrypted", "encrypted"),
        ("owner-id", "ownerId"),
        ("progress", "progress"),
        ("start-time", "startTime"),
        ("status", "status"),
        ("storage-tier", "storageTier"),
        ("owner-alias", "ownerAlias"),
        ("transfer-type", "transferType"),
    ];

    fn show(&self, call: &Call) -> Node {
        let status = self.phase.at(call.now());
        node! {
            "snapshotId" => &self.snapshot_id, "volumeId" => &self.volume_id, "volumeSize" => self.size,
            "description" => &self.description, "status" => status, "startTime" => timestamp(self.started),
            "progress" => if status == "completed" { "100%" } else { "0%" }, "ownerId" => &call.settings.account,
            "encrypted" => self.kms_key_arn.is_some(), "kmsKeyId" => self.kms_key_arn.clone(),
            "storageTier" => "standard", "tagSet" => show_tags(call, &self.snapshot_id),
        }
    }
}
