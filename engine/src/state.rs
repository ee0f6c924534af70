//! What kim recorded of a stack, and the only ways in which that changes.
//!
//! Invariants: at most one current copy of a URN; a copy is named by its URN and generation; every change goes through
//! [`State::apply`], which a store repeats on its tables, so that memory and disk never disagree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use kim_model::{Source, Urn, Value};
use serde::{Deserialize, Serialize};

use crate::ports::StepEntry;

pub use crate::validate::validate;

/// A stack's name: a project's stack.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct StackId {
    /// The project.
    pub project: String,
    /// The stack's name.
    pub name: String,
}

impl fmt::Display for StackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.project, self.name)
    }
}

/// What a step does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Create a resource that there was not.
    Create,
    /// Create the new copy of a replacement.
    CreateReplacement,
    /// Change a resource in place.
    Update,
    /// Delete a resource.
    Delete,
    /// Delete the old copy of a replacement.
    DeleteReplaced,
    /// Look something up.
    Read,
    /// Drop the record, leave the resource.
    Forget,
    /// Record what changed about a resource without any call (dependencies, protection, drift that a refresh found).
    Record,
    /// Adopt an existing resource.
    Import,
}

/// Where a copy of a resource stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is the resource.
    Current,
    /// A newer copy took its place: it awaits deletion.
    Replaced,
    /// It was deleted to be replaced, and the new copy is not there yet.
    ReplacementPending,
}

/// One copy of a resource, or a component.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Its name.
    pub urn: Urn,
    /// Which copy: with the URN and the stack it makes the idempotency token.
    pub generation: u64,
    /// Where it stands.
    pub standing: Standing,
    /// A component: no plugin knows it, it has no id.
    pub component: bool,
    /// The id in the cloud.
    pub id: String,
    /// The inputs as last applied, without unknowns. Shared: a plan compares them and hands them on, but never copies them.
    #[serde(with = "shared")]
    pub inputs: Arc<Value>,
    /// All properties as last seen in the cloud.
    #[serde(with = "shared")]
    pub properties: Arc<Value>,
    /// Its component.
    pub parent: Option<Urn>,
    /// What it depends on (through inputs or `depends_on`).
    pub dependencies: BTreeSet<Urn>,
    /// It must not be deleted or replaced.
    pub protect: bool,
    /// A delete leaves it in the cloud.
    pub retain_on_delete: bool,
    /// It is replaced by creating the new one first, even if a later run no longer sees its declaration.
    pub create_before_delete: bool,
    /// The resource whose deletion takes it along.
    pub deleted_with: Option<Urn>,
    /// It came to exist, but not completely: why. The next run updates it even if nothing differs.
    pub incomplete: Option<String>,
    /// It is to be replaced at the next occasion.
    pub tainted: bool,
    /// Where it was declared.
    pub source: Option<Source>,
}

/// A shared value, written as the value itself.
mod shared {
    use std::sync::Arc;

    use kim_model::Value;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Arc<Value>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Value>, D::Error> {
        Value::deserialize(deserializer).map(Arc::new)
    }
}

/// An operation that was about to begin: recorded before the call leaves.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Intent {
    /// The number of the intent, unique in the stack.
    pub id: u64,
    /// The resource.
    pub urn: Urn,
    /// What was about to be done.
    pub action: Action,
    /// The copy that it concerns.
    pub generation: u64,
    /// The idempotency token of a create; else empty.
    pub token: String,
    /// The record as it will be if the operation succeeds (for a create without id and outputs); for a delete the
    /// record that goes.
    pub record: Record,
}

