//! Errors of configuration values: what is wrong, and at which key.

use std::fmt;

use kim_model::Path;
use serde::de::{Error, Expected, Unexpected};

/// The error for a configuration value that does not fit its type.
#[derive(Clone, PartialEq, Debug)]
pub struct ConfigError {
    path: Option<Path>,
    problem: Problem,
}

#[derive(Clone, PartialEq, Debug)]
enum Problem {
    Mismatch { expected: String, found: String },
    Other(String),
}

impl ConfigError {
    pub(super) fn mismatch(expected: &dyn Expected, found: impl Into<String>) -> ConfigError {
        ConfigError {
            path: None,
            problem: Problem::Mismatch {
                expected: plain_words(&expected.to_string()),
                found: found.into(),
            },
        }
    }

    /// Sets the path that the error is about, unless an inner one is set already.
    pub(super) fn at(mut self, path: &Path) -> ConfigError {
        self.path.get_or_insert_with(|| path.clone());
        self
    }

    /// Removes everything from the error that may repeat the value.
    ///
    /// `found` is the type of the value.
    pub(super) fn without_value(mut self, found: &str) -> ConfigError {
        self.problem = match self.problem {
            Problem::Mismatch { expected, .. } => {
                Problem::Mismatch { expected, found: format!("{found} (a secret)") }
            }
            Problem::Other(_) => {
                Problem::Other("the secret does not have the form that the program expects".into())
            }
        };
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = self.path.as_ref().filter(|path| !path.is_root()) {
            write!(f, "{path}: ")?;
        }
        match &self.problem {
            Problem::Mismatch { expected, found } => {
                write!(f, "expected {expected}, found {found}")
            }
            Problem::Other(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for ConfigError {}

impl Error for ConfigError {
    fn custom<T: fmt::Display>(message: T) -> ConfigError {
        ConfigError { path: None, problem: Problem::Other(message.to_string()) }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> ConfigError {
        ConfigError::mismatch(expected, describe(found))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> ConfigError {
        ConfigError::mismatch(expected, describe(found))
    }

    fn missing_field(field: &'static str) -> ConfigError {
        ConfigError::custom(format!("the key '{field}' is missing"))
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> ConfigError {
        ConfigError::custom(unknown("key", field, expected))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> ConfigError {
        ConfigError::custom(unknown("value", variant, expected))
    }
}

fn unknown(noun: &str, found: &str, expected: &[&str]) -> String {
    let nearest = expected
        .iter()
        .map(|name| (distance(found, name), name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3)
        .map(|(_, name)| format!("; did you mean '{name}'?"))
        .unwrap_or_default();
    let known: Vec<String> = expected.iter().map(|name| format!("'{name}'")).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    format!("unknown {noun} '{found}'{nearest} (known: {known})")
}

/// Returns the number of edits that turn one word into the other.
///
/// An edit inserts, removes or changes a letter, or swaps it with a neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

fn describe(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(b) => b.to_string(),
        Unexpected::Unsigned(n) => n.to_string(),
        Unexpected::Signed(n) => n.to_string(),
        Unexpected::Float(n) => n.to_string(),
        Unexpected::Str(text) => format!("the text {text:?}"),
        Unexpected::Unit => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        other => other.to_string(),
    }
}

/// Returns serde's name of an expected type in plain words.
///
/// serde names Rust's types, which the author of a configuration need not know.
fn plain_words(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" | "u128" => "a whole number, not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" | "i128" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "a borrowed string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        other if other.starts_with("struct ") || other == "a map" => "a table",
        other if other.starts_with("tuple struct ") => "a list",
        other => other.strip_prefix("enum ").map_or(other, |_| "a text"),
    };
    words.to_owned()
}
