//! AWS Identity and Access Management: roles, policies and instance profiles.
//!
//! Generated from the plugin's schema; do not edit.

use std::collections::BTreeMap;

/// A container for a role, by which an EC2 instance gets the role.
#[derive(Clone, Copy, Debug)]
pub struct InstanceProfile(kim::Declared);

/// The builder of [`InstanceProfile`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct InstanceProfileBuilder(kim::Resource);

impl InstanceProfile {
    /// The kind's name.
    pub const KIND: &'static str = "aws:iam:InstanceProfile";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> InstanceProfileBuilder {
        InstanceProfileBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The profile's ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The profile's unique id, `AIPA…`.
    pub fn instance_profile_id(&self) -> kim::Output<String> {
        self.0.get("instance_profile_id")
    }

    /// The name, unique in the account regardless of case.
    pub fn instance_profile_name(&self) -> kim::Output<String> {
        self.0.get("instance_profile_name")
    }

    /// A path that groups profiles. It begins and ends with a slash.
    pub fn path(&self) -> kim::Output<String> {
        self.0.get("path")
    }

    /// The name of the role. A profile holds at most one.
    pub fn role_name(&self) -> kim::Output<Option<String>> {
        self.0.get("role_name")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Returns the id: [`Self::instance_profile_name`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("instance_profile_name")
    }
}

impl kim::Dependency for InstanceProfile {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl InstanceProfileBuilder {
    /// The name, unique in the account regardless of case.
    ///
    /// Required. 1 to 128 characters. A change replaces the resource.
    pub fn instance_profile_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("instance_profile_name", value))
    }

    /// A path that groups profiles. It begins and ends with a slash.
    ///
    /// Default: `"/"`. 1 to 512 characters. A change replaces the resource.
    pub fn path(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("path", value))
    }

    /// The name of the role. A profile holds at most one.
    ///
    /// 1 to 64 characters.
    pub fn role_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("role_name", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> InstanceProfile {
        InstanceProfile(self.0.declare(stack))
    }
}

/// A managed policy of the account: permissions that roles can attach.
///
/// An update creates a version. IAM keeps five versions, so an update may delete the oldest one that is not in force.
#[derive(Clone, Copy, Debug)]
pub struct Policy(kim::Declared);

/// The builder of [`Policy`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct PolicyBuilder(kim::Resource);

impl Policy {
    /// The kind's name.
    pub const KIND: &'static str = "aws:iam:Policy";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> PolicyBuilder {
        PolicyBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The policy's ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The id of the version in force, such as `v1`.
    pub fn default_version_id(&self) -> kim::Output<String> {
        self.0.get("default_version_id")
    }

    /// The purpose of the policy.
    pub fn description(&self) -> kim::Output<String> {
        self.0.get("description")
    }

    /// A path that groups policies. It begins and ends with a slash.
    pub fn path(&self) -> kim::Output<String> {
        self.0.get("path")
    }

    /// The permissions, JSON.
    pub fn policy_document(&self) -> kim::Output<String> {
        self.0.get("policy_document")
    }

    /// The policy's unique id, `ANPA…`.
    pub fn policy_id(&self) -> kim::Output<String> {
        self.0.get("policy_id")
    }

    /// The name, unique in the account regardless of case.
    pub fn policy_name(&self) -> kim::Output<String> {
        self.0.get("policy_name")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Returns the id: [`Self::arn`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("arn")
    }
}

impl kim::Dependency for Policy {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl PolicyBuilder {
    /// The purpose of the policy.
    ///
    /// Default: `""`. 0 to 1000 characters. A change replaces the resource.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// A path that groups policies. It begins and ends with a slash.
    ///
    /// Default: `"/"`. 1 to 512 characters. A change replaces the resource.
    pub fn path(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("path", value))
    }

    /// The permissions, JSON.
    ///
    /// Required. 1 to 131072 characters.
    pub fn policy_document(self, value: impl kim::IntoValue) -> Self {
        Self(self.0.input_json("policy_document", value))
    }

    /// The name, unique in the account regardless of case.
    ///
    /// Required. 1 to 128 characters. A change replaces the resource.
    pub fn policy_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("policy_name", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Policy {
        Policy(self.0.declare(stack))
    }
}

/// A role: permissions that a principal assumes for a limited time.
#[derive(Clone, Copy, Debug)]
pub struct Role(kim::Declared);

/// The builder of [`Role`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct RoleBuilder(kim::Resource);

impl Role {
    /// The kind's name.
    pub const KIND: &'static str = "aws:iam:Role";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> RoleBuilder {
        RoleBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The role's ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The trust policy, JSON: the principals that may assume the role.
    pub fn assume_role_policy_document(&self) -> kim::Output<String> {
        self.0.get("assume_role_policy_document")
    }

    /// The purpose of the role.
    pub fn description(&self) -> kim::Output<String> {
        self.0.get("description")
    }

    /// The longest duration of a session, in seconds from its start.
    pub fn max_session_duration(&self) -> kim::Output<i64> {
        self.0.get("max_session_duration")
    }

    /// A path that groups roles. It begins and ends with a slash.
    pub fn path(&self) -> kim::Output<String> {
        self.0.get("path")
    }

