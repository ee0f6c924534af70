//! `aws:iam:Policy`: its properties, and the rules across them.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use crate::document::{self, Use};

/// A managed policy of the account: permissions that roles can attach.
///
/// An update creates a version. IAM keeps five versions, so an update may delete the oldest one
/// that is not in force.
#[derive(Clone, Debug, PartialEq, Resource)]
// The key is of CreatePolicy: "IAM user, group, role, and policy names must be unique within the
// account."
#[kim(kind = "aws:iam:Policy", id = "arn", read_batch = 1, unique = "policy_name")]
pub struct Policy {
    /// The name, unique in the account regardless of case.
    #[kim(immutable, pattern = "[A-Za-z0-9_+=,.@-]+", len = 1..=128)]
    pub policy_name: String,
    /// The permissions, JSON.
    #[kim(json, form = "policy", pattern = r"[\t\n\r -\u{ff}]+", len = 1..=131072)]
    pub policy_document: String,
    /// The purpose of the policy.
    #[kim(immutable, default = "", len = 0..=1000)]
    pub description: String,
    /// A path that groups policies. It begins and ends with a slash.
    #[kim(immutable, default = "/", pattern = r"((/[A-Za-z0-9\.,\+@=_-]+)*)/", len = 1..=512)]
    pub path: String,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The policy's ARN.
    #[kim(computed)]
    pub arn: String,
    /// The policy's unique id, `ANPA…`.
    #[kim(computed)]
    pub policy_id: String,
    /// The id of the version in force, such as `v1`.
    #[kim(computed, volatile)]
    pub default_version_id: String,
}

/// Returns the violations of the rules across a policy's properties.
pub(crate) fn rules(inputs: &Inputs) -> Vec<Violation> {
    let mut found = document::tag_rules(inputs);
    found.extend(document::rules(inputs, "policy_document", Use::Permissions));
    found.extend(document::size_rule(inputs, "policy_document", 6_144));
    found
}

/// Returns the ARN of an account's policy in the partition of a region.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "called by the component"))]
pub(crate) fn arn(region: &str, account: &str, path: &str, name: &str) -> String {
    let partition = match region {
        china if china.starts_with("cn-") => "aws-cn",
        government if government.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:iam::{account}:policy{path}{name}")
}

/// Returns the version to delete before another one is created, if any.
///
/// It is the oldest version that is not in force, if there are five. The versions are `(id, in
/// force)`.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "called by the component"))]
pub(crate) fn superfluous(versions: &[(String, bool)]) -> Option<&str> {
    let number =
        |id: &str| id.trim_start_matches('v').split('.').next().and_then(|n| n.parse::<u64>().ok());
    let spare = versions.iter().filter(|(_, in_force)| !in_force).map(|(id, _)| id.as_str());
    (versions.len() >= 5).then(|| spare.min_by_key(|id| number(id))).flatten()
}

#[cfg(not(target_arch = "wasm32"))]
kim_plugin_aws::component_only!(Policy, check: rules);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_version_that_is_not_in_force_is_deleted() {
        let versions = |ids: &[(&str, bool)]| {
            ids.iter().map(|(id, on)| ((*id).to_owned(), *on)).collect::<Vec<_>>()
        };
        let five =
            versions(&[("v11", false), ("v10", false), ("v9", false), ("v3", true), ("v8", false)]);
        assert_eq!(superfluous(&five), Some("v8"), "v3 is in force; v10 is newer than v8");
        assert_eq!(superfluous(&five[..4]), None);
    }

    #[test]
    fn an_arn_has_the_partition_of_the_region() {
        assert_eq!(
            arn("eu-central-1", "123456789012", "/", "p"),
            "arn:aws:iam::123456789012:policy/p"
        );
        assert_eq!(
            arn("cn-north-1", "123456789012", "/a/", "p"),
            "arn:aws-cn:iam::123456789012:policy/a/p"
        );
    }
}
