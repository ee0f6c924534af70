//! The row of a placement group.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::world::{Phase, Resource};

/// A placement group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlacementGroup {
    pub(crate) group_id: String,
    pub(crate) name: String,
    pub(crate) strategy: String,
    pub(crate) partitions: Option<i64>,
    pub(crate) spread_level: Option<String>,
    pub(crate) phase: Phase,
}

impl Resource for PlacementGroup {
    const KIND: &'static str = "ec2:placement-group";
    fn id(&self) -> &str {
        &self.group_id
    }
}

impl Kind for PlacementGroup {
    const PREFIX: &'static str = "pg-";
    const TYPE: &'static str = "placement-group";
    const MISSING: &'static str = "InvalidPlacementGroup.Unknown";
}
