//! Configuration as typed values: a serde deserializer over [`Value`] whose errors name the key.
//!
//! Invariants: a secret goes only into a [`crate::Secret`]. No error contains the content of a
//! secret.

mod deserialize;
mod error;

use kim_model::{Path, Value};
use serde::de::DeserializeOwned;

pub use error::ConfigError;

use deserialize::At;

/// Reads a value of the configuration as a type.
///
/// `at` is the value's path, for errors.
///
/// # Errors
/// Names the first key that is missing, unknown, of another type, or secret where the type takes no
/// secret.
pub fn from_value<T: DeserializeOwned>(value: &Value, at: Path) -> Result<T, ConfigError> {
    T::deserialize(At::new(value, at))
}

/// Reads a known value that the engine passed to a closure.
///
/// Ignores marks of secrecy.
pub(crate) fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, ConfigError> {
    T::deserialize(At::new(&value.without_secrets(), Path::root()))
}
