//! The types of the configuration, as their sources have them.

use std::collections::BTreeMap;
use std::path::Path;

use syn::{
    Attribute, Expr, Field, GenericArgument, Ident, Item, ItemEnum, ItemStruct, Lit, Meta,
    PathArguments, Type,
};

use super::Result;

/// The types that `#[kim::config]` marks, by name.
#[derive(Default)]
pub(super) struct Types {
    pub(super) tables: BTreeMap<String, Table>,
    pub(super) choices: BTreeMap<String, Choice>,
}

/// A struct.
pub(super) struct Table {
    pub(super) docs: String,
    /// Whether every key may be left out.
    pub(super) optional: bool,
    pub(super) keys: Vec<Key>,
}

/// A field of a struct.
pub(super) struct Key {
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) kind: Kind,
}

/// What a key takes.
pub(super) enum Kind {
    Bool,
    Number,
    Text,
    Texts,
    MapOfTexts,
    /// A table or one word of a choice, by the type's name.
    Named(String),
    /// A list of tables.
    List(String),
}

/// An enum: each value with its docs, and whether it is the default.
pub(super) struct Choice {
    pub(super) values: Vec<(String, String, bool)>,
}

/// Reads the sources of a folder.
pub(super) fn read(folder: &Path) -> Result<Types> {
    let mut types = Types::default();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|error| named(&error))?;
        for item in syn::parse_file(&text).map_err(|error| named(&error))?.items {
            match item {
                Item::Struct(item) if is_config(&item.attrs) => {
                    types.tables.insert(
                        item.ident.to_string(),
                        table(&item).map_err(|error| named(&error))?,
                    );
                }
                Item::Enum(item) if is_config(&item.attrs) => {
                    types.choices.insert(item.ident.to_string(), choice(&item));
                }
                _ => {}
            }
        }
    }
    Ok(types)
}

fn is_config(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path: Vec<String> =
            attribute.path().segments.iter().map(|part| part.ident.to_string()).collect();
        path == ["kim", "config"]
    })
}

fn table(item: &ItemStruct) -> Result<Table> {
    let keys = item.fields.iter().map(|field| key(&item.ident, field)).collect::<Result<_>>()?;
    let optional = item.attrs.iter().any(is_default);
    Ok(Table { docs: docs(&item.attrs), optional, keys })
}

fn is_default(attribute: &Attribute) -> bool {
    let mut found = false;
    if attribute.path().is_ident("serde") {
        // What serde takes and this does not know, the compiler has seen already.
        let _ = attribute.parse_nested_meta(|meta| {
            found |= meta.path.is_ident("default");
            Ok(())
        });
    }
    found
}

fn key(table: &Ident, field: &Field) -> Result<Key> {
    let Some(name) = &field.ident else {
        return Err(format!("{table} has a field without a name").into());
    };
    if field.attrs.iter().any(|attribute| attribute.path().is_ident("serde")) {
        return Err(format!(
            "{table}.{name} has an attribute of serde, of which the generator knows nothing"
        )
        .into());
    }
    let kind = kind(&field.ty)
        .ok_or_else(|| format!("{table}.{name} has a type that the generator does not know"))?;
    Ok(Key { name: name.to_string(), docs: docs(&field.attrs), kind })
}

fn kind(ty: &Type) -> Option<Kind> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let inner = || match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.last()? {
            GenericArgument::Type(inner) => kind(inner),
            _ => None,
        },
        _ => None,
    };
    match last.ident.to_string().as_str() {
        "Option" => inner(),
        "bool" => Some(Kind::Bool),
        "u8" | "u16" | "u32" | "u64" => Some(Kind::Number),
        "String" => Some(Kind::Text),
        "Vec" => match inner()? {
            Kind::Text => Some(Kind::Texts),
            Kind::Named(name) => Some(Kind::List(name)),
            _ => None,
        },
        "BTreeMap" => matches!(inner()?, Kind::Text).then_some(Kind::MapOfTexts),
        name => Some(Kind::Named(name.to_owned())),
    }
}

fn choice(item: &ItemEnum) -> Choice {
    let values = item.variants.iter().map(|value| {
        let default = value.attrs.iter().any(|attribute| attribute.path().is_ident("default"));
        (kebab(&value.ident.to_string()), docs(&value.attrs), default)
    });
    Choice { values: values.collect() }
}

/// Returns a variant as it is written in a file: `SelfSigned` → `self-signed`.
fn kebab(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// Returns the doc comment in one line.
fn docs(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect::<Vec<_>>().join(" ")
}
