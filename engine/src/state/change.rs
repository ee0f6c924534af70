//! The changes of state. A store makes them durable before memory follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::{Urn, Value};

use super::record::{CopyId, Doubt, Intent, Record};
use super::run::StepEntry;

/// A change of state; a list of them is made durable together.
#[derive(Clone, PartialEq, Debug)]
pub enum StateChange {
    /// Records an intent, before the call.
    OpenIntent(Arc<Intent>),
    /// Closes an intent, after the call: its outcome is known.
    CloseIntent(u64),
    /// Records a create that may still be carried out.
    ///
    /// A doubt about the same token is replaced.
    OpenDoubt(Arc<Doubt>),
    /// Drops the doubt about a token.
    CloseDoubt(String),
    /// Writes a copy: inserted, or in place of the copy of the same URN and generation.
    PutRecord(Arc<Record>),
    /// Removes a copy.
    Remove(CopyId),
    /// Renames a URN wherever it occurs.
    ///
    /// That is in copies, dependencies, parents, containers, generations, intents and doubts.
    Rename {
        /// The URN so far.
        from: Urn,
        /// The new URN.
        to: Urn,
    },
    /// Sets the generation of the next create of a URN.
    NextGeneration {
        /// The URN.
        urn: Urn,
        /// The generation of its next create.
        next: u64,
    },
    /// Replaces the stack's outputs.
    Exports(BTreeMap<String, Value>),
    /// Records the cloud that a plugin's resources are in.
    Place {
        /// The plugin's name.
        plugin: String,
        /// The cloud, as `Provider::place` returned it.
        place: String,
    },
    /// Adds a step to the run's history; changes no state.
    Step(StepEntry),
}

impl StateChange {
    /// Returns true if it concerns a resource.
    pub(crate) fn concerns(&self, urn: &Urn) -> bool {
        match self {
            StateChange::OpenIntent(intent) => intent.urn == *urn,
            StateChange::OpenDoubt(doubt) => doubt.intent.urn == *urn,
            StateChange::PutRecord(record) => record.urn == *urn,
            StateChange::Remove(copy) => copy.urn == *urn,
            StateChange::NextGeneration { urn: of, .. } => of == urn,
            StateChange::Rename { from, to } => from == urn || to == urn,
            StateChange::CloseIntent(_)
            | StateChange::CloseDoubt(_)
            | StateChange::Exports(_)
            | StateChange::Place { .. }
            | StateChange::Step(_) => false,
        }
    }
}
