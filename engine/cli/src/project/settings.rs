//! The settings of a stack.
//!
//! They are the tables of `Kim.<stack>.toml` merged over those of `Kim.toml`.
//!
//! Invariants: a sealed value (`{ secure = "…" }`) is decrypted only for a program or a plugin.
//! From then on it is a secret.

use std::collections::BTreeMap;
use std::path::{Path as File, PathBuf};

use kim_engine::state::StackId;
use kim_model::{Path, Value};
use kim_state::SqliteStore;
use toml::Table;

use super::Project;
use super::tables::{check_tables, kind_name, read_settings};
use crate::error::{Error, Result};

/// The key that makes a table a sealed value.
pub const SEALED: &str = "secure";

/// The merged settings of a stack. Sealed values stay sealed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Settings {
    tables: Table,
    from: String,
    /// The stack's own file, if it has one, and the keys of its table `aws`.
    own_aws: Option<(PathBuf, Vec<String>)>,
    /// The project's file.
    project_file: PathBuf,
}

/// The table `aws`: how to reach AWS.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AwsTable {
    /// The region.
    pub region: Option<String>,
    /// The profile in the shared configuration.
    pub profile: Option<String>,
    /// The endpoint of all services.
    pub endpoint: Option<String>,
}

impl Settings {
    /// Returns the settings that all stacks of a project share.
    pub fn of_project(project: &Project) -> Settings {
        let project_file = project.dir.join(super::PROJECT_FILE);
        let from = project_file.display().to_string();
        Settings { tables: project.settings.clone(), from, own_aws: None, project_file }
    }

    /// Reads the settings of a stack. A stack without a file has those of the project.
    pub fn load(project: &Project, stack: &str) -> Result<Settings> {
        let mut settings = Settings::of_project(project);
        let file = project.stack_file(stack);
        // A dangling link and a folder count as a file here: reading them must fail.
        if file.symlink_metadata().is_ok() {
            let own = read_settings(&file)?;
            let known: Vec<&str> = project.setting_tables().collect();
            check_tables(&file, "", &own, &known, &[])?;
            let aws = own.get("aws").and_then(toml::Value::as_table);
            let keys = aws.map(|table| table.keys().cloned().collect()).unwrap_or_default();
            settings.own_aws = Some((file.clone(), keys));
            merge(&mut settings.tables, own);
            settings.from = file.display().to_string();
        }
        Ok(settings)
    }

    /// Returns the tables. Sealed values stay sealed.
    pub fn tables(&self) -> &Table {
        &self.tables
    }

    /// Returns the sealed texts and their paths.
    fn sealed(&self) -> Vec<(Path, &str)> {
        fn walk<'t>(value: &'t toml::Value, path: Path, found: &mut Vec<(Path, &'t str)>) {
            match value {
                toml::Value::Table(table) => match sealed_text(table) {
                    Some(text) => found.push((path, text)),
                    None => {
                        table.iter().for_each(|(key, value)| walk(value, path.join(key), found))
                    }
                },
                toml::Value::Array(items) => {
                    items
                        .iter()
                        .enumerate()
                        .for_each(|(index, item)| walk(item, path.item(index), found));
                }
                _ => {}
            }
        }
        let mut found = Vec::new();
        self.tables.iter().for_each(|(name, table)| walk(table, Path::key(name), &mut found));
        found
    }

    /// Returns true if any value is sealed.
    pub fn has_secrets(&self) -> bool {
        !self.sealed().is_empty()
    }

    /// Returns the settings as a program sees them.
    ///
    /// Sealed values are decrypted and marked as secrets.
    ///
    /// # Errors
    /// A value cannot be decrypted (no passphrase, or a wrong one), or cannot be represented (NaN).
    pub async fn decrypted(&self, stack: &StackId, store: &SqliteStore) -> Result<Value> {
        let mut opened = BTreeMap::new();
        for (path, text) in self.sealed() {
            let clear = store.open_text(stack, &path.to_string(), text).await?;
            opened.insert(path, clear);
        }
        self.to_value(&opened)
    }

