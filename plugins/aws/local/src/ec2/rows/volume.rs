//! The row of a volume.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::ec2::rows::volume_attachment::VolumeAttachment;
use crate::ec2::rows::volume_modification::VolumeModification;
use crate::ec2::rows::volume_spec::VolumeSpec;
use crate::world::{Phase, Resource};

/// A volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Volume {
    pub(crate) volume_id: String,
    pub(crate) spec: VolumeSpec,
    pub(crate) zone: String,
    pub(crate) multi_attach: bool,
    pub(crate) phase: Phase,
    pub(crate) created: i64,
    pub(crate) attachments: Vec<VolumeAttachment>,
    /// The modifications that still matter, the last one at the end.
    #[serde(default)]
    pub(crate) modifications: Vec<VolumeModification>,
}

impl Resource for Volume {
    const KIND: &'static str = "ec2:volume";
    fn id(&self) -> &str {
        &self.volume_id
    }
}

impl Kind for Volume {
    const PREFIX: &'static str = "vol-";
    const TYPE: &'static str = "volume";
    const MISSING: &'static str = "InvalidVolume.NotFound";
}

impl Volume {
    /// Returns the attachments that have not ended.
    pub(crate) fn attachments(&self, now: i64) -> impl Iterator<Item = &VolumeAttachment> {
        self.attachments.iter().filter(move |attachment| attachment.is_active(now))
    }

    /// Returns the last modification.
    pub(crate) fn modification(&self) -> Option<&VolumeModification> {
        self.modifications.last()
    }

    /// Returns the state at a time.
    pub(crate) fn state(&self, now: i64) -> &str {
        if self.attachments(now).next().is_some() { "in-use" } else { self.phase.at(now) }
    }

    /// Returns true if several instances may attach it at once.
    pub(crate) fn takes_several(&self) -> bool {
        self.multi_attach
    }

    /// Returns the spec that holds at a time.
    ///
    /// It is the one before a modification while that is in its first phase.
    pub(crate) fn spec_at(&self, now: i64) -> &VolumeSpec {
        match self.modification() {
            Some(modification) if modification.state(now) == "modifying" => &modification.original,
            _ => &self.spec,
        }
    }
}
