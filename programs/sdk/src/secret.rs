//! Secrets of the configuration.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

/// A config value that must not be shown.
///
/// As an input it stays secret, and `Debug` does not show it. A config field of another type
/// rejects a secret value, so that no secret loses its mark by accident.
///
/// ```
/// use kim::prelude::*;
///
/// let password = Secret::new("hunter2".to_owned());
/// assert_eq!(format!("{password:?}"), "[secret]");
/// assert_eq!(password.reveal(), "hunter2");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

/// The name by which the config deserializer recognises this newtype.
///
/// A field of this type takes a secret.
pub(crate) const NEWTYPE: &str = "kim::Secret";

impl<T> Secret<T> {
    /// Marks a value as secret.
    pub fn new(value: T) -> Secret<T> {
        Secret(value)
    }

    /// Returns the value itself.
    ///
    /// What is derived from it is not marked as secret: pass it on only as another secret.
    pub fn reveal(&self) -> &T {
        &self.0
    }

    pub(crate) fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret<T>, D::Error> {
        struct Inner<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Inner<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<T, D::Error> {
                T::deserialize(deserializer)
            }
        }
        deserializer
            .deserialize_newtype_struct(NEWTYPE, Inner(std::marker::PhantomData))
            .map(Secret)
    }
}
