//! The one value type of kim, for configuration, inputs and outputs.
//!
//! Invariants: being secret and being unknown are parts of a value, never a reserved key or a
//! sentinel text. `Debug` never shows the content of a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::path::{Path, Step};

/// The id of an output: an index into [`crate::Declarations::expressions`].
///
/// It is unique in one run of a program.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize,
)]
pub struct OutputId(pub u32);

/// A configuration value, or an input or output of a resource.
///
/// ```
/// use kim_model::{Value, json};
///
/// let password = Value::secret("hunter2".into());
/// let user: Value = [("name", "kim".into()), ("password", password)].into_iter().collect();
/// assert_eq!(user.get("name").and_then(Value::as_text), Some("kim"));
/// assert!(user.has_secret());
/// assert_eq!(format!("{user:?}"), r#"{"name": "kim", "password": [secret]}"#);
/// assert_eq!(json::redacted(&user)["password"], "[secret]");
/// assert_eq!(json::revealed(&user)["password"], "hunter2");
/// ```
#[derive(Clone, PartialEq, Default)]
pub enum Value {
    /// No value. As an input it is the same as an absent property.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number; never NaN.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list in order.
    List(Vec<Value>),
    /// Values by name.
    Map(BTreeMap<String, Value>),
    /// A value that must not be shown, logged, or stored in clear.
    ///
    /// It never directly contains another secret.
    Secret(Box<Value>),
    /// A value that is not known yet.
    Unknown,
    /// The result of an expression of the program.
    ///
    /// It occurs in declarations only, never in state.
    Output(OutputId),
}

impl Value {
    /// Returns an empty map.
    pub fn map() -> Value {
        Value::Map(BTreeMap::new())
    }

    /// Returns a text value.
    pub fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// Marks a value as secret. A value that is already a secret stays as it is.
    pub fn secret(value: Value) -> Value {
        match value {
            Value::Secret(_) => value,
            other => Value::Secret(Box::new(other)),
        }
    }

    /// Returns the value without its own mark of secrecy. Marks inside it stay.
    pub fn revealed(&self) -> &Value {
        match self {
            Value::Secret(inner) => inner,
            other => other,
        }
    }

    /// Returns a copy of the value without marks of secrecy at any depth.
    pub fn without_secrets(&self) -> Value {
        match self {
            Value::Secret(inner) => inner.without_secrets(),
            Value::List(items) => Value::List(items.iter().map(Value::without_secrets).collect()),
            Value::Map(map) => {
                Value::Map(map.iter().map(|(k, v)| (k.clone(), v.without_secrets())).collect())
            }
            other => other.clone(),
        }
    }

