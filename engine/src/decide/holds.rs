//! What keeps a copy from going: the resources that hold it, and what protects it in the cloud.
//!
//! Pure. A property holds what it refers to by the id, if its schema says so; in which way the
//! program came to that id does not matter. It may also pin a property of what its resource depends
//! on. What the cloud was seen to hold counts, and what is recorded where it was not read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kim_model::schema::{Kind, Property, Type};
use kim_model::{Path, Value};

use super::meaning::contains;
use super::observed::Observed;
use crate::providers::Providers;
use crate::state::{CopyId, Record, Standing, State};

/// A copy that refers to another one, which cannot go meanwhile.
pub(crate) struct Hold<'s> {
    pub(crate) holder: &'s Record,
    /// The property that refers to it.
    pub(crate) path: Path,
    /// True if that property can only change with a new copy.
    pub(crate) immutable: bool,
    /// The property of what is held that cannot change either.
    ///
    /// `None` if it is not held as a dependency.
    pub(crate) pinned: Option<String>,
    pub(crate) held: &'s Record,
}

/// What holds what in a stack.
#[derive(Default)]
pub(crate) struct Holds<'s> {
    all: Vec<Hold<'s>>,
    by_holder: HashMap<CopyId, Vec<usize>>,
    by_held: HashMap<CopyId, Vec<usize>>,
}

impl<'s> Holds<'s> {
    /// Finds what the recorded copies hold.
    pub(crate) fn new(
        state: &'s State,
        seen: &BTreeMap<CopyId, Observed>,
        providers: &Providers,
    ) -> Holds<'s> {
        if !providers.all().iter().any(|provider| provider.schema().kinds.iter().any(binds)) {
            return Holds::default();
        }
        let exists = |record: &&Record| {
            !record.component
                && record.standing != Standing::ReplacementPending
                && seen.get(&record.copy_id()) != Some(&Observed::Missing)
        };
        let mut by_id: HashMap<(&str, &str), Vec<&Record>> = HashMap::new();
        for record in state.records().filter(exists) {
            by_id.entry((record.urn.kind(), &record.id)).or_default().push(record);
        }
        let mut holds = Holds::default();
        for holder in state.records().filter(exists) {
            let Some(kind) = providers.kind(holder.urn.kind()) else { continue };
            let live = seen.get(&holder.copy_id()).and_then(Observed::properties);
            // What only the cloud sets follows what the program sets elsewhere.
            let value = |name: &str| {
                holder.inputs.get(name).and_then(|_| as_held(kind, holder, live, name))
            };
            for reference in references(kind, &value) {
                let kinds = reference.property.holds.iter();
                let held = kinds.filter_map(|of| by_id.get(&(of.as_str(), reference.id.as_str())));
                let others = held.flatten().filter(|held| held.urn != holder.urn);
                for held in others {
                    let (path, immutable) = (reference.path.clone(), reference.immutable);
                    holds.add(Hold { holder, path, immutable, pinned: None, held });
                }
            }
            holds.add_pins(kind, holder, state, &value);
        }
        holds
    }

    /// Adds what a copy keeps as it is of what it depends on, also through others.
    fn add_pins(
        &mut self,
        kind: &Kind,
        holder: &'s Record,
        state: &'s State,
        value: &dyn Fn(&str) -> Option<Value>,
    ) {
        let pinning = kind.properties.iter().filter(|(name, property)| {
            !property.pins.is_empty() && value(name).is_some_and(|set| set != Value::Null)
        });
        let pins: Vec<(Path, bool, &str, &str)> = pinning
            .flat_map(|(name, property)| {
                let pins = property.pins.iter().filter_map(|pin| pin.rsplit_once('.'));
                pins.map(move |(of, pinned)| (Path::key(name), property.immutable, of, pinned))
            })
            .collect();
        if pins.is_empty() {
            return;
        }
        for held in upstream(holder, state) {
            for (path, immutable, of, pinned) in &pins {
                if held.urn.kind() == *of {
                    let (path, pinned) = (path.clone(), Some((*pinned).to_owned()));
                    self.add(Hold { holder, path, immutable: *immutable, pinned, held });
                }
            }
        }
    }

    fn add(&mut self, hold: Hold<'s>) {
        let at = self.all.len();
        self.by_holder.entry(hold.holder.copy_id()).or_default().push(at);
        self.by_held.entry(hold.held.copy_id()).or_default().push(at);
        self.all.push(hold);
    }

    /// Returns what a copy holds.
    pub(crate) fn by(&self, holder: &CopyId) -> impl Iterator<Item = &Hold<'s>> + use<'_, 's> {
        self.by_holder.get(holder).into_iter().flatten().map(|at| &self.all[*at])
    }

    /// Returns what holds a copy.
    pub(crate) fn of(&self, held: &CopyId) -> impl Iterator<Item = &Hold<'s>> + use<'_, 's> {
        self.by_held.get(held).into_iter().flatten().map(|at| &self.all[*at])
    }

    /// Returns all.
    pub(crate) fn all(&self) -> &[Hold<'s>] {
        &self.all
    }
}

