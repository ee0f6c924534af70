//! The row of a lifecycle policy.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dlm::details::Targets;
use crate::node::Node;
use crate::world::Resource;

/// A lifecycle policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LifecyclePolicy {
    /// `policy-…`.
    pub policy_id: String,
    /// `arn:aws:dlm:<region>:<account>:policy/<policy_id>`.
    pub arn: String,
    /// A description for people.
    pub description: String,
    /// `ENABLED` or `DISABLED`.
    pub state: String,
    /// The role that DLM acts as.
    pub role: String,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// The details as they are shown.
    pub details: Node,
    pub(crate) targets: Targets,
    pub(crate) modified: i64,
}

impl Resource for LifecyclePolicy {
    const KIND: &'static str = "dlm:policy";
    fn id(&self) -> &str {
        &self.policy_id
    }
}
