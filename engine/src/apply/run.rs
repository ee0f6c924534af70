//! What the steps of a run share, and how a change of state is made.
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
use crate::event::Events;
use crate::interrupt::Interrupt;
use crate::ports::{RunId, Store};
use crate::providers::Providers;
use crate::resolve::Resolver;
use crate::state::{Record, State, StateChange};

/// What the steps of a run share.
pub(super) struct Run {
    pub(super) id: RunId,
    pub(super) store: Arc<dyn Store>,
    pub(super) providers: Providers,
    pub(super) desired: Arc<Desired>,
    pub(super) decisions: Vec<Decision>,
    pub(super) refreshed: BTreeMap<(Urn, u64), Record>,
    /// The copies that go with each container; found once, so that a delete does not look through the whole state.
    pub(super) inside: BTreeMap<Urn, Vec<(Urn, u64)>>,
    /// The copies of those containers that go in this run.
    pub(super) leaving: BTreeSet<(Urn, u64)>,
    /// Held only while something is resolved, never while a plugin or a cloud is asked.
    pub(super) resolver: tokio::sync::Mutex<Resolver>,
    /// Whose turn it is to make lookups, so that none is made twice.
    pub(super) looking_up: tokio::sync::Mutex<()>,
    pub(super) state: Mutex<State>,
    pub(super) next_intent: AtomicU64,
    pub(super) events: Arc<dyn Events>,
    pub(super) interrupt: Interrupt,
}

impl Run {
    /// Makes changes durable, then carries them out in memory.
    pub(super) async fn commit(&self, changes: Vec<StateChange>) -> Result<(), NotWritten> {
        if changes.is_empty() {
            return Ok(());
        }
        self.store.commit(self.id, changes.clone()).await.map_err(NotWritten)?;
        let mut state = self.state();
        changes.iter().for_each(|change| state.apply(change));
        Ok(())
    }

    /// Makes the lookups among these that were not made in the plan, because their arguments were not known.
    pub(super) async fn make_lookups(&self, due: BTreeSet<usize>) -> Result<(), StepError> {
        let _turn = self.looking_up.lock().await;
        let made = lookup::make(due, &self.desired.declarations, &self.providers, &self.resolver).await;
        made.map_err(|why| match why {
            NotMade::Program(error) => error.into(),
            NotMade::Lookup(index, source) => {
                StepError::Lookup { name: self.desired.declarations.lookups[index].name.clone(), source }
            }
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
