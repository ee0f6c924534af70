//! The row of a snapshot.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::world::{Phase, Resource};

/// A snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) snapshot_id: String,
    pub(crate) volume_id: String,
    /// GiB.
    pub(crate) size: i64,
    pub(crate) description: String,
    pub(crate) kms_key_arn: Option<String>,
    pub(crate) phase: Phase,
    pub(crate) started: i64,
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
}
