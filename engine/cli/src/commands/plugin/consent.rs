//! What `kim plugin install` asks before it grants a plugin anything, and how it writes it.

use std::path::{Path, PathBuf};

use kim_engine::Interrupt;
use kim_model::Value;
use kim_model::schema::Capabilities;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike};

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
    /// True if nothing may be granted that is not granted already (`--locked`).
    pub(super) is_locked: bool,
}

impl Applicant<'_> {
    /// Returns what the plugin is granted already, and what it asks for.
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
        let mut question = self.question(&missing);
        let asked = ask::in_lines(&question);
        if self.is_locked {
            return Err(Error::failed(format!(
                "{asked}\nKim.toml does not grant it, and --locked changes nothing, so nothing was installed"
            ))
            .hint("install it without --locked, and keep Kim.toml and kim.lock in version control"));
        } else if yes {
            notice(&format!("{asked}\nIt is granted, because of --yes."));
        } else if !ask::is_interactive() {
            return Err(Error::usage(format!(
                "{asked}\nNobody can be asked, because this is not a terminal; nothing was installed"
            ))
            .hint("pass --yes to grant it"));
        } else {
            question.push("Grant it?".to_owned());
            if !ask::agrees(&question, &Interrupt::default()).await {
                return Err(Error::failed("not granted, so nothing was installed"));
            }
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

    /// Returns the lines of the question.
    fn question(&self, missing: &Capabilities) -> Vec<String> {
        let Applicant { name, version, origin, stranger, .. } = self;
        let asks = format!("the plugin {name} {version} (from {origin}) asks for");
        let listed = listed(missing, &self.settings);
        stranger.iter().cloned().chain([asks]).chain(listed).collect()
    }
}

/// Returns `Kim.toml` with a plugin's grants, and an installed one's version.
///
/// Keeps comments, layout, and what does not change. Returns `None` if nothing does.
pub(super) fn changed_entry(
    file: &Path,
    name: &str,
    version: Option<&str>,
    grants: &Capabilities,
) -> Result<Option<DocumentMut>> {
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
    let Some(item) = plugins.get_mut(name) else { return Ok(None) };
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
    Ok((document.to_string() != before).then_some(document))
}

fn text<'p>(plugin: &'p dyn TableLike, key: &str) -> Option<&'p str> {
    plugin.get(key).and_then(Item::as_str)
}

/// Writes a list of names, unless it is there already.
///
/// Returns true if it changed something.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_quotes_in_one_line_and_shows_the_host_of_a_setting() {
        let asks = Capabilities {
            aws: Vec::new(),
            http: vec!["config:cloud".to_owned(), "config:far".to_owned()],
        };
        let settings = [("cloud", "[::ffff:127.0.0.1]:80"), ("far", "api.example\nGrant it?")];
        let applicant = Applicant {
            name: "shop",
            version: "0.1.0",
            origin: "../x\n\u{1b}[2Knothing",
            asks: &asks,
            stranger: None,
            settings: settings.into_iter().collect(),
            is_locked: false,
        };
        insta::assert_snapshot!(ask::in_lines(&applicant.question(&asks)), @r"
        the plugin shop 0.1.0 (from ../x [2Knothing) asks for
          HTTP to the host in its setting 'cloud' (config:cloud, now [::ffff:127.0.0.1]:80)   CAUTION: that is this machine, and what listens there may trust whoever calls
          HTTP to the host in its setting 'far' (config:far, now api.example Grant it?)
        ");
    }

    #[test]
    fn an_entry_is_changed_only_if_something_is_new() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("Kim.toml");
        let text =
            "name = \"x\"\n[plugins]\nshop = { version = \"0.1.0\", aws = [\"ec2\"] } # mine\n";
        std::fs::write(&file, text).expect("it is written");
        let changed = |version, aws: &str| {
            let grants = Capabilities { aws: vec![aws.to_owned()], http: Vec::new() };
            changed_entry(&file, "shop", Some(version), &grants).expect("it reads").is_some()
        };
        assert!(!changed("0.1.0", "ec2"));
        assert!(changed("0.2.0", "ec2") && changed("0.1.0", "iam"));
        assert_eq!(
            std::fs::read_to_string(&file).expect("it is there"),
            text,
            "nothing is written"
        );
    }
}
