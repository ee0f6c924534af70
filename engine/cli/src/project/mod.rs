//! The project: finds `Kim.toml` in a folder or those above it, and reads it.
//!
//! ```toml
//! name = "kimberlite"            # the project
//! [program]                      # default: the crate beside Kim.toml
//! path = "."                     # a crate, or: wasm = "program.wasm"
//! limits = { memory = 512, computing = 30, waiting = 120 }   # MB and seconds; also of plugins
//! references = ["network"]       # other projects whose outputs the program may read
//! [plugins]
//! # An installed one (`kim plugin install`), and what it is granted.
//! aws-kms = { version = "0.1.0", aws = ["kms"] }
//! # A crate or a .wasm file.
//! aws-ec2 = { path = "../../plugins/aws/ec2", aws = ["ec2"] }
//! [state]
//! path = ".kim/state.db"
//! # This table, [aws] and those named like plugins are settings of every stack.
//! [config]
//! size = "small"
//! ```
//!
//! Invariant: nothing is ignored silently. An unknown key or a wrong type is an error that names
//! the file and the key.

pub mod config_file;
pub mod consents;
mod names;
pub mod selection;
pub mod settings;
mod tables;

use std::path::{Path, PathBuf};

use kim_files::owner::{Exposed, Why};
use toml::Table;

use crate::error::{Error, Result};
pub use names::{check_name, check_version};
use tables::Keys;
pub use tables::{read_settings, read_toml, settings_text, toml_text};

/// The name of the project's file.
pub const PROJECT_FILE: &str = "Kim.toml";

/// A project.
#[derive(Clone, PartialEq, Debug)]
pub struct Project {
    /// The folder of `Kim.toml`.
    pub dir: PathBuf,
    /// The project's name.
    pub name: String,
    /// The project's program.
    pub program: Program,
    /// The other projects to whose stacks the program may refer.
    pub references: Vec<String>,
    /// The limits of the program, if they differ from the defaults.
    pub program_limits: Limits,
    /// The project's plugins, in the order of their names.
    pub plugins: Vec<Plugin>,
    /// The path of the state file.
    pub state: PathBuf,
    /// The settings that all stacks share, by table.
    pub settings: Table,
}

/// The source of the program.
#[derive(Clone, PartialEq, Debug)]
pub enum Program {
    /// The folder of a crate that must be compiled.
    Crate(PathBuf),
    /// The file of a compiled component.
    Component(PathBuf),
}

/// A plugin of the project.
#[derive(Clone, PartialEq, Debug)]
pub struct Plugin {
    /// The plugin's name, and that of its settings table.
    pub name: String,
    /// The source of the plugin.
    pub source: Source,
    /// The AWS services that are granted to it.
    pub aws: Vec<String>,
    /// The HTTP hosts that are granted to it.
    ///
    /// `config:<property>` grants the host that its setting names.
    pub http: Vec<String>,
    /// The limits of the plugin, if they differ from the defaults.
    pub limits: Limits,
}

/// The limits that a project sets for a program or a plugin.
///
/// docs/sandbox.md lists the defaults.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// The memory, in MB.
    pub memory: Option<u32>,
    /// The computing time of a run or an operation, in seconds.
    pub computing: Option<u32>,
    /// The total time of a run or an operation, including waiting, in seconds.
    pub waiting: Option<u32>,
}

/// The source of a plugin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The folder of a crate, or the file of a compiled component.
    Path(PathBuf),
    /// A version of one of the user's installed plugins.
    Installed(String),
}

impl Plugin {
    /// Returns the folder of the plugin's crate, if it is one.
    pub fn crate_folder(&self) -> Option<&Path> {
        match &self.source {
            Source::Path(path) if path.is_dir() => Some(path),
            _ => None,
        }
    }

    /// Returns true if it is a compiled component, which `kim.lock` locks.
    ///
    /// A crate is not locked: its component follows its source.
    pub fn is_component(&self) -> bool {
        self.crate_folder().is_none()
    }
}

impl Project {
    /// Finds the project that a folder belongs to.
    ///
    /// # Errors
    /// There is none (the error says where it looked), or its file is invalid.
    pub fn find(from: &Path) -> Result<Project> {
        // The canonical path, because the parent of `..` is not the folder above.
        let from = from
            .canonicalize()
            .map_err(|error| Error::usage(Error::file("go to the folder", from, &error).message))?;
        match from.ancestors().find(|dir| dir.join(PROJECT_FILE).symlink_metadata().is_ok()) {
            Some(dir) => Project::read(dir),
            None => {
                Err(Error::usage(format!("there is no {PROJECT_FILE} in {} or any folder above it", from.display()))
                    .hint("go to the project's folder or name it with -C; the README shows how to write a Kim.toml"))
            }
        }
    }

