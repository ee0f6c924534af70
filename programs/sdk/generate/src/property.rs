//! The text of a property: its Rust type, its documentation and its methods.

use std::fmt::Write as _;

use kim_model::schema::{Object, Property, Type};

use crate::names;

/// Returns the Rust type of a value: the `T` of `Input<T>` and `Output<T>`.
pub(crate) fn rust_type(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".into(),
        Type::Int => "i64".into(),
        Type::Float => "f64".into(),
        Type::Text | Type::Json => "String".into(),
        Type::Bytes => "Vec<u8>".into(),
        Type::List(item) => format!("Vec<{}>", rust_type(&item.ty)),
        Type::Map(item) => format!("BTreeMap<String, {}>", rust_type(&item.ty)),
        Type::Object(Object { name, .. }) if !name.is_empty() => names::type_name(name),
        Type::Object(_) | Type::Any => "kim::Any".into(),
    }
}

/// Returns the type of an output of this property.
pub(crate) fn output_type(property: &Property) -> String {
    let ty = rust_type(&property.ty);
    if property.required || property.computed || property.default.is_some() {
        ty
    } else {
        format!("Option<{ty}>")
    }
}

/// Returns true if the setter takes any value: some part of the type is open.
fn is_open(ty: &Type) -> bool {
    match ty {
        Type::Any | Type::Json => true,
        Type::List(item) | Type::Map(item) => is_open(&item.ty),
        Type::Object(object) => object.name.is_empty(),
        _ => false,
    }
}

/// Returns the type of a setter's parameter.
fn parameter(ty: &Type) -> String {
    if is_open(ty) {
        "impl kim::IntoValue".into()
    } else {
        format!("impl kim::Input<{}>", rust_type(ty))
    }
}

/// The methods by which a builder stores values in the type that it wraps.
pub(crate) struct Store {
    pub(crate) set: &'static str,
    pub(crate) set_json: &'static str,
    /// The method that sets an entry of a map; `None` if there is none.
    pub(crate) entry: Option<&'static str>,
}

/// Returns the text of a builder's methods for a property.
pub(crate) fn setters(name: &str, property: &Property, store: &Store, taken: &[String]) -> String {
    let mut text = docs(name, property);
    let (method, parameter) = (names::method(name), parameter(&property.ty));
    let set = if property.ty == Type::Json { store.set_json } else { store.set };
    let _ = write!(
        text,
        "    pub fn {method}(self, value: {parameter}) -> Self {{\n        Self(self.0.{set}({name:?}, value))\n    }}\n",
    );
    if let (Type::Map(item), Some(entry)) = (&property.ty, store.entry) {
        let method = names::entry(name);
        if !taken.contains(&method) {
            let _ = write!(
                text,
                "\n    /// Adds one entry to [`Self::{name}`] and keeps the others.\n    \
                 pub fn {method}(self, key: impl Into<String>, value: {}) -> Self {{\n        \
                 Self(self.0.{entry}({name:?}, key, value))\n    }}\n",
                self::parameter(&item.ty),
            );
        }
    }
    text
}

/// Returns the text of a handle's method for a property.
pub(crate) fn accessor(name: &str, property: &Property) -> String {
    format!(
        "{}    pub fn {}(&self) -> kim::Output<{}> {{\n        self.0.get({name:?})\n    }}\n",
        comment(&words(name, property), 1),
        names::method(name),
        output_type(property),
    )
}

/// Returns the documentation of a property in the schema.
fn words(name: &str, property: &Property) -> String {
    if property.docs.trim().is_empty() {
        format!("The property `{name}`.")
    } else {
        property.docs.clone()
    }
}

/// Returns the doc comment of an input: the schema's text, and its limits.
fn docs(name: &str, property: &Property) -> String {
    let mut limits = Vec::new();
    if property.required && property.default.is_none() {
        limits.push("Required.".to_owned());
    }
    if let Some(default) = &property.default {
        limits.push(format!("Default: `{default:?}`."));
    }
    if !property.one_of.is_empty() {
        let allowed: Vec<String> = property.one_of.iter().map(|text| format!("`{text}`")).collect();
        limits.push(format!("One of {}.", allowed.join(", ")));
    }
    limits.extend(range(property));
    if property.immutable {
        limits.push("A change replaces the resource.".to_owned());
    }
    if property.secret {
        limits.push("Secret.".to_owned());
    }
    if property.set {
        limits.push("Order does not matter.".to_owned());
    }
    let words = words(name, property);
    if limits.is_empty() {
        comment(&words, 1)
    } else {
        comment(&format!("{words}\n\n{}", limits.join(" ")), 1)
    }
}

/// Returns the range of a property as a sentence.
pub(crate) fn range(property: &Property) -> Option<String> {
    let what = match property.ty {
        Type::Int | Type::Float => "",
        Type::List(_) | Type::Map(_) => " entries",
        Type::Bytes => " bytes",
        _ => " characters",
    };
    match (property.min, property.max) {
        (Some(min), Some(max)) => Some(format!("{min} to {max}{what}.")),
        (Some(min), None) => Some(format!("At least {min}{what}.")),
        (None, Some(max)) => Some(format!("At most {max}{what}.")),
        (None, None) => None,
    }
}

/// Returns a text as a doc comment, wrapped by words.
pub(crate) fn comment(docs: &str, depth: usize) -> String {
    const WIDTH: usize = 120;
    let indent = "    ".repeat(depth);
    let room = WIDTH - indent.len() - "/// ".len();
    let mut text = String::new();
    for paragraph in docs.trim().split("\n\n") {
        if !text.is_empty() {
            let _ = writeln!(text, "{indent}///");
        }
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                let _ = writeln!(text, "{indent}/// {line}");
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        let _ = writeln!(text, "{indent}/// {line}");
    }
    text
}
