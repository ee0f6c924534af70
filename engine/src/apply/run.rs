//! The data that the steps of a run share, and how they commit changes of state.
//!
//! Invariant: memory follows the store, never the other way round.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kim_model::Urn;

use super::error::{NotWritten, StepError};
use crate::cloud::lookup::{self, NotMade};
use crate::decide::Decision;
use crate::desired::Desired;
use crate::ports::{RunId, Store};
use crate::providers::Providers;
use crate::resolve::Resolver;
use crate::state::{CopyId, Record, State, StateChange};
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
}

impl Run {
    /// Makes changes durable, then applies them in memory.
    pub(super) async fn commit(&self, changes: Vec<StateChange>) -> Result<(), NotWritten> {
        if changes.is_empty() {
            return Ok(());
        }
        self.store
            .commit(self.id, changes.clone())
            .await
            .map_err(|error| NotWritten(Box::new(error)))?;
        let mut state = self.state();
        for change in &changes {
            state.apply(change);
        }
        Ok(())
    }

    /// Makes those of these lookups that the plan could not make.
    ///
    /// Their arguments were not known then.
    pub(super) async fn make_lookups(&self, due: BTreeSet<usize>) -> Result<(), StepError> {
        let _turn = self.looking_up.lock().await;
        let made =
            lookup::make(due, &self.desired.declarations, &self.providers, &self.resolver).await;
        made.map_err(|why| match why {
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
