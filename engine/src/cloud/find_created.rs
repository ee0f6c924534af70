//! Looks up what a cloud created with an idempotency token.

use kim_model::{Failure, Urn};

use super::answer::Asked;
use super::retry;
use crate::event::Event;
use crate::interrupt::Interrupt;
use crate::ports::LiveState;

/// Returns what a create with a token created, by a provider's answers to `look`.
///
/// Returns `None` only after `LOOKUPS` consecutive misses: the call may still be in flight, and
/// cloud reads are eventually consistent. `waits` is called once, before the first pause.
///
/// # Errors
/// A lookup failed or named no id, or the run was interrupted: the outcome stays unknown.
pub(crate) async fn find_created<F>(
    interrupt: &Interrupt,
    asked: Asked<'_>,
    waits: impl FnOnce(),
    mut look: impl FnMut() -> F,
) -> Result<Option<LiveState>, Failure>
where
    F: Future<Output = Result<Option<LiveState>, Failure>>,
{
    let mut waits = Some(waits);
    for attempt in 0..retry::LOOKUPS {
        if attempt > 0 {
            if let Some(waits) = waits.take() {
                waits();
            }
            retry::sleep_unless_interrupted(interrupt, retry::lookup_pause(attempt - 1)).await;
        }
        if interrupt.level() > 0 {
            return Err(Failure::Other("interrupted".to_owned()));
        }
        if let Some(live) = retry::retry_until_interrupted(interrupt, &mut look).await? {
            return asked.about_new(live).map(Some);
        }
    }
    Ok(None)
}

/// Returns the event that a resource is looked up again.
///
/// The cloud may not show it yet.
pub(crate) fn looks_for(urn: &Urn) -> Event {
    Event::Phase {
        message: format!("looking up what an earlier run created: {}", urn.qualified_name()),
    }
}
