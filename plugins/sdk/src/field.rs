//! The Rust types of properties.
//!
//! Each has a schema, is read from values and is written to them.
//!
//! Invariants: an error names the exact path. A secret is read like the value inside it. An unknown
//! is never read as a value.

use std::collections::BTreeMap;

use kim_model::schema::{self, Property, Type};
use kim_model::{Failure, Path, Value};

/// How strictly an absent property is treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    /// Reads inputs: an absent property that is required is an error.
    Inputs,
    /// Reads what was recorded earlier, perhaps of an incomplete resource.
    ///
    /// An absent property without a default is [`Field::empty`].
    Recorded,
}

/// A Rust type that a property can have.
pub trait Field: Sized {
    /// True if an absent value is an error in inputs.
    const REQUIRED: bool;
    /// True if an absent value means an empty list or map.
    const COLLECTION: bool = false;
    /// Returns the schema as far as the type determines it.
    ///
    /// That is the type, its implied range, and whether it is required.
    fn property() -> Property;
    /// Returns the value that stands for an absent one.
    fn empty() -> Self;
    /// Reads a value that is present. `path` is its path, for errors.
    ///
    /// # Errors
    /// Returns [`Failure::Invalid`] with the path of what does not fit.
    fn lift(value: &Value, path: &Path, reading: Reading) -> Result<Self, Failure>;
    /// Returns the property's value; `Null` if it is absent.
    fn lower(&self) -> Value;
}

/// A struct with named properties. `#[derive(Object)]` implements it.
pub trait Object: Sized {
    /// Returns the schema of its properties.
    fn schema() -> schema::Object;
    /// Returns an object in which every property is [`Field::empty`].
    fn blank() -> Self;
    /// Reads a map. `path` is its path, for errors.
    ///
    /// # Errors
    /// Returns [`Failure::Invalid`] with the path of what is absent or does not fit.
    fn read_at(value: &Value, path: &Path, reading: Reading) -> Result<Self, Failure>;
    /// Returns a map without the absent properties.
    ///
    /// Secret properties are marked as secret.
    fn to_value(&self) -> Value;

    /// Reads inputs. A required property must be present.
    ///
    /// # Errors
    /// Returns [`Failure::Invalid`] with the path of what is absent or does not fit.
    fn from_value(value: &Value) -> Result<Self, Failure> {
        Self::read_at(value, &Path::root(), Reading::Inputs)
    }

    /// Reads recorded properties.
    ///
    /// An absent property is its default, else [`Field::empty`].
    ///
    /// # Errors
    /// Returns [`Failure::Invalid`] with the path of what does not fit.
    fn from_recorded(value: &Value) -> Result<Self, Failure> {
        Self::read_at(value, &Path::root(), Reading::Recorded)
    }
}

/// An object without properties.
///
/// For a lookup without arguments or a plugin without configuration.
impl Object for () {
    fn schema() -> schema::Object {
        schema::Object::default()
    }

    fn blank() {}

    fn read_at(_: &Value, _: &Path, _: Reading) -> Result<(), Failure> {
        Ok(())
    }

    fn to_value(&self) -> Value {
        Value::map()
    }
}

fn wrong(value: &Value, path: &Path, wanted: &str) -> Failure {
    Failure::invalid(path.clone(), format!("{wanted} is wanted here, not {}", value.kind_name()))
}

fn required(ty: Type) -> Property {
    Property { required: true, ..Property::new(ty) }
}

/// Returns the schema of an item of a list or map, which is never required.
fn item<T: Field>() -> Property {
    Property { required: false, ..T::property() }
}

macro_rules! plain {
    ($($type:ty, $schema:expr, $wanted:literal, $value:pat => $read:expr;)*) => {$(
        impl Field for $type {
            const REQUIRED: bool = true;

            fn property() -> Property {
                required($schema)
            }

            fn empty() -> Self {
                Self::default()
            }

            fn lift(value: &Value, path: &Path, _: Reading) -> Result<Self, Failure> {
                match value.revealed() {
                    $value => Ok($read),
                    other => Err(wrong(other, path, $wanted)),
                }
            }

            fn lower(&self) -> Value {
                Value::from(self.clone())
            }
        }
    )*};
}
plain! {
    bool, Type::Bool, "a boolean", Value::Bool(b) => *b;
    String, Type::Text, "text", Value::Text(text) => text.clone();
    i64, Type::Int, "a whole number", Value::Int(n) => *n;
}

impl Field for f64 {
    const REQUIRED: bool = true;

    fn property() -> Property {
        required(Type::Float)
    }

    fn empty() -> f64 {
        0.0
    }

    fn lift(value: &Value, path: &Path, _: Reading) -> Result<f64, Failure> {
        match value.revealed() {
            Value::Float(n) => Ok(*n),
            Value::Int(n) => Ok(*n as f64),
            other => Err(wrong(other, path, "a number")),
        }
    }

