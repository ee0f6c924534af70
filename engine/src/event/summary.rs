//! The summary of a run: its result, and how many resources it changed.

use std::collections::BTreeMap;

use kim_model::Remedy;
use serde::Serialize;

use crate::plan::{Fate, Operation, Plan};

/// How a run ended.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Summary {
    /// The operation.
    pub operation: Operation,
    /// The result: succeeded if every step was done.
    pub result: RunResult,
    /// How many resources by what happened; in a preview: would happen.
    ///
    /// The keys `create`, `update`, `replace`, `delete` and `same` are always present; `forget`,
    /// `drifted`, `failed` and `skipped` only if they are not zero.
    pub changes: BTreeMap<String, u64>,
    /// Milliseconds that applying took, from before the lock was taken.
    ///
    /// In a preview: milliseconds that planning took.
    pub millis: u64,
    /// The monthly cost afterwards, in millionths of a US dollar.
    ///
    /// It is the sum of the known prices of resources, `None` if none is known. Estimates of the
    /// program are not part of it ([`Plan::costs`] has both).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub micros_a_month: Option<u64>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What the user may do about it beyond what the message says, each once.
    ///
    /// Not serialized: the receiver that shows it words it.
    #[serde(skip)]
    pub remedies: Vec<Remedy>,
}

/// The result of a run: succeeded if every step was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunResult {
    /// Every step was done.
    Succeeded,
    /// A step failed, or was skipped.
    Failed,
    /// The run was interrupted; what was done is recorded.
    ///
    /// A step may have failed as well.
    Interrupted,
}

impl Plan {
    /// Returns what would happen, in numbers.
    pub fn summary(&self, millis: u64) -> Summary {
        let mut changes = counts();
        for resource in self.resources.iter().filter(|resource| !resource.component) {
            *changes.entry(count_name(resource.fate).to_owned()).or_default() += 1;
        }
        let drifted = self
            .resources
            .iter()
            .filter(|resource| resource.changes.iter().any(|change| change.drift))
            .count();
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
            remedies: Vec::new(),
        }
    }
}

/// Returns the counts that every summary has, each 0.
pub(crate) fn counts() -> BTreeMap<String, u64> {
    ["create", "update", "replace", "delete", "same"]
        .into_iter()
        .map(|name| (name.to_owned(), 0))
        .collect()
}

/// Returns the key of `Summary.changes` that a fate is counted under.
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
