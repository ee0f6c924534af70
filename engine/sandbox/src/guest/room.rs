//! Room in the process for what operations of plugins hold in memory.
//!
//! Operations run side by side for as long as each of them is small. One that gets large waits
//! until no other one is. So what they hold together is bounded, whatever their number is.
//!
//! Invariant: an operation holds the place of the large one or waits for it, never both. The one
//! that holds it waits for no other operation. So every wait ends: with the place, or by an
//! interrupt.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kim_engine::Interrupt;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// The place of the one large operation of the process.
static LARGE: Semaphore = Semaphore::const_new(1);

/// The room of one operation. Clones share it; the last one gives it back.
#[derive(Clone, Default)]
pub(crate) struct Room(Arc<Inner>);

#[derive(Default)]
struct Inner {
    place: OnceCell<SemaphorePermit<'static>>,
    /// True if it may not grow.
    stays_small: bool,
    /// Ends its wait.
    interrupt: Interrupt,
    waits: Mutex<Waits>,
}

/// How long an operation waited for room.
#[derive(Clone, Copy, Default)]
struct Waits {
    ended: Duration,
    /// Since when it waits.
    since: Option<Instant>,
}

/// The error of an operation that waited for room when the run was interrupted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("waited until a large operation ended, when the run was interrupted")]
pub(crate) struct Interrupted;

impl Room {
    /// Creates the room of a small operation. The interrupt ends its wait for more.
    pub(crate) fn new(interrupt: Interrupt) -> Room {
        Room(Arc::new(Inner { interrupt, ..Inner::default() }))
    }

    /// Creates the room of a request of the host's own, which never grows.
    ///
    /// The operation that it is made for may have the one place, and would wait for itself.
    pub(crate) fn small() -> Room {
        Room(Arc::new(Inner { stays_small: true, ..Inner::default() }))
    }

    /// Returns true if it may not grow.
    pub(crate) fn stays_small(&self) -> bool {
        self.0.stays_small
    }

    /// Waits until the operation may be large. If it is already, returns at once.
    ///
    /// # Errors
    /// The run was interrupted.
    pub(crate) async fn grow(&self) -> Result<(), Interrupted> {
        self.0.place.get_or_try_init(|| self.wait()).await.map(|_| ())
    }

    async fn wait(&self) -> Result<SemaphorePermit<'static>, Interrupted> {
        if let Ok(place) = LARGE.try_acquire() {
            return Ok(place);
        }
        let _waiting = Waiting::begin(&self.0.waits);
        tokio::select! {
            biased;
            place = LARGE.acquire() => place.map_err(|_| Interrupted),
            () = self.0.interrupt.reached(1) => Err(Interrupted),
        }
    }

    /// Does something that has a time limit; `None` if it takes longer.
    ///
    /// The time in which the operation waits for room does not count.
    pub(crate) async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let (begun, before) = (Instant::now(), self.waited());
        let end = || begun + limit + (self.waited() - before);
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = sleep_until(end()) => if end() <= Instant::now() { return None },
            }
        }
    }

    /// Returns how long the operation has waited for room so far.
    fn waited(&self) -> Duration {
        let waits = *locked(&self.0.waits);
        waits.ended + waits.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// A wait that goes on.
struct Waiting<'w>(&'w Mutex<Waits>);

impl Waiting<'_> {
    fn begin(waits: &Mutex<Waits>) -> Waiting<'_> {
        locked(waits).since = Some(Instant::now());
        Waiting(waits)
    }
}

impl Drop for Waiting<'_> {
    /// Ends the wait, also if it was cut off.
    fn drop(&mut self) {
        let mut waits = locked(self.0);
        let since = waits.since.take();
        waits.ended += since.map_or(Duration::ZERO, |since| since.elapsed());
    }
}

fn locked(waits: &Mutex<Waits>) -> std::sync::MutexGuard<'_, Waits> {
    waits.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Rules 25, 43. One test, since the place is one for the process.
    #[tokio::test]
    async fn one_operation_is_large_and_the_others_wait_for_it_or_for_an_interrupt() {
        let first = Room::default();
        first.grow().await.unwrap();
        first.grow().await.unwrap();
        let interrupt = Interrupt::default();
        let second = Room::new(interrupt.clone());
        let waiting = tokio::spawn({
            let second = second.clone();
            async move { second.grow().await }
        });
        // The wait is longer than the limit and does not count.
        let limited = Room::default();
        let within = tokio::spawn({
            let limited = limited.clone();
            async move { limited.within(Duration::from_millis(50), limited.grow()).await }
        });
        while limited.waited() < Duration::from_millis(100) {
            tokio::task::yield_now().await;
        }
        interrupt.interrupt();
        assert_eq!(waiting.await.unwrap(), Err(Interrupted));
        assert!(!within.is_finished());
        drop(first);
        assert_eq!(within.await.unwrap(), Some(Ok(())));
        let late = limited.within(Duration::from_millis(1), std::future::pending::<()>());
        assert_eq!(late.await, None, "another wait counts");
    }
}
