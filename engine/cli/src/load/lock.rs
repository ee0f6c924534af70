//! `kim.lock`: which component each plugin is, where it comes from, and what it asks for.
//!
//! With it every machine runs the same components, and none of them asks for more than somebody
//! was asked about.
//!
//! A component is locked by its digest. A crate's component follows its source, so a crate is
//! locked by its name and folder. Whatever does not fit the lock is rejected, until
//! `kim plugin install <name>` or `--update` accepts it.
//!
//! Invariants: the file changes only when an entry is added or accepted. It is replaced as a whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kim_model::schema::Capabilities;
use toml::Value;

use crate::error::{Error, Result};
use crate::project::{Plugin, Project, Source, read_settings, toml_text};

/// The name of the file, beside `Kim.toml`.
pub const LOCK_FILE: &str = "kim.lock";
/// The version of the file format.
const FORMAT: i64 = 1;

const HEAD: &str = "\
# Which component each plugin is, by its digest, and what it asks for. Written by kim when a plugin is installed or first
# used; keep it in version control. `kim plugin install <name>` accepts another component.
";

/// What may become of plugins that do not fit the lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LockMode {
    /// The first lock of a project is written.
    ///
    /// After that, what does not fit is rejected.
    #[default]
    First,
    /// Nothing is written, and a missing lock is rejected, too (`--locked`).
    Locked,
    /// What does not fit is locked anew (`--update`).
    Update,
}

/// The locked plugins of a project.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Lock {
    /// `None` outside a project, where nothing is locked.
    file: Option<PathBuf>,
    /// True if the project has a lock already.
    exists: bool,
    plugins: BTreeMap<String, Locked>,
    /// The locked plugins that the project does not have. The next write drops them.
    unknown: Vec<String>,
    changed: bool,
}

/// A locked plugin.
#[derive(Clone, PartialEq, Debug)]
pub struct Locked {
    /// Where it comes from.
    pub origin: Origin,
    /// The plugin's version, and the SHA-256 digest of its component in hexadecimal.
    ///
    /// `None` for a crate.
    pub component: Option<(String, String)>,
    /// What its schema asks for.
    pub asks: Capabilities,
}

/// Where a locked plugin comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A crate's folder, as the project names it.
    Crate(String),
    /// A component's file, as the project names it.
    File(String),
    /// An installed plugin: what it was installed from.
    ///
    /// It is `kim` for those that come with kim, else a crate or a file. `None` if the lock does
    /// not say it.
    Installed(Option<String>),
}

/// A plugin that was found: what the lock compares.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Found<'f> {
    /// The version in its schema.
    pub version: &'f str,
    /// The digest of its component.
    pub digest: &'f str,
    /// What its schema asks for.
    pub asks: &'f Capabilities,
}

impl Locked {
    /// Returns the digest of its component, if it is locked by one.
    pub fn digest(&self) -> Option<&str> {
        self.component.as_ref().map(|(_, digest)| digest.as_str())
    }
}

impl Lock {
    /// Returns a lock that locks nothing, for plugins that belong to no project.
    pub fn none() -> Lock {
        Lock::default()
    }

    /// Reads the lock of a project. It is empty if the file does not exist.
    ///
    /// # Errors
    /// The file cannot be read, or has another format than this kim's.
    pub fn read(project: &Project) -> Result<Lock> {
        let file = project.dir.join(LOCK_FILE);
        // A dangling link and a folder count as a file here: reading them must fail.
        let exists = file.symlink_metadata().is_ok();
        let mut plugins = if exists { read_entries(&file)? } else { BTreeMap::new() };
        let is_known = |name: &String| project.plugin(name).is_ok();
        let unknown = plugins.keys().filter(|name| !is_known(name)).cloned().collect();
        plugins.retain(|name, _| is_known(name));
        Ok(Lock { file: Some(file), exists, plugins, unknown, changed: false })
    }

    /// Returns true if the project has a lock already.
    pub fn exists(&self) -> bool {
        self.exists
    }

