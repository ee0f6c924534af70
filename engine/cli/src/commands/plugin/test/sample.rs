//! `kim-test.toml`: the samples that a plugin is tested with.
//!
//! ```toml
//! [service]                             # started in the file's folder, and stopped after the test
//! start = ["cargo", "run", "--example", "service"]   # prints its address as its first line
//! address = "host"                      # the property of [config] that becomes that address
//! [config]                              # the plugin's configuration
//! host = "127.0.0.1:8099"
//! [kinds."shop:api:Item"]
//! create = { name = "lamp", price = 20 }   # the inputs of one
//! update = { price = 25 }               # what an update changes of them
//! replace = { name = "desk lamp" }      # what only a new one can have
//! needs = { shelf = "shop:api:Shelf.shelf_id" }   # an input that is another kind's property
//! [lookups."shop:api:item"]             # asked while one of every kind is there
//! name = "lamp"
//! ```
//!
//! Invariant: the file names only kinds, lookups and properties that the plugin has.

use std::collections::BTreeMap;
use std::path::Path;

use kim_model::{Value, json, schema};
use serde::Deserialize;
use toml::Table;

use crate::error::{Error, Result};
use crate::project::settings_text;
use kim_engine::suggest::nearest;

/// The samples that a plugin is tested with.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Samples {
    pub(super) service: Option<Service>,
    #[serde(default)]
    pub(super) config: Table,
    #[serde(default)]
    pub(super) kinds: BTreeMap<String, Sample>,
    #[serde(default)]
    pub(super) lookups: BTreeMap<String, Table>,
}

/// The service that is started for the test.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub(super) start: Vec<String>,
    pub(super) address: String,
}

/// The sample of a kind.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    create: Table,
    update: Option<Table>,
    replace: Option<Table>,
    #[serde(default)]
    needs: BTreeMap<String, String>,
}

/// The stage of a sample's life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    Created,
    Updated,
    Replaced,
}

impl Samples {
    /// Reads the file.
    ///
    /// # Errors
    /// The file is missing, is not TOML, or does not fit the plugin.
    pub(super) fn read(file: &Path, plugin: &schema::Plugin) -> Result<Samples> {
        let text = settings_text(file).map_err(|error| {
            Error::usage(error.message).hint(
                "it says what the plugin is tested with: [config], [kinds.\"<kind>\"] with create, update and replace; \
                 `kim plugin new` writes one, and --samples names another file",
            )
        })?;
        let samples: Samples = toml::from_str(&text).map_err(|error| {
            Error::usage(format!("{}: {}", file.display(), error.to_string().trim_end()))
        })?;
        samples.check(plugin).map_err(|why| Error::usage(format!("{}: {why}", file.display())))?;
        Ok(samples)
    }

    fn check(&self, plugin: &schema::Plugin) -> Result<(), String> {
        if self.kinds.is_empty() {
            return Err("there is no [kinds.\"<kind>\"], so there is nothing to test".to_owned());
        }
        for name in self.lookups.keys() {
            check_known("lookup", name, plugin.lookups.iter().map(|lookup| lookup.name.as_str()))?;
        }
        for (name, sample) in &self.kinds {
            check_known("kind", name, plugin.kinds.iter().map(|kind| kind.name.as_str()))?;
            for (input, needed) in &sample.needs {
                let (kind, _) = kind_and_property(needed).ok_or_else(|| {
                    format!(
                        "{name}: needs.{input} must be written like \"shop:api:Shelf.shelf_id\", but is \"{needed}\""
                    )
                })?;
                check_known(
                    &format!("sample that {name} could need:"),
                    kind,
                    self.kinds.keys().map(String::as_str),
                )?;
            }
            self.check_cycles(name, &mut Vec::new())?;
        }
        Ok(())
    }

    /// Rejects samples that need each other.
    fn check_cycles<'s>(&'s self, name: &'s str, above: &mut Vec<&'s str>) -> Result<(), String> {
        if above.contains(&name) {
            return Err(format!("{name} needs itself, through {}", above.join(", ")));
        }
        above.push(name);
        for needed in self.kinds.get(name).into_iter().flat_map(|sample| sample.needs.values()) {
            self.check_cycles(kind_and_property(needed).map_or("", |(kind, _)| kind), above)?;
        }
        above.pop();
        Ok(())
    }

    /// Returns the inputs of a kind's sample.
    ///
    /// They do not include those that come from other samples.
    pub(super) fn inputs(&self, kind: &str, stage: Stage) -> BTreeMap<String, Value> {
        let Some(sample) = self.kinds.get(kind) else { return BTreeMap::new() };
        let mut inputs = table_values(&sample.create);
        if stage != Stage::Created {
            inputs.extend(sample.update.iter().flat_map(table_values));
        }
        if stage == Stage::Replaced {
            inputs.extend(sample.replace.iter().flat_map(table_values));
        }
        inputs
    }

    /// Returns what a kind's sample needs of others.
    ///
    /// Each entry is its input, their kind, and their property.
    pub(super) fn needs(&self, kind: &str) -> Vec<(&str, &str, &str)> {
        let needs = self.kinds.get(kind).into_iter().flat_map(|sample| &sample.needs);
        needs
            .filter_map(|(input, needed)| {
                kind_and_property(needed).map(|(kind, property)| (input.as_str(), kind, property))
            })
            .collect()
    }

    /// Returns true if the file has what the sample needs to reach this stage.
    pub(super) fn has(&self, kind: &str, stage: Stage) -> bool {
        self.kinds.get(kind).is_some_and(|sample| match stage {
            Stage::Created => true,
            Stage::Updated => sample.update.is_some(),
            Stage::Replaced => sample.replace.is_some(),
        })
    }
}

/// Splits `shop:api:Shelf.shelf_id` into a kind and its property.
fn kind_and_property(needed: &str) -> Option<(&str, &str)> {
    needed.rsplit_once('.').filter(|(kind, property)| !kind.is_empty() && !property.is_empty())
}

/// Rejects a name that is not among the known ones.
fn check_known<'n>(
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Result<(), String> {
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    let meant = nearest(name, names.clone()).map(|near| format!("; did you mean '{near}'?"));
    let all = || names.collect::<Vec<_>>().join(", ");
    Err(format!(
        "the plugin has no {what} '{name}'{}",
        meant.unwrap_or_else(|| format!("; there are: {}", all()))
    ))
}

/// Converts a table to values. A date becomes text, because values have no dates.
pub(super) fn table_values(table: &Table) -> BTreeMap<String, Value> {
    fn value(toml: &toml::Value) -> Value {
        match toml {
            toml::Value::String(text) => Value::text(text),
            toml::Value::Integer(number) => Value::Int(*number),
            toml::Value::Float(number) => Value::Float(*number),
            toml::Value::Boolean(truth) => Value::Bool(*truth),
            toml::Value::Datetime(date) => Value::text(date.to_string()),
            toml::Value::Array(items) => Value::List(items.iter().map(value).collect()),
            toml::Value::Table(table) => Value::Map(table_values(table)),
        }
    }
    table.iter().map(|(key, item)| (key.clone(), value(item))).collect()
}

/// Formats a value for a message. Secrets are redacted.
pub(super) fn value_text(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |value| json::redacted(value).to_string())
}
