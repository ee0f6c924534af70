//! The rate limit of one account, region and service.
//!
//! The rate adapts to AWS. There is no limit until AWS throttles a request. Then the rate is cut
//! below what was just sent, and grows again with each second of success.
//!
//! Invariant: requests leave in the order in which they began to wait.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use kim_model::bounds;
use tokio::time::Instant;

/// The most requests in flight at once.
const AT_ONCE: usize = bounds::REQUESTS_AT_ONCE.most();
/// The lowest rate, in requests per second.
const LOWEST: f64 = 0.5;
/// The highest rate, in requests per second. At this rate the limit is lifted.
const HIGHEST: f64 = 500.0;
/// The factor of the rate when AWS throttles.
const CUT: f64 = 0.7;
/// How much the rate grows per second of success, in requests per second.
const GROWTH: f64 = 2.0;

/// Limits how fast requests leave and how many are in flight.
pub(crate) struct Limiter {
    state: Mutex<State>,
    at_once: tokio::sync::Semaphore,
}

/// The rate, and when the next request may leave.
///
/// Reads no clock: the caller passes the time.
pub(crate) struct State {
    /// The most requests per second; `None`: no limit.
    pub(crate) rate: Option<f64>,
    /// When the next request may leave.
    next: Instant,
    /// How many requests left since `since`.
    sent: u32,
    /// When the current measurement, of at least a second, began.
    since: Instant,
    /// The requests per second of the last measurement.
    measured: f64,
    /// Until when throttled requests are ignored: they left before the last cut.
    settled: Instant,
}

impl Default for Limiter {
    fn default() -> Limiter {
        Limiter {
            state: Mutex::new(State::new(Instant::now())),
            at_once: tokio::sync::Semaphore::new(AT_ONCE),
        }
    }
}

impl Limiter {
    /// Waits until a request may leave.
    ///
    /// The caller holds the permit until the answer is there.
    pub(crate) async fn pass(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // The semaphore is never closed. A request without a permit would merely not count as in
        // flight.
        let permit = self.at_once.acquire().await.ok();
        let at = self.state().reserve(Instant::now());
        tokio::time::sleep_until(at).await;
        permit
    }

    /// Records that AWS throttled a request.
    pub(crate) fn refused(&self) {
        self.state().cut(Instant::now());
    }

    /// Records that AWS did not throttle a request.
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

    /// Reserves the next departure and returns its time.
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

    /// Counts a request that leaves at a time.
    fn count(&mut self, at: Instant) {
        let passed = at.saturating_duration_since(self.since).as_secs_f64();
        if passed >= 1.0 {
            self.measured = f64::from(self.sent) / passed;
            (self.sent, self.since) = (0, at);
        }
        self.sent += 1;
    }

    /// Cuts the rate, at most once per second.
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

    /// Raises the rate, and lifts the limit at [`HIGHEST`].
    pub(crate) fn grow(&mut self) {
        if let Some(rate) = self.rate {
            let grown = rate + GROWTH / rate.max(1.0);
            self.rate = Some(grown).filter(|grown| *grown < HIGHEST);
        }
    }
}
