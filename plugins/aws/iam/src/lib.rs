//! The plugin for AWS Identity and Access Management: roles, policies, instance profiles.
//!
//! Invariants: a create never adopts a resource of the same name that another token created. No
//! operation waits. Each reads the cloud first, because IAM is eventually consistent.

mod attachment;
#[cfg(target_arch = "wasm32")]
mod cloud;
mod document;
mod instance_profile;
mod policy;
mod role;
mod role_policy;

pub use attachment::RolePolicyAttachment;
pub use instance_profile::InstanceProfile;
pub use policy::Policy;
pub use role::Role;
pub use role_policy::RolePolicy;

kim_plugin::export! {
    name: "aws-iam",
    docs: "AWS Identity and Access Management: roles, policies and instance profiles.",
    aws: ["iam"],
    kinds: [Role, RolePolicy, Policy, RolePolicyAttachment, InstanceProfile],
}
