//! Inputs as a check or a price sees them: parts of them may not be known yet.

use kim_model::{Path, Value};

use crate::field::{Field, Reading};

/// Inputs of a resource, some of them perhaps not known yet.
#[derive(Clone, Debug)]
pub struct Inputs(Value);

/// One input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input<T> {
    /// It is given.
    Known(T),
    /// It is given (or may be), but its value is not known yet.
    Unknown,
    /// It is not given.
    Absent,
}

impl<T> Input<T> {
    /// What is known.
    pub fn known(self) -> Option<T> {
        match self {
            Input::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Whether it is not given, for sure.
    pub fn is_absent(&self) -> bool {
        matches!(self, Input::Absent)
    }

    /// Whether it is given, or may be.
    pub fn is_given(&self) -> bool {
        !self.is_absent()
    }
}

impl Inputs {
    /// Inputs of a map of properties.
    pub fn new(value: Value) -> Inputs {
        Inputs(value)
    }

    /// The input at a path, `root.size` or `rules[0].port`. Null, and what does not have the type `T` (the schema's
    /// own check reports that), is absent. A part that is not known makes the whole unknown.
    pub fn get<T: Field>(&self, path: &str) -> Input<T> {
        let Some((value, path)) = self.at(path) else { return Input::Absent };
        if value.has_unknown() {
            return Input::Unknown;
        }
        T::lift(&value, &path, Reading::Inputs).map_or(Input::Absent, Input::Known)
    }

    /// The number of items of the list or map at a path, also where the items themselves are not known.
    pub fn count(&self, path: &str) -> Input<usize> {
        let Some((value, _)) = self.at(path) else { return Input::Absent };
        match value.revealed() {
            Value::List(items) => Input::Known(items.len()),
            Value::Map(items) => Input::Known(items.len()),
            Value::Unknown | Value::Output(_) => Input::Unknown,
            _ => Input::Absent,
        }
    }

    /// All of them.
    pub fn value(&self) -> &Value {
        &self.0
    }

    fn at(&self, path: &str) -> Option<(Value, Path)> {
        let path: Path = path.parse().ok()?;
        let value = self.0.at(&path)?;
        (*value.revealed() != Value::Null).then_some((value, path))
    }
}