    /// The ARN of a managed policy that limits the role's permissions.
    pub fn permissions_boundary(&self) -> kim::Output<Option<String>> {
        self.0.get("permissions_boundary")
    }

    /// The role's unique id, `AROA…`.
    pub fn role_id(&self) -> kim::Output<String> {
        self.0.get("role_id")
    }

    /// The name, unique in the account regardless of case.
    pub fn role_name(&self) -> kim::Output<String> {
        self.0.get("role_name")
    }

    /// The tags, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// Returns the id: [`Self::role_name`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("role_name")
    }
}

impl kim::Dependency for Role {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl RoleBuilder {
    /// The trust policy, JSON: the principals that may assume the role.
    ///
    /// Required. 1 to 131072 characters.
    pub fn assume_role_policy_document(self, value: impl kim::IntoValue) -> Self {
        Self(self.0.input_json("assume_role_policy_document", value))
    }

    /// The purpose of the role.
    ///
    /// Default: `""`. 0 to 1000 characters.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// The longest duration of a session, in seconds from its start.
    ///
    /// Default: `3600`. 3600 to 43200.
    pub fn max_session_duration(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.input("max_session_duration", value))
    }

    /// A path that groups roles. It begins and ends with a slash.
    ///
    /// Default: `"/"`. 1 to 512 characters. A change replaces the resource.
    pub fn path(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("path", value))
    }

    /// The ARN of a managed policy that limits the role's permissions.
    ///
    /// 20 to 2048 characters.
    pub fn permissions_boundary(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("permissions_boundary", value))
    }

    /// The name, unique in the account regardless of case.
    ///
    /// Required. 1 to 64 characters. A change replaces the resource.
    pub fn role_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("role_name", value))
    }

    /// The tags, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> Role {
        Role(self.0.declare(stack))
    }
}

/// A policy that is part of one role (an inline policy).
#[derive(Clone, Copy, Debug)]
pub struct RolePolicy(kim::Declared);

/// The builder of [`RolePolicy`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct RolePolicyBuilder(kim::Resource);

impl RolePolicy {
    /// The kind's name.
    pub const KIND: &'static str = "aws:iam:RolePolicy";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> RolePolicyBuilder {
        RolePolicyBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The permissions, JSON.
    pub fn policy_document(&self) -> kim::Output<String> {
        self.0.get("policy_document")
    }

    /// The policy's name, unique in the role.
    pub fn policy_name(&self) -> kim::Output<String> {
        self.0.get("policy_name")
    }

    /// The role's name.
    pub fn role_name(&self) -> kim::Output<String> {
        self.0.get("role_name")
    }

    /// The id of the policy, `<role>:<policy>`.
    pub fn role_policy_id(&self) -> kim::Output<String> {
        self.0.get("role_policy_id")
    }

    /// Returns the id: [`Self::role_policy_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("role_policy_id")
    }
}

impl kim::Dependency for RolePolicy {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl RolePolicyBuilder {
    /// The permissions, JSON.
    ///
    /// Required. 1 to 131072 characters.
    pub fn policy_document(self, value: impl kim::IntoValue) -> Self {
        Self(self.0.input_json("policy_document", value))
    }

    /// The policy's name, unique in the role.
    ///
    /// Required. 1 to 128 characters. A change replaces the resource.
    pub fn policy_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("policy_name", value))
    }

    /// The role's name.
    ///
    /// Required. 1 to 64 characters. A change replaces the resource.
    pub fn role_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("role_name", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> RolePolicy {
        RolePolicy(self.0.declare(stack))
    }
}

/// A managed policy that is attached to a role.
#[derive(Clone, Copy, Debug)]
pub struct RolePolicyAttachment(kim::Declared);

/// The builder of [`RolePolicyAttachment`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct RolePolicyAttachmentBuilder(kim::Resource);

impl RolePolicyAttachment {
    /// The kind's name.
    pub const KIND: &'static str = "aws:iam:RolePolicyAttachment";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> RolePolicyAttachmentBuilder {
        RolePolicyAttachmentBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The id of the attachment, `<role>/<policy ARN>`.
    pub fn attachment_id(&self) -> kim::Output<String> {
        self.0.get("attachment_id")
    }

    /// The ARN of the managed policy, which belongs to the account or to AWS.
    pub fn policy_arn(&self) -> kim::Output<String> {
        self.0.get("policy_arn")
    }

    /// The role's name.
    pub fn role_name(&self) -> kim::Output<String> {
        self.0.get("role_name")
    }

    /// Returns the id: [`Self::attachment_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("attachment_id")
    }
}

impl kim::Dependency for RolePolicyAttachment {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl RolePolicyAttachmentBuilder {
    /// The ARN of the managed policy, which belongs to the account or to AWS.
    ///
    /// Required. 20 to 2048 characters. A change replaces the resource.
    pub fn policy_arn(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("policy_arn", value))
    }

    /// The role's name.
    ///
    /// Required. 1 to 64 characters. A change replaces the resource.
    pub fn role_name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("role_name", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> RolePolicyAttachment {
        RolePolicyAttachment(self.0.declare(stack))
    }
}