/// Everything recorded of a stack.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct State {
    /// The stack's unique id, part of every token: two stacks of one name in two stores differ.
    pub stack_id: String,
    /// All copies by URN and generation.
    pub resources: BTreeMap<(Urn, u64), Arc<Record>>,
    /// The generation of the next create of each URN; absent: 0.
    pub generations: BTreeMap<Urn, u64>,
    /// Intents without an outcome, by number.
    pub intents: BTreeMap<u64, Intent>,
    /// The stack's outputs.
    pub exports: BTreeMap<String, Value>,
    /// Which cloud each plugin's resources are in, as [`crate::ports::Provider::place`] told it.
    pub places: BTreeMap<String, String>,
}

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
    /// Gives every mention of a URN (copies, dependencies, parents, generations, intents) a new one.
    Rename(Urn, Urn),
    /// Sets the generation of the next create of a URN.
    NextGeneration(Urn, u64),
    /// Replaces the stack's outputs.
    Exports(BTreeMap<String, Value>),
    /// Says which cloud a plugin's resources are in.
    Place(String, String),
    /// Adds a step to the run's history; changes no state.
    Step(StepEntry),
}

impl Change {
    /// Whether it says something about a resource.
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

impl State {
    /// The current copy of a URN.
    pub fn current(&self, urn: &Urn) -> Option<&Record> {
        self.copies(urn).find(|record| record.standing == Standing::Current)
    }

    /// All copies of a URN, oldest first.
    pub fn copies<'s>(&'s self, urn: &Urn) -> impl Iterator<Item = &'s Record> + use<'s> {
        self.resources.range((urn.clone(), 0)..=(urn.clone(), u64::MAX)).map(|(_, record)| record.as_ref())
    }

    /// All copies.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.resources.values().map(Arc::as_ref)
    }

    /// The generation of the next create of a URN.
    pub fn next_generation(&self, urn: &Urn) -> u64 {
        self.generations.get(urn).copied().unwrap_or(0)
    }

    /// The number of the next intent.
    pub fn next_intent(&self) -> u64 {
        self.intents.keys().next_back().map_or(1, |last| last + 1)
    }

    /// Carries a change out in memory.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Intend(intent) => {
                self.intents.insert(intent.id, (**intent).clone());
            }
            Change::Settle(id) => {
                self.intents.remove(id);
            }
            Change::Put(record) => {
                self.resources.insert((record.urn.clone(), record.generation), Arc::clone(record));
            }
            Change::Remove(urn, generation) => {
                self.resources.remove(&(urn.clone(), *generation));
            }
            Change::Rename(from, to) => self.rename(from, to),
            Change::NextGeneration(urn, generation) => {
                self.generations.insert(urn.clone(), *generation);
            }
            Change::Exports(exports) => self.exports = exports.clone(),
            Change::Place(plugin, place) => {
                self.places.insert(plugin.clone(), place.clone());
            }
            Change::Step(_) => {}
        }
    }

    fn rename(&mut self, from: &Urn, to: &Urn) {
        let mentions = |record: &Record| {
            [Some(&record.urn), record.parent.as_ref(), record.deleted_with.as_ref()].contains(&Some(from))
                || record.dependencies.contains(from)
        };
        let renamed = |urn: &mut Urn| {
            if urn == from {
                *urn = to.clone();
            }
        };
        let rename_record = |record: &mut Record| {
            renamed(&mut record.urn);
            record.parent.iter_mut().for_each(renamed);
            record.deleted_with.iter_mut().for_each(renamed);
            if record.dependencies.remove(from) {
                record.dependencies.insert(to.clone());
            }
        };
        let concerned: Vec<(Urn, u64)> =
            self.resources.iter().filter(|(_, record)| mentions(record)).map(|(name, _)| name.clone()).collect();
        let taken: Vec<Arc<Record>> = concerned.iter().filter_map(|name| self.resources.remove(name)).collect();
        for ((urn, generation), mut record) in concerned.iter().zip(taken) {
            rename_record(Arc::make_mut(&mut record));
            let name = (record.urn.clone(), *generation);
            // Two copies of one generation become one: the one that stood later in the order of URNs stays.
            if !(urn == from && from < to && self.resources.contains_key(&name)) {
                self.resources.insert(name, record);
            }
        }
        for intent in self.intents.values_mut() {
            renamed(&mut intent.urn);
            rename_record(&mut intent.record);
        }
        // The old name keeps its count: what is called so later must not repeat a token.
        if let Some(generation) = self.generations.get(from).copied() {
            let here = self.generations.entry(to.clone()).or_default();
            *here = generation.max(*here);
        }
    }
}
