//! Files and folders that only their owner may read.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Result};
use std::path::Path;
use std::time::{Duration, Instant};

/// Creates a file that (on Unix) only its owner may read.
///
/// Returns false, and leaves the file as it is, if it exists. It must not even be opened: closing
/// it would drop the locks that SQLite holds on it elsewhere in this process.
pub(crate) fn create_private_file(path: &Path) -> Result<bool> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        created => created.map(|_| true),
    }
}

/// Creates a folder and its missing parents.
///
/// On Unix only their owner may enter them. Leaves existing folders as they are. The new ones
/// survive the loss of power: their names are synced too, which SQLite does for its files alone.
pub(crate) fn create_private_folder(path: &Path) -> Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|folder| !folder.exists()).collect();
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    missing.iter().filter_map(|folder| folder.parent()).for_each(sync_folder);
    Ok(())
}

/// Makes the names in a folder durable, where the file system can do so.
fn sync_folder(folder: &Path) {
    // As SQLite does: a folder that may not be read, or a file system without this, is no error.
    let _ = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
}

/// Returns the size of a file that stays shorter than `bytes` for a time.
///
/// Returns `None` as soon as it is long enough: another process may be creating it right now. Only
/// asks for the size: see [`create_private_file`].
pub(crate) fn stays_shorter_than(path: &Path, bytes: u64, wait: Duration) -> Option<u64> {
    let deadline = Instant::now() + wait;
    loop {
        let size = path.metadata().ok()?.len();
        if size >= bytes {
            return None;
        }
        if Instant::now() >= deadline {
            return Some(size);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
