//! The result of planning that applying needs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::decide::{Decision, Lift};
use crate::desired::Desired;
use crate::providers::Providers;
use crate::resolve::Resolver;
use crate::state::{CopyId, Record, State, StateChange};

/// Everything that applying a plan needs beside the plan itself.
pub(crate) struct ApplyContext {
    pub(crate) desired: Arc<Desired>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) resolver: Mutex<Resolver>,
    pub(crate) providers: Providers,
    /// The lookups that the run may make, by index.
    pub(crate) lookups: BTreeSet<usize>,
    /// The state as it was loaded.
    pub(crate) base: State,
    /// The changes that an apply records before anything else.
    ///
    /// They settle the intents that an earlier run left open, rename aliases, mend recorded
    /// dependencies, and record the plugins' clouds.
    pub(crate) recovery: Vec<StateChange>,
    /// How guarded copies are updated before their delete.
    pub(crate) lifts: BTreeMap<CopyId, Lift>,
    /// The records that a refresh writes.
    pub(crate) refreshed: BTreeMap<CopyId, Record>,
}
