//! `aws:dlm:LifecyclePolicy`: its properties.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

/// A policy that creates snapshots of tagged volumes or instances.
///
/// It has up to four schedules.
#[derive(Clone, Debug, PartialEq, Resource)]
#[kim(kind = "aws:dlm:LifecyclePolicy", id = "policy_id", read_batch = 1, tokenless)]
pub struct LifecyclePolicy {
    /// The purpose of the policy: letters, digits, spaces, `_` and `-`.
    #[kim(pattern = "[0-9A-Za-z _-]+", len = 1..=500)]
    pub description: String,
    /// ENABLED if the schedules run. AWS itself may set it to ERROR.
    #[kim(default = "ENABLED", one_of("ENABLED", "DISABLED"))]
    pub state: String,
    /// The ARN of the role that DLM assumes to create and delete snapshots.
    #[kim(pattern = r"arn:aws(-[a-z]{1,3}){0,2}:iam::[0-9]+:role/.*", len = 1..=2048)]
    pub execution_role_arn: String,
    /// The type of the tagged resources: VOLUME or INSTANCE.
    #[kim(required, len = 1..=1, one_of("VOLUME", "INSTANCE"))]
    pub resource_types: Vec<String>,
    /// The tags. A resource that has one of them is backed up.
    #[kim(required, set, len = 1..=50)]
    pub target_tags: Vec<TargetTag>,
    /// When snapshots are created, and how long they are kept.
    #[kim(required, len = 1..=4)]
    pub schedules: Vec<Schedule>,
    /// The tags of the policy itself, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The policy's id, `policy-…`.
    #[kim(computed)]
    pub policy_id: String,
    /// The policy's ARN.
    #[kim(computed)]
    pub arn: String,
}

/// A tag by which a policy finds the resources to back up.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct TargetTag {
    /// The tag's key.
    #[kim(len = 1..=500)]
    pub key: String,
    /// The tag's value.
    #[kim(default = "", len = 0..=500)]
    pub value: String,
}

/// When snapshots are created, and how long they are kept.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct Schedule {
    /// The schedule's name, unique in its policy.
    #[kim(pattern = "[0-9A-Za-z _-]+", len = 1..=120)]
    pub name: String,
    /// When snapshots are created.
    pub create_rule: CreateRule,
    /// How long snapshots are kept.
    pub retain_rule: RetainRule,
    /// If true, snapshots get the tags of their volume.
    #[kim(default = false)]
    pub copy_tags: bool,
    /// Tags of the snapshots, in addition to AWS's own.
    #[kim(len = 0..=45)]
    pub tags_to_add: BTreeMap<String, String>,
}

/// When snapshots are created: at an interval, or by a cron expression.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct CreateRule {
    /// Hours between snapshots: 1, 2, 3, 4, 6, 8, 12 or 24.
    #[kim(range = 1..=24)]
    pub interval: Option<i64>,
    /// The unit of the interval.
    #[kim(default = "HOURS", one_of("HOURS"))]
    pub interval_unit: String,
    /// The time of day of the first snapshot, `hh:mm` in UTC.
    ///
    /// DLM starts within the hour after it. Without it, AWS chooses a time.
    #[kim(computed, input, len = 0..=1, pattern = "(0[0-9]|1[0-9]|2[0-3]):[0-5][0-9]")]
    pub times: Option<Vec<String>>,
    /// A cron expression in UTC, instead of an interval.
    ///
    /// It is written `cron(minutes hours day-of-month month day-of-week year)`.
    #[kim(pattern = r"cron\([^\n]{11,100}\)", len = 17..=106)]
    pub cron_expression: Option<String>,
}

/// How long snapshots are kept: by their number or by their age.
#[derive(Clone, Debug, PartialEq, Object)]
pub struct RetainRule {
    /// The number of snapshots that are kept for each volume.
    #[kim(range = 1..=1000)]
    pub count: Option<i64>,
    /// How long a snapshot is kept from its creation, at most 100 years.
    #[kim(range = 1..=36500)]
    pub interval: Option<i64>,
    /// The unit of the interval.
    #[kim(one_of("DAYS", "WEEKS", "MONTHS", "YEARS"))]
    pub interval_unit: Option<String>,
}

#[cfg(not(target_arch = "wasm32"))]
kim_plugin_aws::component_only!(LifecyclePolicy, check: crate::rules::rules);
