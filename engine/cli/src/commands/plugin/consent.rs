//! What `kim plugin install` asks before it grants a plugin anything, and how it writes it.

use std::path::{Path, PathBuf};

use kim_engine::Interrupt;
use kim_model::Value;
use kim_model::schema::Capabilities;
use toml_edit::{Array, InlineTable, Item, Table, TableLike};

use crate::error::{Error, Result};
use crate::load::grants::{is_empty, listed};
use crate::project::{Plugin, config_file};
use crate::screen::notice;
use crate::terminal::ask;

/// A plugin that asks for something.
pub(super) struct Applicant<'a> {
    /// Its name and version.
    pub(super) name: &'a str,
    pub(super) version: &'a str,
    /// Where it comes from: `kim`, or a path.
    pub(super) origin: &'a str,
    /// What it asks for.
    pub(super) asks: &'a Capabilities,
    /// Why what Kim.toml grants a plugin of that name is not granted to it.
    pub(super) stranger: Option<String>,
    /// Its settings, which may name hosts.
    pub(super) settings: Value,
}

impl Applicant<'_> {
    /// Returns what the plugin may be granted: what it is granted already, and what it asks for.
    ///
    /// Asks the person at the terminal, unless `yes` is true or nothing is missing.
    ///
    /// # Errors
    /// The answer is no, or nobody can be asked.
    pub(super) async fn grants(&self, plugin: Option<&Plugin>, yes: bool) -> Result<Capabilities> {
        let granted = plugin
            .filter(|_| self.stranger.is_none())
            .map(|plugin| Capabilities { aws: plugin.aws.clone(), http: plugin.http.clone() });
        let granted = granted.unwrap_or_default();
        let missing = self.missing(&granted);
        if is_empty(&missing) {
            return Ok(granted);
        }
        let question = self.question(&missing);
        if yes {
            notice(&format!("{question}\nIt is granted, because of --yes."));
        } else if !ask::is_interactive() {
            return Err(Error::usage(format!(
                "{question}\nNobody can be asked, because this is not a terminal; nothing was installed"
            ))
            .hint("pass --yes to grant it"));
        } else if !ask::agrees(&format!("{question}\nGrant it?"), &Interrupt::default()).await {
            return Err(Error::failed("not granted, so nothing was installed"));
        }
        Ok(Capabilities {
            aws: [granted.aws, missing.aws].concat(),
            http: [granted.http, missing.http].concat(),
        })
    }

    /// Returns what it asks for and is not granted.
    fn missing(&self, granted: &Capabilities) -> Capabilities {
        let is_granted = |host: &String| {
            let configured = host.strip_prefix("config:");
            let configured = configured.and_then(|key| self.settings.get(key)?.as_text());
            granted.http.contains(host)
                || configured.is_some_and(|host| granted.http.iter().any(|one| one == host))
        };
        Capabilities {
            aws: self.asks.aws.iter().filter(|one| !granted.aws.contains(one)).cloned().collect(),
            http: self.asks.http.iter().filter(|host| !is_granted(host)).cloned().collect(),
        }
    }

    fn question(&self, missing: &Capabilities) -> String {
        let Applicant { name, version, origin, stranger, .. } = self;
        let stranger = stranger.as_ref().map_or_else(String::new, |why| format!("{why}\n"));
        format!(
            "{stranger}the plugin {name} {version} (from {origin}) asks for\n{}",
            listed(missing).join("\n")
        )
    }
}

/// Writes a plugin's grants into `Kim.toml`, and its version, if it is an installed one.
///
/// Keeps comments, layout, and what does not change.
pub(super) fn write_entry(
    file: &Path,
    name: &str,
    version: Option<&str>,
    grants: &Capabilities,
) -> Result<()> {
    let mut document = config_file::read(file)?;
    let before = document.to_string();
    let plugins = document
        .entry("plugins")
        .or_insert_with(|| Item::Table(Table::new()))
        .as_table_like_mut()
        .ok_or_else(|| Error::usage(format!("{}: plugins must be a table", file.display())))?;
    if plugins.get(name).is_none() {
        plugins.insert(name, toml_edit::value(InlineTable::new()));
    }
    let Some(item) = plugins.get_mut(name) else { return Ok(()) };
    let mut changed = false;
    if let Some(plugin) = item.as_table_like_mut() {
        if let Some(version) = version.filter(|version| text(plugin, "version") != Some(version)) {
            plugin.remove("path");
            plugin.insert("version", toml_edit::value(version));
            changed = true;
        }
        changed |= write_names(plugin, "aws", &grants.aws);
        changed |= write_names(plugin, "http", &grants.http);
    }
    if let Some(inline) = item.as_inline_table_mut().filter(|_| changed) {
        inline.fmt();
    }
    if document.to_string() == before {
        return Ok(());
    }
    config_file::write(file, &document)
}

fn text<'p>(plugin: &'p dyn TableLike, key: &str) -> Option<&'p str> {
    plugin.get(key).and_then(Item::as_str)
}

/// Writes a list of names, unless it is there already. Returns true if it changed something.
fn write_names(plugin: &mut dyn TableLike, key: &str, names: &[String]) -> bool {
    let before: Vec<String> = plugin
        .get(key)
        .and_then(Item::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    if before == names {
        return false;
    }
    if names.is_empty() {
        plugin.remove(key);
    } else {
        plugin.insert(key, toml_edit::value(names.iter().collect::<Array>()));
    }
    true
}

/// Returns a path as seen from a folder. Both are there.
pub(super) fn relative(path: &Path, from: &Path) -> PathBuf {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let (path, from) = (whole(path), whole(from));
    let shared = path.components().zip(from.components()).take_while(|(one, other)| one == other);
    let shared = shared.count();
    let up = from.components().skip(shared).map(|_| PathBuf::from(".."));
    let down = path.components().skip(shared).map(|part| PathBuf::from(part.as_os_str()));
    up.chain(down).collect()
}
