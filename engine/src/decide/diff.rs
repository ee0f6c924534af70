//! How a resource differs between the program, its record and the cloud.
//!
//! Pure. A difference is one of two things. The *program* changed: the input is not the recorded
//! input. Or the cloud *drifted*: what it holds is not what it held after the last run. The cloud
//! is compared with its own former answer, and the program with its own former input. So the
//! cloud's spelling (order, case, defaults) is never a difference. Each part of an object, of a map
//! and of a list as long as before is compared so by itself. What values mean is in `meaning`.

use std::collections::BTreeSet;
use std::sync::Arc;

use kim_model::schema::{Kind, Property, Type};
use kim_model::{Difference, Path, Value};

use super::meaning::{Sides, agrees, contains, content, replaces, replaces_item, same};
use crate::plan::PropertyChange;
use crate::state::Record;

/// Returns the differences of one resource.
///
/// `desired` are checked inputs with defaults, and may be unknown in places. `live` are the
/// properties that the cloud holds now, or `None` if it was not asked.
pub(crate) fn diff(
    kind: &Kind,
    desired: &Value,
    record: &Record,
    live: Option<&Value>,
) -> Vec<PropertyChange> {
    one_by_one(kind, desired, record, live).collect()
}

/// Returns the differences one by one, without those inside ignored paths.
pub(crate) fn diff_beside<'v>(
    kind: &'v Kind,
    desired: &'v Value,
    record: &'v Record,
    live: Option<&'v Value>,
    ignored: &'v [Path],
) -> impl Iterator<Item = PropertyChange> {
    one_by_one(kind, desired, record, live)
        .filter(|change| !ignored.iter().any(|path| change.path.is_within(path)))
}

/// Returns the differences one by one, for a caller that needs only the first.
fn one_by_one<'v>(
    kind: &'v Kind,
    desired: &'v Value,
    record: &'v Record,
    live: Option<&'v Value>,
) -> impl Iterator<Item = PropertyChange> {
    let inputs = kind.properties.iter().filter(|(_, property)| property.is_input());
    inputs.flat_map(move |(name, property)| {
        let values = Values {
            wanted: desired.get(name),
            recorded_input: record.inputs.get(name),
            recorded_live: record.properties.get(name),
            read: live.map(|live| live.get(name)),
            keyed: false,
        };
        differences(property, &Path::key(name), values)
    })
}

/// Returns true if a cloud tells an input otherwise than the program wants it.
///
/// Considers what an update can change.
pub(crate) fn is_unmet(kind: &Kind, desired: &Value, live: &Value) -> bool {
    kind.properties.iter().any(|(name, property)| {
        let told = live.get(name);
        let matters = property.is_input() && !property.immutable && told.is_some();
        matters && !agrees(property, desired.get(name), told)
    })
}

/// The values of one property, or of a part of it, as each side has them.
#[derive(Clone, Copy)]
struct Values<'v> {
    /// The program's input.
    wanted: Option<&'v Value>,
    /// The program's input in the last run.
    recorded_input: Option<&'v Value>,
    /// What the cloud held after the last run.
    recorded_live: Option<&'v Value>,
    /// What the cloud answered now; `None`: it was not asked, or never tells.
    read: Option<Option<&'v Value>>,
    /// True for the value of a key in a map: an empty one is not the same as none.
    keyed: bool,
}

/// A property, or a part of one, with its values.
type Part<'v> = (Path, &'v Property, Values<'v>);

/// Returns the differing parts, as deep as maps and objects go; a list is one part.
fn differences<'v>(property: &'v Property, path: &Path, values: Values<'v>) -> Vec<PropertyChange> {
    let values = values.told(property);
    if values.wanted.is_none() && property.computed && !values.keyed {
        return Vec::new();
    }
    let mut found: Vec<PropertyChange> = match values.parts(property, path) {
        Some(parts) => parts
            .into_iter()
            .flat_map(|(path, inner, values)| differences(inner, &path, values))
            .collect(),
        None => values.undivided(property, path).into_iter().collect(),
    };
    let is_divided = |value: Option<&Value>| matches!(value, Some(Value::Map(_)));
    let both_divided = is_divided(values.wanted) && is_divided(values.held());
    if !found.is_empty() && !both_divided {
        let drift = found.iter().all(|change| change.drift);
        let replaces = found.iter().any(|change| change.replaces);
        found = vec![values.change(property, path, drift, replaces)];
    }
    for change in &mut found {
        change.replaces |= property.immutable;
    }
    found
}

