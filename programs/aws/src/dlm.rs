//! Amazon Data Lifecycle Manager: snapshots on a schedule.
//!
//! Generated from the plugin's schema; do not edit.

use std::collections::BTreeMap;

/// A part of [`LifecyclePolicy`].
#[derive(Clone, Debug, Default)]
pub struct CreateRule(kim::Object);

impl CreateRule {
    /// Returns an object without properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// A cron expression in UTC, instead of an interval.
    ///
    /// It is written `cron(minutes hours day-of-month month day-of-week year)`.
    ///
    /// 17 to 106 characters.
    pub fn cron_expression(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("cron_expression", value))
    }

    /// Hours between snapshots: 1, 2, 3, 4, 6, 8, 12 or 24.
    ///
    /// 1 to 24.
    pub fn interval(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("interval", value))
    }

    /// The unit of the interval.
    ///
    /// Default: `"HOURS"`. One of `HOURS`.
    pub fn interval_unit(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("interval_unit", value))
    }

    /// The time of day of the first snapshot, `hh:mm` in UTC.
    ///
    /// DLM starts within the hour after it. Without it, AWS chooses a time.
    ///
    /// 0 to 1 entries.
    pub fn times(self, value: impl kim::Input<Vec<String>>) -> Self {
        Self(self.0.set("times", value))
    }
}

impl kim::IntoValue for CreateRule {
    fn into_value(self) -> kim::Value {
        self.0.into_value()
    }
}

impl kim::Input<CreateRule> for CreateRule {}

/// A policy that creates snapshots of tagged volumes or instances.
///
/// It has up to four schedules.
#[derive(Clone, Copy, Debug)]
pub struct LifecyclePolicy(kim::Declared);

/// The builder of [`LifecyclePolicy`].
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct LifecyclePolicyBuilder(kim::Resource);

impl LifecyclePolicy {
    /// The kind's name.
    pub const KIND: &'static str = "aws:dlm:LifecyclePolicy";

    /// Creates a builder. The name is unique among resources of the kind in a component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> LifecyclePolicyBuilder {
        LifecyclePolicyBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The policy's ARN.
    pub fn arn(&self) -> kim::Output<String> {
        self.0.get("arn")
    }

    /// The purpose of the policy: letters, digits, spaces, `_` and `-`.
    pub fn description(&self) -> kim::Output<String> {
        self.0.get("description")
    }

    /// The ARN of the role that DLM assumes to create and delete snapshots.
    pub fn execution_role_arn(&self) -> kim::Output<String> {
        self.0.get("execution_role_arn")
    }

    /// The policy's id, `policy-…`.
    pub fn policy_id(&self) -> kim::Output<String> {
        self.0.get("policy_id")
    }

    /// The type of the tagged resources: VOLUME or INSTANCE.
    pub fn resource_types(&self) -> kim::Output<Vec<String>> {
        self.0.get("resource_types")
    }

    /// When snapshots are created, and how long they are kept.
    pub fn schedules(&self) -> kim::Output<Vec<Schedule>> {
        self.0.get("schedules")
    }

    /// ENABLED if the schedules run. AWS itself may set it to ERROR.
    pub fn state(&self) -> kim::Output<String> {
        self.0.get("state")
    }

    /// The tags of the policy itself, at most 49.
    pub fn tags(&self) -> kim::Output<BTreeMap<String, String>> {
        self.0.get("tags")
    }

    /// The tags. A resource that has one of them is backed up.
    pub fn target_tags(&self) -> kim::Output<Vec<TargetTag>> {
        self.0.get("target_tags")
    }

    /// Returns the id: [`Self::policy_id`].
    pub fn id(&self) -> kim::Output<String> {
        self.0.get("policy_id")
    }
}

impl kim::Dependency for LifecyclePolicy {
    fn output_id(&self) -> kim::OutputId {
        self.0.output_id()
    }
}

