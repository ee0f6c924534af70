//! Guards: properties by which the cloud refuses to delete a resource while they are true.
//!
//! Pure. A guard counts as the cloud was seen to have it, and as recorded where it was not read.
//! The program lifts it by a false: before the delete, an update sets it to false.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kim_model::schema::{Kind, Property, Type};
use kim_model::{Path, Value};

use super::holds::as_held;
use super::ignored::{keep_drift, set};
use super::observed::Observed;
use super::order::Removal;
use super::steps::StepPlan;
use crate::state::{Action, CopyId, Record};

/// The update of a copy by which it can be deleted.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Lift {
    /// The guards that it sets to false.
    pub(crate) guards: BTreeSet<Path>,
    /// Its inputs, those of the copy otherwise.
    pub(crate) inputs: Arc<Value>,
    /// What the cloud holds of the copy.
    pub(crate) held: Arc<Value>,
}

impl StepPlan<'_> {
    /// Returns the guards of a copy that are on.
    fn guards_on(&self, record: &Record) -> Vec<Path> {
        let Some(kind) = self.providers.kind(record.urn.kind()) else { return Vec::new() };
        let live = self.seen.get(&record.copy_id()).and_then(Observed::properties);
        let is_on = |path: &Path| {
            let held = path.first_key().and_then(|name| as_held(kind, record, live, name));
            let inside: Path = path.steps().iter().skip(1).cloned().collect();
            held.and_then(|held| held.at(&inside)).is_some_and(|on| *on.revealed() == TRUE)
        };
        guards(kind).into_iter().filter(is_on).collect()
    }

    /// Returns the guard of a copy that the program does not set to false.
    ///
    /// `declared` is the index of its declaration.
    pub(super) fn guarded_by(&self, record: &Record, declared: Option<usize>) -> Option<Path> {
        let is_lifted = |path: &Path| {
            let inputs = declared.map(|index| &self.decisions[index].inputs);
            let wanted = inputs.and_then(|inputs| inputs.at(path));
            wanted.is_some_and(|wanted| *wanted.revealed() == Value::Bool(false))
        };
        self.guards_on(record).into_iter().find(|path| !is_lifted(path))
    }

    /// Returns how each guarded copy is updated before its delete.
    pub(crate) fn lifts(&self, going: &[Removal]) -> BTreeMap<CopyId, Lift> {
        let deleted = going.iter().filter(|removal| removal.action != Action::Forget);
        let lifts = deleted.filter_map(|Removal { copy, .. }| {
            let record = self.state.resources.get(copy)?;
            let guards: BTreeSet<Path> = self.guards_on(record).into_iter().collect();
            let lift = (!guards.is_empty()).then(|| self.lift(record, guards))?;
            Some((copy.clone(), lift?))
        });
        lifts.collect()
    }

    /// Returns the update that lifts guards of a copy and changes nothing else.
    fn lift(&self, record: &Record, guards: BTreeSet<Path>) -> Option<Lift> {
        let kind = self.providers.kind(record.urn.kind())?;
        let live = self.seen.get(&record.copy_id()).and_then(Observed::properties);
        let held = live.cloned().map_or_else(|| Arc::clone(&record.properties), Arc::new);
        let mut inputs = Value::clone(&record.inputs);
        let all: Vec<Path> = kind.properties.keys().map(Path::key).collect();
        keep_drift(kind, &mut inputs, &record.properties, &held, &all);
        for path in &guards {
            set(&mut inputs, path.steps(), Some(Value::Bool(false)));
        }
        Some(Lift { guards, inputs: Arc::new(inputs), held })
    }
}

/// The value of a guard that is on.
const TRUE: Value = Value::Bool(true);

/// Returns the paths of a kind's guards.
fn guards(kind: &Kind) -> Vec<Path> {
    let mut found = Vec::new();
    let mut open: Vec<(Path, &Property)> =
        kind.properties.iter().map(|(name, property)| (Path::key(name), property)).collect();
    while let Some((path, property)) = open.pop() {
        if property.guard {
            found.push(path.clone());
        }
        if let Type::Object(object) = &property.ty {
            let inner = object.properties.iter();
            open.extend(inner.map(|(name, property)| (path.join(name), property)));
        }
    }
    found.sort_unstable();
    found
}