    /// Returns the settings with an empty secret for each sealed value.
    ///
    /// # Errors
    /// A value cannot be represented (NaN).
    pub fn redacted(&self) -> Result<Value> {
        self.to_value(&BTreeMap::new())
    }

    fn to_value(&self, opened: &BTreeMap<Path, String>) -> Result<Value> {
        let mut map = BTreeMap::new();
        for (name, table) in &self.tables {
            map.insert(name.clone(), self.convert(table, &Path::key(name), opened)?);
        }
        Ok(Value::Map(map))
    }

    fn convert(
        &self,
        value: &toml::Value,
        path: &Path,
        opened: &BTreeMap<Path, String>,
    ) -> Result<Value> {
        Ok(match value {
            toml::Value::String(text) => Value::text(text),
            toml::Value::Integer(number) => Value::Int(*number),
            toml::Value::Float(number) if number.is_nan() => {
                return Err(Error::usage(format!("{}: {path} is not a number", self.from)));
            }
            toml::Value::Float(number) => Value::Float(*number),
            toml::Value::Boolean(truth) => Value::Bool(*truth),
            toml::Value::Datetime(date) => Value::text(date.to_string()),
            toml::Value::Array(items) => {
                let items = items.iter().enumerate();
                Value::List(
                    items
                        .map(|(index, item)| self.convert(item, &path.item(index), opened))
                        .collect::<Result<_>>()?,
                )
            }
            toml::Value::Table(table) => match sealed_text(table) {
                Some(_) => Value::secret(Value::text(
                    opened.get(path).map(String::as_str).unwrap_or_default(),
                )),
                None => {
                    let items = table.iter();
                    Value::Map(
                        items
                            .map(|(key, item)| {
                                Ok((key.clone(), self.convert(item, &path.join(key), opened)?))
                            })
                            .collect::<Result<_>>()?,
                    )
                }
            },
        })
    }

    /// Returns the file that sets a key of the table `aws`.
    pub fn file_of_aws(&self, key: &str) -> &File {
        let own = self.own_aws.as_ref().filter(|(_, keys)| keys.iter().any(|own| own == key));
        own.map_or(&self.project_file, |(file, _)| file)
    }

    /// Returns the table `aws`.
    pub fn aws(&self) -> Result<AwsTable> {
        let mut aws = AwsTable::default();
        let Some(table) = self.tables.get("aws").and_then(toml::Value::as_table) else {
            return Ok(aws);
        };
        for (key, value) in table {
            let place = match key.as_str() {
                "region" => &mut aws.region,
                "profile" => &mut aws.profile,
                "endpoint" => &mut aws.endpoint,
                _ => {
                    let meant =
                        kim_engine::suggest::nearest(key, ["region", "profile", "endpoint"]);
                    let meant = meant.map_or_else(
                        || "there are: region, profile, endpoint".to_owned(),
                        |name| format!("did you mean aws.{name}?"),
                    );
                    return Err(Error::usage(format!(
                        "{}: unknown key aws.{key}; {meant}",
                        self.from
                    )));
                }
            };
            let text = value.as_str().ok_or_else(|| {
                Error::usage(format!(
                    "{}: aws.{key} must be text, but is {}",
                    self.from,
                    kind_name(value)
                ))
            })?;
            *place = Some(text.to_owned());
        }
        Ok(aws)
    }
}

/// Returns the sealed text of a table, if the table is a sealed value.
pub fn sealed_text(table: &Table) -> Option<&str> {
    match (table.len(), table.get(SEALED)) {
        (1, Some(toml::Value::String(text))) => Some(text),
        _ => None,
    }
}

/// Merges tables into others, key by key. Any other value replaces the earlier one.
fn merge(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above))
                if sealed_text(below).is_none() && sealed_text(&above).is_none() =>
            {
                merge(below, above);
            }
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}
