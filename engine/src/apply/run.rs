//! The data that the steps of a run share, and how they commit changes of state.
//!
//! Invariant: memory follows the store, never the other way round.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kim_model::Urn;
use kim_model::bounds::Bound;

use super::error::{NotWritten, StepError};
use super::ownership::Ownership;
use super::patience::Patience;
use crate::cloud::lookup::{self, NotMade};
use crate::decide::{Decision, Lift};
use crate::desired::Desired;
use crate::providers::Providers;
use crate::resolve::Resolver;
use crate::state::{CopyId, Record, Standing, State, StateChange};
use crate::watch::Watch;

/// The data that the steps of a run share.
pub(super) struct Run {
    pub(super) ownership: Arc<Ownership>,
    pub(super) providers: Providers,
    pub(super) desired: Arc<Desired>,
    pub(super) decisions: Vec<Decision>,
    /// How guarded copies are updated before their delete.
    pub(super) lifts: BTreeMap<CopyId, Lift>,
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
    /// True if the run did not read the live state before it began.
    pub(super) offline: bool,
    pub(super) watch: Watch,
    /// For how long its steps wait for what they do not see.
    pub(super) patience: Patience,
    /// The longest time of a step.
    pub(super) step_timeout: Duration,
    /// The texts of status of all steps.
    pub(super) statuses: Statuses,
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

impl Run {
    /// Makes changes durable, then applies them in memory.
    pub(super) async fn commit(&self, changes: Vec<StateChange>) -> Result<(), NotWritten> {
        if changes.is_empty() {
            return Ok(());
        }
        self.ownership.commit(changes.clone()).await?;
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

    /// Makes those of these lookups that the plan could not make.
    ///
    /// Their arguments were not known then.
    pub(super) async fn make_lookups(&self, due: BTreeSet<usize>) -> Result<(), StepError> {
        if due.is_empty() {
            return Ok(());
        }
        let _turn = self.looking_up.lock().await;
        // No commit precedes these calls.
        self.ownership.expect().await?;
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
