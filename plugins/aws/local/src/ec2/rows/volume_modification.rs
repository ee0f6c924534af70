//! The last modification of a volume, a part of its row.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::volume_spec::VolumeSpec;

/// The last modification of a volume.
///
/// It is `modifying`, then `optimizing` for twice as long, then `completed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct VolumeModification {
    pub(crate) original: VolumeSpec,
    pub(crate) target: VolumeSpec,
    /// True if several instances could attach it before, and can after.
    #[serde(default)]
    pub(crate) multi_attach: (bool, bool),
    pub(crate) started: i64,
    pub(crate) transition: i64,
}

impl VolumeModification {
    /// Returns the state at a time.
    pub(crate) fn state(&self, now: i64) -> &'static str {
        match now - self.started {
            elapsed if elapsed < self.transition => "modifying",
            elapsed if elapsed < self.transition * 3 => "optimizing",
            _ => "completed",
        }
    }
}
