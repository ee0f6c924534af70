//! Reads TOML files table by table and key by key.
//!
//! Invariant: an error names the file and the key. A key that the reader did not ask for is an
//! error.

use kim_engine::gate::{first_invisible, inline};
use kim_engine::suggest::nearest;
use kim_files::read::{Unfit, is_link, read_own, read_text};
use kim_model::bounds::SETTINGS_FILE;
use std::io::ErrorKind;
use std::path::Path;

use toml::{Table, Value};

use crate::error::{Error, Exit, Result};

/// Creates the error for a settings file that cannot be read.
fn read_error(file: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::IsADirectory => {
            Error::failed(format!("{} is a folder; it has to be a file", file.display()))
        }
        ErrorKind::InvalidData => {
            Error::failed(format!("cannot read {}: it is not UTF-8 text", file.display()))
        }
        _ => Error::file("read", file, error).hint("it has to be a file that you may read"),
    }
}

/// Creates the error for a file of a project that is not read.
fn unfit_error(file: &Path, unfit: &Unfit) -> Error {
    let name = file.display();
    let error = match unfit {
        Unfit::System(error) => read_error(file, error),
        Unfit::NotAFile(kind) => Error::failed(format!("{name} is {kind}; it has to be a file")),
        Unfit::TooLarge(_) => Error::failed(format!(
            "{name} is larger than {SETTINGS_FILE}, so it was not read; it has to be a text that a person wrote"
        )),
        Unfit::LeadsOut => Error::failed(format!("{name} {unfit}, so it was not read"))
            .hint("put a file in the place of the link, and into it what the project needs"),
        Unfit::BelongsTo(uid) => foreign_error(file, *uid),
    };
    Error { exit: Exit::Usage, ..error }
}

/// Creates the error for a file or a folder of a project that is another user's.
pub(super) fn foreign_error(path: &Path, uid: u32) -> Error {
    let name = path.display();
    Error::usage(format!("{name} belongs to another user (uid {uid}), so it was not used")).hint(format!(
        "run kim as that user, or make it yours with chown; if you trust that user with all that you may do, set \
         KIM_TRUSTED_UIDS={uid}"
    ))
}

/// Reads a settings file as text.
///
/// It is a regular file of this user's, and a link to it stays in its folder: what a stranger's
/// project names is not quoted from anywhere else.
///
/// # Errors
/// It is something else, larger than [`SETTINGS_FILE`], or cannot be read.
pub fn settings_text(file: &Path) -> Result<String> {
    read_own(file, SETTINGS_FILE.most).map_err(|unfit| unfit_error(file, &unfit))
}

/// Reads a settings file. An error says where in the file it is.
///
/// # Errors
/// As for [`settings_text`], or it is not TOML.
pub fn read_settings(file: &Path) -> Result<Table> {
    let text = settings_text(file)?;
    toml::from_str(&text)
        .map_err(|error| toml_error(file, error.to_string().trim_end(), error.message()))
}

/// Reads a TOML file of cargo's, which may be a link.
///
/// An error says where in the file it is.
pub fn read_toml(file: &Path) -> Result<Table> {
    let text = read_text(file, SETTINGS_FILE.most).map_err(|unfit| unfit_error(file, &unfit))?;
    toml::from_str(&text)
        .map_err(|error| toml_error(file, error.to_string().trim_end(), error.message()))
}

/// The longest line of a settings file that an error quotes, in bytes.
const LONGEST_QUOTED: usize = 200;

/// Creates the error for a file that is not TOML.
///
/// `quoting` has a line of the file, which is shown unless the file is a link.
pub(super) fn toml_error(file: &Path, quoting: &str, message: &str) -> Error {
    // The first line of what quotes has the place.
    let why = match quoting.split_once('\n') {
        _ if is_link(file) => message.to_owned(),
        Some((place, quoted)) if quoted.lines().any(|line| line.len() > LONGEST_QUOTED) => {
            format!("{place}: {message}")
        }
        _ => quoting.to_owned(),
    };
    Error::usage(format!("{} is not valid TOML: {why}", file.display()))
}

