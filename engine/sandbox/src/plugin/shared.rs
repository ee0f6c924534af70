//! What all instances of one plugin share.
//!
//! That is its name, limits and permissions, its access to the network, and the receiver of its
//! lines.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kim_model::Value;
use kim_model::bounds::{self, RUN_LINES, RUN_LOG};

use super::permissions::Permissions;
use crate::aws::Aws;
use crate::guest::limits::Limits;
use crate::guest::log::{Level, OnLine};
use crate::net::http::Http;
use crate::net::message::SendError;

/// A line that a plugin logged, or that the host logged for it.
///
/// The host logs a retry, for example.
#[derive(Clone, PartialEq, Debug)]
pub struct LogLine {
    /// The plugin's name, `aws-ec2`.
    pub plugin: String,
    /// Its severity.
    pub level: Level,
    /// The text; at most about 16 KiB if the plugin logged it.
    ///
    /// It never holds a secret that the host knows.
    pub message: String,
}

/// Receives [`LogLine`]s. Called from any thread; calls may overlap.
pub type OnLog = Arc<dyn Fn(LogLine) + Send + Sync>;

/// What all instances of one plugin share.
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) limits: Limits,
    pub(super) config: Value,
    pub(super) aws: Arc<Aws>,
    pub(super) http: Arc<Http>,
    pub(super) on_log: OnLog,
    /// What it may reach: nothing until its schema is known.
    pub(super) permissions: Permissions,
    /// How many requests of the plugin may have left since it was loaded.
    ///
    /// Retries do not count.
    pub(super) requests: AtomicU64,
}

/// The advice for an error that is the plugin's fault.
pub(super) const FAULT: &str = "This is a fault of the plugin: report it to its author";

/// The most lines that a plugin may log in one operation.
const MAX_OPERATION_LINES: usize = bounds::OPERATION_LINES.most();
/// The most bytes that a plugin may log in one operation.
///
/// The line that exceeds them is still passed on.
const MAX_OPERATION_BYTES: usize = bounds::OPERATION_LOG.most();

/// How much was logged.
#[derive(Default)]
pub(super) struct Logged(Mutex<(u64, u64)>);

impl Logged {
    /// Counts a line. Returns false if there was too much before it.
    ///
    /// `last` is true if there is too much with it.
    fn takes(&self, line: &str, most_lines: u64, most_bytes: u64) -> (bool, bool) {
        let (lines, bytes) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |lines: u64, bytes: u64| lines >= most_lines || bytes >= most_bytes;
        if full(*lines, *bytes) {
            return (false, false);
        }
        (*lines, *bytes) = (*lines + 1, *bytes + line.len() as u64);
        (true, full(*lines, *bytes))
    }
}

impl Shared {
    /// Returns a receiver of the lines of one operation.
    ///
    /// It drops all lines after [`MAX_OPERATION_LINES`] or [`MAX_OPERATION_BYTES`] of the
    /// operation, or [`RUN_LINES`] or [`RUN_LOG`] of the run, with a warning. `of_run` counts those
    /// of the run.
    pub(super) fn lines(&self, of_run: &Arc<Logged>) -> OnLine {
        let (on_log, plugin) = (self.on_log.clone(), self.name.clone());
        let (of_run, of_operation) = (of_run.clone(), Logged::default());
        Arc::new(move |level, line| {
            let log = |level, message: String| {
                on_log(LogLine { plugin: plugin.clone(), level, message });
            };
            let too_much = |place: &str| {
                let message =
                    format!("the plugin logged too much in one {place}; the rest is not shown");
                log(Level::Warn, message);
            };
            let (lines, bytes) = (MAX_OPERATION_LINES as u64, MAX_OPERATION_BYTES as u64);
            let (taken, last) = of_operation.takes(line, lines, bytes);
            if !taken {
                return;
            }
            let (taken, last_of_run) = of_run.takes(line, RUN_LINES.most, RUN_LOG.most);
            if !taken {
                return;
            }
            log(level, line.to_owned());
            if last_of_run {
                too_much("run");
            } else if last {
                too_much("operation");
            }
        })
    }

    /// Logs a line of the host. It does not count against the plugin's bounds.
    pub(super) fn log(&self, level: Level, message: &str) {
        (self.on_log)(LogLine { plugin: self.name.clone(), level, message: message.to_owned() });
    }

    /// Counts a request, unless it is certain that it never left.
    pub(super) fn count<T>(&self, answer: &Result<T, SendError>) {
        if !matches!(
            answer,
            Err(SendError::Forbidden(_)
                | SendError::NoCredentials(_)
                | SendError::NeverReached(_)
                | SendError::Interrupted(_))
        ) {
            self.requests.fetch_add(1, Ordering::Relaxed);
        }
    }
}
