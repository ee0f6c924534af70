//! `kim.lock`: the digest of each plugin's component.
//!
//! With it every machine runs the same components.
//!
//! Plugins that are components are locked: installed ones and `.wasm` files. A crate's folder is
//! not locked: its component follows its source. The first use of a plugin adds its entry. From
//! then on another digest is rejected until `kim plugin install <name>` accepts it.
//!
//! Invariants: the file changes only when an entry is added or accepted. It is replaced as a whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Value;

use crate::error::{Error, Result};
use crate::project::{Plugin, Project, Source, read_settings, toml_text};

/// The name of the file, beside `Kim.toml`.
pub const LOCK_FILE: &str = "kim.lock";
/// The version of the file format.
const FORMAT: i64 = 1;

const HEAD: &str = "\
# Which component each plugin is, by its digest. Written by kim when a plugin is first used; keep it in version control.
# `kim plugin install <name>` accepts another component.
";

/// The locked plugins of a project.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Lock {
    /// `None` outside a project, where nothing is locked.
    file: Option<PathBuf>,
    plugins: BTreeMap<String, Locked>,
    changed: bool,
}

/// A locked plugin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Locked {
    /// The plugin's version.
    pub version: String,
    /// The SHA-256 digest of its component, in hexadecimal.
    pub digest: String,
    /// The component's file as the project names it. `None` for an installed plugin.
    pub path: Option<String>,
}

impl Lock {
    /// Returns a lock that locks nothing, for plugins that belong to no project.
    pub fn none() -> Lock {
        Lock::default()
    }

    /// Reads the lock of a project. It is empty if the file does not exist.
    ///
    /// The next write drops the entries of plugins that the project no longer has.
    ///
    /// # Errors
    /// The file cannot be read, or has another format than this kim's.
    pub fn read(project: &Project) -> Result<Lock> {
        let file = project.dir.join(LOCK_FILE);
        let mut plugins =
            if file.symlink_metadata().is_ok() { read_entries(&file)? } else { BTreeMap::new() };
        plugins.retain(|name, _| project.plugin(name).is_ok_and(Plugin::is_component));
        Ok(Lock { file: Some(file), plugins, changed: false })
    }

    /// Returns the entry of a plugin, if it is up to date.
    ///
    /// It must be for the version or file that the project names now.
    pub fn entry(&self, plugin: &Plugin) -> Option<&Locked> {
        let fits = |locked: &&Locked| match &plugin.source {
            Source::Installed(version) => *version == locked.version && locked.path.is_none(),
            Source::Path(_) => self.path(plugin) == locked.path,
        };
        self.plugins.get(&plugin.name).filter(fits)
    }

    /// Returns a component's file, relative to the project's folder if it lies inside.
    fn path(&self, plugin: &Plugin) -> Option<String> {
        let Source::Path(path) = &plugin.source else { return None };
        let folder = self.file.as_deref().and_then(Path::parent);
        let path = folder.and_then(|folder| path.strip_prefix(folder).ok()).unwrap_or(path);
        Some(path.display().to_string())
    }

    /// Rejects a component that is not the locked one.
    ///
    /// # Errors
    /// The component has another digest.
    pub fn check(&self, plugin: &Plugin, digest: &str) -> Result<()> {
        match self.entry(plugin) {
            Some(locked) if locked.digest != digest && plugin.is_component() => Err(Error::failed(format!(
                "the plugin '{}' is not the component that kim.lock names, so it was not loaded\n  \
                 kim.lock  {} ({})\n  found     {digest}",
                plugin.name, locked.digest, locked.version
            ))
            .hint(format!(
                "if you changed it yourself, `kim plugin install {}` accepts the new one; otherwise find out who did",
                plugin.name
            ))),
            _ => Ok(()),
        }
    }

    /// Locks a plugin to a component, replacing any earlier entry.
    pub fn set(&mut self, plugin: &Plugin, version: &str, digest: &str) {
        let path = self.path(plugin);
        let locked = Locked { version: version.to_owned(), digest: digest.to_owned(), path };
        if self.plugins.get(&plugin.name) != Some(&locked) {
            self.plugins.insert(plugin.name.clone(), locked);
            self.changed = true;
        }
    }

    /// Writes the file, if anything changed.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&mut self) -> Result<()> {
        let Some(file) = self.file.as_ref().filter(|_| self.changed) else { return Ok(()) };
        let entry = |(name, Locked { version, digest, path }): (&String, &Locked)| {
            let path =
                path.iter().map(|path| format!("path = {}\n", toml_text(path))).collect::<String>();
            let (name, version) = (toml_text(name), toml_text(version));
            format!(
                "\n[[plugin]]\nname = {name}\nversion = {version}\n{path}digest = \"sha256:{digest}\"\n"
            )
        };
        let text = format!("{HEAD}version = {FORMAT}\n")
            + &self.plugins.iter().map(entry).collect::<String>();
        kim_files::write::replace(file, text.as_bytes())
            .map_err(|error| Error::file("write", file, &error))?;
        self.changed = false;
        Ok(())
    }
}

fn read_entries(file: &Path) -> Result<BTreeMap<String, Locked>> {
    const HINT: &str = "restore it from version control, or remove it: the plugins that are used next are locked again";
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
    let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let plugins = table.get("plugin").and_then(Value::as_array).cloned().unwrap_or_default();
    let read = |entry: &Value| {
        let (name, version) = (text(entry, "name")?, text(entry, "version")?);
        let digest = text(entry, "digest")?.strip_prefix("sha256:")?.to_owned();
        Some((name, Locked { version, digest, path: text(entry, "path") }))
    };
    plugins
        .iter()
        .map(|entry| read(entry).ok_or_else(|| wrong("an entry has no name, version and digest")))
        .collect()
}