    /// Reads the project in a folder.
    pub fn read(dir: &Path) -> Result<Project> {
        let file = dir.join(PROJECT_FILE);
        let table = read_settings(&file)?;
        // Whoever owns the folder puts any file into it, such as the program's.
        if let Err(Exposed { why: Why::BelongsTo(uid), .. }) = kim_files::owner::expect_own(dir) {
            return Err(tables::foreign_error(dir, uid));
        }
        let mut keys = Keys { file: &file, table, at: String::new() };
        let name = keys
            .text("name")?
            .ok_or_else(|| keys.missing("name", "write name = \"my-project\""))?;
        check_name("project", &name).map_err(|why| keys.error("name", &why))?;
        let mut program_keys = keys.table("program")?;
        let references = read_references(&mut program_keys)?;
        let (program, program_limits) = read_program(program_keys, dir)?;
        let plugins = read_plugins(keys.table("plugins")?, dir)?;
        let mut state = keys.table("state")?;
        let path =
            state.text("path")?.map_or_else(|| dir.join(".kim/state.db"), |path| dir.join(path));
        state.finish(&["path"])?;
        let tables: Vec<&str> = setting_tables(&plugins).collect();
        let settings = keys.rest(&tables, &["name", "program", "plugins", "state"])?;
        Ok(Project {
            dir: dir.to_owned(),
            name,
            program,
            references,
            program_limits,
            plugins,
            state: path,
            settings,
        })
    }

    /// Returns the folder in which kim keeps its own files of the project.
    pub fn dot_kim(&self) -> PathBuf {
        self.dir.join(".kim")
    }

    /// Returns the path of a stack's settings file.
    pub fn stack_file(&self, stack: &str) -> PathBuf {
        self.dir.join(format!("Kim.{stack}.toml"))
    }

    /// Returns the names of the tables that hold settings.
    pub fn setting_tables(&self) -> impl Iterator<Item = &str> {
        setting_tables(&self.plugins)
    }

    /// Returns the plugin with a name.
    pub fn plugin(&self, name: &str) -> Result<&Plugin> {
        self.plugins.iter().find(|plugin| plugin.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.plugins.iter().map(|plugin| plugin.name.as_str()).collect();
            let known = if names.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has: {}", names.join(", "))
            };
            Error::usage(format!("project '{}' has no plugin '{name}'; {known}", self.name))
        })
    }
}

fn setting_tables(plugins: &[Plugin]) -> impl Iterator<Item = &str> {
    ["config", "aws"].into_iter().chain(plugins.iter().map(|plugin| plugin.name.as_str()))
}

fn read_program(mut keys: Keys<'_>, dir: &Path) -> Result<(Program, Limits)> {
    let limits = read_limits(&mut keys)?;
    let (path, wasm) = (keys.text("path")?, keys.text("wasm")?);
    let program = match (path, wasm) {
        (Some(_), Some(_)) => {
            return Err(keys.error(
                "wasm",
                "cannot be combined with path; a program is either a crate (path) or a component (wasm)",
            ));
        }
        (path, None) => Program::Crate(dir.join(path.as_deref().unwrap_or("."))),
        (None, Some(wasm)) => Program::Component(dir.join(wasm)),
    };
    keys.finish(&["path", "wasm", "limits", "references"])?;
    Ok((program, limits))
}

/// Reads the projects to which the program may refer.
fn read_references(keys: &mut Keys<'_>) -> Result<Vec<String>> {
    let references = keys.texts("references")?.unwrap_or_default();
    for project in &references {
        check_name("project", project).map_err(|why| keys.error("references", &why))?;
    }
    Ok(references)
}

fn read_limits(keys: &mut Keys<'_>) -> Result<Limits> {
    let mut limits = keys.table("limits")?;
    // A component's memory is at most 4 GB. An hour is longer than anything that is not stuck.
    let (memory, computing, waiting) = (1..=4096, 1..=3600, 1..=3600);
    let read = Limits {
        memory: limits.number("memory", memory)?,
        computing: limits.number("computing", computing)?,
        waiting: limits.number("waiting", waiting)?,
    };
    limits.finish(&["memory", "computing", "waiting"])?;
    Ok(read)
}

fn read_plugins(mut keys: Keys<'_>, dir: &Path) -> Result<Vec<Plugin>> {
    let names: Vec<String> = keys.table.keys().cloned().collect();
    let mut plugins = Vec::new();
    for name in names {
        check_name("plugin", &name).map_err(|why| keys.error(&name, &why))?;
        let mut plugin = keys.table(&name)?;
        let source = read_source(&mut plugin, dir)?;
        let (aws, http) = (plugin.texts("aws")?, plugin.texts("http")?);
        let (aws, http) = (aws.unwrap_or_default(), http.unwrap_or_default());
        let limits = read_limits(&mut plugin)?;
        plugin.finish(&["path", "version", "aws", "http", "limits"])?;
        plugins.push(Plugin { source, aws, http, limits, name });
    }
    Ok(plugins)
}

fn read_source(plugin: &mut Keys<'_>, dir: &Path) -> Result<Source> {
    match (plugin.text("path")?, plugin.text("version")?) {
        (Some(path), None) => Ok(Source::Path(dir.join(path))),
        (None, Some(version)) => match check_version(&version) {
            Ok(()) => Ok(Source::Installed(version)),
            Err(why) => Err(plugin.error("version", &why)),
        },
        (Some(_), Some(_)) => Err(plugin.error(
            "version",
            "cannot be combined with path; a plugin is either an installed one (version) or a crate or .wasm file (path)",
        )),
        (None, None) => {
            Err(plugin.missing("path", "it names the plugin's crate or .wasm file (or version, an installed plugin's)"))
        }
    }
}
