//! What a value means: whether two values of one property are the same, and what they replace.
//!
//! Pure. A rule holds at every depth: at the top, in an object, and in an item of a list or map.

use std::collections::BTreeSet;

use kim_model::Value;
use kim_model::schema::{Property, Type};

/// The two sides of a comparison, in their order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sides {
    /// The program's input, and its input in the last run.
    Programs,
    /// The program's input, and what the cloud holds.
    ProgramAndCloud,
    /// What the cloud holds, and what it held after the last run.
    Clouds,
    /// What the plan told, and what the apply found.
    PlanAndApply,
}

/// Returns true if the cloud holds what the program wants.
///
/// What the cloud never tells does not count.
pub(super) fn agrees(property: &Property, wanted: Option<&Value>, held: Option<&Value>) -> bool {
    same(property, wanted, held, Sides::ProgramAndCloud)
}

/// Returns true if two values mean the same.
pub(super) fn same(
    property: &Property,
    one: Option<&Value>,
    other: Option<&Value>,
    sides: Sides,
) -> bool {
    // What the program leaves out is the cloud's; what it used to leave out is not.
    let left_to_the_cloud = property.computed && one.is_none();
    let not_compared = match sides {
        Sides::Programs => left_to_the_cloud,
        Sides::ProgramAndCloud => left_to_the_cloud || property.write_only,
        Sides::Clouds => property.write_only || !property.is_input(),
        Sides::PlanAndApply => property.write_only,
    };
    if not_compared {
        return true;
    }
    // An empty list where the cloud chose is a choice; an empty object chooses nothing.
    let chooses_nothing = sides == Sides::Programs
        && property.computed
        && other.is_none()
        && !matches!(property.ty, Type::Object(_));
    match (content(one), content(other)) {
        (None, None) => !chooses_nothing,
        (Some(one), Some(other)) => same_content(property, one, other, sides),
        (one, other) => match &property.ty {
            Type::Object(_) => {
                let nothing = Value::map();
                same_content(property, one.unwrap_or(&nothing), other.unwrap_or(&nothing), sides)
            }
            _ => false,
        },
    }
}

/// Returns the value without secret marks; `None` if it is empty.
///
/// Null, the empty list and the empty map mean the same as nothing.
pub(super) fn content(value: Option<&Value>) -> Option<&Value> {
    match value?.revealed() {
        Value::Null => None,
        Value::List(items) if items.is_empty() => None,
        Value::Map(map) if map.is_empty() => None,
        other => Some(other),
    }
}

fn same_content(property: &Property, one: &Value, other: &Value, sides: Sides) -> bool {
    match (&property.ty, one, other) {
        (_, Value::Unknown | Value::Output(_), _) | (_, _, Value::Unknown | Value::Output(_)) => {
            false
        }
        (Type::List(item), Value::List(one), Value::List(other)) if property.set => {
            same_set(item, one, other, sides)
        }
        (Type::List(item), Value::List(one), Value::List(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(a, b)| same(item, Some(a), Some(b), sides))
        }
        (Type::Map(item), Value::Map(one), Value::Map(other)) => {
            // A key with an empty value is not the same as no key.
            one.len() == other.len()
                && one.iter().all(|(key, a)| {
                    other.get(key).is_some_and(|b| same(item, Some(a), Some(b), sides))
                })
        }
        (Type::Object(object), Value::Map(_), Value::Map(_)) => object
            .properties
            .iter()
            .all(|(name, inner)| same(inner, one.get(name), other.get(name), sides)),
        (_, Value::Text(one), Value::Text(other)) => property.means_the_same(one, other),
        (_, Value::Int(n), Value::Float(x)) | (_, Value::Float(x), Value::Int(n)) => {
            *n as f64 == *x
        }
        (_, one, other) => one.without_secrets() == other.without_secrets(),
    }
}

/// Returns true if each item of a set stands for one of the other set.
///
/// Items that leave something to the cloud may stand for several: then it is a matching.
fn same_set(item: &Property, one: &[Value], other: &[Value], sides: Sides) -> bool {
    let (one, other) = (distinct(item, one), distinct(item, other));
    if one.len() != other.len() {
        return false;
    }
    let mut taken = vec![None; other.len()];
    (0..one.len()).all(|at| {
        let stands_for = |at: usize, it: usize| same(item, Some(one[at]), Some(other[it]), sides);
        takes(at, &stands_for, &mut taken, &mut BTreeSet::new())
    })
}

