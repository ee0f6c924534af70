//! The deserializer itself: a value and its path.

use kim_model::{Path, Value};
use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error, Expected, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::ConfigError;
use crate::secret;

/// A value and its path in the configuration.
#[derive(Clone)]
pub(super) struct At<'de> {
    value: &'de Value,
    path: Path,
}

impl<'de> At<'de> {
    pub(super) fn new(value: &'de Value, path: Path) -> At<'de> {
        At { value, path }
    }

    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        let path = self.path.clone();
        let result = match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(b) => visitor.visit_bool(*b),
            Value::Int(n) => visitor.visit_i64(*n),
            Value::Float(n) => visitor.visit_f64(*n),
            Value::Text(text) => visitor.visit_borrowed_str(text),
            Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::List(items) => {
                visitor.visit_seq(Items { items: items.iter().enumerate(), path: self.path })
            }
            Value::Map(map) => {
                visitor.visit_map(Entries { entries: map.iter(), current: None, path: self.path })
            }
            Value::Secret(_) => Err(ConfigError::custom(
                "the value is a secret, but the program does not take one here; \
                 its author can declare the key as kim::Secret, or set the value without --secret",
            )),
            Value::Unknown | Value::Output(_) => {
                Err(ConfigError::mismatch(&visitor as &dyn Expected, self.value.kind_name()))
            }
        };
        result.map_err(|error| error.at(&path))
    }
}

impl<'de> Deserializer<'de> for At<'de> {
    type Error = ConfigError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        self.visit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ConfigError> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        match self.value {
            Value::Secret(inner) if name == secret::NEWTYPE => {
                let (path, found) = (self.path.clone(), inner.kind_name());
                visitor
                    .visit_newtype_struct(At { value: inner, path: self.path })
                    .map_err(|error| error.without_value(found).at(&path))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        let path = self.path.clone();
        let result = match self.value {
            Value::Text(_) => visitor.visit_enum(Variant { at: self, payload: None }),
            Value::Map(map) if map.len() == 1 => match map.iter().next() {
                Some((key, payload)) => {
                    let payload = At { value: payload, path: self.path.join(key) };
                    visitor.visit_enum(Variant { at: self, payload: Some((key, payload)) })
                }
                None => self.visit(visitor),
            },
            _ => self.visit(visitor),
        };
        result.map_err(|error| error.at(&path))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'de> {
    items: std::iter::Enumerate<std::slice::Iter<'de, Value>>,
    path: Path,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = ConfigError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ConfigError> {
        let Some((index, value)) = self.items.next() else { return Ok(None) };
        let path = self.path.item(index);
        seed.deserialize(At { value, path: path.clone() })
            .map(Some)
            .map_err(|error| error.at(&path))
    }
}

struct Entries<'de> {
    entries: std::collections::btree_map::Iter<'de, String, Value>,
    current: Option<At<'de>>,
    path: Path,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = ConfigError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ConfigError> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.current = Some(At { value, path: self.path.join(key) });
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, ConfigError> {
        let at = self
            .current
            .take()
            .ok_or_else(|| ConfigError::custom("a value was asked for before its key"))?;
        let path = at.path.clone();
        seed.deserialize(at).map_err(|error| error.at(&path))
    }
}

/// The value of an enum.
///
/// It is a text that names the variant, or a table with the variant as its only key.
struct Variant<'de> {
    at: At<'de>,
    payload: Option<(&'de str, At<'de>)>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = ConfigError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self), ConfigError> {
        let name = match (&self.payload, self.at.value) {
            (Some((key, _)), _) => key,
            (None, value) => value.as_text().unwrap_or_default(),
        };
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(|value| (value, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = ConfigError;

    fn unit_variant(self) -> Result<(), ConfigError> {
        match self.payload {
            None => Ok(()),
            Some((key, payload)) => {
                Err(ConfigError::custom(format!("'{key}' takes no settings")).at(&payload.path))
            }
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, ConfigError> {
        seed.deserialize(self.payload_or_error()?)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        self.payload_or_error()?.visit(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ConfigError> {
        self.payload_or_error()?.visit(visitor)
    }
}

impl<'de> Variant<'de> {
    fn payload_or_error(self) -> Result<At<'de>, ConfigError> {
        let name = self.at.value.as_text().unwrap_or_default().to_owned();
        self.payload.map(|(_, at)| at).ok_or_else(|| {
            ConfigError::custom(format!("'{name}' needs settings: write it as a table"))
        })
    }
}
