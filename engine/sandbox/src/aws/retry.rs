//! When a request is sent again.
//!
//! Invariant: a request that may have changed something is repeated only where it is certain that nothing happened:
//! there was no connection, or AWS refused it for being one too many. Its lost answer is reported, not papered over:
//! the engine looks up by token what became of it.

use std::time::Duration;

use tokio::sync::watch;

use super::answer::{error_code, is_throttling};
use super::limiter::Limiter;
use super::notices::News;
use super::request::{Call, OnEvent, operation};
use crate::guest::log::Level;
use crate::net::message::{Answer, Egress};

/// The first pause lasts at most this long; each further one up to twice the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// How often a connection is tried: an endpoint that is not there will hardly appear within seconds.
const CONNECTIONS: u32 = 3;

/// How one request is carried out.
pub(super) struct Plan {
    /// `ec2 DescribeVolumes`, for messages.
    what: String,
    /// It changes nothing, whatever becomes of it.
    read_only: bool,
    attempts: u32,
}

/// What a request waits by, and who hears of it.
#[derive(Clone, Copy)]
pub(super) struct Waiting<'w> {
    pub(super) limiter: &'w Limiter,
    pub(super) on_event: OnEvent<'w>,
    pub(super) news: &'w News,
    /// True once nothing is to be waited for any more.
    pub(super) given_up: &'w watch::Sender<bool>,
}

impl Waiting<'_> {
    /// Waits for something, unless it was given up: `None`.
    async fn unless_given_up<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        let mut given_up = self.given_up.subscribe();
        tokio::select! {
            biased;
            // The sender outlives this, so the wait ends only where it was given up.
            _ = given_up.wait_for(|given_up| *given_up) => None,
            done = what => Some(done),
        }
    }
}

/// What one attempt came to.
enum Verdict {
    Done,
    /// Nothing happened, or nothing can have: another attempt is safe.
    Again {
        why: String,
        throttled: bool,
        at_most: u32,
    },
}

impl Plan {
    pub(super) fn new(call: &Call, attempts: u32) -> Plan {
        let name = operation(call).unwrap_or_else(|| call.method.clone());
        Plan { what: format!("{} {name}", call.service), read_only: call.only_reads(), attempts }
    }

    /// Sends until there is an answer to give, or no reason to try again.
    pub(super) async fn carry_out<F>(&self, waiting: Waiting<'_>, send: impl Fn() -> F) -> Result<Answer, Egress>
    where
        F: Future<Output = Result<Answer, Egress>>,
    {
        let limiter = waiting.limiter;
        let mut attempt = 1;
        loop {
            // Once it was given up nobody waits for a turn: what is in flight comes to its end.
            let permit = waiting.unless_given_up(limiter.pass()).await;
            let result = send().await;
            drop(permit);
            let Verdict::Again { why, throttled, at_most } = self.judge(&result) else {
                limiter.accepted();
                return result;
            };
            if throttled {
                limiter.refused();
            }
            if attempt >= at_most {
                return result;
            }
            attempt += 1;
            let text = format!("{}: {why}; attempt {attempt} of {at_most}", self.what);
            (waiting.on_event)(Level::Debug, &text);
            // The first time may be chance; from then on somebody wonders what takes so long. Where there is no way, the
            // error comes soon enough.
            if attempt > 2 && !matches!(result, Err(Egress::NoWay(_))) {
                waiting.news.waits(&format!("waiting for AWS: {text}"));
            }
            if waiting.unless_given_up(tokio::time::sleep(pause(attempt - 1, fraction()))).await.is_none() {
                return result;
            }
        }
    }

    fn judge(&self, result: &Result<Answer, Egress>) -> Verdict {
        let (throttled, at_most) = (result.as_ref().is_ok_and(is_throttling), self.attempts);
        match result {
            Err(Egress::Unreachable(why) | Egress::NoWay(why)) => {
                Verdict::Again { why: why.clone(), throttled, at_most: at_most.min(CONNECTIONS) }
            }
            _ if !may_pass(result, self.read_only) => Verdict::Done,
            Ok(answer) if throttled => {
                let code = error_code(answer).unwrap_or_default();
                Verdict::Again { why: format!("throttled (HTTP {}, {code})", answer.status), throttled, at_most }
            }
            Ok(answer) => Verdict::Again { why: format!("HTTP {}", answer.status), throttled, at_most },
            Err(why) => Verdict::Again { why: why.to_string(), throttled, at_most },
        }
    }
}

/// Whether an answer, or that there is none, is a reason to send the request again. A caller of [`Plan::carry_out`] who
/// gets such a one knows that it was sent as often as it may be. `reads`: it changes nothing.
pub(crate) fn may_pass(result: &Result<Answer, Egress>, reads: bool) -> bool {
    match result {
        Ok(answer) => is_throttling(answer) || (reads && answer.status >= 500),
        Err(failure) => reads && matches!(failure, Egress::NoAnswer(_)),
    }
}

/// The pause after an attempt (from 1): any part of a bound that doubles ("full jitter").
fn pause(attempt: u32, fraction: f64) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(attempt - 1)).min(LONGEST_PAUSE);
    bound.mul_f64(fraction)
}

/// A random number from 0 to 1: the standard library's hashers are seeded at random.
fn fraction() -> f64 {
    use std::hash::BuildHasher;
    let random = std::hash::RandomState::new().hash_one(0u8);
    (random >> 11) as f64 / (1u64 << 53) as f64
}
