//! Notices to users while they wait.
//!
//! They say that AWS throttles, that the network fails, that the clock is wrong.
//!
//! Invariant: a continuing wait is reported at most once per [`NOTICE_INTERVAL`].

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::guest::log::Level;

/// Receives notices: warnings ([`Level::Warn`]) and waits ([`Level::Info`]).
///
/// Called from any thread; calls may overlap.
pub type OnNews = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// The least time between two notices of waits, over all requests.
const NOTICE_INTERVAL: Duration = Duration::from_secs(10);

/// The notices of one [`Aws`](super::Aws).
#[derive(Default)]
pub(crate) struct News {
    listener: OnceLock<OnNews>,
    /// Warnings from before there was a receiver.
    early: Mutex<Vec<String>>,
    /// When a wait was last reported, even without a receiver.
    last: Mutex<Option<Instant>>,
}

impl News {
    /// Sets the receiver, unless there is one, and passes it the earlier warnings.
    pub(crate) fn goes_to(&self, listener: OnNews) {
        let listener = self.listener.get_or_init(|| listener);
        for warning in std::mem::take(&mut *lock(&self.early)) {
            listener(Level::Warn, &warning);
        }
    }

    /// Reports a warning. Without a receiver it is kept for the first one.
    pub(crate) fn warn(&self, text: &str) {
        match self.listener.get() {
            Some(listener) => listener(Level::Warn, text),
            None => lock(&self.early).push(text.to_owned()),
        }
    }

    /// Reports a wait, unless one was reported within [`NOTICE_INTERVAL`].
    pub(crate) fn waits(&self, text: &str) {
        let mut last = lock(&self.last);
        if last.is_some_and(|last| last.elapsed() < NOTICE_INTERVAL) {
            return;
        }
        *last = Some(Instant::now());
        drop(last);
        if let Some(listener) = self.listener.get() {
            listener(Level::Info, text);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
