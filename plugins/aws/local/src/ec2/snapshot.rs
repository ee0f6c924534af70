//! Snapshots of volumes.

use serde::{Deserialize, Serialize};

use super::kind::{Kind, erase, fresh, invalid, need, put};
use super::listing::{describing, select};
use super::tags::{self, tag_specification};
use super::volume::Volume;
use crate::error::{Answer, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource, timestamp};

pub(super) const ACTIONS: &[Action] = &[
    Action::new("CreateSnapshot", tag_specification!("VolumeId! Description"), create),
    Action::new("DescribeSnapshots", describing!("SnapshotId.N Owner.N RestorableBy.N"), describe),
    Action::new("DeleteSnapshot", "SnapshotId! DryRun:b", delete),
];

/// A snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    snapshot_id: String,
    volume_id: String,
    /// GiB.
    pub(super) size: i64,
    description: String,
    pub(super) kms_key_arn: Option<String>,
    phase: Phase,
    started: i64,
}

impl Resource for Snapshot {
    const KIND: &'static str = "ec2:snapshot";
    fn id(&self) -> &str {
        &self.snapshot_id
    }
}

impl Kind for Snapshot {
    const PREFIX: &'static str = "snap-";
    const TYPE: &'static str = "snapshot";
    const MISSING: &'static str = "InvalidSnapshot.NotFound";
    const MALFORMED: &'static str = "InvalidSnapshotID.Malformed";
    const IDS: &'static str = "SnapshotId";
    const SET: &'static str = "snapshotSet";
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
    ];

    fn show(&self, call: &Call) -> Node {
        let status = self.phase.at(call.now());
        node! {
            "snapshotId" => &self.snapshot_id, "volumeId" => &self.volume_id, "volumeSize" => self.size,
            "description" => &self.description, "status" => status, "startTime" => timestamp(self.started),
            "progress" => if status == "completed" { "100%" } else { "0%" }, "ownerId" => &call.rules.account,
            "encrypted" => self.kms_key_arn.is_some(), "kmsKeyId" => self.kms_key_arn.clone(),
            "storageTier" => "standard", "tagSet" => tags::show(call, &self.snapshot_id),
        }
    }
}

fn create(call: &mut Call) -> Answer {
    let volume = need::<Volume>(call, call.text("VolumeId"))?;
    if volume.state(call.now()) == "creating" {
        return refuse("IncorrectState", format!("Volume '{}' is in the 'creating' state.", volume.id()));
    }
    let description = call.params().text("Description").unwrap_or_default();
    if description.chars().count() > 255 {
        return invalid("Description", description, "Up to 255 characters are valid.");
    }
    let requested = tags::requested(call, &["snapshot"])?;
    let snapshot = Snapshot {
        snapshot_id: fresh::<Snapshot>(call),
        volume_id: volume.id().to_owned(),
        size: volume.spec_at(call.now()).size,
        description: description.to_owned(),
        kms_key_arn: volume.spec.kms_key_arn.clone(),
        phase: Phase::moving("pending", "completed", call.due()),
        started: call.now(),
    };
    let snapshot_id = snapshot.snapshot_id.clone();
    put(call, snapshot);
    tags::put::<Snapshot>(call, &snapshot_id, &requested);
    Ok(need::<Snapshot>(call, &snapshot_id)?.show(call))
}

/// Only the account's own snapshots are here; asking for others' finds none.
fn describe(call: &mut Call) -> Answer {
    let mut page = select::<Snapshot>(call)?;
    let own = |who: &&str| *who == "self" || *who == call.rules.account;
    for list in ["Owner", "RestorableBy"] {
        let who = call.params().texts(list);
        page.items.retain(|_| who.is_empty() || who.iter().any(own));
    }
    Ok(page.into_answer(Snapshot::SET))
}

fn delete(call: &mut Call) -> Answer {
    let snapshot = need::<Snapshot>(call, call.text("SnapshotId"))?;
    erase::<Snapshot>(call, snapshot.id());
    Ok(node! { "return" => true })
}
