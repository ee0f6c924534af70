//! The project: finds `Kim.toml` from a folder upwards and reads it.
//!
//! ```toml
//! name = "kimberlite"            # the project
//! [program]                      # default: the crate beside Kim.toml
//! path = "."                     # a crate, or: wasm = "program.wasm"
//! limits = { memory = 512, computing = 30, waiting = 120 }     # MB and seconds; plugins take the same
//! [plugins]
//! aws-kms = { version = "0.1.0" }                               # an installed one (`kim plugin install`)
//! aws-ec2 = { path = "../../plugins/aws/ec2", aws = ["ec2"] }   # a crate or a .wasm file; what it is granted
//! [state]
//! path = ".kim/state.db"
//! [config]                       # this table, [aws] and those named like plugins: settings of every stack
//! size = "small"
//! ```
//!
//! Invariants: nothing is ignored silently: an unknown key or a wrong type is an error that names file and key.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::error::{Error, Exit, Result};
use crate::installed::check_version;
use crate::nearest::nearest;

/// The project's file.
pub const FILE: &str = "Kim.toml";

/// A project.
#[derive(Clone, PartialEq, Debug)]
pub struct Project {
    /// The folder of `Kim.toml`.
    pub dir: PathBuf,
    /// Its name.
    pub name: String,
    /// Its program.
    pub program: Program,
    /// What the program may use, where it is not the default.
    pub program_limits: Limits,
    /// Its plugins, by name.
    pub plugins: Vec<Plugin>,
    /// The state's file.
    pub state: PathBuf,
    /// The settings of every stack, by table.
    pub settings: Table,
}

/// Where the program comes from.
#[derive(Clone, PartialEq, Debug)]
pub enum Program {
    /// A crate, to be compiled.
    Crate(PathBuf),
    /// A compiled component.
    Component(PathBuf),
}

/// A plugin of the project.
#[derive(Clone, PartialEq, Debug)]
pub struct Plugin {
    /// Its name: also that of its table of settings.
    pub name: String,
    /// Where it comes from.
    pub source: Source,
    /// The AWS services that it is granted; `None`: those that it asks for.
    pub aws: Option<Vec<String>>,
    /// The HTTP hosts that it is granted; `None`: none.
    pub http: Option<Vec<String>>,
    /// What it may use, where it is not the default.
    pub limits: Limits,
}

/// What a program or a plugin may use, where the project says so; docs/sandbox.md has the defaults.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// Memory, in MB.
    pub memory: Option<u32>,
    /// Computing in a run or an operation, in seconds.
    pub computing: Option<u32>,
    /// A run or an operation with all waiting, in seconds.
    pub waiting: Option<u32>,
}

/// Where a plugin comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// A crate's folder, or a compiled component.
    Path(PathBuf),
    /// That version of the user's installed plugins.
    Installed(String),
}

impl Plugin {
    /// The crate of which it is built, if it is one.
    pub fn crate_folder(&self) -> Option<&Path> {
        match &self.source {
            Source::Path(path) if path.is_dir() => Some(path),
            _ => None,
        }
    }

    /// Whether it is a compiled component, which `kim.lock` names: not a crate, which is whatever its source is.
    pub fn is_component(&self) -> bool {
        self.crate_folder().is_none()
    }
}

impl Project {
    /// Finds the project that a folder belongs to.
    ///
    /// # Errors
    /// There is none (the error says where it looked), or its file is wrong.
    pub fn find(from: &Path) -> Result<Project> {
        // The real folder: `..` in a path must not be taken for a folder above.
        let from =
            from.canonicalize().map_err(|error| Error::usage(Error::file("go to the folder", from, &error).message))?;
        match from.ancestors().find(|dir| dir.join(FILE).symlink_metadata().is_ok()) {
            Some(dir) => Project::read(dir),
            None => Err(Error::usage(format!("there is no {FILE} in {} or any folder above it", from.display()))
                .hint("go to the project's folder or name it with -C; the README shows how to write a Kim.toml")),
        }
    }

    /// Reads the project of a folder.
    pub fn read(dir: &Path) -> Result<Project> {
        let file = dir.join(FILE);
        let table = read_toml(&file)?;
        let mut keys = Keys { file: &file, table, at: String::new() };
        let name = keys.text("name")?.ok_or_else(|| keys.missing("name", "write name = \"my-project\""))?;
        check_name("project", &name).map_err(|why| keys.error("name", &why))?;
        let (program, program_limits) = program(keys.table("program")?, dir)?;
        let plugins = plugins(keys.table("plugins")?, dir)?;
        let mut state = keys.table("state")?;
        let path = state.text("path")?.map_or_else(|| dir.join(".kim/state.db"), |path| dir.join(path));
        state.finish(&["path"])?;
        let tables: Vec<&str> = setting_tables(&plugins).collect();
        let settings = keys.rest(&tables, &["name", "program", "plugins", "state"])?;
        Ok(Project { dir: dir.to_owned(), name, program, program_limits, plugins, state: path, settings })
    }