impl<'v> Values<'v> {
    /// Returns the values without an answer that tells nothing.
    ///
    /// A cloud that told a property after the last run and tells it no longer has lost it. One that
    /// did not tell it then never does.
    fn told(self, property: &Property) -> Values<'v> {
        if property.write_only {
            return Values { recorded_live: None, read: None, ..self };
        }
        let was_told = match self.keyed {
            true => self.recorded_live.is_some(),
            false => content(self.recorded_live).is_some(),
        };
        Values { read: self.read.filter(|read| read.is_some() || was_told), ..self }
    }

    /// Returns what the cloud holds now.
    ///
    /// What cannot be read back, or was not read, counts as unchanged. If the cloud reported
    /// nothing, it holds what was applied.
    fn held(&self) -> Option<&'v Value> {
        self.read.unwrap_or(self.recorded_live.or(self.recorded_input))
    }

    /// Returns the parts that are compared one by one.
    ///
    /// Returns `None` if the value is compared whole.
    fn parts(&self, property: &'v Property, path: &Path) -> Option<Vec<Part<'v>>> {
        let revealed = |value: Option<&'v Value>| value.map(Value::revealed);
        let (wanted, held) = (revealed(self.wanted), revealed(self.held()));
        if !self.equal(wanted, held) {
            return None;
        }
        match &property.ty {
            Type::Object(object) => {
                let is_object = |side: Option<&Value>| matches!(side, None | Some(Value::Map(_)));
                let inputs = object.properties.iter().filter(|(_, inner)| inner.is_input());
                (is_object(wanted) && is_object(held)).then(|| {
                    let of = |(name, inner): (&'v String, &'v Property)| {
                        (path.join(name), inner, self.under(name, false))
                    };
                    inputs.map(of).collect()
                })
            }
            Type::Map(_) | Type::Any => {
                let (Some(Value::Map(wanted)), Some(Value::Map(held))) = (wanted, held) else {
                    return None;
                };
                let inner = match &property.ty {
                    Type::Map(item) => item.as_ref(),
                    _ => property,
                };
                let keys: BTreeSet<&String> = wanted.keys().chain(held.keys()).collect();
                let of = |key: &String| (path.join(key), inner, self.under(key, true));
                Some(keys.into_iter().map(of).collect())
            }
            Type::List(item) if !property.set => {
                let length = self.length()?;
                let of = |at| (path.item(at), item.as_ref(), self.item(at));
                Some((0..length).map(of).collect())
            }
            _ => None,
        }
    }

    /// Returns the length of a list; `None` if the sides have different ones.
    fn length(&self) -> Option<usize> {
        let length = |side: Option<&Value>| Some(side?.revealed().as_list()?.len());
        let wanted = length(self.wanted)?;
        let is_as_long = |side| length(side) == Some(wanted);
        let cloud = self.recorded_live.is_none() || is_as_long(self.recorded_live);
        (is_as_long(self.recorded_input) && is_as_long(self.held()) && cloud).then_some(wanted)
    }

    /// Returns the values of a property of an object, or of a key of a map.
    fn under(&self, name: &str, keyed: bool) -> Values<'v> {
        self.of(keyed, |value| value.get(name))
    }

    /// Returns the values of an item of a list.
    fn item(&self, at: usize) -> Values<'v> {
        self.of(false, |value| value.revealed().as_list()?.get(at))
    }

    fn of(&self, keyed: bool, part: impl Fn(&'v Value) -> Option<&'v Value>) -> Values<'v> {
        Values {
            wanted: self.wanted.and_then(&part),
            recorded_input: self.recorded_input.and_then(&part),
            recorded_live: self.recorded_live.and_then(&part),
            read: self.read.map(|read| read.and_then(&part)),
            keyed,
        }
    }

    /// Returns the difference of a value that is compared whole, if there is one.
    fn undivided(&self, property: &Property, path: &Path) -> Option<PropertyChange> {
        let (by_program, by_drift) = (self.program_changed(property), self.has_drifted(property));
        // The cloud cannot tell whether it holds what it never tells.
        let untold = contains(property, &|inner| inner.write_only);
        let settled = self.equal(self.wanted, self.held())
            && agrees(property, self.wanted, self.held())
            && !(by_program && untold);
        if settled || !(by_program || by_drift) {
            return None;
        }
        let (wanted, held) = (self.wanted, self.held());
        let replaces = if self.keyed { replaces_item } else { replaces };
        let replaces_held = || replaces(property, wanted, held, Sides::ProgramAndCloud);
        let program_replaces = by_program
            && replaces(property, wanted, self.recorded_input, Sides::Programs)
            && (untold || replaces_held());
        let drift_replaces = by_drift
            && replaces_held()
            && self
                .recorded_live
                .is_none_or(|then| replaces(property, held, Some(then), Sides::Clouds));
        Some(self.change(property, path, !by_program, program_replaces || drift_replaces))
    }

    /// Returns true if the program gives another input than the one recorded.
    fn program_changed(&self, property: &Property) -> bool {
        !self.equal(self.wanted, self.recorded_input)
            || !same(property, self.wanted, self.recorded_input, Sides::Programs)
    }

    /// Returns true if the cloud holds something else than after the last run.
    fn has_drifted(&self, property: &Property) -> bool {
        match (self.read, self.recorded_live) {
            (None, _) => false,
            (Some(now), Some(then)) => {
                !self.equal(now, Some(then)) || !same(property, now, Some(then), Sides::Clouds)
            }
            (Some(now), None) => {
                !self.equal(self.recorded_input, now) || !agrees(property, self.recorded_input, now)
            }
        }
    }

    /// Returns false if a key is on one side alone.
    fn equal(&self, one: Option<&Value>, other: Option<&Value>) -> bool {
        !self.keyed || one.is_some() == other.is_some()
    }

    fn change(
        &self,
        property: &Property,
        path: &Path,
        drift: bool,
        replaces: bool,
    ) -> PropertyChange {
        let (old, new) = (self.held(), self.wanted);
        // If one side is secret, both are marked: the other side may be the same secret, unmarked.
        let secret = old.is_some_and(Value::has_secret) || new.is_some_and(Value::has_secret);
        let marked = |value: Option<&Value>| {
            value.map(|value| match secret {
                true => Value::secret(value.without_secrets()),
                false => value.clone(),
            })
        };
        let (path, old, new) = (path.clone(), marked(old), marked(new));
        let inside = inside(property, old.as_ref(), new.as_ref());
        PropertyChange { path, old, new, replaces, drift, inside }
    }
}

