//! The time to sign requests with.
//!
//! It is this machine's clock, corrected by the `Date` of AWS's answers.
//!
//! Invariant: the correction changes only if AWS rejects a request and its `Date` differs by more
//! than [`ALLOWED`].

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::net::message::Answer;

/// The most seconds by which a request's time may differ from AWS's.
///
/// AWS's own limit, less a margin for the time in flight.
const ALLOWED: i64 = 4 * 60;

/// The clock that requests are signed with. Shared by all requests of a process.
#[derive(Default)]
pub(super) struct Clock {
    /// How many seconds AWS's clock is ahead of this machine's.
    ///
    /// Negative if it is behind.
    ahead: AtomicI64,
}

/// The time of this machine's clock and that of AWS's, at the same moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Difference {
    pub(super) here: SystemTime,
    pub(super) there: SystemTime,
}

impl Clock {
    /// Returns the time to sign with.
    pub(super) fn now(&self) -> SystemTime {
        shifted(SystemTime::now(), self.ahead.load(Ordering::Relaxed))
    }

    /// Corrects the clock by the `Date` of an answer that rejects a request.
    ///
    /// The request was signed at `signed_at`. Returns `None` and changes nothing if that time was
    /// right, or the answer has no date. The flag is true if the correction changed by more than
    /// [`ALLOWED`]: of many requests in flight with the wrong time only one reports it.
    pub(super) fn put_right(
        &self,
        refusal: &Answer,
        signed_at: SystemTime,
    ) -> Option<(Difference, bool)> {
        difference(refusal, signed_at)?;
        let here = SystemTime::now();
        let there = date(refusal)?;
        let ahead = seconds(there) - seconds(here);
        let before = self.ahead.swap(ahead, Ordering::Relaxed);
        Some((Difference { here, there }, (ahead - before).abs() > ALLOWED))
    }
}

/// Returns the `Date` of an answer.
fn date(answer: &Answer) -> Option<SystemTime> {
    httpdate::parse_http_date(answer.header("date")?).ok()
}

/// Returns both clocks' times if they differ by more than [`ALLOWED`].
///
/// Compares `here` with the `Date` of an error answer. Returns `None` otherwise: a bad signature
/// may have causes other than the time.
pub(super) fn difference(refusal: &Answer, here: SystemTime) -> Option<Difference> {
    if refusal.status < 400 {
        return None;
    }
    let there = date(refusal)?;
    let apart = (seconds(there) - seconds(here)).abs() > ALLOWED;
    apart.then_some(Difference { here, there })
}

/// Returns the seconds since the start of 1970; negative before it.
fn seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}

/// Returns a time moved by seconds.
///
/// Returns the time itself if the result cannot be represented.
fn shifted(time: SystemTime, by: i64) -> SystemTime {
    let amount = Duration::from_secs(by.unsigned_abs());
    let moved = if by < 0 { time.checked_sub(amount) } else { time.checked_add(amount) };
    moved.unwrap_or(time)
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let apart = seconds(self.there) - seconds(self.here);
        let (minutes, order) = (apart.abs() / 60, if apart < 0 { "ahead of" } else { "behind" });
        let amount = match minutes {
            0..120 => format!("{minutes} minutes"),
            120..2880 => format!("{} hours", minutes / 60),
            _ => format!("{} days", minutes / 1440),
        };
        let (here, there) =
            (httpdate::fmt_http_date(self.here), httpdate::fmt_http_date(self.there));
        write!(
            f,
            "this machine's clock is {amount} {order} AWS's: here it is {here}, there {there}"
        )
    }
}
