//! Writes files so that nobody sees a part of one, and nothing is written through a link.
//!
//! A file is created beside its place, under a random name that must be new, written, and renamed.
//! So whatever has its name before (a link, too) is replaced, not followed.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Error, Result, Write};
use std::path::{Path, PathBuf};

/// Who may read a new file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Whoever the umask of this process permits.
    Umask,
    /// Its owner alone.
    Owner,
}

/// Writes a file in place of a file of that name, durably.
///
/// Keeps the owner and the permissions of the file that it replaces.
///
/// # Errors
/// The system's error. Nothing is left behind.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let old = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file);
    // The old permissions may be narrower than those of the umask: wider ones come at the end.
    let access = if old.is_some() { Access::Owner } else { Access::Umask };
    let mut beside = Beside::create(path, access)?;
    beside.file.write_all(bytes)?;
    if let Some(old) = old {
        keep_permissions(&beside.file, &old)?;
    }
    beside.file.sync_all()?;
    beside.rename()
}

/// Gives a new file the permissions of the old one.
#[cfg(unix)]
fn keep_permissions(file: &File, old: &std::fs::Metadata) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    // Only root may give a file away; for others the file stays theirs.
    let _ = fchown(file, Some(old.uid()), Some(old.gid()));
    file.set_permissions(PermissionsExt::from_mode(old.mode() & 0o777))
}

#[cfg(not(unix))]
fn keep_permissions(_: &File, _: &std::fs::Metadata) -> Result<()> {
    Ok(())
}

/// A file that is written beside its place.
///
/// Dropping it removes the file, unless it was renamed.
#[derive(Debug)]
pub struct Beside {
    /// The file, empty at first.
    pub file: File,
    path: PathBuf,
    place: PathBuf,
    renamed: bool,
}

impl Beside {
    /// Creates an empty file beside `place`.
    ///
    /// # Errors
    /// The system's error.
    pub fn create(place: &Path, access: Access) -> Result<Beside> {
        let path = name_beside(place)?;
        let file = create_new(&path, access)?;
        Ok(Beside { file, path, place: place.to_owned(), renamed: false })
    }

    /// Gives the file its place, instead of whatever is there.
    ///
    /// # Errors
    /// The system's error, if a folder is there, too. The file is removed then.
    pub fn rename(mut self) -> Result<()> {
        std::fs::rename(&self.path, &self.place)?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        if !self.renamed {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Returns a random name beside a path: `<path>.new-<random>`.
///
/// # Errors
/// The system has no random numbers.
pub fn name_beside(path: &Path) -> Result<PathBuf> {
    let random = getrandom::u64().map_err(|error| Error::other(error.to_string()))?;
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".new-{random:016x}"));
    Ok(PathBuf::from(name))
}

/// Creates a file that must not exist, not even as a link.
///
/// # Errors
/// The system's error.
pub fn create_new(path: &Path, access: Access) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if access == Access::Owner {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let _ = access;
    options.open(path)
}

/// Creates a folder and its missing parents, for this user alone, unless it exists.
///
/// # Errors
/// The system's error.
pub fn create_private_folder(folder: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
