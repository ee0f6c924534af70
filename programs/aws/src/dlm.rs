//! DLM
//!
//! Generated from the plugin's schema; do not edit.

use std::collections::BTreeMap;

/// A part of [`LifecyclePolicy`].
#[derive(Clone, Debug, Default)]
pub struct CreateRule(kim::Object);

impl CreateRule {
    /// One without any property.
    pub fn new() -> Self {
        Self::default()
    }

    /// The property `interval`.
    pub fn interval(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("interval", value))
    }

    /// The property `interval_unit`.
    pub fn interval_unit(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("interval_unit", value))
    }

    /// The property `times`.
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

/// aws:dlm:LifecyclePolicy
#[derive(Clone, Copy, Debug)]
pub struct LifecyclePolicy(kim::Declared);

/// A [`LifecyclePolicy`] to declare.
#[derive(Clone, Debug)]
#[must_use = "a resource exists only once it is declared"]
pub struct LifecyclePolicyBuilder(kim::Resource);

impl LifecyclePolicy {
    /// The kind's name.
    pub const KIND: &'static str = "aws:dlm:LifecyclePolicy";

    /// Begins one, by a name that is unique among its kind in the component.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(name: impl Into<String>) -> LifecyclePolicyBuilder {
        LifecyclePolicyBuilder(kim::Resource::new(Self::KIND, name))
    }

    /// The property `description`.
    pub fn description(&self) -> kim::Output<String> {
        self.0.get("description")
    }

    /// The property `execution_role_arn`.
    pub fn execution_role_arn(&self) -> kim::Output<String> {
        self.0.get("execution_role_arn")
    }

    /// The property `policy_id`.
    pub fn policy_id(&self) -> kim::Output<String> {
        self.0.get("policy_id")
    }

    /// The property `resource_types`.
    pub fn resource_types(&self) -> kim::Output<Option<Vec<String>>> {
        self.0.get("resource_types")
    }

    /// The property `schedules`.
    pub fn schedules(&self) -> kim::Output<Option<Vec<Schedule>>> {
        self.0.get("schedules")
    }

    /// The property `state`.
    pub fn state(&self) -> kim::Output<Option<String>> {
        self.0.get("state")
    }

    /// The property `tags`.
    pub fn tags(&self) -> kim::Output<Option<BTreeMap<String, String>>> {
        self.0.get("tags")
    }

    /// The property `target_tags`.
    pub fn target_tags(&self) -> kim::Output<Option<BTreeMap<String, String>>> {
        self.0.get("target_tags")
    }

    /// Its id: [`Self::policy_id`].
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
    /// The property `description`.
    ///
    /// Required.
    pub fn description(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("description", value))
    }

    /// The property `execution_role_arn`.
    ///
    /// Required.
    pub fn execution_role_arn(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("execution_role_arn", value))
    }

    /// The property `resource_types`.
    pub fn resource_types(self, value: impl kim::Input<Vec<String>>) -> Self {
        Self(self.0.input("resource_types", value))
    }

    /// The property `schedules`.
    pub fn schedules(self, value: impl kim::Input<Vec<Schedule>>) -> Self {
        Self(self.0.input("schedules", value))
    }

    /// The property `state`.
    pub fn state(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.input("state", value))
    }

    /// The property `tags`.
    pub fn tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("tags", value))
    }

    /// Adds one entry to [`Self::tags`] and keeps the others.
    pub fn tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("tags", key, value))
    }

    /// The property `target_tags`.
    pub fn target_tags(self, value: impl kim::Input<BTreeMap<String, String>>) -> Self {
        Self(self.0.input("target_tags", value))
    }

    /// Adds one entry to [`Self::target_tags`] and keeps the others.
    pub fn target_tag(self, key: impl Into<String>, value: impl kim::Input<String>) -> Self {
        Self(self.0.entry("target_tags", key, value))
    }

    /// Says what the engine is asked to do with it: `.options(|o| o.protect())`.
    pub fn options(self, change: impl FnOnce(kim::Options) -> kim::Options) -> Self {
        Self(self.0.options(change))
    }

    /// Declares it as part of a stack or component.
    #[track_caller]
    pub fn declare(self, stack: &kim::Stack) -> LifecyclePolicy {
        LifecyclePolicy(self.0.declare(stack))
    }
}

/// A part of [`LifecyclePolicy`].
#[derive(Clone, Debug, Default)]
pub struct RetainRule(kim::Object);

impl RetainRule {
    /// One without any property.
    pub fn new() -> Self {
        Self::default()
    }

    /// The property `count`.
    pub fn count(self, value: impl kim::Input<i64>) -> Self {
        Self(self.0.set("count", value))
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
    /// One without any property.
    pub fn new() -> Self {
        Self::default()
    }

    /// The property `copy_tags`.
    pub fn copy_tags(self, value: impl kim::Input<bool>) -> Self {
        Self(self.0.set("copy_tags", value))
    }

    /// The property `create_rule`.
    pub fn create_rule(self, value: impl kim::Input<CreateRule>) -> Self {
        Self(self.0.set("create_rule", value))
    }

    /// The property `name`.
    ///
    /// Required.
    pub fn name(self, value: impl kim::Input<String>) -> Self {
        Self(self.0.set("name", value))
    }

    /// The property `retain_rule`.
    pub fn retain_rule(self, value: impl kim::Input<RetainRule>) -> Self {
        Self(self.0.set("retain_rule", value))
    }
}

impl kim::IntoValue for Schedule {
    fn into_value(self) -> kim::Value {
        self.0.into_value()
    }
}

impl kim::Input<Schedule> for Schedule {}