/// Returns where two texts differ, if they are documents and neither is secret.
fn inside(property: &Property, old: Option<&Value>, new: Option<&Value>) -> Vec<Difference> {
    match (old, new) {
        (Some(Value::Text(old)), Some(Value::Text(new))) => property.differences(old, new),
        _ => Vec::new(),
    }
}

/// Returns all parts of a resource's inputs, as deep as maps go.
pub(crate) fn parts(inputs: &Value) -> Vec<(Path, Value)> {
    let mut found = Vec::new();
    for (name, value) in inputs.as_map().into_iter().flatten() {
        collect(&Path::key(name), value, &mut found);
    }
    found
}

fn collect(path: &Path, value: &Value, found: &mut Vec<(Path, Value)>) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (key, value) in map {
                collect(&path.join(key), value, found);
            }
        }
        _ => found.push((path.clone(), value.clone())),
    }
}

/// Marks the values at some paths as secret.
///
/// Where a path leads through something unknown, all of that is marked.
pub(crate) fn mark_secrets(value: &mut Value, paths: &[Path]) {
    fn mark(value: &mut Value, steps: &[kim_model::Step]) {
        let inner = match (&mut *value, steps.split_first()) {
            (Value::Secret(_), _) => return,
            (Value::Map(map), Some((kim_model::Step::Key(key), rest))) => {
                map.get_mut(key).map(|inner| (inner, rest))
            }
            (Value::List(items), Some((kim_model::Step::Index(index), rest))) => {
                items.get_mut(*index).map(|inner| (inner, rest))
            }
            (Value::Unknown | Value::Output(_), _) | (_, None) => {
                *value = Value::secret(std::mem::take(value).without_secrets());
                return;
            }
            _ => return,
        };
        if let Some((inner, rest)) = inner {
            mark(inner, rest);
        }
    }
    paths.iter().for_each(|path| mark(value, path.steps()));
}