    /// The folder of what kim keeps beside the project.
    pub fn dot_kim(&self) -> PathBuf {
        self.dir.join(".kim")
    }

    /// The settings file of a stack.
    pub fn stack_file(&self, stack: &str) -> PathBuf {
        self.dir.join(format!("Kim.{stack}.toml"))
    }

    /// The tables that hold settings.
    pub fn setting_tables(&self) -> impl Iterator<Item = &str> {
        setting_tables(&self.plugins)
    }

    /// The plugin of that name.
    pub fn plugin(&self, name: &str) -> Result<&Plugin> {
        self.plugins.iter().find(|plugin| plugin.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.plugins.iter().map(|plugin| plugin.name.as_str()).collect();
            let known =
                if names.is_empty() { "it has none".to_owned() } else { format!("it has: {}", names.join(", ")) };
            Error::usage(format!("project '{}' has no plugin '{name}'; {known}", self.name))
        })
    }
}

fn setting_tables(plugins: &[Plugin]) -> impl Iterator<Item = &str> {
    ["config", "aws"].into_iter().chain(plugins.iter().map(|plugin| plugin.name.as_str()))
}

/// What is wrong with the name of a project, stack or plugin.
///
/// # Errors
/// The end of a sentence that begins with the place of the name.
pub fn check_name(what: &str, name: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty()
        || name.len() > 100
        || !name.chars().all(fine)
        || !name.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return Err(format!(
            "'{name}' cannot be the name of a {what}: it takes 1 to 100 letters, digits, '-', '_' and '.', and begins with a letter or digit"
        ));
    }
    if what == "plugin" && TABLES.contains(&name) {
        return Err(format!(
            "'{name}' cannot be the name of a plugin: it is a name that Kim.toml uses for something else"
        ));
    }
    Ok(())
}

/// What Kim.toml and the stacks' files use themselves, where a plugin's name would stand.
const TABLES: [&str; 6] = ["aws", "config", "name", "plugins", "program", "state"];

/// Why a file of settings cannot be read.
fn unread(file: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::IsADirectory => Error::failed(format!("{} is a folder; it has to be a file", file.display())),
        ErrorKind::InvalidData => Error::failed(format!("cannot read {}: it is no text in UTF-8", file.display())),
        _ => Error::file("read", file, error).hint("it has to be a file that you may read"),
    }
}

/// Reads a TOML file; an error shows the place.
pub fn read_toml(file: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(file).map_err(|error| Error { exit: Exit::Usage, ..unread(file, &error) })?;
    toml::from_str(&text)
        .map_err(|error| Error::usage(format!("{} is no valid TOML: {}", file.display(), error.to_string().trim_end())))
}

fn program(mut keys: Keys<'_>, dir: &Path) -> Result<(Program, Limits)> {
    let limits = limits(&mut keys)?;
    let (path, wasm) = (keys.text("path")?, keys.text("wasm")?);
    let program = match (path, wasm) {
        (Some(_), Some(_)) => {
            return Err(
                keys.error("wasm", "is given beside path; a program is either a crate (path) or a component (wasm)")
            );
        }
        (path, None) => Program::Crate(dir.join(path.as_deref().unwrap_or("."))),
        (None, Some(wasm)) => Program::Component(dir.join(wasm)),
    };
    keys.finish(&["path", "wasm", "limits"])?;
    Ok((program, limits))
}

fn limits(keys: &mut Keys<'_>) -> Result<Limits> {
    let mut limits = keys.table("limits")?;
    // A component's memory has at most 4 GB; an hour is longer than anything that is not stuck.
    let (memory, computing, waiting) = (1..=4096, 1..=3600, 1..=3600);
    let read = Limits {
        memory: limits.number("memory", memory)?,
        computing: limits.number("computing", computing)?,
        waiting: limits.number("waiting", waiting)?,
    };
    limits.finish(&["memory", "computing", "waiting"])?;
    Ok(read)
}

