//! The changes of state, which a store makes durable before they are carried out in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::{Urn, Value};

use super::record::{Intent, Record};
use super::run::StepEntry;

/// A change of state; a list of them is made durable together.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// Records an intent, before the call.
    Intend(Arc<Intent>),
    /// Closes an intent, after the call: its outcome is known.
    Settle(u64),
    /// Writes a copy: inserted, or in place of the copy of the same URN and generation.
    Put(Arc<Record>),
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

impl Change {
    /// Returns true if it concerns a resource.
    pub(crate) fn concerns(&self, urn: &Urn) -> bool {
        match self {
            Change::Intend(intent) => intent.urn == *urn,
            Change::Put(record) => record.urn == *urn,
            Change::Remove(of, _) | Change::NextGeneration(of, _) => of == urn,
            Change::Rename(from, to) => from == urn || to == urn,
            Change::Settle(_) | Change::Exports(_) | Change::Place(..) | Change::Step(_) => false,
        }
    }
}
