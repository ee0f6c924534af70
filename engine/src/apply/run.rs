//! The data that the steps of a run share, and how they commit changes of state.
//!
//! Invariants: memory follows the store, never the other way round. Once another run took the
//! stack over, nothing is committed and no call is repeated.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kim_model::Urn;
use kim_model::bounds::Bound;
use tokio::sync::watch;

use super::error::{NotWritten, StepError};
use crate::cloud::lookup::{self, NotMade};
use crate::decide::Decision;
use crate::desired::Desired;
use crate::ports::{RunId, Store, StoreError};
use crate::providers::Providers;
use crate::resolve::Resolver;
use crate::state::{CopyId, Record, Standing, State, StateChange};
use crate::watch::Watch;

/// The data that the steps of a run share.
pub(super) struct Run {
    pub(super) id: RunId,
    pub(super) store: Arc<dyn Store>,
    pub(super) providers: Providers,
    pub(super) desired: Arc<Desired>,
    pub(super) decisions: Vec<Decision>,
    pub(super) refreshed: BTreeMap<CopyId, Record>,
    /// For each container, the copies that are deleted together with it.
    ///
    /// Found once, so that a delete does not search the whole state.
    pub(super) inside: BTreeMap<Urn, Vec<CopyId>>,
    /// The copies of those containers that this run removes.
    pub(super) leaving: BTreeSet<CopyId>,
    /// The copies that have each id, without those that this run only forgets.
    ///
    /// Found once, so that a create does not search the whole state.
    pub(super) ids: Mutex<HashMap<String, BTreeSet<CopyId>>>,
    /// The copies whose delete finds out first if their replacement is needless.
    pub(super) judged: BTreeSet<CopyId>,
    /// Held only while something is resolved, never during a call of a plugin.
    pub(super) resolver: tokio::sync::Mutex<Resolver>,
    /// Held while lookups are made, so that none is made twice.
    pub(super) looking_up: tokio::sync::Mutex<()>,
    /// The lookups that the run may make, by index.
    pub(super) lookups: BTreeSet<usize>,
    /// The declared resources whose replacement turned out to be needless.
    pub(super) needless: Mutex<BTreeSet<usize>>,
    pub(super) state: Mutex<State>,
    pub(super) next_intent: AtomicU64,
    pub(super) watch: Watch,
    /// The longest time of a step.
    pub(super) step_timeout: Duration,
    /// The texts of status of all steps.
    pub(super) statuses: Statuses,
    /// The error of the store once another run took the stack over.
    pub(super) lost: watch::Sender<Option<StoreError>>,
}

/// The texts of status so far, in bytes.
///
/// They are counted so that a plugin that is polled for long does not flood.
#[derive(Default)]
pub(super) struct Statuses(AtomicU64);

/// About the memory of a status without its text, in bytes.
const STATUS: u64 = 64;

impl Statuses {
    /// Counts a text, and returns which part of it is shown.
    pub(super) fn count(&self, text: &str, bound: &Bound) -> Shown {
        let size = STATUS + text.len() as u64;
        let before = self.0.fetch_add(size, Ordering::Relaxed);
        match (bound.is_exceeded_by(before), bound.is_exceeded_by(before.saturating_add(size))) {
            (_, false) => Shown::Whole,
            (false, true) => Shown::Last,
            (true, true) => Shown::Not,
        }
    }
}

/// Which part of a status is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shown {
    /// All of it.
    Whole,
    /// That no more is shown.
    Last,
    /// Nothing.
    Not,
}

/// The interval between two checks that no other run took the stack over.
///
/// A process that was stopped and continued finds out by it during a call or a wait; a commit finds
/// out by itself.
const OWNERSHIP_CHECK: Duration = Duration::from_secs(5);

impl Run {
    /// Makes changes durable, then applies them in memory.
    pub(super) async fn commit(&self, changes: Vec<StateChange>) -> Result<(), NotWritten> {
        if changes.is_empty() {
            return Ok(());
        }
        self.store_commit(changes.clone()).await?;
        let mut state = self.state();
        for change in &changes {
            state.apply(change);
            if let StateChange::PutRecord(record) = change {
                self.ids().entry(record.id.clone()).or_default().insert(record.copy_id());
            }
        }
        Ok(())
    }

    /// Returns the URN of a copy that exists and has an id, if there is one.
    ///
    /// Ids are unique among resources of a kind. A copy that is `gone` does not count.
    pub(super) fn holder_of(&self, id: &str, kind: &str, gone: Option<&Urn>) -> Option<Urn> {
        let (state, ids) = (self.state(), self.ids());
        let copies = ids.get(id)?.iter().filter(|copy| copy.urn.kind() == kind);
        let is_there = |record: &Record| {
            record.id == id && record.standing != Standing::ReplacementPending && !record.component
        };
        let held = copies.filter(|copy| {
            Some(&copy.urn) != gone && state.resources.get(copy).is_some_and(|one| is_there(one))
        });
        held.map(|copy| copy.urn.clone()).next()
    }

    fn ids(&self) -> MutexGuard<'_, HashMap<String, BTreeSet<CopyId>>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits, and remembers if another run took the stack over.
    async fn store_commit(&self, changes: Vec<StateChange>) -> Result<(), NotWritten> {
        if let Some(lost) = self.taken_over() {
            return Err(NotWritten(Box::new(lost)));
        }
        self.store.commit(self.id, changes).await.map_err(|error| {
            if matches!(error, StoreError::TakenOver { .. }) {
                self.lost.send_replace(Some(error.clone()));
            }
            NotWritten(Box::new(error))
        })
    }

    /// Asks the store, and returns an error if another run took the stack over.
    ///
    /// Called before a call is repeated: nothing is committed between two attempts.
    pub(super) async fn expect_ownership(&self) -> Result<(), NotWritten> {
        match self.store_commit(Vec::new()).await {
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
                () = tokio::time::sleep(OWNERSHIP_CHECK) => {}
            }
            let _ = self.expect_ownership().await;
        }
    }

    /// Makes those of these lookups that the plan could not make.
    ///
    /// Their arguments were not known then.
    pub(super) async fn make_lookups(&self, due: BTreeSet<usize>) -> Result<(), StepError> {
        if due.is_empty() {
            return Ok(());
        }
        let _turn = self.looking_up.lock().await;
        // No commit precedes these calls.
        self.expect_ownership().await?;
        let (declarations, interrupt) = (&self.desired.declarations, &self.watch.interrupt);
        let made =
            lookup::make(due, declarations, &self.providers, &self.resolver, interrupt).await;
        made.map_err(|why| match why {
            NotMade::Interrupted => StepError::Interrupted { status: None },
            NotMade::Program(error) => error.into(),
            NotMade::Lookup(index, source) => StepError::Lookup {
                name: self.desired.declarations.lookups[index].name.clone(),
                source,
            },
        })
    }

    /// Returns the resources whose replacement turned out to be needless.
    pub(super) fn needless(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.needless.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
