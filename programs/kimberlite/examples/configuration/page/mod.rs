//! The page `docs/kimberlite/configuration.md`.
//!
//! Invariant: types, defaults and meaning are those of the sources; what they do not say is in
//! `notes`, an entry a key.

mod notes;
mod source;

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use notes::{NOTES, Note};
use source::{Key, Kind, Table, Types};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Where the page lies, from this crate's folder.
pub(crate) const PAGE: &str = "../../docs/kimberlite/configuration.md";

const PREFACE: &str = include_str!("preface.md");

/// The columns that a paragraph takes.
const WIDTH: usize = 120;

/// Returns the page, from the sources of the crate in a folder.
///
/// # Errors
/// A source that cannot be read, a type that is not understood, a key without a note, or a note
/// without a key.
pub(crate) fn page(manifest: &Path) -> Result<String> {
    let types = source::read(&manifest.join("src/config"))?;
    let sections = sections(&types)?;
    let mut page = Page {
        types: &types,
        sections: &sections,
        text: PREFACE.to_owned(),
        noted: BTreeSet::new(),
    };
    for section in &sections {
        page.section(section)?;
    }
    let unused = NOTES.iter().map(|note| note.key).find(|key| !page.noted.contains(key));
    match unused {
        Some(key) => {
            Err(format!("there is no key {key} any more: take its note out of notes.rs").into())
        }
        None => Ok(page.text),
    }
}

/// A table of the configuration, and where it stands.
struct Section<'t> {
    name: &'t str,
    table: &'t Table,
    /// Below `config`; empty for the table `config` itself.
    paths: Vec<String>,
    list: bool,
}

impl Section<'_> {
    fn heading(&self) -> String {
        let one = |path: &String| {
            let path = if path.is_empty() { "config".to_owned() } else { format!("config.{path}") };
            if self.list { format!("`[[{path}]]`") } else { format!("`[{path}]`") }
        };
        self.paths.iter().map(one).collect::<Vec<_>>().join(" and ")
    }

    /// Returns the name of a key as `kim config set` takes it.
    fn key(&self, name: &str) -> String {
        let one = |path: &String| match path.as_str() {
            "" => format!("`{name}`"),
            path if self.list => format!("`{path}[].{name}`"),
            path => format!("`{path}.{name}`"),
        };
        self.paths.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

/// Returns the tables, each after the one that names it first.
fn sections(types: &Types) -> Result<Vec<Section<'_>>> {
    let root = types.tables.get("Config").ok_or("there is no struct Config")?;
    let mut sections =
        vec![Section { name: "Config", table: root, paths: vec![String::new()], list: false }];
    let mut next = 0;
    while let Some(section) = sections.get(next) {
        let (table, paths) = (section.table, section.paths.clone());
        for key in &table.keys {
            let (name, list) = match &key.kind {
                Kind::Named(name) => (name, false),
                Kind::List(name) => (name, true),
                _ => continue,
            };
            let Some((name, table)) = types.tables.get_key_value(name) else { continue };
            let paths = paths
                .iter()
                .map(|path| format!("{path}.{}", key.name).trim_start_matches('.').to_owned());
            match sections.iter_mut().find(|section| section.name == name) {
                Some(section) => section.paths.extend(paths),
                None => sections.push(Section { name, table, paths: paths.collect(), list }),
            }
        }
        next += 1;
    }
    Ok(sections)
}

struct Page<'t> {
    types: &'t Types,
    sections: &'t [Section<'t>],
    text: String,
    noted: BTreeSet<&'static str>,
}

