//! `aws:iam:Role`: its properties, and the rules across them.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use crate::document::{self, Use};

/// A role: permissions that a principal assumes for a limited time.
#[derive(Clone, Debug, PartialEq, Resource)]
// The key is of CreateRole: "IAM user, group, role, and policy names must be unique within the
// account."
#[kim(kind = "aws:iam:Role", id = "role_name", read_batch = 1, unique = "role_name")]
pub struct Role {
    /// The name, unique in the account regardless of case.
    #[kim(immutable, pattern = "[A-Za-z0-9_+=,.@-]+", len = 1..=64)]
    pub role_name: String,
    /// The trust policy, JSON: the principals that may assume the role.
    #[kim(json, form = "policy", pattern = r"[\t\n\r -\u{ff}]+", len = 1..=131072)]
    pub assume_role_policy_document: String,
    /// The purpose of the role.
    #[kim(default = "", len = 0..=1000, pattern = r"[\t\n\r -~\u{a1}-\u{ff}]*")]
    pub description: String,
    /// The longest duration of a session, in seconds from its start.
    #[kim(default = 3600, range = 3600..=43200)]
    pub max_session_duration: i64,
    /// A path that groups roles. It begins and ends with a slash.
    #[kim(immutable, default = "/", pattern = "/|/[!-~]+/", len = 1..=512)]
    pub path: String,
    /// The ARN of a managed policy that limits the role's permissions.
    #[kim(len = 20..=2048)]
    pub permissions_boundary: Option<String>,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The role's ARN.
    #[kim(computed)]
    pub arn: String,
    /// The role's unique id, `AROA…`.
    #[kim(computed)]
    pub role_id: String,
}

/// Returns the violations of the rules across a role's properties.
pub(crate) fn rules(inputs: &Inputs) -> Vec<Violation> {
    let mut found = document::tag_rules(inputs);
    found.extend(document::rules(inputs, "assume_role_policy_document", Use::Trust));
    // IAM's quota can be raised to this limit at most.
    found.extend(document::size_rule(inputs, "assume_role_policy_document", 8192));
    found
}

#[cfg(not(target_arch = "wasm32"))]
kim_plugin_aws::component_only!(Role, check: rules);
