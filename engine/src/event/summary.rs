//! A run in numbers: how many resources by what happened to them, or would happen.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::plan::{Fate, Operation, Plan};

/// How a run ended.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Summary {
    /// What it was.
    pub operation: Operation,
    /// Whether all was done.
    pub result: RunResult,
    /// How many resources by what happened (in a preview: would happen): always the keys `create`, `update`, `replace`,
    /// `delete`, `same`; `forget`, `drifted`, `failed`, `skipped` where not zero.
    pub changes: BTreeMap<String, u64>,
    /// Milliseconds.
    pub millis: u64,
    /// Monthly cost afterwards in millionths of a US dollar, where known for any resource. It is the sum of the resources'
    /// prices; what the program estimates is not in it ([`Plan::costs`] has both).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micros_a_month: Option<u64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Whether all was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunResult {
    /// All was done.
    Succeeded,
    /// Something was not.
    Failed,
}

impl Plan {
    /// What would happen, in numbers.
    pub fn summary(&self, millis: u64) -> Summary {
        let mut changes = counts();
        for resource in self.resources.iter().filter(|resource| !resource.component) {
            *changes.entry(count_name(resource.fate).to_owned()).or_default() += 1;
        }
        let drifted =
            self.resources.iter().filter(|resource| resource.changes.iter().any(|change| change.drift)).count();
        if drifted > 0 {
            changes.insert("drifted".to_owned(), drifted as u64);
        }
        let micros_a_month = self.micros_a_month();
        Summary {
            operation: self.operation,
            result: RunResult::Succeeded,
            changes,
            millis,
            micros_a_month,
            message: None,
        }
    }
}

/// The counts that are always there.
pub(crate) fn counts() -> BTreeMap<String, u64> {
    ["create", "update", "replace", "delete", "same"].into_iter().map(|name| (name.to_owned(), 0)).collect()
}

/// Under which name a fate is counted.
pub(crate) fn count_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Same => "same",
        Fate::Create => "create",
        Fate::Update => "update",
        Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst => "replace",
        Fate::Delete => "delete",
        Fate::Forget => "forget",
        Fate::Record => "drifted",
    }
}
