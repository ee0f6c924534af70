//! Files and folders that only their owner may read.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Result};
use std::path::Path;

/// Creates a file that (on Unix) only its owner may read.
///
/// Leaves an existing file as it is. It must not even be opened: closing it would drop the locks
/// that SQLite holds on it elsewhere in this process.
pub(crate) fn create_private_file(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Creates a folder and its missing parents.
///
/// On Unix only their owner may enter them. Leaves existing folders as they are.
pub(crate) fn create_private_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
