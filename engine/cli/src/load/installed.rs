//! The user's installed plugins, shared by all projects.
//!
//! They are components by name, version and digest.
//!
//! Invariants: `<name>/<version>/<digest>.wasm` holds the bytes of that digest. A file is written
//! aside, renamed into place and never changed afterwards, so several processes may install at
//! once. Nobody but this user (and root) can exchange a file: one of anybody else counts as
//! missing.

use std::path::{Path, PathBuf};

use kim_files::owner::{expect_private, expect_private_file};
use kim_files::write::{Access, Beside, create_private_folder};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::project::{check_name, check_version};

/// The folder of installed plugins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Installed {
    folder: PathBuf,
}

impl Installed {
    /// Returns the user's folder of installed plugins.
    ///
    /// It is `KIM_PLUGIN_DIR`, else `$XDG_DATA_HOME/kim/plugins`, else
    /// `~/.local/share/kim/plugins`.
    ///
    /// # Errors
    /// None of the variables is set.
    pub fn of_user(environment: &Environment) -> Result<Installed> {
        let data = environment.path("XDG_DATA_HOME").filter(|folder| folder.is_absolute());
        let folder = environment
            .path("KIM_PLUGIN_DIR")
            .or_else(|| Some(data?.join("kim/plugins")))
            .or_else(|| Some(environment.path("HOME")?.join(".local/share/kim/plugins")));
        folder.map(Installed::at).ok_or_else(|| {
            Error::usage("there is no folder for installed plugins: HOME is not set")
                .hint("set KIM_PLUGIN_DIR to a folder")
        })
    }

    /// Returns the plugins in a given folder.
    pub fn at(folder: PathBuf) -> Installed {
        Installed { folder }
    }

    /// Returns the installed components of a version, each with its digest.
    pub fn of_version(&self, name: &str, version: &str) -> Vec<(String, PathBuf)> {
        let entries = std::fs::read_dir(self.folder.join(name).join(version)).into_iter().flatten();
        let component = |entry: std::fs::DirEntry| {
            let path = entry.path();
            let is_component = path.extension().is_some_and(|extension| extension == "wasm")
                && expect_private_file(&path).is_ok();
            is_component.then(|| Some((path.file_stem()?.to_str()?.to_owned(), path.clone())))?
        };
        let mut found: Vec<_> =
            entries.filter_map(std::io::Result::ok).filter_map(component).collect();
        found.sort();
        found
    }

    /// Returns the component of a version, the one with `digest` if that is known.
    ///
    /// # Errors
    /// It is not installed, or several components are and no digest chooses among them. Or another
    /// user could exchange it.
    pub fn find(&self, name: &str, version: &str, digest: Option<&str>) -> Result<PathBuf> {
        self.expect_private(&self.folder.join(name).join(version))?;
        let mut found = self.of_version(name, version);
        let others = found.iter().map(|(digest, _)| digest.as_str()).collect::<Vec<_>>().join(", ");
        if let Some(digest) = digest {
            found.retain(|(installed, _)| installed == digest);
        }
        match (&found[..], digest) {
            ([(_, path)], _) => Ok(path.clone()),
            ([], None) => Err(Error::failed(format!("the plugin '{name}' {version} is not installed"))
                .hint("`kim plugin install` installs what the project names")),
            ([], Some(digest)) if others.is_empty() => Err(Error::failed(format!(
                "the plugin '{name}' {version} that kim.lock names (sha256 {digest}) is not installed"
            ))
            .hint("`kim plugin install` installs what the project names")),
            ([], Some(digest)) => Err(Error::failed(format!(
                "the plugin '{name}' {version} that is installed is not the one that kim.lock names\n  \
                 kim.lock   {digest}\n  installed  {others}"
            ))
            .hint(format!("`kim plugin install {name}` accepts another one if you want that"))),
            (_, _) => Err(Error::failed(format!(
                "several components of the plugin '{name}' {version} are installed, and kim.lock does not say which \
                 one is meant: {others}"
            ))
            .hint(format!("`kim plugin install {name}` decides"))),
        }
    }

    /// Installs a component and returns its path.
    ///
    /// # Errors
    /// Its name or version cannot be the name of a folder, or the file cannot be written.
    pub fn keep(
        &self,
        name: &str,
        version: &str,
        digest: &str,
        component: &Path,
    ) -> Result<PathBuf> {
        check_name("plugin", name).map_err(Error::failed)?;
        check_version(version)
            .map_err(|why| Error::failed(format!("the version of the plugin '{name}' {why}")))?;
        let folder = self.folder.join(name).join(version);
        create_private_folder(&folder)
            .map_err(|error| Error::file("create the folder", &folder, &error))?;
        self.expect_private(&folder)?;
        let file = folder.join(format!("{digest}.wasm"));
        let copied = || {
            let mut beside = Beside::create(&file, Access::Owner)?;
            std::io::copy(&mut std::fs::File::open(component)?, &mut beside.file)?;
            beside.file.sync_all()?;
            beside.rename()
        };
        copied().map_err(|error| Error::file("write", &file, &error))?;
        Ok(file)
    }

    /// Rejects a folder of installed plugins that another user could exchange.
    ///
    /// One that does not exist is no error: nothing is installed then.
    fn expect_private(&self, folder: &Path) -> Result<()> {
        if !folder.exists() {
            return Ok(());
        }
        expect_private(folder).map_err(|exposed| {
            Error::failed(format!(
                "{exposed}, so '{}' is not safe for installed plugins",
                self.folder.display()
            ))
            .hint("make it yours alone (chown, chmod go-w), or set KIM_PLUGIN_DIR to a folder of your own")
        })
    }
}