    /// Returns the entry of a plugin's name, whatever it comes from now.
    pub fn named(&self, name: &str) -> Option<&Locked> {
        self.plugins.get(name)
    }

    /// Returns the entry of a plugin, if it is up to date.
    ///
    /// It must be for the crate, the file or the version that the project names now.
    pub fn entry(&self, plugin: &Plugin) -> Option<&Locked> {
        let fits = |locked: &&Locked| match (&plugin.source, &locked.origin) {
            (Source::Installed(version), Origin::Installed(_)) => {
                locked.component.as_ref().is_some_and(|(locked, _)| locked == version)
            }
            (Source::Path(_), origin) => *origin == self.origin(plugin, None),
            _ => false,
        };
        self.plugins.get(&plugin.name).filter(fits)
    }

    /// Returns where a plugin comes from.
    ///
    /// `from` is what an installed one was installed from.
    fn origin(&self, plugin: &Plugin, from: Option<String>) -> Origin {
        let Source::Path(path) = &plugin.source else { return Origin::Installed(from) };
        let folder = self.file.as_deref().and_then(Path::parent);
        let path = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
        let path = path.display().to_string();
        if plugin.is_component() { Origin::File(path) } else { Origin::Crate(path) }
    }

    /// Rejects a missing lock, and one with plugins that the project does not have.
    ///
    /// `was_there` is true if an earlier run on this machine saw a lock in the project's folder.
    ///
    /// # Errors
    /// It says what is wrong, unless `mode` allows it.
    pub fn expect_whole(&self, mode: LockMode, was_there: bool) -> Result<()> {
        if mode == LockMode::Update {
            return Ok(());
        }
        let file = self.file.as_deref().unwrap_or(Path::new(LOCK_FILE)).display();
        if !self.exists && mode == LockMode::Locked {
            return Err(Error::usage(format!(
                "the project has no lock: there is no {file}, and --locked writes none"
            ))
            .hint("run `kim preview` without --locked, and keep kim.lock in version control"));
        }
        if !self.exists && was_there {
            return Err(Error::failed(format!(
                "{file} is gone: an earlier run on this machine had it, so nothing was loaded"
            ))
            .hint(format!("restore it from version control, {OR_UPDATE}")));
        }
        match self.unknown.first() {
            None => Ok(()),
            Some(name) => Err(Error::failed(format!(
                "{file} locks the plugin '{name}', which Kim.toml does not have, so nothing was loaded"
            ))
            .hint(format!("find out who removed it from Kim.toml, {OR_UPDATE}"))),
        }
    }

    /// Rejects a component that does not fit the lock, before it is compiled.
    ///
    /// # Errors
    /// It has no entry, comes from elsewhere or has another digest, unless `mode` allows it.
    pub fn check(&self, plugin: &Plugin, digest: &str, mode: LockMode) -> Result<()> {
        let name = &plugin.name;
        if mode == LockMode::Update || !self.exists {
            return Ok(());
        }
        let Some(locked) = self.plugins.get(name) else {
            return Err(Error::failed(format!(
                "kim.lock has no entry for the plugin '{name}', so it was not loaded"
            ))
            .hint(format!("if it is new in Kim.toml, {}", accept(plugin))));
        };
        if self.entry(plugin).is_none() {
            return Err(Error::failed(format!(
                "the plugin '{name}' comes from elsewhere than kim.lock says, so it was not loaded\n  \
                 kim.lock  {}\n  Kim.toml  {}",
                said(&locked.origin, locked.component.as_ref().map(|(version, _)| version)),
                match &plugin.source {
                    Source::Installed(version) => said(&Origin::Installed(None), Some(version)),
                    Source::Path(_) => said(&self.origin(plugin, None), None),
                }
            ))
            .hint(format!("if you changed Kim.toml yourself, {}", accept(plugin))));
        }
        self.check_digest(plugin, digest)
    }

