//! What the user allowed projects to choose, by the folder of the project.
//!
//! It is kept outside of the projects, in `$XDG_STATE_HOME/kim/projects.toml`, else
//! `~/.local/state/kim/projects.toml`: a project cannot write there.
//!
//! Invariant: what somebody else could have written counts for nothing. The file and its folder
//! belong to this user or to root, and nobody else may write to them. Root under `sudo`, who finds
//! the file of the user, takes nothing from it and leaves it alone.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use kim_files::owner::{Exposed, Why, expect_private, expect_private_file};
use kim_files::write::{Access, Beside, create_new, create_private_folder};
use toml::{Table, Value};

use super::tables::read_toml;
use crate::environment::Environment;
use crate::error::{Error, Result};

/// What a project may choose with the user's consent alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// The endpoint that requests to AWS go to.
    Endpoint,
    /// The profile whose credentials sign them.
    Profile,
    /// A state file outside of the project's folder.
    State,
}

impl Choice {
    /// Returns the key of what was allowed in the file.
    fn key(self) -> &'static str {
        match self {
            Choice::Endpoint => "endpoint",
            Choice::Profile => "profile",
            Choice::State => "state",
        }
    }
}

/// The key that says that the project's folder had a lock.
const HAD_LOCK: &str = "lock";

const HEAD: &str = "# What you allowed the projects in these folders to choose. Written by kim when you said so.\n";

/// What the user allowed.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Consents {
    /// `None` if the environment names no folder for it.
    file: Option<PathBuf>,
}

impl Consents {
    /// Returns those of the user. Reads nothing yet.
    pub fn of_user(environment: &Environment) -> Consents {
        let state = environment.path("XDG_STATE_HOME").filter(|folder| folder.is_absolute());
        let home = || Some(environment.path("HOME")?.join(".local/state"));
        Consents { file: state.or_else(home).map(|folder| folder.join("kim/projects.toml")) }
    }

    /// Returns true if the user allowed the project in a folder to choose a value.
    ///
    /// # Errors
    /// The file cannot be read, or others than this user may write to it.
    pub fn allows(&self, project: &Path, choice: Choice, value: &str) -> Result<bool> {
        let table = self.read()?;
        let allowed = table.get(&key(project)).and_then(|entry| entry.get(choice.key()));
        let allowed = allowed.and_then(Value::as_array).into_iter().flatten();
        Ok(allowed.filter_map(Value::as_str).any(|allowed| allowed == value))
    }

    /// Keeps that the user allowed the project in a folder to choose a value.
    ///
    /// Keeps nothing if the environment names no folder for it: then the user is asked again.
    ///
    /// # Errors
    /// As for [`Consents::allows`], or the file cannot be written.
    pub fn allow(&mut self, project: &Path, choice: Choice, value: &str) -> Result<()> {
        self.change(project, |entry| {
            let values = entry.entry(choice.key()).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(values) = values {
                values.push(value.into());
            }
        })
    }

    /// Returns true if an earlier run saw a lock in a project's folder.
    ///
    /// Returns false if the file cannot be used: it is a help, not a proof.
    pub fn had_lock(&self, project: &Path) -> bool {
        let table = self.read().unwrap_or_default();
        let had = table.get(&key(project)).and_then(|entry| entry.get(HAD_LOCK));
        had.and_then(Value::as_bool).unwrap_or_default()
    }

    /// Keeps that there is a lock in a project's folder, if that can be kept.
    pub fn remember_lock(&mut self, project: &Path) {
        if !self.had_lock(project) {
            let _ = self.change(project, |entry| {
                entry.insert(HAD_LOCK.to_owned(), Value::Boolean(true));
            });
        }
    }

    /// Forgets all that was kept of a folder: another project begins there.
    ///
    /// # Errors
    /// The file cannot be used or written.
    pub fn forget(&mut self, project: &Path) -> Result<()> {
        if !self.read()?.contains_key(&key(project)) {
            return Ok(());
        }
        self.change(project, Table::clear)
    }

    fn read(&self) -> Result<Table> {
        let Some(file) = &self.file else { return Ok(Table::new()) };
        if file.symlink_metadata().is_err() {
            return Ok(Table::new());
        }
        let folder = file.parent().unwrap_or(file);
        match expect_private(folder).and_then(|()| expect_private_file(file)) {
            Ok(()) => read_toml(file),
            Err(exposed) if is_of_another(&exposed) => Ok(Table::new()),
            Err(exposed) => Err(not_private(&exposed)),
        }
    }

    /// Changes the entry of a folder, and drops those of folders that are gone.
    ///
    /// Another run that changes the file waits. In another user's folder nothing is kept.
    fn change(&mut self, project: &Path, change: impl FnOnce(&mut Table)) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let folder = file.parent().unwrap_or(file);
        let is_exposed =
            |path: &Path| expect_private(path).is_err_and(|error| is_of_another(&error));
        let is_others = folder.ancestors().find(|folder| folder.exists()).is_some_and(is_exposed);
        if is_others || expect_private_file(file).is_err_and(|error| is_of_another(&error)) {
            return Ok(());
        }
        create_private_folder(folder)
            .map_err(|error| Error::file("create the folder", folder, &error))?;
        expect_private(folder).map_err(|exposed| not_private(&exposed))?;
        let held = folder.join("projects.lock");
        // The system lets go of it when it is closed.
        let _held = hold(&held).map_err(|error| Error::file("lock", &held, &error))?;
        let mut table = self.read()?;
        table.retain(|folder, _| Path::new(folder).is_dir());
        let entry = table.entry(key(project)).or_insert_with(|| Value::Table(Table::new()));
        entry.as_table_mut().map(change);
        let text = format!("{HEAD}{table}");
        let write = || {
            let mut beside = Beside::create(file, Access::Owner)?;
            beside.file.write_all(text.as_bytes())?;
            beside.file.sync_all()?;
            beside.rename()
        };
        write().map_err(|error| Error::file("write", file, &error))
    }
}

/// Waits until no other run holds a file, and holds it.
fn hold(file: &Path) -> std::io::Result<File> {
    // Only its owner may open it: whoever can open it can hold it.
    match create_new(file, Access::Owner) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let held = OpenOptions::new().write(true).open(file)?;
    held.lock()?;
    Ok(held)
}

/// Returns the key of a project's folder: its path, free of links.
fn key(project: &Path) -> String {
    project.canonicalize().unwrap_or_else(|_| project.to_owned()).display().to_string()
}

/// Returns true if something belongs to another user.
fn is_of_another(exposed: &Exposed) -> bool {
    matches!(exposed.why, Why::BelongsTo(_))
}

/// Creates the error for a file or a folder that somebody else may have written.
fn not_private(exposed: &Exposed) -> Error {
    Error::failed(format!(
        "{exposed}, so what you allowed projects to choose counts for nothing"
    ))
    .hint("make it yours alone (chmod go-w), remove it, or set XDG_STATE_HOME to a folder of your own; kim asks again")
}
