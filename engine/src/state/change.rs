//! The changes of state, which a store makes durable before they are carried out in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::{Urn, Value};

use super::record::{Intent, Record};
use super::run::StepEntry;

/// A change of state; a list of them is made durable together.
#[derive(Clone, PartialEq, Debug)]
pub enum StateChange {
    /// Records an intent, before the call.
    OpenIntent(Arc<Intent>),
    /// Closes an intent, after the call: its outcome is known.
    CloseIntent(u64),
    /// Writes a copy: inserted, or in place of the copy of the same URN and generation.
    PutRecord(Arc<Record>),
    /// Removes a copy.
    Remove(Urn, u64),
    /// Renames a URN, the first into the second, wherever it stands (copies, dependencies, parents, generations, intents).
    Rename(Urn, Urn),
    /// Sets the generation of the next create of a URN.
    NextGeneration(Urn, u64),
    /// Replaces the stack's outputs.
    Exports(BTreeMap<String, Value>),
    /// Records the cloud that a plugin's resources are in: the plugin's name, and what `Provider::place` returned.
    Place(String, String),
    /// Adds a step to the run's history; changes no state.
    Step(StepEntry),
}

impl StateChange {
    /// Returns true if it concerns a resource.
    pub(crate) fn concerns(&self, urn: &Urn) -> bool {
        match self {
            StateChange::OpenIntent(intent) => intent.urn == *urn,
            StateChange::PutRecord(record) => record.urn == *urn,
            StateChange::Remove(of, _) | StateChange::NextGeneration(of, _) => of == urn,
            StateChange::Rename(from, to) => from == urn || to == urn,
            StateChange::CloseIntent(_) | StateChange::Exports(_) | StateChange::Place(..) | StateChange::Step(_) => {
                false
            }
        }
    }
}
