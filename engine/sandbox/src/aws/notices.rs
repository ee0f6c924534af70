//! What people want to hear while they wait: that AWS throttles, that the network is away, that the clock is off.
//!
//! Invariant: a wait that goes on is told again and again, but never more often than [`EVERY`].

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::guest::log::Level;

/// Where news goes: a warning, or what only passes. Called from any thread.
pub type OnNews = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// How often a wait is told of.
const EVERY: Duration = Duration::from_secs(10);

/// The news of one way to AWS.
#[derive(Default)]
pub(crate) struct News {
    listener: OnceLock<OnNews>,
    /// Kept until somebody listens.
    early: Mutex<Vec<String>>,
    last: Mutex<Option<Instant>>,
}

impl News {
    pub(crate) fn goes_to(&self, listener: OnNews) {
        let listener = self.listener.get_or_init(|| listener);
        for warning in std::mem::take(&mut *lock(&self.early)) {
            listener(Level::Warn, &warning);
        }
    }

    /// Something is wrong that has to be told.
    pub(crate) fn warn(&self, text: &str) {
        match self.listener.get() {
            Some(listener) => listener(Level::Warn, text),
            None => lock(&self.early).push(text.to_owned()),
        }
    }

    /// Something is waited for.
    pub(crate) fn waits(&self, text: &str) {
        let mut last = lock(&self.last);
        if last.is_some_and(|last| last.elapsed() < EVERY) {
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
