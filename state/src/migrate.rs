//! Versions of the state file, and the migration to the newest.
//!
//! A migration leads forward only, in one transaction, after a backup of the file as it was.
//!
//! Invariants: `user_version` is the number of migrations carried out. `application_id` marks the
//! file as kim's. A file of a newer version or of another program is left as it is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use crate::error::{Location, Result};

/// The migrations, oldest first: the n-th leads to version n.
///
/// A released one never changes.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/1.sql"),
    include_str!("migrations/2.sql"),
    include_str!("migrations/3.sql"),
];

/// "kim\0" as a number.
pub(crate) const APPLICATION_ID: i32 = 0x6b69_6d00;

/// Migrates a new or older file to the newest version.
///
/// `path` is the file; the backup is written beside it. It is `None` for a store in memory.
pub(crate) fn migrate(
    conn: &Connection,
    path: Option<&Path>,
    migrations: &[&str],
    location: &Location,
) -> Result<()> {
    if file_version(conn, migrations, location)? == migrations.len() {
        return Ok(());
    }
    // From here on no other process writes. One may have migrated the file before.
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let outcome = (|| {
        let from = read_version(conn, migrations, location)?;
        if let Some(path) = path.filter(|_| from > 0 && from < migrations.len()) {
            back_up(path, from, location)?;
        }
        for (index, sql) in migrations.iter().enumerate().skip(from) {
            conn.execute_batch(sql)?;
            conn.pragma_update(None, "user_version", index as i64 + 1)?;
        }
        conn.pragma_update(None, "application_id", APPLICATION_ID)?;
        conn.execute_batch("COMMIT")?;
        Ok(())
    })();
    if outcome.is_err() && !conn.is_autocommit() {
        let _ = conn.execute_batch("ROLLBACK");
    }
    outcome
}

/// Returns the file's version without changing anything.
///
/// Returns an error if the version is newer than the migrations, or if the file is another
/// program's.
pub(crate) fn file_version(
    conn: &Connection,
    migrations: &[&str],
    location: &Location,
) -> Result<usize> {
    // One snapshot: another process may be creating the file right now.
    let _snapshot = conn.unchecked_transaction()?;
    read_version(conn, migrations, location)
}

/// Does what [`file_version`] does, inside a transaction.
fn read_version(conn: &Connection, migrations: &[&str], location: &Location) -> Result<usize> {
    let known = migrations.len();
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let application: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && (tables > 0 || version != 0 || application != 0) {
        return Err(location
            .error("this is a database of another program. Name another file for the state; it was left as it is")
            .into());
    }
    match usize::try_from(version) {
        Ok(version) if version <= known => Ok(version),
        _ => Err(location
            .error(format_args!(
                "it was written by a newer kim (version {version} of the file; this kim knows up to {known}). \
                 Update kim; the file was left as it is"
            ))
            .into()),
    }
}

/// Returns the path of the backup of a file that leaves a version.
pub(crate) fn backup_path(path: &Path, version: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".backup-v{version}"));
    PathBuf::from(name)
}

/// Copies the file as it was last committed, through a connection of its own.
fn back_up(path: &Path, version: usize, location: &Location) -> Result<()> {
    let target = backup_path(path, version);
    crate::files::create_private_file(&target).map_err(|error| {
        location.error(format_args!("no backup can be written to {}: {error}", target.display()))
    })?;
    let source = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    let mut copy = Connection::open_with_flags(
        &target,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    Backup::new(&source, &mut copy)?.run_to_completion(1024, Duration::ZERO, None)?;
    Ok(())
}
