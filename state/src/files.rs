//! Files and folders that only their owner may read, and the disk that they are on.

use std::fs::DirBuilder;
use std::io::{ErrorKind, Result};
use std::path::{Path, PathBuf};

use kim_files::owner::{Exposed, Why, expect_own, expect_own_file};
use kim_files::write::{Access, create_new, name_beside};
use rusqlite::{Connection, OpenFlags};

/// The disk that a state file is on.
pub(crate) trait Disk {
    /// Returns the name of the VFS that SQLite uses; `None` for its default.
    fn vfs(&self) -> Option<&str> {
        None
    }

    /// Permits a change of names, before it is made. An error prevents it.
    fn before(&self, _change: &NameChange<'_>) -> Result<()> {
        Ok(())
    }

    /// Makes the names in a folder durable, where the file system can do so.
    fn sync_names(&self, folder: &Path) -> Result<()> {
        // A folder that may not be read, as in SQLite, or a system that opens none.
        let Ok(folder) = std::fs::File::open(folder) else { return Ok(()) };
        match folder.sync_all() {
            // A file system that syncs no folders.
            Err(error)
                if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) =>
            {
                Ok(())
            }
            outcome => outcome,
        }
    }
}

/// The disk of the operating system.
pub(crate) struct OsDisk;

impl Disk for OsDisk {}

/// A change of the names in a folder.
#[cfg_attr(not(feature = "testing"), expect(dead_code, reason = "only a simulated disk reads it"))]
#[derive(Clone, Copy)]
pub(crate) enum NameChange<'a> {
    /// A new folder.
    Folder(&'a Path),
    /// A new file.
    File(&'a Path),
    /// A second name of a file.
    Link {
        /// The name that it has.
        from: &'a Path,
        /// The name that it gets.
        to: &'a Path,
    },
    /// Another name of a file, in place of whatever has that name.
    Rename {
        /// The name that it had.
        from: &'a Path,
        /// The name that it gets.
        to: &'a Path,
    },
    /// The end of a name.
    Remove(&'a Path),
}

/// Opens a file of SQLite that exists.
pub(crate) fn open(
    disk: &dyn Disk,
    path: &Path,
    access: OpenFlags,
) -> rusqlite::Result<Connection> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match disk.vfs() {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
        None => Connection::open_with_flags(path, flags),
    }
}

/// A file that gets its name once it is whole.
///
/// So neither a kill nor the loss of power leaves half a file under that name. Dropping it removes
/// what has no name yet.
pub(crate) struct Draft<'d> {
    disk: &'d dyn Disk,
    path: PathBuf,
}

impl<'d> Draft<'d> {
    /// Creates an empty file in the folder of `state`.
    ///
    /// On Unix only its owner may read it. Its name is `<state>.new-<random>`.
    pub(crate) fn create(disk: &'d dyn Disk, state: &Path) -> Result<Draft<'d>> {
        let path = name_beside(state)?;
        disk.before(&NameChange::File(&path))?;
        create_new(&path, Access::Owner)?;
        Ok(Draft { disk, path })
    }

    /// Returns its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, durably, unless there is a file of that name.
    ///
    /// The file must be synced and closed.
    pub(crate) fn publish(self, name: &Path) -> Result<()> {
        self.disk.before(&NameChange::Link { from: &self.path, to: name })?;
        match std::fs::hard_link(&self.path, name) {
            Ok(()) => sync_names_beside(self.disk, name)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            // A file system without links. It cannot rename without replacing either, so of two
            // processes that create the file in the same instant one may be told that it is gone.
            Err(_) => self.replace(name)?,
        }
        Ok(())
    }

    /// Gives the file its name, durably, in place of a file of that name.
    ///
    /// The file must be synced and closed.
    pub(crate) fn replace(self, name: &Path) -> Result<()> {
        self.disk.before(&NameChange::Rename { from: &self.path, to: name })?;
        std::fs::rename(&self.path, name)?;
        sync_names_beside(self.disk, name)
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        // After a rename there is none.
        if self.path.exists() && self.disk.before(&NameChange::Remove(&self.path)).is_ok() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Rejects a state file that is no file, or that is not this user's. It exists.
///
/// So must be its folder, and the files that SQLite keeps beside it and replays. Those are no links
/// either.
pub(crate) fn expect_own_state(path: &Path) -> std::result::Result<(), Exposed> {
    if path.metadata().is_ok_and(|meta| !meta.is_file()) {
        let why = Why::NotAFile("a device, a socket or a FIFO");
        return Err(Exposed { path: path.to_owned(), why });
    }
    expect_own(path)?;
    path.parent().map_or(Ok(()), expect_own)?;
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let beside = PathBuf::from(name);
        if beside.symlink_metadata().is_ok() {
            expect_own_file(&beside)?;
        }
    }
    Ok(())
}

/// Creates a folder and its missing parents.
///
/// On Unix only their owner may enter them. Leaves existing folders as they are. The new ones
/// survive the loss of power: their names are synced too, which SQLite does for its files alone.
/// So is the name of an existing folder, in case a process that was killed has just created it.
pub(crate) fn create_private_folder(disk: &dyn Disk, path: &Path) -> Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    missing.iter().rev().try_for_each(|folder| disk.before(&NameChange::Folder(folder)))?;
    builder.create(path)?;
    let unsynced = if missing.is_empty() { vec![path] } else { missing };
    unsynced.iter().try_for_each(|folder| sync_names_beside(disk, folder))
}

/// Makes the name of a file or folder durable.
fn sync_names_beside(disk: &dyn Disk, path: &Path) -> Result<()> {
    path.parent().map_or(Ok(()), |folder| disk.sync_names(folder))
}