    /// Returns the text of a text value, secret or not.
    pub fn as_text(&self) -> Option<&str> {
        match self.revealed() {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number of a whole number, secret or not.
    pub fn as_int(&self) -> Option<i64> {
        match self.revealed() {
            Value::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// Returns the boolean of a boolean value, secret or not.
    pub fn as_bool(&self) -> Option<bool> {
        match self.revealed() {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// Returns the items of a list, secret or not.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self.revealed() {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the entries of a map, secret or not.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        match self.revealed() {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// Returns the entry `name` of a map, secret or not.
    ///
    /// Returns `None` if it is absent or null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_map()?.get(name).filter(|value| **value != Value::Null)
    }

    /// Returns a copy of the value at a path, or `None` if the path leads nowhere.
    ///
    /// If the path crosses a secret, the result is secret. If it crosses an unknown value, the
    /// result is unknown.
    pub fn at(&self, path: &Path) -> Option<Value> {
        let (value, secret) = self.find(path)?;
        Some(if secret { Value::secret(value.clone()) } else { value.clone() })
    }

    /// Returns the value at a path as [`Value::at`] does, without a copy.
    ///
    /// The boolean is true if the path crosses a secret, so that the value has to become one.
    pub fn find(&self, path: &Path) -> Option<(&Value, bool)> {
        let mut value = self;
        let mut secret = false;
        for step in path.steps() {
            if let Value::Secret(inner) = value {
                secret = true;
                value = inner;
            }
            value = match (value, step) {
                (Value::Unknown, _) => break,
                (Value::Map(map), Step::Key(key)) => map.get(key)?,
                (Value::List(items), Step::Index(index)) => items.get(*index)?,
                _ => return None,
            };
        }
        Some((value, secret))
    }

    /// Returns true if the value has more levels than that.
    ///
    /// A list, a map and a secret are a level above what they hold. Looks no deeper, so a value of
    /// any depth can be asked.
    pub fn is_deeper_than(&self, levels: usize) -> bool {
        let Some(below) = levels.checked_sub(1) else { return true };
        match self {
            Value::List(items) => items.iter().any(|item| item.is_deeper_than(below)),
            Value::Map(map) => map.values().any(|item| item.is_deeper_than(below)),
            Value::Secret(inner) => inner.is_deeper_than(below),
            _ => false,
        }
    }

    /// Returns true if any part of the value is unknown or an unresolved output.
    pub fn has_unknown(&self) -> bool {
        match self {
            Value::Unknown | Value::Output(_) => true,
            Value::Secret(inner) => inner.has_unknown(),
            Value::List(items) => items.iter().any(Value::has_unknown),
            Value::Map(map) => map.values().any(Value::has_unknown),
            _ => false,
        }
    }

    /// Returns true if any part of the value is secret.
    pub fn has_secret(&self) -> bool {
        match self {
            Value::Secret(_) => true,
            Value::List(items) => items.iter().any(Value::has_secret),
            Value::Map(map) => map.values().any(Value::has_secret),
            _ => false,
        }
    }

    /// Returns the ids of all outputs that the value refers to, at any depth.
    pub fn outputs(&self) -> BTreeSet<OutputId> {
        let mut found = BTreeSet::new();
        self.each_output(&mut |output| {
            found.insert(output);
        });
        found
    }

    /// Passes on the id of each output that the value refers to, at any depth.
    ///
    /// One that is referred to twice is passed on twice.
    pub fn each_output(&self, pass: &mut impl FnMut(OutputId)) {
        match self {
            Value::Output(id) => pass(*id),
            Value::Secret(inner) => inner.each_output(pass),
            Value::List(items) => items.iter().for_each(|item| item.each_output(pass)),
            Value::Map(map) => map.values().for_each(|item| item.each_output(pass)),
            _ => {}
        }
    }

    /// Returns the type of the value for a message, such as "text" or "a list".
    pub fn kind_name(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Secret(inner) => inner.kind_name(),
            Value::Unknown => "a value not known yet",
            Value::Output(_) => "an output",
        }
    }
}

// A number is never NaN. So a shared value equals itself, and is not searched for differences.
impl Eq for Value {}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::Int(n) => write!(f, "{n}"),
            Value::Float(n) => write!(f, "{n:?}"),
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Bytes(bytes) => write!(f, "<{} bytes>", bytes.len()),
            Value::List(items) => f.debug_list().entries(items).finish(),
            Value::Map(map) => f.debug_map().entries(map).finish(),
            Value::Secret(_) => f.write_str("[secret]"),
            Value::Unknown => f.write_str("[unknown]"),
            Value::Output(OutputId(id)) => write!(f, "[output {id}]"),
        }
    }
}

macro_rules! from {
    ($($from:ty => |$value:ident| $to:expr),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Value {
                $to
            }
        }
    )*};
}
from! {
    bool => |b| Value::Bool(b),
    i64 => |n| Value::Int(n),
    i32 => |n| Value::Int(n.into()),
    u32 => |n| Value::Int(n.into()),
    u16 => |n| Value::Int(n.into()),
    f64 => |n| Value::Float(n),
    &str => |text| Value::Text(text.to_owned()),
    String => |text| Value::Text(text),
    OutputId => |id| Value::Output(id),
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Value {
        Value::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Value {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Value {
        Value::Map(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}
