//! Edits `Kim.<stack>.toml` in place. Keeps comments and layout.

use std::path::Path as File;

use kim_model::{Path, Step};
use toml_edit::{DocumentMut, InlineTable, Item, Table, Value};

use super::tables::{settings_text, toml_error};
use crate::error::{Error, Result};

/// Returns the path of a key in the settings: `size` is `config.size`.
///
/// A first step that names a settings table stays.
pub fn key_path<'t>(key: &str, tables: impl IntoIterator<Item = &'t str>) -> Result<Path> {
    let path: Path =
        key.parse().map_err(|error: kim_model::PathError| Error::usage(error.to_string()))?;
    let names_table = path.steps().len() > 1
        && path.first_key().is_some_and(|first| tables.into_iter().any(|table| table == first));
    match path.steps().first() {
        None => Err(Error::usage("the key is empty")),
        Some(Step::Index(_)) => Err(Error::usage(format!(
            "the key '{key}' begins with an index; it has to begin with a name"
        ))),
        Some(Step::Key(_)) if names_table => Ok(path),
        Some(Step::Key(_)) => Ok([Step::Key("config".to_owned())]
            .into_iter()
            .chain(path.steps().iter().cloned())
            .collect()),
    }
}

/// Parses a value from the command line.
///
/// It is a list or table if it is one in TOML. It is a boolean or number if kim writes that in the
/// same characters. All else is text as it was typed: `007`, `1e3` and `" 5 "` stay what they are.
pub fn typed(text: &str) -> Value {
    match text.parse::<Value>() {
        Ok(value @ (Value::Array(_) | Value::InlineTable(_))) => value,
        Ok(value @ (Value::Boolean(_) | Value::Integer(_) | Value::Float(_)))
            if in_own_form(&value).as_deref() == Some(text) =>
        {
            value
        }
        _ => Value::from(text),
    }
}

/// Returns a boolean or a number as `kim config get` prints it.
fn in_own_form(value: &Value) -> Option<String> {
    let value = match value {
        Value::Boolean(boolean) => kim_model::Value::Bool(*boolean.value()),
        Value::Integer(number) => kim_model::Value::Int(*number.value()),
        Value::Float(number) if number.value().is_finite() => {
            kim_model::Value::Float(*number.value())
        }
        _ => return None,
    };
    Some(kim_model::json::revealed(&value).to_string())
}

/// Returns a sealed value.
pub fn sealed(text: String) -> Value {
    let mut table = InlineTable::new();
    table.insert(super::settings::SEALED, text.into());
    Value::InlineTable(table)
}

/// Reads a stack's file. Returns an empty document if it does not exist.
pub fn read(file: &File) -> Result<DocumentMut> {
    // A link that leads nowhere counts as a file, as for `Settings::load`.
    let text = match file.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        _ => settings_text(file)?,
    };
    text.parse().map_err(|error: toml_edit::TomlError| {
        toml_error(file, error.to_string().trim_end(), error.message())
    })
}

/// Writes a stack's file aside and renames it, so that it is never half written.
pub fn write(file: &File, document: &DocumentMut) -> Result<()> {
    kim_files::write::replace(file, document.to_string().as_bytes())
        .map_err(|error| Error::file("write", file, &error))
}

/// Sets the value at a path. Creates missing tables.
///
/// # Errors
/// A step of the path is neither a table nor a list, an index is beyond the end of its list, or the
/// file could not be read back.
pub fn set(document: &mut DocumentMut, path: &Path, value: Value) -> Result<()> {
    put(document, path, value)?;
    // TOML's reader bounds how deep tables are nested, and its writer does not.
    match document.to_string().parse::<DocumentMut>() {
        Ok(_) => Ok(()),
        Err(error) => {
            let why = error.message();
            Err(Error::usage(format!(
                "{path} cannot be set: the file could not be read again ({why})"
            )))
        }
    }
}

fn put(document: &mut DocumentMut, path: &Path, mut value: Value) -> Result<()> {
    let mut place = document.as_item_mut();
    for (depth, step) in path.steps().iter().enumerate() {
        let so_far = || path.steps()[..depth].iter().cloned().collect::<Path>();
        let is_table = place.is_none() || place.is_table_like();
        place = match step {
            Step::Key(key) if is_table => child(place, key, depth),
            Step::Key(key) => {
                return Err(Error::usage(format!(
                    "cannot set '{key}' in {}: that is not a table",
                    so_far()
                )));
            }
            Step::Index(index) => {
                if place.is_none() {
                    *place = Item::Value(Value::Array(toml_edit::Array::new()));
                }
                let list = place
                    .as_array_mut()
                    .ok_or_else(|| Error::usage(format!("{} is not a list", so_far())))?;
                let last = depth + 1 == path.steps().len();
                return set_item(list, *index, value, last, &so_far());
            }
        };
    }
    if let Some(old) = place.as_value() {
        // A comment after the old value stays.
        *value.decor_mut() = old.decor().clone();
    }
    *place = Item::Value(value);
    Ok(())
}

/// Returns the item of a key in a table.
///
/// Creates it if missing: the outermost with a header, inner ones inline.
fn child<'i>(place: &'i mut Item, key: &str, depth: usize) -> &'i mut Item {
    if place.is_none() {
        *place = if depth <= 1 {
            Item::Table(Table::new())
        } else {
            Item::Value(Value::InlineTable(InlineTable::new()))
        };
    }
    &mut place[key]
}

fn set_item(
    list: &mut toml_edit::Array,
    index: usize,
    mut value: Value,
    last: bool,
    of: &Path,
) -> Result<()> {
    if !last {
        return Err(Error::usage(format!(
            "values inside an item of {of} cannot be set by themselves; set the whole item"
        )));
    }
    let length = list.len();
    match list.get_mut(index) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None if index == length => list.push(value),
        None => {
            return Err(Error::usage(format!(
                "{of} has {length} items; the next one is {of}[{length}]"
            )));
        }
    }
    Ok(())
}

/// Removes the value at a path. Returns true if there was one.
pub fn remove(document: &mut DocumentMut, path: &Path) -> bool {
    let Some((last, way)) = path.steps().split_last() else { return false };
    let mut place = Some(document.as_item_mut());
    for step in way {
        place = match (place, step) {
            (Some(item), Step::Key(key)) => item.get_mut(key.as_str()),
            (Some(item), Step::Index(index)) => item.get_mut(*index),
            (None, _) => return false,
        };
    }
    match (place, last) {
        (Some(item), Step::Key(key)) => {
            item.as_table_like_mut().and_then(|table| table.remove(key)).is_some()
        }
        (Some(item), Step::Index(index)) => match item.as_array_mut() {
            Some(list) if *index < list.len() => {
                list.remove(*index);
                true
            }
            _ => false,
        },
        (None, _) => false,
    }
}