/// Returns true if resources of a kind may hold others, or pin a property of them.
fn binds(kind: &Kind) -> bool {
    let binds = |property: &Property| !property.holds.is_empty() || !property.pins.is_empty();
    kind.properties.values().any(|property| contains(property, &binds))
}

/// Returns the copies on which a copy is recorded to depend, also through others.
fn upstream<'s>(record: &'s Record, state: &'s State) -> Vec<&'s Record> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::from([&record.urn]));
    let mut open = vec![record];
    while let Some(record) = open.pop() {
        for used in record.dependencies.iter().filter_map(|urn| state.current(urn)) {
            if seen.insert(&used.urn) {
                found.push(used);
                open.push(used);
            }
        }
    }
    found
}

/// A text that refers to a resource.
struct Reference<'k> {
    property: &'k Property,
    path: Path,
    immutable: bool,
    id: String,
}

/// Returns the values of a kind's properties that hold what they refer to.
fn references<'k>(kind: &'k Kind, value: &dyn Fn(&str) -> Option<Value>) -> Vec<Reference<'k>> {
    let mut found = Vec::new();
    for (name, property) in &kind.properties {
        if contains(property, &|inner| !inner.holds.is_empty())
            && let Some(value) = value(name)
        {
            collect(property, &value, &Path::key(name), false, &mut found);
        }
    }
    found
}

fn collect<'k>(
    property: &'k Property,
    value: &Value,
    path: &Path,
    immutable: bool,
    found: &mut Vec<Reference<'k>>,
) {
    let immutable = immutable || property.immutable;
    match (&property.ty, value.revealed()) {
        (Type::Object(object), Value::Map(map)) => {
            for (name, value) in map {
                if let Some(inner) = object.properties.get(name) {
                    collect(inner, value, &path.join(name), immutable, found);
                }
            }
        }
        (Type::Map(inner), Value::Map(map)) => {
            for (key, value) in map {
                collect(inner, value, &path.join(key), immutable, found);
            }
        }
        (Type::List(inner), Value::List(items)) => {
            for (at, value) in items.iter().enumerate() {
                collect(inner, value, &path.item(at), immutable, found);
            }
        }
        (_, Value::Text(id)) if !property.holds.is_empty() => {
            found.push(Reference { property, path: path.clone(), immutable, id: id.clone() });
        }
        _ => {}
    }
}

/// Returns the value of a property as the cloud has it.
pub(super) fn as_held(
    kind: &Kind,
    record: &Record,
    live: Option<&Value>,
    name: &str,
) -> Option<Value> {
    let told = !contains(kind.properties.get(name)?, &|inner| inner.write_only);
    match live.filter(|_| told) {
        Some(live) => live.get(name).cloned(),
        None => record.properties.get(name).or_else(|| record.inputs.get(name)).cloned(),
    }
}

/// Returns true if a copy with these inputs refers to what a hold holds.
///
/// What the program does not set and the cloud decides stays as it is.
pub(crate) fn still_refers(kind: &Kind, inputs: &Value, hold: &Hold<'_>) -> bool {
    let Some(name) = hold.path.first_key() else { return false };
    let Some(property) = kind.properties.get(name) else { return false };
    if inputs.get(name).is_none() {
        return property.computed;
    }
    if hold.pinned.is_some() {
        return true;
    }
    let of_property = |other: &str| inputs.get(other).filter(|_| other == name).cloned();
    references(kind, &of_property).iter().any(|reference| reference.id == hold.held.id)
}