    /// Rejects a component that has another digest than the lock names.
    ///
    /// Accepts what has no entry, and what comes from elsewhere: for commands that look at a
    /// plugin, and load it for nobody.
    ///
    /// # Errors
    /// It has another digest.
    pub fn check_digest(&self, plugin: &Plugin, digest: &str) -> Result<()> {
        let locked = self.entry(plugin).and_then(|locked| locked.component.as_ref());
        match locked {
            Some((version, locked)) if locked != digest => Err(Error::failed(format!(
                "the plugin '{}' is not the component that kim.lock names, so it was not loaded\n  \
                 kim.lock  {locked} ({version})\n  found     {digest}",
                plugin.name
            ))
            .hint(format!(
                "if you changed it yourself, `kim plugin install {}` accepts the new one; otherwise find out who did",
                plugin.name
            ))),
            _ => Ok(()),
        }
    }

    /// Returns true if a plugin comes from elsewhere, and is not the same.
    ///
    /// False without an entry. Another version of an installed plugin comes from the same place.
    pub fn is_moved(&self, plugin: &Plugin, digest: &str) -> bool {
        self.named(&plugin.name).is_some_and(|locked| {
            locked.digest() != Some(digest)
                && match (&plugin.source, &locked.origin) {
                    (Source::Installed(_), origin) => !matches!(origin, Origin::Installed(_)),
                    (Source::Path(_), origin) => *origin != self.origin(plugin, None),
                }
        })
    }

    /// Returns how a plugin differs from its entry, in words.
    ///
    /// `None` if it does not, or has none.
    pub fn difference(&self, plugin: &Plugin, found: Found<'_>) -> Option<String> {
        let mut after = self.clone();
        after.set(plugin, found, None);
        let (before, after) = (self.named(&plugin.name)?, after.named(&plugin.name)?);
        if (&before.origin, &before.component) == (&after.origin, &after.component) {
            return None;
        }
        let words = |Locked { origin, component, .. }: &Locked| {
            let component = component.as_ref();
            let origin = said(origin, None);
            let component =
                component.map(|(version, digest)| format!(" ({version}, sha256 {digest})"));
            format!("{origin}{}", component.unwrap_or_default())
        };
        let name = &plugin.name;
        let (before, after) = (words(before), words(after));
        Some(format!(
            "--update locks another plugin as '{name}'\n  before  {before}\n  now     {after}"
        ))
    }

    /// Locks a plugin, replacing any earlier entry.
    ///
    /// `from` is what an installed one was installed from. If it is `None`, it stays as it was.
    pub fn set(&mut self, plugin: &Plugin, found: Found<'_>, from: Option<&str>) {
        let before = self.plugins.get(&plugin.name).map(|locked| &locked.origin);
        let from = from.map(str::to_owned).or_else(|| match before {
            Some(Origin::Installed(from)) => from.clone(),
            _ => None,
        });
        let component = (found.version.to_owned(), found.digest.to_owned());
        let locked = Locked {
            origin: self.origin(plugin, from),
            component: plugin.is_component().then_some(component),
            asks: found.asks.clone(),
        };
        if self.plugins.get(&plugin.name) != Some(&locked) {
            self.plugins.insert(plugin.name.clone(), locked);
            self.changed = true;
        }
    }

    /// Drops the locked plugins that the project does not have.
    pub fn drop_unknown(&mut self) {
        self.changed |= !self.unknown.is_empty();
    }

    /// Returns true if [`Lock::save`] would write the file.
    pub fn is_changed(&self) -> bool {
        self.changed
    }

    /// Writes the file, if anything changed.
    ///
    /// Returns true if it is the project's first lock.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&mut self) -> Result<bool> {
        let Some(file) = self.file.as_ref().filter(|_| self.changed) else { return Ok(false) };
        let text = format!("{HEAD}version = {FORMAT}\n")
            + &self
                .plugins
                .iter()
                .map(|(name, locked)| entry_text(name, locked))
                .collect::<String>();
        kim_files::write::replace(file, text.as_bytes())
            .map_err(|error| Error::file("write", file, &error))?;
        let first = !self.exists;
        (self.changed, self.exists) = (false, true);
        self.unknown.clear();
        Ok(first)
    }
}

