//! What the history says of a stack: its runs, their steps, and who is at work.

use std::collections::BTreeMap;

use kim_model::Urn;
use serde::{Deserialize, Serialize};

use super::record::{Action, StackId};

/// The number of a run in a store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct RunId(pub i64);

/// A run that begins.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunStart {
    /// `up`, `destroy` or `refresh`.
    pub operation: String,
    /// Who runs it: `user@host`.
    pub who: String,
    /// The program's digest; empty where none takes part.
    pub program: String,
    /// The plugins' names and digests.
    pub plugins: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct RunEnd {
    /// Whether everything was done.
    pub succeeded: bool,
    /// The summary's numbers by name (`create`, `update`, …).
    pub changes: BTreeMap<String, u64>,
    /// Why it failed; never with a secret.
    pub message: String,
}

/// A step of a run, for the history.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StepEntry {
    /// The resource.
    pub urn: Urn,
    /// What was done.
    pub action: Action,
    /// `None` where it succeeded; else why not.
    pub error: Option<String>,
    /// Milliseconds that it took.
    pub millis: u64,
}

/// A run in the history.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunEntry {
    /// Its number.
    pub id: RunId,
    /// How it began.
    pub start: RunStart,
    /// When it began, milliseconds since 1970 (UTC).
    pub started_at: i64,
    /// When it ended; `None` while it runs, or where it was killed.
    pub ended_at: Option<i64>,
    /// How it ended.
    pub end: Option<RunEnd>,
    /// Its steps.
    pub steps: Vec<StepEntry>,
}

/// A stack of a store.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StackSummary {
    /// Its name.
    pub id: StackId,
    /// How many resources (not components) it holds.
    pub resources: u64,
    /// When the last run ended or began, milliseconds since 1970 (UTC).
    pub last_run_at: Option<i64>,
    /// Who holds its lock, if anybody does.
    pub locked_by: Option<String>,
}
