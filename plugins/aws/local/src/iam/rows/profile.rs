//! The row of an instance profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::world::Resource;

/// An instance profile, through which an instance can act as a role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// Unique in the account.
    pub name: String,
    /// `AIPA…`.
    pub profile_id: String,
    /// `arn:aws:iam::<account>:instance-profile<path><name>`.
    pub arn: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// The name of its role, at most one.
    pub role: Option<String>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
}

impl Resource for InstanceProfile {
    const KIND: &'static str = "iam:instance-profile";
    fn id(&self) -> &str {
        &self.name
    }
}
