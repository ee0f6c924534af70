//! `aws:iam:InstanceProfile`: its properties, and the rules across them.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use crate::document;

/// A container for a role, by which an EC2 instance gets the role.
#[derive(Clone, Debug, PartialEq, Resource)]
// The key is of the error EntityAlreadyExists of CreateInstanceProfile.
#[kim(
    kind = "aws:iam:InstanceProfile",
    id = "instance_profile_name",
    read_batch = 1,
    unique = "instance_profile_name"
)]
pub struct InstanceProfile {
    /// The name, unique in the account regardless of case.
    #[kim(immutable, pattern = "[A-Za-z0-9_+=,.@-]+", len = 1..=128)]
    pub instance_profile_name: String,
    /// The name of the role. A profile holds at most one.
    // DeleteRole fails while the role is in an instance profile (IAM API reference).
    #[kim(pattern = "[A-Za-z0-9_+=,.@-]+", len = 1..=64, holds = "aws:iam:Role")]
    pub role_name: Option<String>,
    /// A path that groups profiles. It begins and ends with a slash.
    #[kim(immutable, default = "/", pattern = "/|/[!-~]+/", len = 1..=512)]
    pub path: String,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The profile's ARN.
    #[kim(computed)]
    pub arn: String,
    /// The profile's unique id, `AIPA…`.
    #[kim(computed)]
    pub instance_profile_id: String,
}

/// Returns the violations of the rules across a profile's properties.
pub(crate) fn rules(inputs: &Inputs) -> Vec<Violation> {
    document::tag_rules(inputs)
}

#[cfg(not(target_arch = "wasm32"))]
kim_plugin_aws::component_only!(InstanceProfile, check: rules);