/// Finds an item of the other set for an item.
///
/// Those before it may take another one for that.
fn takes(
    at: usize,
    stands_for: &impl Fn(usize, usize) -> bool,
    taken: &mut Vec<Option<usize>>,
    tried: &mut BTreeSet<usize>,
) -> bool {
    for it in 0..taken.len() {
        if stands_for(at, it) && tried.insert(it) {
            let is_free = match taken[it] {
                None => true,
                Some(by) => takes(by, stands_for, taken, tried),
            };
            if is_free {
                taken[it] = Some(at);
                return true;
            }
        }
    }
    false
}

/// Returns the items of a set, each once.
fn distinct<'v>(item: &Property, items: &'v [Value]) -> Vec<&'v Value> {
    let mut found: Vec<&Value> = Vec::new();
    for value in items {
        let equals = |that: &&Value| {
            same(item, Some(value), Some(that), Sides::Programs)
                && same(item, Some(that), Some(value), Sides::Programs)
        };
        if !found.iter().any(equals) {
            found.push(value);
        }
    }
    found
}

/// Returns true if two values differ in something immutable.
///
/// What is not known yet may differ.
pub(super) fn replaces(
    property: &Property,
    one: Option<&Value>,
    other: Option<&Value>,
    sides: Sides,
) -> bool {
    if same(property, one, other, sides) {
        return false;
    }
    if property.immutable {
        return true;
    }
    if [one, other].into_iter().any(|side| matches!(content(side), Some(Value::Unknown))) {
        return contains(property, &|inner| inner.immutable);
    }
    match &property.ty {
        Type::Object(object) => object.properties.iter().any(|(name, inner)| {
            let of = |side: Option<&'_ Value>| side.and_then(|side| side.get(name)).cloned();
            replaces(inner, of(one).as_ref(), of(other).as_ref(), sides)
        }),
        Type::Map(item) => {
            let of = |side: Option<&'_ Value>| content(side).and_then(Value::as_map).cloned();
            let (one, other) = (of(one).unwrap_or_default(), of(other).unwrap_or_default());
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            keys.into_iter().any(|key| replaces_item(item, one.get(key), other.get(key), sides))
        }
        Type::List(item) => {
            let items = |side| content(side).and_then(Value::as_list).unwrap_or_default();
            replaces_items(item, property.set, items(one), items(other), sides)
        }
        _ => false,
    }
}

/// Returns true if an item, or the value of a key, differs in something immutable.
///
/// One that comes or goes differs in all that it has: nothing of it is left to the cloud.
pub(super) fn replaces_item(
    item: &Property,
    one: Option<&Value>,
    other: Option<&Value>,
    sides: Sides,
) -> bool {
    match (one, other) {
        (Some(_), Some(_)) => replaces(item, one, other, sides),
        (Some(value), None) | (None, Some(value)) => item.immutable || has_immutable(item, value),
        (None, None) => false,
    }
}

/// Returns true if two lists differ in something immutable.
fn replaces_items(
    item: &Property,
    set: bool,
    one: &[Value],
    other: &[Value],
    sides: Sides,
) -> bool {
    if !set {
        let differs = |at| replaces_item(item, one.get(at), other.get(at), sides);
        return (0..one.len().max(other.len())).any(differs);
    }
    // Its immutable part is nowhere on the other side.
    let counts = |value: &Value| item.immutable || has_immutable(item, value);
    let is_lone = |value: &Value, has_equal: bool| !has_equal && counts(value);
    let kept = |a: &Value, b: &Value| !replaces_item(item, Some(a), Some(b), sides);
    one.iter().any(|a| is_lone(a, other.iter().any(|b| kept(a, b))))
        || other.iter().any(|b| is_lone(b, one.iter().any(|a| kept(a, b))))
}

/// Returns true if a value has something immutable, or may have.
fn has_immutable(property: &Property, value: &Value) -> bool {
    let Some(value) = content(Some(value)) else { return false };
    match (&property.ty, value) {
        _ if property.immutable => true,
        (Type::Object(object), Value::Map(_)) => object
            .properties
            .iter()
            .any(|(name, inner)| value.get(name).is_some_and(|value| has_immutable(inner, value))),
        (Type::Map(item), Value::Map(map)) => {
            map.values().any(|value| item.immutable || has_immutable(item, value))
        }
        (Type::List(item), Value::List(items)) => {
            items.iter().any(|value| item.immutable || has_immutable(item, value))
        }
        (_, Value::Unknown | Value::Output(_)) => contains(property, &|inner| inner.immutable),
        _ => false,
    }
}

/// Returns true if a property, or one inside it, is such a one.
pub(super) fn contains(property: &Property, is_such: &impl Fn(&Property) -> bool) -> bool {
    is_such(property)
        || match &property.ty {
            Type::List(item) | Type::Map(item) => contains(item, is_such),
            Type::Object(object) => {
                object.properties.values().any(|inner| contains(inner, is_such))
            }
            _ => false,
        }
}
