//! `aws:iam:RolePolicy`: its properties, and the rules across them.

use kim_plugin::prelude::*;

use crate::document::{self, Use};

/// A policy that is part of one role (an inline policy).
#[derive(Clone, Debug, PartialEq, Resource)]
// The key: PutRolePolicy replaces the policy of that name in the role.
#[kim(
    kind = "aws:iam:RolePolicy",
    id = "role_policy_id",
    read_batch = 1,
    unique = "role_name, policy_name"
)]
pub struct RolePolicy {
    /// The role's name.
    // DeleteRole fails while the role has inline policies (IAM API reference).
    #[kim(immutable, pattern = "[A-Za-z0-9_+=,.@-]+", len = 1..=64, holds = "aws:iam:Role")]
    pub role_name: String,
    /// The policy's name, unique in the role.
    #[kim(immutable, pattern = "[A-Za-z0-9_+=,.@-]+", len = 1..=128)]
    pub policy_name: String,
    /// The permissions, JSON.
    #[kim(json, form = "policy", pattern = r"[\t\n\r -\u{ff}]+", len = 1..=131072)]
    pub policy_document: String,
    /// The id of the policy, `<role>:<policy>`.
    #[kim(computed)]
    pub role_policy_id: String,
}

/// Returns the violations of the rules across the properties.
pub(crate) fn rules(inputs: &Inputs) -> Vec<Violation> {
    let mut found = document::rules(inputs, "policy_document", Use::Permissions);
    found.extend(document::size_rule(inputs, "policy_document", 10_240));
    found
}

/// Returns the id of a role's policy.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "called by the component"))]
pub(crate) fn id(role: &str, policy: &str) -> String {
    format!("{role}:{policy}")
}

/// Returns the names of the role and the policy of an id.
///
/// # Errors
/// The text is not such an id.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "called by the component"))]
pub(crate) fn parts(id: &str) -> Result<(&str, &str), Failure> {
    id.split_once(':').filter(|(role, policy)| !role.is_empty() && !policy.is_empty()).ok_or_else(
        || {
            let message =
                format!("'{id}' is not an id of a role's policy; write it like my-role:my-policy");
            Failure::invalid(Path::key("role_policy_id"), message)
        },
    )
}

#[cfg(not(target_arch = "wasm32"))]
kim_plugin_aws::component_only!(RolePolicy, check: rules);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_splits_into_its_parts() {
        assert_eq!(parts(&id("node", "logs+x")), Ok(("node", "logs+x")));
        assert!(parts("node").is_err());
        assert!(parts(":x").is_err());
    }
}
