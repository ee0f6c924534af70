//! What the cloud made with an idempotency token.

use kim_model::{Failure, Urn};

use super::retry;
use crate::event::Event;
use crate::interrupt::Interrupt;
use crate::ports::LiveState;

/// What was made with a token, by a provider's answers to `look`. Nothing is believed only when it was seen several times:
/// the call may still be under way, and a cloud may not see at once what it has just made. `waits` is called once, before
/// the first pause.
///
/// # Errors
/// It cannot be found out: a look failed, or it was interrupted.
pub(crate) async fn made<F>(
    interrupt: &Interrupt,
    waits: impl FnOnce(),
    mut look: impl FnMut() -> F,
) -> Result<Option<LiveState>, Failure>
where
    F: Future<Output = Result<Option<LiveState>, Failure>>,
{
    let mut waits = Some(waits);
    for attempt in 0..retry::LOOKS {
        if attempt > 0 {
            waits.take().into_iter().for_each(|waits| waits());
            if !retry::slept(interrupt, retry::pause(attempt - 1)).await {
                return Err(Failure::Other("interrupted".to_owned()));
            }
        }
        if let Some(live) = retry::unless(interrupt, &mut look).await? {
            return Ok(Some(live));
        }
    }
    Ok(None)
}

/// Tells that something is looked for that the cloud does not show, and may yet.
pub(crate) fn looks_for(urn: &Urn) -> Event {
    Event::Phase { message: format!("looking for what an earlier run made: {}", urn.qualified_name()) }
}