    fn lower(&self) -> Value {
        Value::Float(*self)
    }
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl Field for $type {
            const REQUIRED: bool = true;

            fn property() -> Property {
                Property {
                    min: Some(<$type>::MIN.into()),
                    max: Some(<$type>::MAX.into()),
                    ..required(Type::Int)
                }
            }

            fn empty() -> $type {
                0
            }

            fn lift(value: &Value, path: &Path, reading: Reading) -> Result<$type, Failure> {
                let n = i64::lift(value, path, reading)?;
                <$type>::try_from(n).map_err(|_| {
                    let (min, max) = (<$type>::MIN, <$type>::MAX);
                    Failure::invalid(path.clone(), format!("{n} is not between {min} and {max}"))
                })
            }

            fn lower(&self) -> Value {
                Value::from(*self)
            }
        }
    )*};
}
whole!(i32, u32, u16);

/// Bytes as the type of a property. (A `Vec<u8>` would be a list of numbers.)
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bytes(pub Vec<u8>);

impl Field for Bytes {
    const REQUIRED: bool = true;

    fn property() -> Property {
        required(Type::Bytes)
    }

    fn empty() -> Bytes {
        Bytes::default()
    }

    fn lift(value: &Value, path: &Path, _: Reading) -> Result<Bytes, Failure> {
        match value.revealed() {
            Value::Bytes(bytes) => Ok(Bytes(bytes.clone())),
            other => Err(wrong(other, path, "bytes")),
        }
    }

    fn lower(&self) -> Value {
        Value::Bytes(self.0.clone())
    }
}

/// A property of any type.
impl Field for Value {
    const REQUIRED: bool = true;

    fn property() -> Property {
        required(Type::Any)
    }

    fn empty() -> Value {
        Value::Null
    }

    fn lift(value: &Value, _: &Path, _: Reading) -> Result<Value, Failure> {
        Ok(value.clone())
    }

    fn lower(&self) -> Value {
        self.clone()
    }
}

impl<T: Field> Field for Option<T> {
    const REQUIRED: bool = false;

    fn property() -> Property {
        Property { required: false, ..T::property() }
    }

    fn empty() -> Option<T> {
        None
    }

    fn lift(value: &Value, path: &Path, reading: Reading) -> Result<Option<T>, Failure> {
        match value.revealed() {
            Value::Null => Ok(None),
            _ => T::lift(value, path, reading).map(Some),
        }
    }

    fn lower(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::lower)
    }
}

impl<T: Field> Field for Vec<T> {
    const REQUIRED: bool = false;
    const COLLECTION: bool = true;

    fn property() -> Property {
        Property::new(Type::List(Box::new(item::<T>())))
    }

    fn empty() -> Vec<T> {
        Vec::new()
    }

    fn lift(value: &Value, path: &Path, reading: Reading) -> Result<Vec<T>, Failure> {
        let items = value.as_list().ok_or_else(|| wrong(value, path, "a list"))?;
        items
            .iter()
            .enumerate()
            .map(|(index, item)| T::lift(item, &path.item(index), reading))
            .collect()
    }

    fn lower(&self) -> Value {
        Value::List(self.iter().map(T::lower).collect())
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    const REQUIRED: bool = false;
    const COLLECTION: bool = true;

    fn property() -> Property {
        Property::new(Type::Map(Box::new(item::<T>())))
    }

    fn empty() -> BTreeMap<String, T> {
        BTreeMap::new()
    }

    fn lift(value: &Value, path: &Path, reading: Reading) -> Result<BTreeMap<String, T>, Failure> {
        let items = value.as_map().ok_or_else(|| wrong(value, path, "a map"))?;
        let read = |(key, item): (&String, &Value)| {
            Ok((key.clone(), T::lift(item, &path.join(key), reading)?))
        };
        items.iter().map(read).collect()
    }

    fn lower(&self) -> Value {
        self.iter().map(|(key, item)| (key.clone(), item.lower())).collect()
    }
}

/// Reads the property `name` of a map, for derived code.
///
/// If it is absent, returns its default, else [`Field::empty`] unless it is a required input.
///
/// # Errors
/// Returns [`Failure::Invalid`] with the path of what is absent or does not fit.
#[doc(hidden)]
pub fn read<T: Field>(
    map: &Value,
    path: &Path,
    name: &str,
    reading: Reading,
    required: bool,
    default: Option<Value>,
) -> Result<T, Failure> {
    let place = path.join(name);
    let given =
        map.as_map().and_then(|map| map.get(name)).filter(|value| *value.revealed() != Value::Null);
    match (given, default) {
        (Some(value), _) => T::lift(value, &place, reading),
        (None, Some(default)) => T::lift(&default, &place, reading),
        (None, None) if required && reading == Reading::Inputs => {
            Err(Failure::invalid(place, "is required, but absent"))
        }
        (None, None) => Ok(T::empty()),
    }
}

/// Sets limits of texts and numbers.
///
/// They apply to the items of a list or map, else to the property itself.
#[doc(hidden)]
pub fn limit(property: &mut Property, set: impl FnOnce(&mut Property)) {
    match &mut property.ty {
        Type::List(item) | Type::Map(item) => limit(item, set),
        _ => set(property),
    }
}

/// Returns the paths of a key, for derived code.
///
/// # Panics
/// One is not a path.
#[doc(hidden)]
pub fn key(paths: &[&str]) -> Vec<Path> {
    let path = |text: &&str| match text.parse() {
        Ok(path) => path,
        Err(error) => panic!("the key of a kind has '{text}': {error}"),
    };
    paths.iter().map(path).collect()
}