impl LifecyclePolicyBuilder {
    /// The purpose of the policy: letters, digits, spaces, `_` and `-`.
    ///
    /// Required. 1 to 500 characters.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// The ARN of the role that DLM assumes to create and delete snapshots.
    ///
    /// Required. 1 to 2048 characters.
    pub fn execution_role_arn(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("execution_role_arn", value))
    }

    /// The type of the tagged resources: VOLUME or INSTANCE.
    ///
    /// Required. 1 to 1 entries.
    pub fn resource_types(self, value: impl kim::Input<Vec<String>>) -> Self {
        Self(self.0.input("resource_types", value))
    }

    /// When snapshots are created, and how long they are kept.
    ///
    /// Required. 1 to 4 entries.
    pub fn schedules(self, value: impl kim::Input<Vec<Schedule>>) -> Self {
        Self(self.0.input("schedules", value))
    }

    /// ENABLED if the schedules run. AWS itself may set it to ERROR.
    ///
    /// Default: `"ENABLED"`. One of `ENABLED`, `DISABLED`.
    pub fn state(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("state", value))
    }

    /// The tags of the policy itself, at most 49.
    ///
    /// Default: `{}`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The tags. A resource that has one of them is backed up.
    ///
    /// Required. 1 to 50 entries. Order does not matter.
    pub fn target_tags(self, value: impl kim::Input<Vec<TargetTag>>) -> Self {
        Self(self.0.input("target_tags", value))
    }

    /// Changes the options: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares the resource in a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> LifecyclePolicy {
        LifecyclePolicy(self.0.declare(stack))
    }
}

/// A part of [`LifecyclePolicy`].
#[derive(Clone, Debug, Default)]
pub struct RetainRule(kim::Object);

impl RetainRule {
    /// Returns an object without properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of snapshots that are kept for each volume.
    ///
    /// 1 to 1000.
    pub fn count(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("count", value))
    }

    /// How long a snapshot is kept from its creation, at most 100 years.
    ///
    /// 1 to 36500.
    pub fn interval(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("interval", value))
    }

    /// The unit of the interval.
    ///
    /// One of `DAYS`, `WEEKS`, `MONTHS`, `YEARS`.
    pub fn interval_unit(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("interval_unit", value))
    }
}

impl kim::IntoValue for RetainRule {
    fn into_value(self) -> kim::Value {
        self.0.into_value()
    }
}

impl kim::Input<RetainRule> for RetainRule {}

/// A part of [`LifecyclePolicy`].
#[derive(Clone, Debug, Default)]
pub struct Schedule(kim::Object);

impl Schedule {
    /// Returns an object without properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// If true, snapshots get the tags of their volume.
    ///
    /// Default: `false`.
    pub fn copy_tags(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.set("copy_tags", value))
    }

    /// When snapshots are created.
    ///
    /// Required.
    pub fn create_rule(self, value: impl kim::Input<CreateRule>) -> Self {
        Self(self.0.set("create_rule", value))
    }

    /// The schedule's name, unique in its policy.
    ///
    /// Required. 1 to 120 characters.
    pub fn name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("name", value))
    }

    /// How long snapshots are kept.
    ///
    /// Required.
    pub fn retain_rule(self, value: impl kim::Input<RetainRule>) -> Self {
        Self(self.0.set("retain_rule", value))
    }

    /// Tags of the snapshots, in addition to AWS's own.
    ///
    /// Default: `{}`. 0 to 45 entries.
    pub fn tags_to_add(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.set("tags_to_add", value))
    }
}

impl kim::IntoValue for Schedule {
    fn into_value(self) -> kim::Value {
        self.0.into_value()
    }
}

impl kim::Input<Schedule> for Schedule {}

/// A part of [`LifecyclePolicy`].
#[derive(Clone, Debug, Default)]
pub struct TargetTag(kim::Object);

impl TargetTag {
    /// Returns an object without properties.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tag's key.
    ///
    /// Required. 1 to 500 characters.
    pub fn key(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("key", value))
    }

    /// The tag's value.
    ///
    /// Default: `""`. 0 to 500 characters.
    pub fn value(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("value", value))
    }
}

impl kim::IntoValue for TargetTag {
    fn into_value(self) -> kim::Value {
        self.0.into_value()
    }
}

impl kim::Input<TargetTag> for TargetTag {}