/// Returns a value with the values at some paths marked as secret.
///
/// It is the same shared value if there are none.
pub(crate) fn hidden(value: &Arc<Value>, paths: &[Path]) -> Arc<Value> {
    let mut value = Arc::clone(value);
    if !paths.is_empty() {
        mark_secrets(Arc::make_mut(&mut value), paths);
    }
    value
}

/// Marks as secret what the inputs, the schema or the program say is secret.
///
/// A secret input makes a secret output. `hidden` are the paths that the program names.
pub(crate) fn carry_secrets(
    kind: &Kind,
    inputs: &Value,
    hidden: &[Path],
    mut properties: Value,
) -> Value {
    mark_secrets(&mut properties, hidden);
    let Value::Map(map) = properties else { return properties };
    let marked = map.into_iter().map(|(name, value)| {
        let by_schema = kind.properties.get(&name).is_some_and(|property| property.secret);
        let value = carry(inputs.get(&name), value);
        (name, if by_schema { Value::secret(value) } else { value })
    });
    Value::Map(marked.collect())
}

/// Marks as secret what is recorded as secret and still the same.
///
/// What is an input is as the program says. A cloud may keep a secret that the program no longer
/// gives. What is recorded as secret only because the program named it is not meant.
pub(crate) fn keep_secrets(record: &Record, inputs: &Value, properties: Value) -> Value {
    keep(&record.properties, Some(inputs), properties, &Path::root(), &record.secret_outputs)
}

fn keep(
    recorded: &Value,
    input: Option<&Value>,
    value: Value,
    path: &Path,
    hidden: &[Path],
) -> Value {
    match (recorded, input, value) {
        (Value::Map(recorded), None | Some(Value::Map(_)), Value::Map(map)) => {
            let kept = map.into_iter().map(|(key, value)| {
                let input = input.and_then(|input| input.get(&key));
                let value = match recorded.get(&key) {
                    Some(recorded) => keep(recorded, input, value, &path.join(&key), hidden),
                    None => value,
                };
                (key, value)
            });
            Value::Map(kept.collect())
        }
        (recorded @ Value::Secret(_), input, value)
            if recorded.without_secrets() == value.without_secrets()
                && input.is_none_or(|input| *input != value)
                && !hidden.iter().any(|hidden| path.is_within(hidden)) =>
        {
            Value::secret(value.without_secrets())
        }
        (_, _, value) => value,
    }
}

/// Returns the record of a copy that may hold these inputs by now.
///
/// What is secret in them, and was not before, counts as held: if a cloud tells it, it is secret.
pub(crate) fn perhaps_with(record: Record, inputs: &Value) -> Record {
    let mut properties = Value::clone(&record.properties);
    expect(inputs, Some(&record.inputs), &mut properties);
    Record { properties: Arc::new(properties), ..record }
}

fn expect(inputs: &Value, before: Option<&Value>, held: &mut Value) {
    let Value::Map(inputs) = inputs else {
        *held = Value::secret(inputs.without_secrets());
        return;
    };
    for (key, input) in inputs.iter().filter(|(_, input)| input.has_secret()) {
        let before = before.and_then(|before| before.get(key));
        if matches!(before, Some(Value::Secret(_))) {
            continue;
        }
        if !matches!(held, Value::Map(_)) {
            *held = Value::map();
        }
        if let Value::Map(held) = held {
            expect(input, before, held.entry(key.clone()).or_default());
        }
    }
}

fn carry(input: Option<&Value>, value: Value) -> Value {
    match (input, value) {
        (Some(Value::Secret(_)), value) => Value::secret(value.without_secrets()),
        (Some(Value::Map(inputs)), Value::Map(map)) => Value::Map(
            map.into_iter()
                .map(|(key, value)| (key.clone(), carry(inputs.get(&key), value)))
                .collect(),
        ),
        // Items may come back in another order: one secret makes the list secret.
        (Some(input @ Value::List(_)), value) if input.has_secret() => {
            Value::secret(value.without_secrets())
        }
        (_, value) => value,
    }
}
