//! What time it is for AWS: this machine's clock, put right by the dates of AWS's answers where AWS refuses requests for
//! their time.
//!
//! Invariant: a clock that AWS does not complain about is never touched.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::net::message::Answer;

/// How far AWS lets a request's time be off, less a margin for the way.
const ALLOWED: i64 = 4 * 60;

/// The clock that requests are signed by.
#[derive(Default)]
pub(super) struct Clock {
    /// How many seconds AWS is ahead of this machine.
    ahead: AtomicI64,
}

/// What this machine's clock says, and what AWS's says at the same time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Difference {
    pub(super) here: SystemTime,
    pub(super) there: SystemTime,
}

impl Clock {
    /// The time to sign with.
    pub(super) fn now(&self) -> SystemTime {
        shifted(SystemTime::now(), self.ahead.load(Ordering::Relaxed))
    }

    /// Puts the clock right by an answer that refuses a request signed at that time; `None`: the time was right, or the
    /// answer does not tell. Also says whether that is news, for many requests may be on their way with the wrong time.
    pub(super) fn put_right(&self, refusal: &Answer, signed_at: SystemTime) -> Option<(Difference, bool)> {
        difference(refusal, signed_at)?;
        let here = SystemTime::now();
        let there = date(refusal)?;
        let ahead = seconds(there) - seconds(here);
        let before = self.ahead.swap(ahead, Ordering::Relaxed);
        Some((Difference { here, there }, (ahead - before).abs() > ALLOWED))
    }
}

fn date(answer: &Answer) -> Option<SystemTime> {
    httpdate::parse_http_date(answer.header("date")?).ok()
}

/// How far the clocks are apart where an answer refuses a request for its time, as far as that can be seen: a bad
/// signature may have other reasons, which leave the clocks together.
pub(super) fn difference(refusal: &Answer, here: SystemTime) -> Option<Difference> {
    if refusal.status < 400 {
        return None;
    }
    let there = date(refusal)?;
    let apart = (seconds(there) - seconds(here)).abs() > ALLOWED;
    apart.then_some(Difference { here, there })
}

fn seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}

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
        let (here, there) = (httpdate::fmt_http_date(self.here), httpdate::fmt_http_date(self.there));
        write!(f, "this machine's clock is {amount} {order} AWS's: here it is {here}, there {there}")
    }
}
