//! Values as JSON: readable, and lossless with a list of marks beside the JSON.
//!
//! Invariant: a mark is the path of something that JSON cannot express (a secret, an unknown,
//! bytes, an infinite number) and its type. The JSON itself has no reserved keys, so no user's data
//! can be mistaken for a mark.

use serde_json::Value as Json;

use crate::path::{Path, Step};
use crate::value::Value;

/// Something that JSON cannot express about the value at a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// The value is secret.
    Secret,
    /// The value is not known; the JSON holds `null` in its place.
    Unknown,
    /// The value is bytes; the JSON holds two hexadecimal digits for each byte.
    Bytes,
    /// The value is an infinite number; the JSON holds the text `inf` or `-inf`.
    Infinite,
}

/// A value as JSON with marks. Outer marks precede inner ones.
#[derive(Clone, PartialEq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Marked {
    /// The plain JSON, **with the secrets in clear**.
    ///
    /// Seal them before you write it anywhere.
    pub json: Json,
    /// The marks, each with the path of the value it describes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<(Path, Mark)>,
}

/// Returns a value as JSON for people and tools.
///
/// Secrets become `"[secret]"`, unknown values `"[unknown]"`.
pub fn redacted(value: &Value) -> Json {
    convert(value, &Path::root(), &mut |_, mark| match mark {
        Mark::Secret => Some(Json::from("[secret]")),
        Mark::Unknown => Some(Json::from("[unknown]")),
        Mark::Bytes | Mark::Infinite => None,
    })
}

/// Returns a value as plain JSON, **with the secrets in clear**.
///
/// Unknown values become `null`, bytes hexadecimal digits, infinite numbers `"inf"` and `"-inf"`.
pub fn revealed(value: &Value) -> Json {
    convert(value, &Path::root(), &mut |_, _| None)
}

/// Returns a value as JSON and marks, which [`from_marked`] reads back.
///
/// An unresolved output reads back as unknown.
///
/// ```
/// use kim_model::json::{Mark, from_marked, to_marked};
/// use kim_model::{Path, Value};
///
/// let value: Value = [("password", Value::secret("hunter2".into()))].into_iter().collect();
/// let marked = to_marked(&value);
/// assert_eq!(marked.marks, [(Path::key("password"), Mark::Secret)]);
/// assert_eq!(from_marked(&marked), Some(value));
/// ```
pub fn to_marked(value: &Value) -> Marked {
    let mut marks = Vec::new();
    let json = convert(value, &Path::root(), &mut |path, mark| {
        marks.push((path.clone(), mark));
        None
    });
    Marked { json, marks }
}

fn convert(
    value: &Value,
    path: &Path,
    on_mark: &mut dyn FnMut(&Path, Mark) -> Option<Json>,
) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(b) => Json::from(*b),
        Value::Int(n) => Json::from(*n),
        Value::Float(n) if n.is_infinite() => {
            on_mark(path, Mark::Infinite).unwrap_or_else(|| n.to_string().into())
        }
        Value::Float(n) => Json::from(*n),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Bytes(bytes) => on_mark(path, Mark::Bytes)
            .unwrap_or_else(|| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>().into()),
        Value::List(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| convert(item, &path.item(index), on_mark))
            .collect(),
        Value::Map(map) => map
            .iter()
            .map(|(key, item)| (key.clone(), convert(item, &path.join(key), on_mark)))
            .collect(),
        Value::Secret(inner) => match on_mark(path, Mark::Secret) {
            Some(stand_in) => stand_in,
            None => convert(inner, path, on_mark),
        },
        Value::Unknown | Value::Output(_) => on_mark(path, Mark::Unknown).unwrap_or(Json::Null),
    }
}

/// Reads plain JSON as a value.
///
/// A number outside the range of `i64` becomes a float.
pub fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => {
            n.as_i64().map_or_else(|| Value::Float(n.as_f64().unwrap_or(f64::MAX)), Value::Int)
        }
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(from_json).collect()),
        Json::Object(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), from_json(item))).collect())
        }
    }
}

/// Reads a value back from JSON and marks.
///
/// Returns `None` if a mark does not fit the JSON.
pub fn from_marked(marked: &Marked) -> Option<Value> {
    let mut value = from_json(&marked.json);
    // Apply inner marks first: an outer mark would hide the values below it.
    for (path, mark) in marked.marks.iter().rev() {
        let slot = slot_at(&mut value, path.steps())?;
        let old = std::mem::take(slot);
        *slot = match mark {
            Mark::Secret => Value::secret(old),
            Mark::Unknown => Value::Unknown,
            Mark::Bytes => Value::Bytes(unhex(old.as_text()?)?),
            Mark::Infinite => Value::Float(infinite(old.as_text()?)?),
        };
    }
    Some(value)
}

fn slot_at<'v>(value: &'v mut Value, steps: &[Step]) -> Option<&'v mut Value> {
    let Some((step, rest)) = steps.split_first() else { return Some(value) };
    match (value, step) {
        (Value::Map(map), Step::Key(key)) => slot_at(map.get_mut(key)?, rest),
        (Value::List(items), Step::Index(index)) => slot_at(items.get_mut(*index)?, rest),
        _ => None,
    }
}

fn infinite(text: &str) -> Option<f64> {
    match text {
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

impl serde::Serialize for Value {
    /// Writes the lossless form, [`Marked`]. **It contains the secrets in clear.**
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        to_marked(self).serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
        let marked = Marked::deserialize(deserializer)?;
        from_marked(&marked)
            .ok_or_else(|| serde::de::Error::custom("a mark does not fit the value"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_infinite_number_reads_back() {
        for number in [f64::INFINITY, f64::NEG_INFINITY] {
            let value = Value::List(vec![Value::secret(Value::Float(number)), Value::Null]);
            assert_eq!(from_marked(&to_marked(&value)), Some(value));
        }
    }
}
