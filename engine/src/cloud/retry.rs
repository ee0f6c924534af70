//! Retries and polls: their numbers and their pauses.

use std::time::Duration;

use kim_model::Failure;
use kim_model::bounds::{self, POLL_PAUSE};

use crate::interrupt::Interrupt;

/// The number of attempts of a call that may be retried, the first included.
pub(crate) const ATTEMPTS: u32 = bounds::CALL_ATTEMPTS.most() as u32;

/// The number of consecutive misses after which a resource counts as not created.
///
/// Their pauses take 6.2 s in all, as long as AWS usually takes to show its own resources.
pub(crate) const LOOKUPS: u32 = 6;

/// Returns the pause after the n-th failed attempt (from 0).
///
/// It grows exponentially from 0.2 s to 20 s, with full jitter over its upper half.
pub(crate) fn pause(attempt: u32) -> Duration {
    full_pause(attempt).mul_f64(0.5 + 0.5 * fastrand::f64())
}

/// Returns the pause after the n-th lookup (from 0) that found nothing.
///
/// It grows as [`pause`] does, but is a minimum: jitter only makes it longer, by a tenth at most.
pub(crate) fn lookup_pause(attempt: u32) -> Duration {
    full_pause(attempt).mul_f64(1.0 + 0.1 * fastrand::f64())
}

/// Returns the pause after the n-th attempt (from 0), without jitter.
fn full_pause(attempt: u32) -> Duration {
    Duration::from_millis(200).saturating_mul(1 << attempt.min(10)).min(Duration::from_secs(20))
}

/// The longest pause between polls, whatever the plugin asks for.
const LONGEST_POLL: Duration = bounds::POLL.time();

/// The pauses between polls: short at first, growing up to the plugin's hint.
#[derive(Debug)]
pub(crate) struct PollBackoff {
    next: Duration,
    /// The sum of all pauses so far.
    waited: Duration,
}

impl Default for PollBackoff {
    fn default() -> PollBackoff {
        PollBackoff { next: Duration::from_millis(25), waited: Duration::ZERO }
    }
}

impl PollBackoff {
    /// Returns the pause before the next poll.
    ///
    /// `at_most` is the plugin's hint in milliseconds. A hint below [`POLL_PAUSE`] counts as that.
    /// After a while, so does one below a hundredth of all pauses so far, up to a second.
    pub(crate) fn pause(&mut self, at_most: u32) -> Duration {
        let least = Duration::from_millis(POLL_PAUSE.most);
        let least = least.max((self.waited / 100).min(Duration::from_secs(1)));
        let pause = self.next.min(Duration::from_millis(at_most.into()).max(least));
        self.next = self.next.mul_f64(1.6).min(LONGEST_POLL);
        self.waited += pause;
        pause
    }
}

/// Retries a call that changes nothing while its failure is retryable.
///
/// It makes at most `ATTEMPTS` calls in all.
pub(crate) async fn retry_read<T, F>(call: impl FnMut() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    retry_until_interrupted(&Interrupt::default(), call).await
}

/// Retries as [`retry_read`] does, until it is interrupted.
///
/// After an interrupt, or once another run took the stack over, it returns the last failure.
pub(crate) async fn retry_until_interrupted<T, F>(
    interrupt: &Interrupt,
    mut call: impl FnMut() -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let mut attempt = 0;
    loop {
        match call().await {
            Err(failure) if failure.is_retryable() && attempt + 1 < ATTEMPTS => {
                let waited = sleep_unless_interrupted(interrupt, pause(attempt)).await;
                if !waited || !interrupt.allows_request().await {
                    return Err(failure);
                }
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Sleeps for a time; returns false if it was interrupted.
pub(crate) async fn sleep_unless_interrupted(interrupt: &Interrupt, time: Duration) -> bool {
    tokio::select! {
        biased;
        () = interrupt.reached(1) => false,
        () = tokio::time::sleep(time) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns how many polls there are in a time.
    ///
    /// The plugin always asks for the same pause.
    fn polls(within: Duration, hint: u32) -> u32 {
        let mut polls = PollBackoff::default();
        let mut count = 0;
        while polls.waited < within {
            let pause = polls.pause(hint);
            assert!(pause <= LONGEST_POLL, "{pause:?}");
            count += 1;
        }
        count
    }

    // Rule 43.
    #[test]
    fn a_plugin_that_asks_for_no_pause_is_called_less_and_less() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        assert!(polls(minutes(45), 0) < 3_000, "{}", polls(minutes(45), 0));
        assert_eq!(polls(minutes(45), 1_000), 2_707);
        assert_eq!(polls(minutes(45), 0), polls(minutes(45), POLL_PAUSE.most as u32));
        let mut first = PollBackoff::default();
        let first: Vec<u128> = (0..5).map(|_| first.pause(0).as_millis()).collect();
        assert_eq!(first, [25, 40, 64, 100, 100]);
        assert!(polls(minutes(1), u32::MAX) < 20, "a long hint is no excuse to start slowly");
        assert!(polls(minutes(45), u32::MAX) > 45, "nor to look less than once a minute");
    }
}
