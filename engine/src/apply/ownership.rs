//! The ownership of a stack by a run: what it may write, and if it may still call.
//!
//! Invariants: once another run took the stack over, nothing is committed. A process that was
//! stopped and continued asks the store before it sends another request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::Instant;

use super::error::NotWritten;
use crate::interrupt::Claim;
use crate::ports::{RunId, Store, StoreError};
use crate::state::StateChange;

/// The interval between two checks that no other run took the stack over.
///
/// A process that was stopped and continued finds out by it during a call or a wait; a commit finds
/// out by itself, and so does a request.
const CHECK: Duration = Duration::from_secs(5);

/// The time for which an answer of the store counts, for requests.
///
/// A run of many requests asks that often. It is shorter than a takeover, which takes the start of
/// two processes: one that takes the lock away, and one that runs and ends.
const COUNTS_FOR: Duration = Duration::from_millis(20);

/// The ownership of a stack by one run.
pub(super) struct Ownership {
    id: RunId,
    store: Arc<dyn Store>,
    /// When the store was last asked, and confirmed it.
    confirmed: Mutex<Option<Moment>>,
    /// The error of the store once another run took the stack over.
    lost: watch::Sender<Option<StoreError>>,
}

impl Ownership {
    pub(super) fn new(store: Arc<dyn Store>, id: RunId) -> Ownership {
        Ownership { id, store, confirmed: Mutex::default(), lost: watch::Sender::new(None) }
    }

    /// Makes changes durable, and remembers if another run took the stack over.
    pub(super) async fn commit(&self, changes: Vec<StateChange>) -> Result<(), NotWritten> {
        if let Some(lost) = self.taken_over() {
            return Err(NotWritten(Box::new(lost)));
        }
        let now = Moment::now();
        match self.store.commit(self.id, changes).await {
            Ok(()) => {
                *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                Ok(())
            }
            Err(error) => {
                if matches!(error, StoreError::TakenOver { .. }) {
                    self.lost.send_replace(Some(error.clone()));
                }
                Err(NotWritten(Box::new(error)))
            }
        }
    }

    /// Asks the store, and returns an error if another run took the stack over.
    ///
    /// Called before a call is repeated: nothing is committed between two attempts.
    pub(super) async fn expect(&self) -> Result<(), NotWritten> {
        match self.commit(Vec::new()).await {
            Err(error) if self.taken_over().is_some() => Err(error),
            // A store that fails otherwise says so at the next commit.
            _ => Ok(()),
        }
    }

    /// Returns the store's error if another run is known to have taken over.
    pub(super) fn taken_over(&self) -> Option<StoreError> {
        self.lost.borrow().clone()
    }

    /// Waits until another run took the stack over; asks the store at times.
    pub(super) async fn until_taken_over(&self) {
        let mut lost = self.lost.subscribe();
        loop {
            tokio::select! {
                // The sender lives as long as `self`, so the wait cannot fail.
                _ = lost.wait_for(Option::is_some) => return,
                () = tokio::time::sleep(CHECK) => {}
            }
            let _ = self.expect().await;
        }
    }

    fn is_confirmed(&self) -> bool {
        let confirmed = *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        confirmed.is_some_and(|moment| moment.is_within(COUNTS_FOR))
    }
}

#[async_trait]
impl Claim for Ownership {
    async fn holds(&self) -> bool {
        self.taken_over().is_none() && (self.is_confirmed() || self.expect().await.is_ok())
    }
}

/// A moment by two clocks.
///
/// The monotonic clock does not count while a machine sleeps; the wall clock may be set.
#[derive(Clone, Copy)]
struct Moment {
    monotonic: Instant,
    wall: SystemTime,
}

impl Moment {
    fn now() -> Moment {
        Moment { monotonic: Instant::now(), wall: SystemTime::now() }
    }

    /// Returns true if no more than `time` has passed since, by either clock.
    fn is_within(self, time: Duration) -> bool {
        // A wall clock that was set back says nothing.
        let by_wall = self.wall.elapsed().is_ok_and(|passed| passed <= time);
        by_wall && self.monotonic.elapsed() <= time
    }
}
