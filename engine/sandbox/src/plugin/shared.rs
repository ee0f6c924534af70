//! What all instances of one plugin share.
//!
//! That is its name, limits and permissions, its access to the network, and the receiver of its
//! lines.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kim_model::{Value, bounds};

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

impl Shared {
    /// Returns a receiver of the lines of one operation.
    ///
    /// It drops all lines after [`MAX_OPERATION_LINES`] or [`MAX_OPERATION_BYTES`], with a warning.
    pub(super) fn lines(&self) -> OnLine {
        let (on_log, plugin) = (self.on_log.clone(), self.name.clone());
        let said = Mutex::new((0, 0));
        Arc::new(move |level, line| {
            let (lines, bytes) = &mut *said.lock().unwrap_or_else(PoisonError::into_inner);
            let full = |lines: usize, bytes: usize| {
                lines >= MAX_OPERATION_LINES || bytes >= MAX_OPERATION_BYTES
            };
            if full(*lines, *bytes) {
                return;
            }
            (*lines, *bytes) = (*lines + 1, *bytes + line.len());
            on_log(LogLine { plugin: plugin.clone(), level, message: line.to_owned() });
            if full(*lines, *bytes) {
                let message =
                    "the plugin logged too much in one operation; the rest is not shown".to_owned();
                on_log(LogLine { plugin: plugin.clone(), level: Level::Warn, message });
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
