//! What `ignore_changes` leaves as it is.
//!
//! Pure. Inside an ignored path the recorded input counts as the program's. What was changed there
//! outside stays.

use kim_model::schema::{Kind, Property, Type};
use kim_model::{Path, Step, Value};

use super::meaning::{Sides, content, same};

/// Puts the recorded inputs back at the ignored paths.
pub(crate) fn put_back(desired: &mut Value, recorded: &Value, ignored: &[Path]) {
    for path in ignored {
        let old = recorded.at(path).filter(|old| *old != Value::Null);
        set(desired, path.steps(), old);
    }
}

/// Puts in what the cloud holds at the ignored paths that were changed outside.
///
/// So an update of something else does not undo that. `live` is what the cloud holds now.
pub(crate) fn keep_drift(
    kind: &Kind,
    inputs: &mut Value,
    recorded: &Value,
    live: &Value,
    ignored: &[Path],
) {
    for path in ignored {
        let Some(property) = input_at(kind, path) else { continue };
        let (now, then) = (live.at(path), recorded.at(path));
        // A cloud that did not tell it then never does.
        let stays = same(property, now.as_ref(), then.as_ref(), Sides::Clouds);
        if content(then.as_ref()).is_none() || stays {
            continue;
        }
        let now = now.filter(|now| *now != Value::Null);
        set(inputs, path.steps(), now.map(|now| inputs_of(property, &now)));
    }
}

/// Returns the property at a path, if a program can write it and a cloud tells it.
fn input_at<'k>(kind: &'k Kind, path: &Path) -> Option<&'k Property> {
    let way = kind.properties_to(path)?;
    let is_told = |property: &&Property| property.is_input() && !property.write_only;
    way.iter().all(is_told).then(|| way.last().copied()).flatten()
}

/// Returns what of a value the program can write.
fn inputs_of(property: &Property, value: &Value) -> Value {
    match (&property.ty, value) {
        (_, Value::Secret(inner)) => Value::secret(inputs_of(property, inner)),
        (Type::Object(object), Value::Map(map)) => {
            let inputs = map.iter().filter_map(|(name, value)| {
                let inner = object.properties.get(name).filter(|inner| inner.is_input())?;
                Some((name.clone(), inputs_of(inner, value)))
            });
            Value::Map(inputs.collect())
        }
        (Type::List(item), Value::List(items)) => {
            Value::List(items.iter().map(|value| inputs_of(item, value)).collect())
        }
        (Type::Map(item), Value::Map(map)) => Value::Map(
            map.iter().map(|(key, value)| (key.clone(), inputs_of(item, value))).collect(),
        ),
        _ => value.clone(),
    }
}

/// Sets or removes the value at a path. Setting creates missing maps on the way.
pub(super) fn set(value: &mut Value, steps: &[Step], new: Option<Value>) {
    let Some((step, rest)) = steps.split_first() else {
        *value = new.unwrap_or_default();
        return;
    };
    match (value, step) {
        (Value::Secret(inner), _) => set(inner, steps, new),
        (Value::Map(map), Step::Key(key)) => {
            if new.is_some() {
                set(map.entry(key.clone()).or_insert_with(Value::map), rest, new);
            } else if rest.is_empty() {
                map.remove(key);
            } else if let Some(inner) = map.get_mut(key) {
                set(inner, rest, None);
            }
        }
        (Value::List(items), Step::Index(index)) => {
            if let (Some(item), Some(new)) = (items.get_mut(*index), new) {
                set(item, rest, Some(new));
            }
        }
        _ => {}
    }
}