/// The keys of a table that have not been read yet.
pub(super) struct Keys<'f> {
    pub(super) file: &'f Path,
    pub(super) table: Table,
    pub(super) at: String,
}

impl<'f> Keys<'f> {
    pub(super) fn error(&self, key: &str, why: &str) -> Error {
        Error::usage(format!("{}: {}{key} {why}", self.file.display(), self.at))
    }

    /// Creates the error for a missing required key, which may only be misspelt.
    pub(super) fn missing(&self, key: &str, why: &str) -> Error {
        match nearest(key, self.table.keys().map(String::as_str)) {
            Some(written) => self.error(
                written,
                &format!("is not a key that kim knows; did you mean {}{key}?", self.at),
            ),
            None => self.error(key, &format!("is missing; {why}")),
        }
    }

    fn type_error(&self, key: &str, wanted: &str, value: &Value) -> Error {
        self.error(key, &format!("must be {wanted}, but is {}", kind_name(value)))
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => self.seen(key, text).map(Some),
            Some(other) => Err(self.type_error(key, "text", &other)),
        }
    }

    /// Returns a text in which every character is seen.
    ///
    /// It becomes part of what kim says.
    fn seen(&self, key: &str, text: String) -> Result<String> {
        let Some(c) = first_invisible(&text) else { return Ok(text) };
        Err(self.error(key, &format!("has the character {c}, which is not seen; leave it out")))
    }

    pub(super) fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>> {
        let Some(value) = self.table.remove(key) else { return Ok(None) };
        let texts = value.as_array().and_then(|items| {
            items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<Vec<String>>>()
        });
        let texts = texts.ok_or_else(|| self.type_error(key, "a list of texts", &value))?;
        texts.into_iter().map(|text| self.seen(key, text)).collect::<Result<_>>().map(Some)
    }

    pub(super) fn number(
        &mut self,
        key: &str,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<Option<u32>> {
        let Some(value) = self.table.remove(key) else { return Ok(None) };
        let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None if value.is_integer() => Err(self.error(
                key,
                &format!("must be {} to {}, but is {value}", range.start(), range.end()),
            )),
            None => Err(self.type_error(key, "a whole number", &value)),
        }
    }

    pub(super) fn table(&mut self, key: &str) -> Result<Keys<'f>> {
        let table = match self.table.remove(key) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(other) => return Err(self.type_error(key, "a table", &other)),
        };
        Ok(Keys { file: self.file, table, at: format!("{}{key}.", self.at) })
    }

    /// Rejects the remaining keys.
    ///
    /// `known` are the valid names, for the suggestion in the error.
    pub(super) fn finish(self, known: &[&str]) -> Result<()> {
        self.rest(&[], known).map(|_| ())
    }

    /// Returns the remaining keys, which must be settings tables named in `tables`.
    ///
    /// `known` are the other valid names, for the suggestion in an error.
    pub(super) fn rest(self, tables: &[&str], known: &[&str]) -> Result<Table> {
        check_tables(self.file, &self.at, &self.table, tables, known)?;
        Ok(self.table)
    }
}

/// Checks that a file's remaining keys are settings tables.
pub(super) fn check_tables(
    file: &Path,
    at: &str,
    table: &Table,
    tables: &[&str],
    known: &[&str],
) -> Result<()> {
    for (key, value) in table {
        if !tables.contains(&key.as_str()) {
            let all = || tables.iter().chain(known).copied();
            let meant = nearest(key, all()).map(|name| format!("; did you mean {at}{name}?"));
            let meant = meant.unwrap_or_else(|| {
                format!("; there are: {}", all().collect::<Vec<_>>().join(", "))
            });
            return Err(Error::usage(format!(
                "{}: unknown key {at}{}{meant}",
                file.display(),
                inline(key)
            )));
        }
        if !value.is_table() {
            return Err(Error::usage(format!(
                "{}: {at}{} must be a table, but is {}",
                file.display(),
                inline(key),
                kind_name(value)
            )));
        }
    }
    Ok(())
}

/// Returns the type of a TOML value, in words.
pub(super) fn kind_name(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Boolean(_) => "a boolean",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// Returns a text as a quoted TOML string.
pub fn toml_text(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}