/// The end of a hint: how to go on with another lock.
const OR_UPDATE: &str = "or pass --update to lock what Kim.toml names";

/// Returns how a plugin that does not fit is accepted.
fn accept(plugin: &Plugin) -> String {
    match plugin.crate_folder() {
        Some(_) => "pass --update to lock it".to_owned(),
        None => format!("`kim plugin install {}` accepts it, or --update", plugin.name),
    }
}

/// Returns an origin in words.
fn said(origin: &Origin, version: Option<&String>) -> String {
    match origin {
        Origin::Crate(path) => format!("the crate {path}"),
        Origin::File(path) => format!("the file {path}"),
        Origin::Installed(from) => {
            let version = version.map_or_else(String::new, |version| format!(" {version}"));
            let from = from.as_ref().map_or_else(String::new, |from| format!(", from {from}"));
            format!("the installed version{version}{from}")
        }
    }
}

/// Returns an entry of the file.
fn entry_text(name: &str, Locked { origin, component, asks }: &Locked) -> String {
    let mut text = format!("\n[[plugin]]\nname = {}\n", toml_text(name));
    let mut line = |key: &str, value: &str| text += &format!("{key} = {}\n", toml_text(value));
    if let Some((version, _)) = component {
        line("version", version);
    }
    match origin {
        Origin::Crate(path) => line("crate", path),
        Origin::File(path) => line("path", path),
        Origin::Installed(from) => from.iter().for_each(|from| line("from", from)),
    }
    if let Some((_, digest)) = component {
        line("digest", &format!("sha256:{digest}"));
    }
    for (key, names) in [("aws", &asks.aws), ("http", &asks.http)] {
        if !names.is_empty() {
            let names: Vec<String> = names.iter().map(|name| toml_text(name)).collect();
            text += &format!("{key} = [{}]\n", names.join(", "));
        }
    }
    text
}

fn read_entries(file: &Path) -> Result<BTreeMap<String, Locked>> {
    const HINT: &str = "restore it from version control, or remove it and pass --update: the plugins that Kim.toml names are locked again";
    let table = read_settings(file).map_err(|error| error.hint(HINT))?;
    let wrong =
        |why: &str| Error::usage(format!("{} cannot be used: {why}", file.display())).hint(HINT);
    match table.get("version").and_then(Value::as_integer) {
        Some(FORMAT) => {}
        Some(version) => {
            return Err(wrong(&format!(
                "it has version {version}, and this kim knows version {FORMAT}"
            )));
        }
        None => return Err(wrong("it has no version")),
    }
    let mut read = BTreeMap::new();
    for entry in table.get("plugin").and_then(Value::as_array).into_iter().flatten() {
        let (name, locked) = read_entry(entry).ok_or_else(|| {
            wrong("an entry has no name, or neither a crate nor a version and a digest")
        })?;
        if read.insert(name.clone(), locked).is_some() {
            return Err(wrong(&format!("it has two entries for the plugin '{name}'")));
        }
    }
    Ok(read)
}

/// Reads an entry. Returns `None` if it lacks something.
fn read_entry(entry: &Value) -> Option<(String, Locked)> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let names = |key: &str| {
        let Some(names) = entry.get(key) else { return Some(Vec::new()) };
        names.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let asks = Capabilities { aws: names("aws")?, http: names("http")? };
    let name = text("name")?;
    if let Some(folder) = text("crate") {
        return Some((name, Locked { origin: Origin::Crate(folder), component: None, asks }));
    }
    let digest = text("digest")?.strip_prefix("sha256:")?.to_owned();
    let origin = text("path").map_or_else(|| Origin::Installed(text("from")), Origin::File);
    Some((name, Locked { origin, component: Some((text("version")?, digest)), asks }))
}