impl Page<'_> {
    fn section(&mut self, section: &Section<'_>) -> Result<()> {
        let _ = write!(self.text, "\n## {}\n", section.heading());
        self.paragraph(&section.table.docs);
        for key in &section.table.keys {
            self.key(section, key)
                .map_err(|error| format!("{}.{}: {error}", section.name, key.name))?;
        }
        Ok(())
    }

    fn key(&mut self, section: &Section<'_>, key: &Key) -> Result<()> {
        let _ = write!(self.text, "\n### {}\n", section.key(&key.name));
        let (meaning, default) = default(&key.docs);
        let head = match (self.table_of(key), default.or_else(|| self.value(key))) {
            (Some(table), None) => format!("{table}."),
            (Some(table), Some(default)) => format!("{table}. Default: {default}."),
            (None, Some(default)) => format!("{}. Default: {default}.", self.kind(key)?),
            (None, None) if !section.table.optional => format!("{}. Required.", self.kind(key)?),
            (None, None) => format!("{}. Default: {}.", self.kind(key)?, absent(&key.kind)),
        };
        self.paragraph(&head);
        let note = self.note(section, key)?;
        self.paragraph(&format!("{meaning} {}", note.map_or("", |note| note.limits)));
        self.values(key);
        if let Some(note) = note {
            self.paragraph(&format!("*When it changes:* {}", note.change));
        }
        Ok(())
    }

    /// Returns what is said of a key by hand; a table's keys have notes of their own.
    fn note(&mut self, section: &Section<'_>, key: &Key) -> Result<Option<&'static Note>> {
        if self.table_of(key).is_some() {
            return Ok(None);
        }
        let wanted = format!("{}.{}", section.name, key.name);
        let note = NOTES.iter().find(|note| note.key == wanted);
        let note = note
            .ok_or("say in notes.rs of examples/configuration/page what happens when it changes")?;
        self.noted.insert(note.key);
        Ok(Some(note))
    }

    /// Returns what a key takes, where that is a table of its own.
    fn table_of(&self, key: &Key) -> Option<String> {
        let (name, what) = match &key.kind {
            Kind::Named(name) => (name, "A table"),
            Kind::List(name) => (name, "A list of tables"),
            _ => return None,
        };
        let section = self.sections.iter().find(|section| section.name == name)?;
        let heading = section.heading();
        Some(format!("{what}: [{heading}](#{})", anchor(&heading)))
    }

    fn kind(&self, key: &Key) -> Result<String> {
        let words = match &key.kind {
            Kind::Bool => "`true` or `false`".to_owned(),
            Kind::Number => "Whole number".to_owned(),
            Kind::Text => "Text".to_owned(),
            Kind::Texts => "List of texts".to_owned(),
            Kind::MapOfTexts => "Table of texts".to_owned(),
            Kind::Named(name) | Kind::List(name) => {
                let choice = self
                    .types
                    .choices
                    .get(name)
                    .ok_or_else(|| format!("there is no type {name}"))?;
                let values: Vec<String> =
                    choice.values.iter().map(|(value, ..)| format!("`{value}`")).collect();
                format!("One of {}", values.join(", "))
            }
        };
        Ok(words)
    }

    /// Returns the default of a choice.
    fn value(&self, key: &Key) -> Option<String> {
        let Kind::Named(name) = &key.kind else { return None };
        let (value, ..) =
            self.types.choices.get(name)?.values.iter().find(|(.., default)| *default)?;
        Some(format!("`{value}`"))
    }

    /// Lists the values of a choice.
    fn values(&mut self, key: &Key) {
        let Kind::Named(name) = &key.kind else { return };
        let Some(choice) = self.types.choices.get(name) else { return };
        self.text.push('\n');
        for (value, docs, _) in &choice.values {
            let _ = writeln!(self.text, "- `{value}`: {docs}");
        }
    }

    fn paragraph(&mut self, words: &str) {
        let mut column = 0;
        for word in words.split_whitespace() {
            let length = word.chars().count();
            if column == 0 || column + 1 + length > WIDTH {
                self.text.push('\n');
                column = 0;
            } else {
                self.text.push(' ');
                column += 1;
            }
            self.text.push_str(word);
            column += length;
        }
        if column > 0 {
            self.text.push('\n');
        }
    }
}

/// Returns what a key is where neither its docs nor its type name a default.
fn absent(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "`false`",
        Kind::Texts | Kind::MapOfTexts | Kind::List(_) => "empty",
        Kind::Number | Kind::Text | Kind::Named(_) => "not set",
    }
}

/// Returns a doc comment without the sentence that says the default, and the default.
fn default(docs: &str) -> (String, Option<String>) {
    let (mut rest, mut default) = (Vec::new(), None);
    for sentence in sentences(docs) {
        match sentence.trim_end_matches('.') {
            "On by default" => default = Some("`true`".to_owned()),
            "Off by default" => default = Some("`false`".to_owned()),
            one => match one.strip_prefix("By default ") {
                Some(words) => default = Some(words.to_owned()),
                None => rest.push(sentence),
            },
        }
    }
    (rest.join(" "), default)
}

/// Returns the sentences of a text: each ends with a point before a space and a letter that begins
/// the next one.
fn sentences(text: &str) -> Vec<&str> {
    let begins = |rest: &str| rest.starts_with(|c: char| c.is_uppercase() || c == '`');
    let ends = text.match_indices(". ").map(|(at, _)| at + 1).filter(|at| begins(&text[at + 1..]));
    let mut parts = Vec::new();
    let mut from = 0;
    for at in ends {
        parts.push(&text[from..at]);
        from = at + 1;
    }
    parts.push(&text[from..]);
    parts
}

/// Returns the anchor that a heading has on the page.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}
