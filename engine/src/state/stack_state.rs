//! Everything that is recorded of one stack, and the only ways in which it changes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use kim_model::{Urn, Value};

use super::change::StateChange;
use super::record::{CopyId, Doubt, Intent, Record, Standing};

/// Everything recorded of a stack.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct State {
    /// The stack's id, unique across stores and part of every idempotency token.
    pub stack_id: String,
    /// All copies, by name.
    pub resources: BTreeMap<CopyId, Arc<Record>>,
    /// The generation of the next create of each URN; absent: 0.
    pub generations: BTreeMap<Urn, u64>,
    /// Intents without an outcome, by number.
    pub intents: BTreeMap<u64, Intent>,
    /// The creates that may still be carried out, by token.
    pub doubts: BTreeMap<String, Doubt>,
    /// The stack's outputs.
    pub exports: BTreeMap<String, Value>,
    /// The cloud that each plugin's resources are in, by the plugin's name.
    ///
    /// It is what `Provider::place` returned.
    pub places: BTreeMap<String, String>,
}

impl State {
    /// Returns the current copy of a URN.
    pub fn current(&self, urn: &Urn) -> Option<&Record> {
        self.copies(urn).find(|record| record.standing == Standing::Current)
    }

    /// Returns all copies of a URN, oldest first.
    pub fn copies<'s>(&'s self, urn: &Urn) -> impl Iterator<Item = &'s Record> + use<'s> {
        // A plan asks this some times for each resource, and an end is one more search.
        let (urn, oldest) = (urn.clone(), CopyId { urn: urn.clone(), generation: 0 });
        let copies = self.resources.range(oldest..).take_while(move |(copy, _)| copy.urn == urn);
        copies.map(|(_, record)| record.as_ref())
    }

    /// Returns all copies.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.resources.values().map(Arc::as_ref)
    }

    /// Returns the generation of the next create of a URN.
    pub fn next_generation(&self, urn: &Urn) -> u64 {
        self.generations.get(urn).copied().unwrap_or(0)
    }

    /// Returns the number of the next intent.
    pub fn next_intent(&self) -> u64 {
        self.intents.keys().next_back().map_or(1, |last| last + 1)
    }

    /// Applies changes in memory, in order.
    ///
    /// Renames that follow each other pass over the state once, however many they are.
    pub fn apply_all<'c>(&mut self, changes: impl IntoIterator<Item = &'c StateChange>) {
        let mut names: HashMap<&Urn, &Urn> = HashMap::new();
        let mut touched: HashSet<&Urn> = HashSet::new();
        for change in changes {
            let StateChange::Rename { from, to } = change else {
                self.rename(&std::mem::take(&mut names));
                touched.clear();
                self.apply(change);
                continue;
            };
            // One that concerns a name of those before it comes after them.
            if touched.contains(from) || touched.contains(to) {
                self.rename(&std::mem::take(&mut names));
                touched.clear();
            }
            touched.extend([from, to]);
            names.insert(from, to);
        }
        self.rename(&names);
    }

    /// Applies a change in memory.
    pub fn apply(&mut self, change: &StateChange) {
        match change {
            StateChange::OpenIntent(intent) => {
                self.intents.insert(intent.id, (**intent).clone());
            }
            StateChange::CloseIntent(id) => {
                self.intents.remove(id);
            }
            StateChange::OpenDoubt(doubt) => {
                self.doubts.insert(doubt.intent.token.clone(), (**doubt).clone());
            }
            StateChange::CloseDoubt(token) => {
                self.doubts.remove(token);
            }
            StateChange::PutRecord(record) => {
                self.resources.insert(record.copy_id(), Arc::clone(record));
            }
            StateChange::Remove(copy) => {
                self.resources.remove(copy);
            }
            StateChange::Rename { from, to } => self.rename(&HashMap::from([(from, to)])),
            StateChange::NextGeneration { urn, next } => {
                self.generations.insert(urn.clone(), *next);
            }
            StateChange::Exports(exports) => self.exports = exports.clone(),
            StateChange::Place { plugin, place } => {
                self.places.insert(plugin.clone(), place.clone());
            }
            StateChange::Step(_) => {}
        }
    }

    /// Renames URNs wherever they occur. No URN is both an old and a new one.
    fn rename(&mut self, names: &HashMap<&Urn, &Urn>) {
        if names.is_empty() {
            return;
        }
        let mentions = |record: &Record| {
            let single = [Some(&record.urn), record.parent.as_ref(), record.deleted_with.as_ref()];
            let mut urns = single.into_iter().flatten().chain(&record.dependencies);
            urns.any(|urn| names.contains_key(urn))
        };
        let renamed = |urn: &mut Urn| {
            if let Some(to) = names.get(urn) {
                *urn = (*to).clone();
            }
        };
        let rename_record = |record: &mut Record| {
            renamed(&mut record.urn);
            record.parent.iter_mut().for_each(renamed);
            record.deleted_with.iter_mut().for_each(renamed);
            for (from, to) in record.dependencies.iter().filter_map(|urn| names.get_key_value(urn))
            {
                let generation = record.follows.remove(*from);
                record.follows.remove(*to);
                record.follows.extend(generation.map(|generation| ((*to).clone(), generation)));
            }
            let dependencies = std::mem::take(&mut record.dependencies).into_iter();
            let renamed = |mut urn: Urn| {
                renamed(&mut urn);
                urn
            };
            record.dependencies = dependencies.map(renamed).collect();
        };
        let concerned: Vec<CopyId> = self
            .resources
            .iter()
            .filter(|(_, record)| mentions(record))
            .map(|(copy, _)| copy.clone())
            .collect();
        let taken: Vec<Arc<Record>> =
            concerned.iter().filter_map(|copy| self.resources.remove(copy)).collect();
        for (old, mut record) in concerned.iter().zip(taken) {
            rename_record(Arc::make_mut(&mut record));
            let renamed = CopyId { urn: record.urn.clone(), generation: old.generation };
            // Two copies of one generation become one: the one whose old URN is later in the order
            // stays.
            let before = old.urn < renamed.urn;
            if !(before && self.resources.contains_key(&renamed)) {
                self.resources.insert(renamed, record);
            }
        }
        let doubted = self.doubts.values_mut().map(|doubt| &mut doubt.intent);
        for intent in self.intents.values_mut().chain(doubted) {
            renamed(&mut intent.urn);
            rename_record(&mut intent.record);
        }
        // The old name keeps its count: a later resource of that name must not repeat a token.
        for (from, to) in names {
            if let Some(generation) = self.generations.get(*from).copied() {
                let here = self.generations.entry((*to).clone()).or_default();
                *here = generation.max(*here);
            }
        }
    }
}
