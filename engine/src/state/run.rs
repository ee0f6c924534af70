//! The history of a stack: its runs, their steps, and the holder of its lock.

use std::collections::BTreeMap;

use kim_model::Urn;
use serde::{Deserialize, Serialize};

use super::record::{Action, StackId};

/// The number of a run, unique in its store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct RunId(pub i64);

/// A run that begins.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunStart {
    /// `up`, `destroy` or `refresh`.
    pub operation: String,
    /// The user who runs it: `user@host`.
    pub who: String,
    /// The program's digest; empty for a run without a program.
    pub program: String,
    /// The plugins' names and digests.
    pub plugins: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct RunEnd {
    /// True if every step was done.
    pub succeeded: bool,
    /// True if the run was interrupted. Then it has not succeeded.
    #[serde(default)]
    pub interrupted: bool,
    /// How many resources by what happened to them, as in the summary.
    ///
    /// The keys are `create`, `update`, ….
    pub changes: BTreeMap<String, u64>,
    /// Why it failed. It never contains a secret.
    pub message: String,
}

/// A step of a run, for the history.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StepEntry {
    /// The resource.
    pub urn: Urn,
    /// What was done.
    pub action: Action,
    /// Why it failed; `None`: it succeeded.
    pub error: Option<String>,
    /// Milliseconds from when the step began until its outcome was known.
    pub millis: u64,
}

/// A run in the history.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunEntry {
    /// Its number.
    pub id: RunId,
    /// How it began.
    pub start: RunStart,
    /// When it began, in milliseconds since 1970 (UTC).
    pub started_at: i64,
    /// When it ended, in milliseconds since 1970 (UTC).
    ///
    /// `None` while it runs, or if it was killed.
    pub ended_at: Option<i64>,
    /// How it ended; `None` as for `ended_at`.
    pub end: Option<RunEnd>,
    /// Its steps, in the order in which they were recorded.
    pub steps: Vec<StepEntry>,
}

/// A stack, as a store lists it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StackSummary {
    /// Its name.
    pub id: StackId,
    /// How many resources it holds; components do not count.
    pub resources: u64,
    /// When the last run ended, in milliseconds since 1970 (UTC).
    ///
    /// If it has not ended: when it began.
    pub last_run_at: Option<i64>,
    /// The holder of its lock; `None`: it is free.
    pub locked_by: Option<String>,
    /// The time when the lock was taken, RFC 3339; `None`: it is free.
    pub locked_since: Option<String>,
    /// True if the holder of the lock is known to be alive.
    pub holder_is_alive: bool,
}
