//! The values that the dependents of a resource are resolved with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kim_model::schema::{Kind, Property, Type};
use kim_model::{Path, Value};

use super::meaning::{Sides, same};

/// The values that the dependents of a resource are resolved with.
///
/// They are the inputs as the program gave them, whatever the cloud's spelling of them, and all
/// else as the cloud holds it. So a dependent gets the same value in the run that creates and in
/// every later run.
#[derive(Clone, Debug)]
pub(crate) struct ResourceOutputs {
    /// The inputs as the program gave them.
    pub(crate) inputs: Arc<Value>,
    /// The properties as the cloud holds them.
    pub(crate) properties: Arc<Value>,
}

impl ResourceOutputs {
    /// Returns outputs of which nothing is known yet.
    pub(crate) fn unknown() -> ResourceOutputs {
        ResourceOutputs { inputs: Arc::new(Value::map()), properties: Arc::new(Value::Unknown) }
    }

    /// Returns the value at a path; `None` if it leads nowhere.
    ///
    /// The path is not the root. As [`Value::find`], it makes no copy.
    pub(crate) fn find(&self, path: &Path) -> Option<(&Value, bool)> {
        let given =
            |map: &BTreeMap<_, _>| path.first_key().is_some_and(|key| map.contains_key(key));
        match (&*self.inputs, &*self.properties) {
            (Value::Map(inputs), Value::Map(_)) if given(inputs) => self.inputs.find(path),
            _ => self.properties.find(path),
        }
    }

    /// Returns all properties as one value.
    pub(crate) fn to_value(&self) -> Value {
        match (&*self.inputs, &*self.properties) {
            (Value::Map(inputs), Value::Map(properties)) => {
                let mut told = properties.clone();
                told.extend(inputs.iter().map(|(name, value)| (name.clone(), value.clone())));
                Value::Map(told)
            }
            (_, properties) => properties.clone(),
        }
    }
}

/// Returns the paths at which a plan told dependents another value than there is.
///
/// Inputs never differ, whatever the cloud's spelling of them, and neither does what the plan did
/// not know or what is volatile.
pub(crate) fn contradictions(
    kind: &Kind,
    planned: &ResourceOutputs,
    made: &ResourceOutputs,
) -> Vec<Path> {
    let mut found = Vec::new();
    if planned.properties.as_map().is_none() {
        return found;
    }
    for (name, property) in &kind.properties {
        if property.computed && planned.inputs.get(name).is_none() {
            let (told, held) = (planned.properties.get(name), made.properties.get(name));
            contradict(property, told, held, &Path::key(name), &mut found);
        }
    }
    found
}

/// Collects the paths at which two values differ, as deep as both are known.
fn contradict(
    property: &Property,
    told: Option<&Value>,
    held: Option<&Value>,
    path: &Path,
    found: &mut Vec<Path>,
) {
    if property.volatile || matches!(told.map(Value::revealed), Some(Value::Unknown)) {
        return;
    }
    match (&property.ty, told.map(Value::revealed), held.map(Value::revealed)) {
        (Type::Object(object), Some(told @ Value::Map(_)), Some(held @ Value::Map(_))) => {
            for (name, inner) in &object.properties {
                contradict(inner, told.get(name), held.get(name), &path.join(name), found);
            }
        }
        (Type::Map(inner), Some(Value::Map(told)), Some(Value::Map(held))) => {
            let keys: BTreeSet<&String> = told.keys().chain(held.keys()).collect();
            for key in keys {
                contradict(inner, told.get(key), held.get(key), &path.join(key), found);
            }
        }
        (Type::List(inner), Some(Value::List(told)), Some(Value::List(held)))
            if !property.set && told.len() == held.len() =>
        {
            for (at, (told, held)) in told.iter().zip(held).enumerate() {
                contradict(inner, Some(told), Some(held), &path.item(at), found);
            }
        }
        (_, Some(told), _) if told.has_unknown() => {}
        (_, told, held) if same(property, told, held, Sides::PlanAndApply) => {}
        _ => found.push(path.clone()),
    }
}

/// Returns the path of the first part that is another than the plan knew it to be.
///
/// What the plan did not know may be anything.
pub(crate) fn other_than_planned(planned: &Value, now: &Value) -> Option<Path> {
    fn walk(planned: &Value, now: &Value, path: Path) -> Option<Path> {
        match (planned.revealed(), now.revealed()) {
            (Value::Unknown | Value::Output(_), _) => None,
            (Value::Map(planned), Value::Map(now)) => {
                let known = planned.iter().find_map(|(key, value)| {
                    walk(value, now.get(key).unwrap_or(&Value::Null), path.join(key))
                });
                let added = || now.keys().find(|key| !planned.contains_key(*key));
                known.or_else(|| added().map(|key| path.join(key)))
            }
            (Value::List(planned), Value::List(now)) if planned.len() == now.len() => planned
                .iter()
                .zip(now)
                .enumerate()
                .find_map(|(at, (planned, now))| walk(planned, now, path.item(at))),
            (planned, now) => (planned != now).then_some(path),
        }
    }
    walk(planned, now, Path::root())
}
