//! What the user allowed projects to choose, by the folder of the project.
//!
//! It is kept outside of the projects, in `$XDG_STATE_HOME/kim/projects.toml`, else
//! `~/.local/state/kim/projects.toml`: a project cannot write there.
//!
//! Invariant: what somebody else could have written counts for nothing. The file and its folder
//! belong to this user, and nobody else may write to them.

use std::fs::{DirBuilder, Metadata, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

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
        let Ok(meta) = file.symlink_metadata() else { return Ok(Table::new()) };
        let folder = file.parent().unwrap_or(file);
        expect_own(folder, folder.symlink_metadata().as_ref(), Metadata::is_dir)?;
        expect_own(file, Ok(&meta), Metadata::is_file)?;
        read_toml(file)
    }

    /// Changes the entry of a project's folder, and drops those of folders that are gone.
    fn change(&mut self, project: &Path, change: impl FnOnce(&mut Table)) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let folder = file.parent().unwrap_or(file);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|error| Error::file("create the folder", folder, &error))?;
        expect_own(folder, folder.symlink_metadata().as_ref(), Metadata::is_dir)?;
        let mut table = self.read()?;
        table.retain(|folder, _| Path::new(folder).is_dir());
        let entry = table.entry(key(project)).or_insert_with(|| Value::Table(Table::new()));
        entry.as_table_mut().map(change);
        let text = format!("{HEAD}{table}");
        let aside = folder.join(format!("projects.{}.new", std::process::id()));
        let write = || {
            // What a killed process with this id left.
            let _ = std::fs::remove_file(&aside);
            let mut new =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
            new.write_all(text.as_bytes())?;
            std::fs::rename(&aside, file)
        };
        write().map_err(|error| Error::file("write", file, &error))
    }
}

/// Returns the key of a project's folder: its path, free of links.
fn key(project: &Path) -> String {
    project.canonicalize().unwrap_or_else(|_| project.to_owned()).display().to_string()
}

/// Rejects a file or a folder that somebody else may have written.
fn expect_own(
    path: &Path,
    meta: Result<&Metadata, &std::io::Error>,
    is_right: impl Fn(&Metadata) -> bool,
) -> Result<()> {
    let meta = meta.map_err(|error| Error::file("read", path, error))?;
    let own = meta.uid() == rustix::process::geteuid().as_raw();
    if own && is_right(meta) && meta.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(Error::failed(format!(
        "{} is not yours alone, so what it allows counts for nothing: it has to belong to you, and nobody else may write to it",
        path.display()
    ))
    .hint("remove it, or set XDG_STATE_HOME to a folder of your own; kim asks again"))
}
