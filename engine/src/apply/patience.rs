//! For how long a run waits for what it cannot see.
//!
//! Invariant: the time counts from the run's last change, never from the start of a wait. So what
//! waits does not keep other waits alive.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kim_model::Urn;
use kim_model::bounds::UNSEEN;
use tokio::time::Instant;

/// What a run changed, and when it did so last.
pub(super) struct Patience(Mutex<Changes>);

struct Changes {
    /// When the run last changed something, or began.
    last: Instant,
    /// The resources that steps of the run created, updated or deleted.
    changed: BTreeSet<Urn>,
    /// How many deletes began.
    deletes: usize,
}

impl Patience {
    /// Returns the patience of a run that begins now.
    pub(super) fn new() -> Patience {
        let changes = Changes { last: Instant::now(), changed: BTreeSet::new(), deletes: 0 };
        Patience(Mutex::new(changes))
    }

    /// Records that the cloud changed something of the run.
    pub(super) fn renew(&self) {
        self.changes().last = Instant::now();
    }

    /// Records that a step that changed a resource ended.
    pub(super) fn changed(&self, urn: &Urn) {
        self.renew();
        self.changes().changed.insert(urn.clone());
    }

    /// Records that a delete begins.
    pub(super) fn deletes(&self) {
        self.changes().deletes += 1;
    }

    /// Returns how many deletes began so far.
    pub(super) fn deletes_so_far(&self) -> usize {
        self.changes().deletes
    }

    /// Returns true if a step of the run changed a resource.
    pub(super) fn has_changed(&self, urn: &Urn) -> bool {
        self.changes().changed.contains(urn)
    }

    /// Returns how long a wait may still take; `None` once it is over.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = UNSEEN.time().checked_sub(self.changes().last.elapsed())?;
        (!left.is_zero()).then_some(left)
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What lets a failed call be repeated.
#[derive(Clone, Copy, Default)]
pub(super) struct Hope {
    /// True if it may pass by a repetition, of which there is a limited number.
    pub(super) by_repetition: bool,
    /// How long it may still pass by waiting, if it may.
    pub(super) by_waiting: Option<Duration>,
}
