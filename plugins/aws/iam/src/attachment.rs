//! `aws:iam:RolePolicyAttachment`: its properties.

use kim_plugin::prelude::*;

/// A managed policy that is attached to a role.
#[derive(Clone, Debug, PartialEq, Resource)]
// The key: AttachRolePolicy of what is attached already changes nothing.
#[kim(
    kind = "aws:iam:RolePolicyAttachment",
    id = "attachment_id",
    read_batch = 100,
    unique = "role_name, policy_arn"
)]
pub struct RolePolicyAttachment {
    /// The role's name.
    // DeleteRole fails while managed policies are attached (IAM API reference).
    #[kim(immutable, pattern = "[A-Za-z0-9_+=,.@-]+", len = 1..=64, holds = "aws:iam:Role")]
    pub role_name: String,
    /// The ARN of the managed policy, which belongs to the account or to AWS.
    // DeletePolicy fails while the policy is attached (IAM API reference).
    #[kim(
        immutable,
        pattern = "arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/.+",
        len = 20..=2048,
        holds = "aws:iam:Policy"
    )]
    pub policy_arn: String,
    /// The id of the attachment, `<role>/<policy ARN>`.
    #[kim(computed)]
    pub attachment_id: String,
}

/// Returns the id of an attachment.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "called by the component"))]
pub(crate) fn id(role: &str, policy_arn: &str) -> String {
    format!("{role}/{policy_arn}")
}

/// Returns the role and the policy ARN of an id.
///
/// # Errors
/// The text is not such an id.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "called by the component"))]
pub(crate) fn parts(id: &str) -> Result<(&str, &str), Failure> {
    id.split_once('/').filter(|(role, arn)| !role.is_empty() && arn.starts_with("arn:")).ok_or_else(|| {
        let message = format!(
            "'{id}' is not an id of an attachment; write it like my-role/arn:aws:iam::aws:policy/ReadOnlyAccess"
        );
        Failure::invalid(Path::key("attachment_id"), message)
    })
}

#[cfg(not(target_arch = "wasm32"))]
kim_plugin_aws::component_only!(RolePolicyAttachment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_splits_into_its_parts() {
        let arn = "arn:aws:iam::aws:policy/service-role/X";
        assert_eq!(parts(&id("node", arn)), Ok(("node", arn)));
        assert!(parts("node").is_err());
    }
}
