//! The rows of managed policies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::iam::tags::Tags;
use crate::world::Resource;

/// A managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Policy {
    pub(crate) name: String,
    /// `ANPA…`.
    pub(crate) policy_id: String,
    pub(crate) arn: String,
    pub(crate) path: String,
    pub(crate) description: Option<String>,
    pub(crate) tags: Tags,
    /// Number → version; `v3` is 3. At most five.
    pub(crate) versions: BTreeMap<u32, PolicyVersion>,
    /// The number of the default version.
    pub(crate) default: u32,
    /// The number of the next version; numbers are never used again.
    pub(crate) next: u32,
    pub(crate) updated: i64,
}

/// A version of a managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    pub(crate) document: String,
    pub(crate) created: i64,
}

impl Resource for Policy {
    const KIND: &'static str = "iam:policy";
    fn id(&self) -> &str {
        &self.arn
    }
}