fn plugins(mut keys: Keys<'_>, dir: &Path) -> Result<Vec<Plugin>> {
    let names: Vec<String> = keys.table.keys().cloned().collect();
    let mut plugins = Vec::new();
    for name in names {
        check_name("plugin", &name).map_err(|why| keys.error(&name, &why))?;
        let mut plugin = keys.table(&name)?;
        let source = source(&mut plugin, dir)?;
        let (aws, http) = (plugin.texts("aws")?, plugin.texts("http")?);
        let limits = limits(&mut plugin)?;
        plugin.finish(&["path", "version", "aws", "http", "limits"])?;
        plugins.push(Plugin { source, aws, http, limits, name });
    }
    Ok(plugins)
}

fn source(plugin: &mut Keys<'_>, dir: &Path) -> Result<Source> {
    match (plugin.text("path")?, plugin.text("version")?) {
        (Some(path), None) => Ok(Source::Path(dir.join(path))),
        (None, Some(version)) => match check_version(&version) {
            Ok(()) => Ok(Source::Installed(version)),
            Err(why) => Err(plugin.error("version", &why)),
        },
        (Some(_), Some(_)) => Err(plugin.error(
            "version",
            "is given beside path; a plugin is either an installed one (version) or a crate or .wasm file (path)",
        )),
        (None, None) => {
            Err(plugin.missing("path", "it names the plugin's crate or .wasm file (or version, an installed plugin's)"))
        }
    }
}

/// The keys of a table that have not been read yet.
struct Keys<'f> {
    file: &'f Path,
    table: Table,
    at: String,
}

impl<'f> Keys<'f> {
    fn error(&self, key: &str, why: &str) -> Error {
        Error::usage(format!("{}: {}{key} {why}", self.file.display(), self.at))
    }

    /// A key that has to be there is not; maybe it is only misspelt.
    fn missing(&self, key: &str, why: &str) -> Error {
        match nearest(key, self.table.keys().map(String::as_str)) {
            Some(written) => self.error(written, &format!("is no key that kim knows; did you mean {}{key}?", self.at)),
            None => self.error(key, &format!("is missing; {why}")),
        }
    }

    fn wrong(&self, key: &str, wanted: &str, value: &Value) -> Error {
        self.error(key, &format!("must be {wanted}, but is {}", kind_name(value)))
    }

    fn text(&mut self, key: &str) -> Result<Option<String>> {
        match self.table.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(key, "text", &other)),
        }
    }

    fn texts(&mut self, key: &str) -> Result<Option<Vec<String>>> {
        let Some(value) = self.table.remove(key) else { return Ok(None) };
        let texts = value.as_array().and_then(|items| {
            items.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
        });
        texts.map(Some).ok_or_else(|| self.wrong(key, "a list of texts", &value))
    }

    fn number(&mut self, key: &str, range: std::ops::RangeInclusive<u32>) -> Result<Option<u32>> {
        let Some(value) = self.table.remove(key) else { return Ok(None) };
        let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
        match number.filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number)),
            None if value.is_integer() => {
                Err(self.error(key, &format!("must be {} to {}, but is {value}", range.start(), range.end())))
            }
            None => Err(self.wrong(key, "a whole number", &value)),
        }
    }

    fn table(&mut self, key: &str) -> Result<Keys<'f>> {
        let table = match self.table.remove(key) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(other) => return Err(self.wrong(key, "a table", &other)),
        };
        Ok(Keys { file: self.file, table, at: format!("{}{key}.", self.at) })
    }

    /// Refuses keys that nobody asked for.
    fn finish(self, known: &[&str]) -> Result<()> {
        self.rest(&[], known).map(|_| ())
    }

    /// The tables that remain, which must be of these names; `known` are other names that might have been meant.
    fn rest(self, tables: &[&str], known: &[&str]) -> Result<Table> {
        check_tables(self.file, &self.at, &self.table, tables, known)?;
        Ok(self.table)
    }
}

/// Checks that a file's remaining keys are tables of settings.
pub(crate) fn check_tables(file: &Path, at: &str, table: &Table, tables: &[&str], known: &[&str]) -> Result<()> {
    for (key, value) in table {
        if !tables.contains(&key.as_str()) {
            let all = || tables.iter().chain(known).copied();
            let meant = nearest(key, all()).map(|name| format!("; did you mean {at}{name}?"));
            let meant = meant.unwrap_or_else(|| format!("; there are: {}", all().collect::<Vec<_>>().join(", ")));
            return Err(Error::usage(format!("{}: unknown key {at}{key}{meant}", file.display())));
        }
        if !value.is_table() {
            return Err(Error::usage(format!(
                "{}: {at}{key} must be a table, but is {}",
                file.display(),
                kind_name(value)
            )));
        }
    }
    Ok(())
}

/// What a TOML value is, in words.
pub(crate) fn kind_name(value: &Value) -> &'static str {
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
