//! How fast requests may leave, for one account, region and service.
//!
//! A token bucket that is as wide as AWS lets it: there is no rate until AWS refuses a request for being one too many;
//! then the rate is cut below what was just sent, and grows again with each second of success.
//!
//! Invariant: those who wait are let through in the order in which they came, each after its own token.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The most requests on their way at once.
const AT_ONCE: usize = 64;
/// The lowest rate, in requests a second.
const LOWEST: f64 = 0.5;
/// A rate above this is no limit any more.
const HIGHEST: f64 = 500.0;
/// What is left of the rate after a refusal.
const CUT: f64 = 0.7;
/// By how much a rate grows a second of success, in requests a second.
const GROWTH: f64 = 2.0;

/// A limiter.
pub(crate) struct Limiter {
    state: Mutex<State>,
    at_once: tokio::sync::Semaphore,
}

/// The pace. Decides on given instants alone.
pub(crate) struct State {
    /// Requests a second; `None`: as many as come.
    pub(crate) rate: Option<f64>,
    /// When the next request may leave.
    next: Instant,
    /// How many left in the current second, and since when that counts.
    sent: u32,
    since: Instant,
    /// The rate of the last whole second.
    measured: f64,
    /// Until when further refusals tell nothing new: they belong to requests that left before the last cut.
    settled: Instant,
}

impl Default for Limiter {
    fn default() -> Limiter {
        Limiter { state: Mutex::new(State::new(Instant::now())), at_once: tokio::sync::Semaphore::new(AT_ONCE) }
    }
}

impl Limiter {
    /// Waits until a request may leave. The permit is held until its answer is there.
    pub(crate) async fn pass(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // The semaphore is never closed; without a permit a request would only lack its place in the count.
        let permit = self.at_once.acquire().await.ok();
        let at = self.state().reserve(Instant::now());
        tokio::time::sleep_until(at).await;
        permit
    }

    /// AWS refused a request for being one too many.
    pub(crate) fn refused(&self) {
        self.state().cut(Instant::now());
    }

    /// AWS took a request.
    pub(crate) fn accepted(&self) {
        self.state().grow();
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn new(now: Instant) -> State {
        State { rate: None, next: now, sent: 0, since: now, measured: 0.0, settled: now }
    }

    /// Takes the next place and says when it comes.
    pub(crate) fn reserve(&mut self, now: Instant) -> Instant {
        let Some(rate) = self.rate else {
            self.count(now);
            return now;
        };
        let at = self.next.max(now);
        self.next = at + Duration::from_secs_f64(1.0 / rate);
        self.count(at);
        at
    }

    fn count(&mut self, at: Instant) {
        let passed = at.saturating_duration_since(self.since).as_secs_f64();
        if passed >= 1.0 {
            self.measured = f64::from(self.sent) / passed;
            (self.sent, self.since) = (0, at);
        }
        self.sent += 1;
    }

    /// A request was refused.
    pub(crate) fn cut(&mut self, now: Instant) {
        if now < self.settled {
            return;
        }
        let sent = self.measured.max(f64::from(self.sent));
        let rate = self.rate.unwrap_or(f64::INFINITY).min(sent.max(1.0)) * CUT;
        self.rate = Some(rate.max(LOWEST));
        self.next = now + Duration::from_secs_f64(1.0 / rate.max(LOWEST));
        self.settled = now + Duration::from_secs(1);
    }

    /// A request was taken.
    pub(crate) fn grow(&mut self) {
        if let Some(rate) = self.rate {
            let grown = rate + GROWTH / rate.max(1.0);
            self.rate = Some(grown).filter(|grown| *grown < HIGHEST);
        }
    }
}
