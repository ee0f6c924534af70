//! Inputs as `check` and `price` receive them: parts may not be known yet.

use kim_model::{Path, Value};

use crate::field::{Field, Reading};

/// The inputs of a resource, of which parts may not be known yet.
#[derive(Clone, Debug)]
pub struct Inputs(Value);

/// One input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input<T> {
    /// The input is set and its value is known.
    Known(T),
    /// The input is or may be set, but its value is not known yet.
    Unknown,
    /// The input is not set.
    Absent,
}

impl<T> Input<T> {
    /// Returns the value if it is known.
    pub fn known(self) -> Option<T> {
        match self {
            Input::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Returns true if the input is certainly not set.
    pub fn is_absent(&self) -> bool {
        matches!(self, Input::Absent)
    }

    /// Returns true if the input is or may be set.
    pub fn is_given(&self) -> bool {
        !self.is_absent()
    }
}

impl Inputs {
    /// Creates inputs of a map of properties.
    pub fn new(value: Value) -> Inputs {
        Inputs(value)
    }

    /// Returns the input at a path, such as `root.size` or `rules[0].port`.
    ///
    /// It is absent if it is null or not of type `T`; the check of the schema reports a wrong type.
    /// It is unknown if any part of it is unknown.
    pub fn get<T: Field>(&self, path: &str) -> Input<T> {
        let Some((value, path)) = self.at(path) else { return Input::Absent };
        if value.has_unknown() {
            return Input::Unknown;
        }
        T::lift(&value, &path, Reading::Inputs).map_or(Input::Absent, Input::Known)
    }

    /// Returns the number of items of the list or map at a path.
    ///
    /// The number is known even if the items themselves are not.
    pub fn count(&self, path: &str) -> Input<usize> {
        let Some((value, _)) = self.at(path) else { return Input::Absent };
        match value.revealed() {
            Value::List(items) => Input::Known(items.len()),
            Value::Map(items) => Input::Known(items.len()),
            Value::Unknown | Value::Output(_) => Input::Unknown,
            _ => Input::Absent,
        }
    }

    /// Returns all inputs as a value.
    pub fn value(&self) -> &Value {
        &self.0
    }

    fn at(&self, path: &str) -> Option<(Value, Path)> {
        let path: Path = path.parse().ok()?;
        let value = self.0.at(&path)?;
        (*value.revealed() != Value::Null).then_some((value, path))
    }
}
