//! A disk that loses power or fills up, for tests of what is kept then.
//!
//! A [`SimulatedDisk`] is a folder whose files are written through a VFS of SQLite
//! (<https://www.sqlite.org/vfs.html>) of its own. It counts the operations that change something,
//! and lets one of them go wrong.
//!
//! Invariants: nothing is durable before it is synced, neither bytes nor names. After the loss of
//! power, every operation fails until [`SimulatedDisk::restart`]. The same seed loses the same.

mod memory;
mod vfs;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};

use crate::error::{Fault, Location};
use crate::files::{Disk, NameChange, OsDisk};
use crate::migrate;
pub use crate::testing::memory::{Loss, Trouble};
use crate::testing::memory::{Memory, Refusal};
use crate::testing::vfs::Registered;

/// A folder on a disk that loses power or fills up.
///
/// Clones share the disk.
#[derive(Clone)]
pub struct SimulatedDisk {
    root: PathBuf,
    memory: Arc<Mutex<Memory>>,
    vfs: Arc<Registered>,
}

impl SimulatedDisk {
    /// Creates a disk of an existing folder. What is in the folder is durable.
    ///
    /// # Errors
    /// The folder cannot be read, or SQLite registers no VFS.
    pub fn new(folder: &Path) -> io::Result<SimulatedDisk> {
        let root = folder.canonicalize()?;
        let memory = Arc::new(Mutex::new(Memory::read(&root)?));
        let vfs = Arc::new(Registered::new(Arc::clone(&memory))?);
        Ok(SimulatedDisk { root, memory, vfs })
    }

    /// Returns the path of a file on this disk.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Lets the operations of these numbers, from 0, go wrong.
    ///
    /// It replaces what was set before.
    pub fn set_trouble(&self, trouble: Trouble, operations: Range<u64>) {
        self.lock().trouble = Some((trouble, operations));
    }

    /// Lets nothing go wrong from now on.
    pub fn clear_trouble(&self) {
        self.lock().trouble = None;
    }

    /// Returns how many operations there were.
    ///
    /// They are writes, syncs, truncations, and changes of names.
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// Returns the last operation that went wrong: `sync of state.db-wal`.
    pub fn last_trouble(&self) -> Option<String> {
        self.lock().last_trouble.clone()
    }

    /// Returns true if power was lost.
    pub fn is_off(&self) -> bool {
        self.lock().is_off
    }

    /// Takes power away now, between two operations.
    pub fn turn_off(&self) {
        self.lock().is_off = true;
    }

    /// Makes the folder what a disk holds when power comes back.
    ///
    /// Nothing goes wrong from then on. All stores of this disk must be closed before.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn restart(&self, loss: Loss) -> io::Result<()> {
        let mut memory = self.lock();
        memory.settle(&self.root, loss)?;
        *memory = Memory::read(&self.root)?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for SimulatedDisk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SimulatedDisk({})", self.root.display())
    }
}

impl Disk for SimulatedDisk {
    fn vfs(&self) -> Option<&str> {
        Some(self.vfs.name())
    }

    fn before(&self, change: &NameChange<'_>) -> io::Result<()> {
        self.lock().change_names(change).map_err(io_error)
    }

    fn sync_names(&self, folder: &Path) -> io::Result<()> {
        self.lock().sync_names(folder).map_err(io_error)
    }
}

fn io_error(refusal: Refusal) -> io::Error {
    match refusal {
        Refusal::Off => io::Error::other("the machine is off"),
        Refusal::Full => io::Error::new(io::ErrorKind::StorageFull, "the disk is full"),
        Refusal::Io => io::Error::other("reading or writing the disk failed"),
    }
}

/// Checks a state file by SQLite's own check, through the ordinary VFS.
///
/// # Errors
/// What is wrong with the file.
pub fn check_file(path: &Path) -> Result<(), String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let problems = Connection::open_with_flags(path, flags).and_then(|conn| {
        // What is checked is what is read; this machine's own power need not be lost meanwhile.
        conn.pragma_update(None, "synchronous", "off")?;
        conn.prepare("PRAGMA integrity_check")?
            .query_map([], |row| row.get::<_, String>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()
    });
    let problems = problems.map_err(|error| error.to_string())?;
    if problems == ["ok"] { Ok(()) } else { Err(problems.join("\n")) }
}

/// Creates an empty state file of an older version.
///
/// # Errors
/// The file cannot be written.
pub fn create_file_of_version(path: &Path, version: usize) -> Result<(), String> {
    let location = Location::file(path);
    let created = Connection::open(path).map_err(Fault::from).and_then(|conn| {
        let migrations = &migrate::MIGRATIONS[..version];
        conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        migrate::migrate(&conn, None, migrations, &location, &OsDisk)
    });
    created.map_err(|fault| location.explain("creating it", fault).to_string())
}

/// Returns the newest version of state files.
pub fn newest_version() -> usize {
    migrate::MIGRATIONS.len()
}

/// Returns the path of the backup of a file that leaves a version.
pub fn backup_path(path: &Path, version: usize) -> PathBuf {
    migrate::backup_path(path, version)
}
