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
use crate::files::{self, Disk, Draft};

/// The migrations, oldest first: the n-th leads to version n.
///
/// A released one never changes.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("migrations/1.sql"),
    include_str!("migrations/2.sql"),
    include_str!("migrations/3.sql"),
    include_str!("migrations/4.sql"),
];

/// "kim\0" as a number.
pub(crate) const APPLICATION_ID: i32 = 0x6b69_6d00;

/// Creates a file of the newest version, unless there is one.
///
/// The file gets its name when it is whole, so one that is empty or cut off was never new.
pub(crate) fn create_file(path: &Path, disk: &dyn Disk, location: &Location) -> Result<()> {
    let draft = Draft::create(disk, path).map_err(|error| location.cannot_be_created(&error))?;
    let conn = files::open(disk, draft.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    without_journal(&conn)?;
    migrate(&conn, None, MIGRATIONS, location, disk)?;
    conn.close().map_err(|(_, error)| error)?;
    draft.publish(path).map_err(|error| location.cannot_be_created(&error))?;
    Ok(())
}

/// Prepares a connection to a draft.
///
/// A commit is synced, and the draft thrown away if anything fails.
fn without_journal(conn: &Connection) -> Result<()> {
    conn.pragma_update_and_check(None, "journal_mode", "off", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "full")?;
    conn.pragma_update(None, "fullfsync", true)?;
    Ok(())
}

/// Migrates a new or older file to the newest version.
///
/// `path` is the file; the backup is written beside it. It is `None` for a file without a backup.
pub(crate) fn migrate(
    conn: &Connection,
    path: Option<&Path>,
    migrations: &[&str],
    location: &Location,
    disk: &dyn Disk,
) -> Result<()> {
    if file_version(conn, migrations, location)? == migrations.len() {
        return Ok(());
    }
    // From here on no other process writes. One may have migrated the file before.
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let outcome = (|| {
        let from = read_version(conn, migrations, location)?;
        if let Some(path) = path.filter(|_| from > 0 && from < migrations.len()) {
            back_up(path, from, location, disk)?;
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
///
/// The backup replaces an older one of this version when it is whole and durable.
fn back_up(path: &Path, version: usize, location: &Location, disk: &dyn Disk) -> Result<()> {
    let target = backup_path(path, version);
    let failed = |error: std::io::Error| {
        location.error(format_args!(
            "it is of an older version, and no backup can be written to {} ({error}). The file was left as it is. \
             Make room in its folder, or give yourself the right to write there, and run again",
            target.display()
        ))
    };
    let draft = Draft::create(disk, path).map_err(failed)?;
    let source = files::open(disk, path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut copy = files::open(disk, draft.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    without_journal(&copy)?;
    Backup::new(&source, &mut copy)?.run_to_completion(1024, Duration::ZERO, None)?;
    copy.close().map_err(|(_, error)| error)?;
    draft.replace(&target).map_err(failed)?;
    Ok(())
}
