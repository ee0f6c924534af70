//! The row of a role.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::world::Resource;

/// A role, with the policies that are inline in it or attached to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    /// Unique in the account.
    pub name: String,
    /// `AROA…`.
    pub role_id: String,
    /// `arn:aws:iam::<account>:role<path><name>`.
    pub arn: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// The trust policy, as it was given.
    pub trust: String,
    /// A description for people.
    pub description: Option<String>,
    /// The longest session, in seconds: 3,600 to 43,200.
    pub max_session: i64,
    /// The ARN of the policy that bounds what the role may do.
    pub boundary: Option<String>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// Inline policies: name → document, as it was given.
    pub inline: BTreeMap<String, String>,
    /// ARNs of the managed policies that are attached.
    pub attached: BTreeSet<String>,
}

impl Resource for Role {
    const KIND: &'static str = "iam:role";
    fn id(&self) -> &str {
        &self.name
    }
}
