//! How a resource differs between the program, its record and the cloud.
//!
//! Pure. A difference is one of two things. The *program* changed: the input is not the recorded
//! input. Or the cloud *drifted*: what it holds is not what it held after the last run. The cloud
//! is compared with its own former answer, and the program with its own former input. So the
//! cloud's spelling (order, case, defaults) is never a difference.

use std::collections::BTreeSet;

use kim_model::schema::{Kind, Property, Type};
use kim_model::{Path, Value};

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
    let mut changes = Vec::new();
    for (name, property) in kind.properties.iter().filter(|(_, property)| property.is_input()) {
        let compared = Compared {
            property,
            wanted: desired.get(name),
            recorded_input: record.inputs.get(name),
            recorded_live: record.properties.get(name),
            read: live.map(|live| live.get(name)),
        };
        let Some(origin) = compared.origin() else { continue };
        let found = leaves(property, &Path::key(name), compared.live_now(), compared.wanted);
        changes.extend(found.into_iter().map(|(path, old, new, replaces)| PropertyChange {
            replaces: replaces || property.immutable,
            drift: origin == Origin::Drift,
            path,
            old,
            new,
        }));
    }
    changes
}

/// What made a property differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Origin {
    /// The program gives another input than the one recorded.
    Program,
    /// The cloud holds something else than after the last run.
    ///
    /// The program still wants the same.
    Drift,
}

/// One property of a resource, as each side has it.
struct Compared<'v> {
    property: &'v Property,
    /// The program's input.
    wanted: Option<&'v Value>,
    /// The program's input in the last run.
    recorded_input: Option<&'v Value>,
    /// What the cloud held after the last run.
    recorded_live: Option<&'v Value>,
    /// What the cloud answered now; `None`: it was not asked.
    read: Option<Option<&'v Value>>,
}

impl<'v> Compared<'v> {
    /// Returns what made the property differ from what the program wants.
    ///
    /// Returns `None` if it does not differ.
    fn origin(&self) -> Option<Origin> {
        let origin = if !same(self.property, self.wanted, self.recorded_input) {
            Origin::Program
        } else if self.has_drifted() {
            Origin::Drift
        } else {
            return None;
        };
        let left_to_the_cloud = self.wanted.is_none() && self.property.computed;
        let differs = !left_to_the_cloud && !same(self.property, self.wanted, self.live_now());
        differs.then_some(origin)
    }

    /// Returns what the cloud holds now.
    ///
    /// What cannot be read back, or was not read, counts as unchanged.
    fn live_now(&self) -> Option<&'v Value> {
        match self.read {
            _ if self.property.write_only => self.recorded_input,
            Some(None) if self.was_emptied() => None,
            Some(Some(live)) => Some(live),
            Some(None) | None => self.recorded(),
        }
    }

    /// Returns true if the cloud holds something else than after the last run.
    fn has_drifted(&self) -> bool {
        match self.read {
            _ if self.property.write_only => false,
            Some(None) => self.was_emptied(),
            Some(live) => !same(self.property, live, self.recorded()),
            None => false,
        }
    }

    /// Returns what was recorded of the cloud.
    ///
    /// If the cloud reported nothing, it is what was applied.
    fn recorded(&self) -> Option<&'v Value> {
        self.recorded_live.or(self.recorded_input)
    }

    /// Returns true if the cloud no longer reports a property that it used to report.
    ///
    /// Such a property was emptied. Considers only the types in which "empty" can be distinguished
    /// from "not reported".
    fn was_emptied(&self) -> bool {
        matches!(self.property.ty, Type::List(_) | Type::Map(_))
            && !same(self.property, None, self.recorded_live)
    }
}

/// Returns true if two values mean the same to the cloud.
pub(crate) fn same(property: &Property, one: Option<&Value>, other: Option<&Value>) -> bool {
    let (one, other) = (content(one), content(other));
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => same_content(property, one, other),
        _ => false,
    }
}

/// Returns the value without secret marks; `None` if it is empty.
///
/// Null, the empty list and the empty map mean the same as nothing.
fn content(value: Option<&Value>) -> Option<&Value> {
    match value?.revealed() {
        Value::Null => None,
        Value::List(items) if items.is_empty() => None,
        Value::Map(map) if map.is_empty() => None,
        other => Some(other),
    }
}

