//! What a program says while it runs.
//!
//! Invariant: what is kept of one run is bounded.

use std::sync::{Mutex, PoisonError};

use kim_model::Log;

use crate::guest::log::Level;
use crate::guest::stop::PANIC;

/// How many lines are shown of a program that failed: the last ones.
const LINES_OF_A_FAILURE: usize = 20;
/// The most lines that a program may log, and the most octets.
const LINES: usize = 10_000;
const OCTETS: usize = 8 << 20;
/// What is said where lines are dropped.
const DROPPED: &str = "the program logged too much; the rest is not shown";

/// The lines of one run. Those after the first [`LINES`] are dropped, and it is said that they are.
#[derive(Default)]
pub(super) struct Logs {
    kept: Mutex<(Vec<Log>, usize)>,
}

impl Logs {
    pub(super) fn add(&self, level: Level, line: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (lines, octets) = &mut *kept;
        *octets += line.len();
        let full = lines.len() >= LINES || *octets > OCTETS;
        match full {
            false => lines.push(Log { level: level.as_str().to_owned(), message: line.to_owned() }),
            true if lines.last().is_none_or(|last| last.message != DROPPED) => {
                lines.push(Log { level: Level::Warn.as_str().to_owned(), message: DROPPED.to_owned() });
            }
            true => {}
        }
    }

    pub(super) fn take(&self) -> Vec<Log> {
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner).0)
    }

    /// The last lines of a program that failed; without those of its end, where its error tells them.
    pub(super) fn last(&self, told: bool) -> Vec<Log> {
        let mut lines = self.take();
        let is_own_end = |line: &Log| line.message.contains(PANIC) || line.message.starts_with("memory allocation of ");
        if let Some(end) = lines.iter().rposition(is_own_end).filter(|_| told) {
            lines.truncate(end);
        }
        let before = lines.len().saturating_sub(LINES_OF_A_FAILURE);
        if before > 0 {
            let message = format!("({before} lines before these are not shown)");
            lines.splice(..before, [Log { level: Level::Info.as_str().to_owned(), message }]);
        }
        lines
    }
}
