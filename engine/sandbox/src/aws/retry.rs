//! When a request is retried.
//!
//! Invariant: a request that may change something is retried only if it is certain that nothing
//! happened: there was no connection, or AWS throttled it. If its answer is lost, the caller gets
//! an error: the engine looks up by token what the request did.

use std::time::Duration;

use kim_engine::Interrupt;
use kim_model::bounds;

use super::answer::{error_code, is_throttling};
use super::limiter::Limiter;
use super::notices::News;
use super::request::{Call, OnEvent, operation};
use crate::guest::log::Level;
use crate::net::message::{Answer, SendError};

/// The upper bound of the first pause. It doubles with each further pause.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The upper bound of all pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The most attempts without a connection.
const CONNECTIONS: u32 = bounds::CONNECTIONS.most() as u32;

/// How one request is sent and retried.
pub(super) struct Plan {
    /// Service and operation for messages, `ec2 DescribeVolumes`.
    what: String,
    /// True if the request changes nothing.
    read_only: bool,
    /// The most attempts, the first one included.
    attempts: u32,
}

/// What bounds a request's waits, and what receives notices of them.
#[derive(Clone, Copy)]
pub(super) struct Waiting<'w> {
    pub(super) limiter: &'w Limiter,
    pub(super) on_event: OnEvent<'w>,
    pub(super) news: &'w News,
    /// Ends all waits.
    pub(super) interrupt: &'w Interrupt,
}

/// Waits for `what`, or returns `None` if an interrupt comes first.
///
/// What is ready at once is returned also after an interrupt.
pub(super) async fn unless_interrupted<T>(
    interrupt: &Interrupt,
    what: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        done = what => Some(done),
        () = interrupt.reached(1) => None,
    }
}

/// What to do after an attempt.
enum Verdict {
    Done,
    /// Retry. It is safe: nothing changed.
    ///
    /// `at_most` is the most attempts, the first one included.
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

    /// Returns the error of a request that waited at the interrupt.
    pub(super) fn not_sent(&self) -> SendError {
        SendError::Interrupted(format!("{} was not sent: the run was interrupted", self.what))
    }

    /// Sends a request, and retries it until the result is final.
    ///
    /// Stops retrying once its attempts are exhausted, after an interrupt, and once another run
    /// took the stack over. `send` is called once per attempt. The result is that of the last
    /// attempt. After an interrupt no attempt waits for the rate limit: it is not sent.
    pub(super) async fn carry_out<F>(
        &self,
        waiting: Waiting<'_>,
        send: impl Fn() -> F,
    ) -> Result<Answer, SendError>
    where
        F: Future<Output = Result<Answer, SendError>>,
    {
        let limiter = waiting.limiter;
        let (mut attempt, mut last) = (1, None);
        loop {
            let Some(permit) = unless_interrupted(waiting.interrupt, limiter.pass()).await else {
                return last.unwrap_or_else(|| Err(self.not_sent()));
            };
            if !waiting.interrupt.allows_request().await {
                return last.unwrap_or_else(|| Err(self.not_sent()));
            }
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
            // One failure may be chance. From the second on, the user sees what takes so long. If
            // the service was never reached, the error comes soon enough.
            if attempt > 2 && !matches!(result, Err(SendError::NeverReached(_))) {
                waiting.news.waits(&format!("waiting for AWS: {text}"));
            }
            let pause = tokio::time::sleep(pause(attempt - 1, fraction()));
            unless_interrupted(waiting.interrupt, pause).await;
            if waiting.interrupt.level() > 0 {
                return result;
            }
            last = Some(result);
        }
    }

    /// Returns what to do after an attempt.
    fn judge(&self, result: &Result<Answer, SendError>) -> Verdict {
        let (throttled, at_most) = (result.as_ref().is_ok_and(is_throttling), self.attempts);
        match result {
            Err(SendError::ConnectionLost(why) | SendError::NeverReached(why)) => {
                Verdict::Again { why: why.clone(), throttled, at_most: at_most.min(CONNECTIONS) }
            }
            _ if !may_pass(result, self.read_only) => Verdict::Done,
            Ok(answer) if throttled => {
                let code = error_code(answer).unwrap_or_default();
                Verdict::Again {
                    why: format!("throttled (HTTP {}, {code})", answer.status),
                    throttled,
                    at_most,
                }
            }
            Ok(answer) => {
                Verdict::Again { why: format!("HTTP {}", answer.status), throttled, at_most }
            }
            Err(why) => Verdict::Again { why: why.to_string(), throttled, at_most },
        }
    }
}

/// Returns true if a result is a reason to retry.
///
/// Does not cover results without a connection. If [`Plan::carry_out`] returns a result for which
/// this is true, its retries are exhausted, or cut off by an interrupt. `reads` is true if the
/// request changes nothing.
pub(crate) fn may_pass(result: &Result<Answer, SendError>, reads: bool) -> bool {
    match result {
        Ok(answer) => is_throttling(answer) || (reads && answer.status >= 500),
        Err(failure) => reads && matches!(failure, SendError::NoAnswer(_)),
    }
}

/// Returns the pause after an attempt, which counts from 1.
///
/// It is a fraction, 0 to 1, of a bound that doubles with each attempt ("full jitter").
fn pause(attempt: u32, fraction: f64) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(attempt - 1)).min(LONGEST_PAUSE);
    bound.mul_f64(fraction)
}

/// Returns a random number, at least 0 and less than 1.
///
/// The standard library seeds its hashers at random.
fn fraction() -> f64 {
    use std::hash::BuildHasher;
    let random = std::hash::RandomState::new().hash_one(0u8);
    (random >> 11) as f64 / (1u64 << 53) as f64
}
