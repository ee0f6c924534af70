//! Where two JSON documents differ.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::policy;
use crate::json;
use crate::path::Path;
use crate::schema::{Form, Property, Type};
use crate::value::Value;

/// A part of a document that differs.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// The path of the part inside the document.
    pub path: Path,
    /// The old part; of a list without order, what is left out. `None`: absent.
    pub old: Option<Value>,
    /// The new part; of a list without order, what is added. `None`: absent.
    pub new: Option<Value>,
}

impl Property {
    /// Returns where two documents of the property differ in what they mean.
    ///
    /// Returns nothing if the property or a text is no JSON object. A path counts the items of the
    /// new document, or those of the old one for what is left out.
    pub fn differences(&self, old: &str, new: &str) -> Vec<Difference> {
        let object = |text| serde_json::from_str::<Map<String, Json>>(text).ok();
        let is_policy = self.form == Some(Form::Policy);
        let mut found = Vec::new();
        if (is_policy || self.ty == Type::Json)
            && let (Some(old), Some(new)) = (object(old), object(new))
        {
            let walk = if is_policy { elements } else { members };
            walk(&old, &new, &Path::root(), &mut found);
        }
        found
    }
}

/// Returns a difference of two values, of which at most one is absent.
fn whole(path: Path, old: Option<&Json>, new: Option<&Json>) -> Difference {
    Difference { path, old: old.map(json::from_json), new: new.map(json::from_json) }
}

fn names<'j>(old: &'j Map<String, Json>, new: &'j Map<String, Json>) -> BTreeSet<&'j String> {
    old.keys().chain(new.keys()).collect()
}

/// Collects the differences of two objects, by name and by index.
fn members(
    old: &Map<String, Json>,
    new: &Map<String, Json>,
    at: &Path,
    found: &mut Vec<Difference>,
) {
    for name in names(old, new) {
        parts(old.get(name), new.get(name), at.join(name), found);
    }
}

fn parts(old: Option<&Json>, new: Option<&Json>, at: Path, found: &mut Vec<Difference>) {
    match (old, new) {
        (Some(Json::Object(old)), Some(Json::Object(new))) => members(old, new, &at, found),
        (Some(Json::Array(old)), Some(Json::Array(new))) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                parts(Some(old), Some(new), at.item(index), found);
            }
        }
        (old, new) if old == new => {}
        (old, new) => found.push(whole(at, old, new)),
    }
}

/// Collects the differences of two policies, or of two statements.
fn elements(
    old: &Map<String, Json>,
    new: &Map<String, Json>,
    at: &Path,
    found: &mut Vec<Difference>,
) {
    for name in names(old, new) {
        let (path, old, new) = (at.join(name), old.get(name), new.get(name));
        let (Some(one), Some(other)) = (old, new) else {
            found.push(whole(path, old, new));
            continue;
        };
        let (gone, come) = (beyond(name, one, other), beyond(name, other, one));
        match (one, other) {
            _ if gone.is_empty() && come.is_empty() => {}
            _ if name == "Statement" => statements(gone, come, &path, found),
            (Json::Array(_), _) | (_, Json::Array(_)) => {
                let items = |items: Vec<Item<'_>>| match &items[..] {
                    [] => None,
                    [(_, one)] => Some(json::from_json(one)),
                    _ => Some(Value::List(
                        items.iter().map(|(_, one)| json::from_json(one)).collect(),
                    )),
                };
                found.push(Difference { path, old: items(gone), new: items(come) });
            }
            _ => found.push(whole(path, old, new)),
        }
    }
}

/// An item of a list with its index, or a single thing.
type Item<'j> = (Option<usize>, &'j Json);

fn items(value: &Json) -> Vec<Item<'_>> {
    match value {
        Json::Array(items) => items.iter().enumerate().map(|(at, item)| (Some(at), item)).collect(),
        single => vec![(None, single)],
    }
}

/// Returns the items of an element that another one lacks.
fn beyond<'j>(name: &str, element: &'j Json, other: &Json) -> Vec<Item<'j>> {
    let normal = |item: &Json| policy::element(name, item.clone());
    let others: Vec<Json> = items(other).into_iter().map(|(_, item)| normal(item)).collect();
    items(element).into_iter().filter(|(_, item)| !others.contains(&normal(item))).collect()
}

/// Collects the differences of statements.
///
/// Two with one `Sid` are one statement, and so are the others in their order.
fn statements(mut old: Vec<Item<'_>>, new: Vec<Item<'_>>, at: &Path, found: &mut Vec<Difference>) {
    let path = |index: Option<usize>| index.map_or(at.clone(), |index| at.item(index));
    for (index, statement) in new {
        let sid = statement.get("Sid");
        let like = old.iter().position(|(_, old)| old.get("Sid") == sid);
        match (like.map(|like| old.remove(like)), statement) {
            (Some((_, Json::Object(old))), Json::Object(new)) => {
                elements(old, new, &path(index), found);
            }
            (old, new) => found.push(whole(path(index), old.map(|(_, old)| old), Some(new))),
        }
    }
    found.extend(old.into_iter().map(|(index, old)| whole(path(index), Some(old), None)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(property: &Property, old: &str, new: &str) -> Vec<String> {
        let side = |value: &Option<Value>| {
            value.as_ref().map_or("∅".to_owned(), |value| json::revealed(value).to_string())
        };
        let differences = property.differences(old, new);
        differences
            .iter()
            .map(|one| format!("{}: {} → {}", one.path, side(&one.old), side(&one.new)))
            .collect()
    }

    #[test]
    fn a_difference_of_documents_has_its_path() {
        let json = Property::new(Type::Json);
        let found = shown(&json, r#"{"a":{"b":[1,2]},"c":1}"#, r#"{"a":{"b":[1,3]},"d":[]}"#);
        assert_eq!(found, ["a.b[1]: 2 → 3", "c: 1 → ∅", "d: ∅ → []"]);
        assert_eq!(shown(&json, "1", "2"), [""; 0]);
        assert_eq!(shown(&Property::new(Type::Text), r#"{"a":1}"#, r#"{"a":2}"#), [""; 0]);
    }

    #[test]
    fn a_difference_of_policies_has_its_statement() {
        let policy = Property { form: Some(Form::Policy), ..Property::new(Type::Json) };
        let old = r#"{"Statement":[
            {"Sid":"A","Action":["a:X","a:Y"],"Principal":{"AWS":"111122223333"}},
            {"Sid":"B","Action":"b:X","Effect":"Allow"},
            {"Sid":"C","Action":"c:X"}]}"#;
        let new = r#"{"Statement":[
            {"Sid":"B","Action":["B:x"],"Effect":"Deny"},
            {"Sid":"A","Action":["A:Y","a:Z"],"Principal":{"AWS":["arn:aws:iam::111122223333:root"]}}]}"#;
        assert_eq!(
            shown(&policy, old, new),
            [
                r#"Statement[0].Effect: "Allow" → "Deny""#,
                r#"Statement[1].Action: "a:X" → "a:Z""#,
                r#"Statement[2]: {"Action":"c:X","Sid":"C"} → ∅"#,
            ]
        );
        let one = r#"{"Statement":{"Principal":{"AWS":"111122223333"}}}"#;
        let other = r#"{"Statement":[{"Principal":{"AWS":"999922223333"}}]}"#;
        assert_eq!(
            shown(&policy, one, other),
            [r#"Statement[0].Principal: {"AWS":"111122223333"} → {"AWS":"999922223333"}"#]
        );
        assert_eq!(shown(&policy, one, one), [""; 0]);
    }
}
