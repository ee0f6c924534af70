//! The spelling of what means the same: it stays as it was.
//!
//! Pure. A program or a cloud may spell a value otherwise than before. The engine goes on with the
//! spelling that it knows, so nothing that refers to the value changes.

use std::collections::BTreeMap;

use kim_model::Value;
use kim_model::schema::{Kind, Property, Type};

use super::meaning::{Sides, same};
use crate::state::Record;

/// Returns what a cloud tells, in the recorded spelling where it means the same.
///
/// It is not marked as secret yet, whatever the record says: see [`super::diff::keep_secrets`].
pub(crate) fn as_recorded(kind: &Kind, live: &Value, record: &Record) -> Value {
    let mut live = live.clone();
    match record.properties.has_secret() {
        true => keep(kind, &mut live, &record.properties.without_secrets()),
        false => keep(kind, &mut live, &record.properties),
    }
    live
}

/// Gives a resource's inputs the known spelling where they mean the same.
pub(crate) fn keep(kind: &Kind, properties: &mut Value, known: &Value) {
    keep_object(&kind.properties, properties, known);
}

fn keep_object(properties: &BTreeMap<String, Property>, value: &mut Value, known: &Value) {
    let (Value::Map(map), Value::Map(known)) = (value, known) else { return };
    for (name, value) in map {
        if let (Some(property), Some(known)) = (properties.get(name), known.get(name)) {
            keep_property(property, value, known);
        }
    }
}

/// Gives a value its known spelling.
///
/// A known secret is not put where nothing is secret: it may say more than the value.
fn keep_property(property: &Property, value: &mut Value, known: &Value) {
    match (&property.ty, value, known) {
        (_, Value::Secret(inner), known) => keep_property(property, inner, known.revealed()),
        (_, Value::Text(text), Value::Text(known)) if property.means_the_same(text, known) => {
            text.clone_from(known);
        }
        (Type::Object(object), value, known) => keep_object(&object.properties, value, known),
        (Type::Map(item), Value::Map(map), Value::Map(known)) => {
            for (key, value) in map {
                known.get(key).into_iter().for_each(|known| keep_property(item, value, known));
            }
        }
        (Type::List(item), value @ Value::List(_), known) if property.set => {
            keep_set(item, value, known);
        }
        (Type::List(item), Value::List(items), Value::List(known)) => {
            for (value, known) in items.iter_mut().zip(known) {
                keep_property(item, value, known);
            }
        }
        _ => {}
    }
}

/// Gives a set of texts its known spelling and order.
fn keep_set(item: &Property, value: &mut Value, known: &Value) {
    let texts = |value: &Value| {
        let items = value.as_list().unwrap_or_default();
        items.iter().all(|item| matches!(item, Value::Text(_)))
    };
    let set = Property { set: true, ..Property::new(Type::List(Box::new(item.clone()))) };
    if value != known
        && texts(value)
        && texts(known)
        && same(&set, Some(value), Some(known), Sides::Programs)
    {
        value.clone_from(known);
    }
}
