//! The attachment of a volume, a part of its row.

use serde::{Deserialize, Serialize};

use crate::world::Phase;

/// The attachment of a volume to an instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VolumeAttachment {
    pub(crate) instance_id: String,
    pub(crate) device: String,
    pub(crate) delete_on_termination: bool,
    pub(crate) at: i64,
    pub(crate) phase: Phase,
}

impl VolumeAttachment {
    /// Returns true until it is detached.
    pub(crate) fn is_active(&self, now: i64) -> bool {
        self.phase.at(now) != "detached"
    }
}
