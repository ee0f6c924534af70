//! Checks a plugin: faults of its schema, and answers that do not fit it.
//!
//! Pure. A message never shows a value: it may be a secret.

use std::collections::{BTreeMap, BTreeSet};

use kim_model::schema::{self, Property, Type};
use kim_model::{Path, Value, bounds};

use super::check::{is_pattern, type_name};
use super::suggest::nearest;

/// The largest number of misfits that are reported for one answer.
const MOST: usize = bounds::MISFITS.most();

/// Returns every fault of a schema; empty if it is sound.
///
/// Each is a sentence for the plugin's author.
pub fn faults(schema: &schema::Plugin) -> Vec<String> {
    let mut faults = Vec::new();
    if schema.name.is_empty() {
        faults.push("it has no name".to_owned());
    }
    let mut seen = BTreeSet::new();
    for kind in &schema.kinds {
        let name = &kind.name;
        if name.is_empty() {
            faults.push("a kind has no name".to_owned());
        } else if !seen.insert(name) {
            faults.push(format!("it has the kind '{name}' twice"));
        }
        if name.contains(['/', '%']) {
            faults.push(format!(
                "the name of the kind '{name}' has a '/' or a '%', which URNs escape"
            ));
        }
        if !kind.properties.contains_key(&kind.id) {
            faults.push(format!(
                "'{}', the id of the kind '{name}', is not one of its properties",
                kind.id
            ));
        }
        of_properties(&kind.properties, name, &Path::root(), &mut faults);
    }
    let mut seen = BTreeSet::new();
    for lookup in &schema.lookups {
        if !seen.insert(&lookup.name) {
            faults.push(format!("it has the lookup '{}' twice", lookup.name));
        }
        for object in [&lookup.arguments, &lookup.results] {
            of_properties(&object.properties, &lookup.name, &Path::root(), &mut faults);
        }
    }
    of_properties(&schema.config.properties, "the configuration", &Path::root(), &mut faults);
    faults
}

fn of_properties(
    properties: &BTreeMap<String, Property>,
    of: &str,
    path: &Path,
    faults: &mut Vec<String>,
) {
    for (name, property) in properties {
        of_property(property, of, &path.join(name), faults);
    }
}

fn of_property(property: &Property, of: &str, path: &Path, faults: &mut Vec<String>) {
    if let (Some(min), Some(max)) = (property.min, property.max)
        && min > max
    {
        faults.push(format!(
            "{path} of {of} must be at least {min} and at most {max}, which no value is"
        ));
    }
    if let Some(pattern) = property.pattern.as_ref().filter(|pattern| !is_pattern(pattern)) {
        faults
            .push(format!("the pattern of {path} of {of} is not a regular expression: {pattern}"));
    }
    if let Some(default) = &property.default {
        let mut misfits = Vec::new();
        fits(&property.ty, default, path, &mut misfits);
        faults.extend(misfits.into_iter().map(|misfit| format!("the default of {of}: {misfit}")));
    }
    match &property.ty {
        Type::List(item) | Type::Map(item) => of_property(item, of, path, faults),
        Type::Object(object) => of_properties(&object.properties, of, path, faults),
        _ => {}
    }
}

/// Returns what does not fit the schema in a plugin's answer.
///
/// Reports at most five misfits: undeclared properties, values of another type. Absent and unknown
/// values fit.
pub fn misfits(properties: &BTreeMap<String, Property>, answer: &Value) -> Vec<String> {
    let mut misfits = Vec::new();
    object(properties, answer, &Path::root(), &mut misfits);
    misfits
}

fn object(
    properties: &BTreeMap<String, Property>,
    value: &Value,
    path: &Path,
    misfits: &mut Vec<String>,
) {
    let Value::Map(map) = value.revealed() else {
        let what = if path.is_root() { "the whole".to_owned() } else { path.to_string() };
        misfits.push(format!("{what} is {}, but must be a map", value.kind_name()));
        return;
    };
    for (name, value) in map {
        if misfits.len() >= MOST {
            return;
        }
        let here = path.join(name);
        match properties.get(name) {
            Some(property) => fits(&property.ty, value, &here, misfits),
            None => {
                let near = nearest(name, properties.keys().map(String::as_str));
                let hint = near.map_or(String::new(), |near| format!(" (did you mean '{near}'?)"));
                misfits.push(format!("there is no property {here}{hint}"));
            }
        }
    }
}

fn fits(ty: &Type, value: &Value, path: &Path, misfits: &mut Vec<String>) {
    if misfits.len() >= MOST {
        return;
    }
    match (ty, value.revealed()) {
        (Type::Any, _)
        | (_, Value::Null | Value::Unknown | Value::Output(_))
        | (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::Float, Value::Float(_) | Value::Int(_))
        | (Type::Text, Value::Text(_))
        | (Type::Json, Value::Text(_) | Value::Map(_) | Value::List(_))
        | (Type::Bytes, Value::Bytes(_)) => {}
        (Type::List(item), Value::List(items)) => {
            for (at, value) in items.iter().enumerate() {
                fits(&item.ty, value, &path.item(at), misfits);
            }
        }
        (Type::Map(item), Value::Map(map)) => {
            for (key, value) in map {
                fits(&item.ty, value, &path.join(key), misfits);
            }
        }
        (Type::Object(known), value @ Value::Map(_)) => {
            object(&known.properties, value, path, misfits)
        }
        (ty, value) => {
            misfits.push(format!("{path} is {}, but must be {}", value.kind_name(), type_name(ty)))
        }
    }
}
