//! The types that can be an input: plain values, outputs, secrets, and lists, maps and options of
//! them.
//!
//! Invariant: [`Input`] is a mark on [`IntoValue`]. It says of which type the value is once all
//! outputs are known.

use std::collections::BTreeMap;

use kim_model::Value;

use crate::{Output, Secret};

/// A type that converts to the value of an input.
pub trait IntoValue {
    /// Returns the value, which may refer to outputs.
    fn into_value(self) -> Value;
}

/// A type that can be an input of type `T`.
///
/// These are `T`, `Output<T>`, `Secret<T>`, an `Option` of those, and common substitutes, such as
/// `&str` for `String` and `i32`, `u32` or `u16` for `i64`.
pub trait Input<T>: IntoValue {}

macro_rules! plain {
    ($($from:ty as $to:ty => |$value:ident| $make:expr),* $(,)?) => {$(
        impl IntoValue for $from {
            fn into_value(self) -> Value {
                let $value = self;
                $make
            }
        }
        impl Input<$to> for $from {}
    )*};
}
plain! {
    &str as String => |text| Value::text(text),
    String as String => |text| Value::text(text),
    &String as String => |text| Value::text(text),
    std::net::Ipv4Addr as String => |address| Value::text(address.to_string()),
    bool as bool => |b| Value::Bool(b),
    i64 as i64 => |n| Value::Int(n),
    i32 as i64 => |n| Value::Int(n.into()),
    u32 as i64 => |n| Value::Int(n.into()),
    u16 as i64 => |n| Value::Int(n.into()),
    f64 as f64 => |n| Value::Float(n),
    Vec<u8> as Vec<u8> => |bytes| Value::Bytes(bytes),
}

/// A whole number is accepted as an input of type `f64`.
impl Input<f64> for i32 {}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl IntoValue for serde_json::Value {
    fn into_value(self) -> Value {
        kim_model::json::from_json(&self)
    }
}

impl<T> IntoValue for Output<T> {
    fn into_value(self) -> Value {
        Value::Output(self.id())
    }
}
impl<T> Input<T> for Output<T> {}
/// An output that may be absent is accepted by an input of its inner type.
impl<T> Input<T> for Output<Option<T>> {}

impl<T> IntoValue for &Output<T> {
    fn into_value(self) -> Value {
        Value::Output(self.id())
    }
}
impl<T> Input<T> for &Output<T> {}

impl<I: IntoValue> IntoValue for Secret<I> {
    fn into_value(self) -> Value {
        Value::secret(self.into_revealed().into_value())
    }
}
impl<T, I: Input<T>> Input<T> for Secret<I> {}

impl<I: IntoValue + Clone> IntoValue for &Secret<I> {
    fn into_value(self) -> Value {
        self.clone().into_value()
    }
}
impl<T, I: Input<T> + Clone> Input<T> for &Secret<I> {}

/// `None` leaves the input out.
impl<I: IntoValue> IntoValue for Option<I> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null, IntoValue::into_value)
    }
}
impl<T, I: Input<T>> Input<T> for Option<I> {}

fn list_of(items: impl IntoIterator<Item = impl IntoValue>) -> Value {
    Value::List(items.into_iter().map(IntoValue::into_value).collect())
}

/// A list. `Vec<u8>` is bytes instead: a single `u8` is not an input.
impl<I: IntoValue> IntoValue for Vec<I> {
    fn into_value(self) -> Value {
        list_of(self)
    }
}
impl<T, I: Input<T>> Input<Vec<T>> for Vec<I> {}

impl<I: IntoValue, const N: usize> IntoValue for [I; N] {
    fn into_value(self) -> Value {
        list_of(self)
    }
}
impl<T, I: Input<T>, const N: usize> Input<Vec<T>> for [I; N] {}

impl<I: IntoValue + Clone> IntoValue for &[I] {
    fn into_value(self) -> Value {
        list_of(self.iter().cloned())
    }
}
impl<T, I: Input<T> + Clone> Input<Vec<T>> for &[I] {}

impl<I: IntoValue + Clone> IntoValue for &Vec<I> {
    fn into_value(self) -> Value {
        self.as_slice().into_value()
    }
}
impl<T, I: Input<T> + Clone> Input<Vec<T>> for &Vec<I> {}

impl<K: Into<String>, I: IntoValue> IntoValue for BTreeMap<K, I> {
    fn into_value(self) -> Value {
        Value::Map(self.into_iter().map(|(key, item)| (key.into(), item.into_value())).collect())
    }
}
impl<K: Into<String>, T, I: Input<T>> Input<BTreeMap<String, T>> for BTreeMap<K, I> {}

impl<K: Into<String>, I: IntoValue> IntoValue for Vec<(K, I)> {
    fn into_value(self) -> Value {
        Value::Map(self.into_iter().map(|(key, item)| (key.into(), item.into_value())).collect())
    }
}
impl<K: Into<String>, T, I: Input<T>> Input<BTreeMap<String, T>> for Vec<(K, I)> {}

impl<K: Into<String>, I: IntoValue, const N: usize> IntoValue for [(K, I); N] {
    fn into_value(self) -> Value {
        Vec::from(self).into_value()
    }
}
impl<K: Into<String>, T, I: Input<T>, const N: usize> Input<BTreeMap<String, T>> for [(K, I); N] {}
