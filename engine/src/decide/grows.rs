//! Numbers that can only become larger.
//!
//! Pure. A new copy may have a smaller one.

use kim_model::schema::{Kind, Property, Type};
use kim_model::{Path, Value};

use crate::plan::PropertyChange;
use crate::schema::check::Problem;

/// Returns a problem for each number that an update would make smaller.
pub(crate) fn shrinking<'c>(
    kind: &Kind,
    changes: impl IntoIterator<Item = &'c PropertyChange>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for PropertyChange { path, old, new, .. } in changes {
        let property = kind.properties_to(path).and_then(|way| way.last().copied());
        if let (Some(property), Some(old), Some(new)) = (property, old, new) {
            compare(property, path, old, new, &mut problems);
        }
    }
    problems
}

fn compare(
    property: &Property,
    path: &Path,
    old: &Value,
    new: &Value,
    problems: &mut Vec<Problem>,
) {
    let is_secret = |value: &Value| matches!(value, Value::Secret(_));
    let hides = property.secret || is_secret(old) || is_secret(new);
    let (old, new) = (old.revealed(), new.revealed());
    if let (Type::Object(object), Some(map)) = (&property.ty, new.as_map()) {
        for (name, new) in map {
            if let (Some(inner), Some(old)) = (object.properties.get(name), old.get(name)) {
                compare(inner, &path.join(name), old, new, problems);
            }
        }
        return;
    }
    let is_smaller = match (old, new) {
        (Value::Int(old), Value::Int(new)) => new < old,
        (Value::Float(old), Value::Float(new)) => new < old,
        _ => false,
    };
    if property.grows && is_smaller {
        let (from, least) = match hides {
            true => (String::new(), "what it was".to_owned()),
            false => (format!(": {old:?} → {new:?}"), format!("{old:?}")),
        };
        let message = format!(
            "can only grow{from}; write {least} or more, or have the resource replaced (replace_on_changes)"
        );
        problems.push(Problem { path: path.clone(), message });
    }
}
