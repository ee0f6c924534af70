//! What every instance of one plugin shares: its name and limits, its ways out, and where its lines go.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kim_model::Value;

use super::permissions::Reach;
use crate::aws::Aws;
use crate::guest::limits::Limits;
use crate::guest::log::{Level, OnLine};
use crate::net::http::Http;
use crate::net::message::Egress;

/// A line that a plugin, or the host on its behalf, has to say.
#[derive(Clone, PartialEq, Debug)]
pub struct LogLine {
    /// The plugin's name, `aws-ec2`.
    pub plugin: String,
    /// How much it matters.
    pub level: Level,
    /// The text. Never with a secret that the host knows.
    pub message: String,
}

/// Where [`LogLine`]s go. Called from any thread.
pub type OnLog = Arc<dyn Fn(LogLine) + Send + Sync>;

/// What every instance of one plugin shares.
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) limits: Limits,
    pub(super) config: Value,
    pub(super) aws: Arc<Aws>,
    pub(super) http: Arc<Http>,
    pub(super) on_log: OnLog,
    /// What it may reach; nothing while the schema is not known.
    pub(super) reach: Reach,
    pub(super) requests: AtomicU64,
}

/// What to do next about a plugin that is wrong.
pub(super) const FAULT: &str = "This is a fault of the plugin: tell who makes it";

/// The most lines that a plugin may log in one operation, and the most octets.
const LINES: usize = 1_000;
const OCTETS: usize = 1 << 20;

impl Shared {
    /// Where the lines of one operation go, until they are too many.
    pub(super) fn lines(&self) -> OnLine {
        let (on_log, plugin) = (self.on_log.clone(), self.name.clone());
        let said = Mutex::new((0, 0));
        Arc::new(move |level, line| {
            let (lines, octets) = &mut *said.lock().unwrap_or_else(PoisonError::into_inner);
            let full = |lines: usize, octets: usize| lines >= LINES || octets >= OCTETS;
            if full(*lines, *octets) {
                return;
            }
            (*lines, *octets) = (*lines + 1, *octets + line.len());
            on_log(LogLine { plugin: plugin.clone(), level, message: line.to_owned() });
            if full(*lines, *octets) {
                let message = "the plugin logged too much in one operation; the rest is not shown".to_owned();
                on_log(LogLine { plugin: plugin.clone(), level: Level::Warn, message });
            }
        })
    }

    pub(super) fn log(&self, level: Level, message: &str) {
        (self.on_log)(LogLine { plugin: self.name.clone(), level, message: message.to_owned() });
    }

    /// Counts a request that left.
    pub(super) fn count<T>(&self, answer: &Result<T, Egress>) {
        if !matches!(answer, Err(Egress::Forbidden(_) | Egress::NoCredentials(_) | Egress::NoWay(_))) {
            self.requests.fetch_add(1, Ordering::Relaxed);
        }
    }
}
