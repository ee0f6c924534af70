//! The log lines of a program.
//!
//! Invariant: the lines that are kept of one run are bounded.

use std::sync::{Mutex, PoisonError};

use kim_model::{Log, bounds};

use crate::guest::log::Level;
use crate::guest::stop::PANIC;

/// How many lines of a failed program are shown: the last ones.
const LINES_OF_A_FAILURE: usize = bounds::LAST_LINES.most();
/// The most lines that are kept of one run.
const MAX_RUN_LINES: usize = bounds::PROGRAM_LINES.most();
/// The most bytes of lines that are kept of one run.
const MAX_RUN_BYTES: usize = bounds::PROGRAM_LOG.most();
/// The line that stands for the dropped ones.
const DROPPED: &str = "the program logged too much; the rest is not shown";

/// The lines of one run.
///
/// Those beyond [`MAX_RUN_LINES`] or [`MAX_RUN_BYTES`] are dropped, and one line says so.
#[derive(Default)]
pub(super) struct Logs {
    /// The lines, and the bytes of all lines, dropped ones included.
    kept: Mutex<(Vec<Log>, usize)>,
}

impl Logs {
    /// Keeps a line, unless there are too many.
    pub(super) fn add(&self, level: Level, line: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (lines, bytes) = &mut *kept;
        *bytes += line.len();
        let full = lines.len() >= MAX_RUN_LINES || *bytes > MAX_RUN_BYTES;
        if !full {
            lines.push(Log { level: level.as_str().to_owned(), message: line.to_owned() });
        } else if lines.last().is_none_or(|last| last.message != DROPPED) {
            lines.push(Log { level: Level::Warn.as_str().to_owned(), message: DROPPED.to_owned() });
        }
    }

    /// Takes all lines that are kept.
    pub(super) fn take(&self) -> Vec<Log> {
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Takes the last lines of a failed program.
    ///
    /// `told` is true if the error already holds the panic's message. The lines from there on are
    /// left out then.
    pub(super) fn last(&self, told: bool) -> Vec<Log> {
        let mut lines = self.take();
        let is_own_end = |line: &Log| {
            line.message.contains(PANIC) || line.message.starts_with("memory allocation of ")
        };
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