fn same_content(property: &Property, one: &Value, other: &Value) -> bool {
    match (&property.ty, one, other) {
        (_, Value::Unknown | Value::Output(_), _) | (_, _, Value::Unknown | Value::Output(_)) => {
            false
        }
        (Type::Json, Value::Text(one), Value::Text(other)) => {
            one == other
                || match (
                    serde_json::from_str::<serde_json::Value>(one),
                    serde_json::from_str::<serde_json::Value>(other),
                ) {
                    (Ok(one), Ok(other)) => one == other,
                    _ => false,
                }
        }
        (Type::List(item), Value::List(one), Value::List(other)) if property.set => {
            let covers = |these: &[Value], those: &[Value]| {
                these.iter().all(|this| those.iter().any(|that| same(item, Some(this), Some(that))))
            };
            covers(one, other) && covers(other, one)
        }
        (Type::List(item), Value::List(one), Value::List(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(a, b)| same(item, Some(a), Some(b)))
        }
        (Type::Map(item), Value::Map(one), Value::Map(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            keys.into_iter().all(|key| match (one.get(key), other.get(key)) {
                // A key with an empty value is not the same as no key.
                (Some(a), Some(b)) => a.revealed() == b.revealed() || same(item, Some(a), Some(b)),
                _ => false,
            })
        }
        (Type::Object(object), Value::Map(one), Value::Map(other)) => {
            object.properties.iter().all(|(name, property)| {
                let (one, other) = (one.get(name), other.get(name));
                let left_to_the_cloud = property.computed && (one.is_none() || other.is_none());
                left_to_the_cloud || property.write_only || same(property, one, other)
            })
        }
        (_, Value::Text(one), Value::Text(other)) if property.ignore_case => {
            one.eq_ignore_ascii_case(other)
        }
        (_, Value::Int(n), Value::Float(x)) | (_, Value::Float(x), Value::Int(n)) => {
            *n as f64 == *x
        }
        (_, one, other) => one.without_secrets() == other.without_secrets(),
    }
}

type Leaf = (Path, Option<Value>, Option<Value>, bool);

/// Returns the differing parts, as deep as maps and objects go; a list is one part.
fn leaves(property: &Property, path: &Path, old: Option<&Value>, new: Option<&Value>) -> Vec<Leaf> {
    let (Some(Value::Map(before)), Some(Value::Map(after))) =
        (old.map(Value::revealed), new.map(Value::revealed))
    else {
        return vec![whole(path, old, new)];
    };
    if matches!(old, Some(Value::Secret(_))) || matches!(new, Some(Value::Secret(_))) {
        return vec![whole(path, old, new)];
    }
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for key in keys {
        let (old, new) = (before.get(key), after.get(key));
        let inner = match &property.ty {
            Type::Map(item) => item.as_ref(),
            Type::Object(object) => match object.properties.get(key) {
                Some(inner) if (inner.computed && new.is_none()) || inner.write_only => continue,
                Some(inner) => inner,
                None => continue,
            },
            _ => property,
        };
        if !same(inner, old, new)
            || (matches!(property.ty, Type::Map(_)) && old.is_some() != new.is_some())
        {
            let deeper = leaves(inner, &path.join(key), old, new);
            found.extend(
                deeper.into_iter().map(|(path, old, new, replaces)| {
                    (path, old, new, replaces || inner.immutable)
                }),
            );
        }
    }
    found
}

fn whole(path: &Path, old: Option<&Value>, new: Option<&Value>) -> Leaf {
    // If one side is secret, both are marked: the other side may be the same secret, unmarked.
    let secret = old.is_some_and(Value::has_secret) || new.is_some_and(Value::has_secret);
    let marked = |value: Option<&Value>| {
        value.map(
            |value| if secret { Value::secret(value.without_secrets()) } else { value.clone() },
        )
    };
    (path.clone(), marked(old), marked(new), false)
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

/// Puts the recorded inputs back at the ignored paths.
///
/// Returns the paths that exist on neither side.
pub(crate) fn put_back<'p>(
    desired: &mut Value,
    recorded: &Value,
    ignored: &'p [Path],
) -> Vec<&'p Path> {
    let mut nowhere = Vec::new();
    for path in ignored {
        let old = recorded.at(path).filter(|old| *old != Value::Null);
        if old.is_none() && desired.at(path).is_none() {
            nowhere.push(path);
        }
        set(desired, path.steps(), old);
    }
    nowhere
}

/// Sets or removes the value at a path. Setting creates missing maps on the way.
fn set(value: &mut Value, steps: &[kim_model::Step], new: Option<Value>) {
    let Some((step, rest)) = steps.split_first() else {
        *value = new.unwrap_or_default();
        return;
    };
    match (value, step) {
        (Value::Secret(inner), _) => set(inner, steps, new),
        (Value::Map(map), kim_model::Step::Key(key)) => {
            if new.is_some() {
                set(map.entry(key.clone()).or_insert_with(Value::map), rest, new);
            } else if rest.is_empty() {
                map.remove(key);
            } else if let Some(inner) = map.get_mut(key) {
                set(inner, rest, None);
            }
        }
        (Value::List(items), kim_model::Step::Index(index)) => {
            if let (Some(item), Some(new)) = (items.get_mut(*index), new) {
                set(item, rest, Some(new));
            }
        }
        _ => {}
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
