//! The file of a world.
//!
//! It is one SQLite database with one table of rows and one writer. No other module knows SQL.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, params};

const VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE row (
        region TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
        created INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (region, kind, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE clock (ahead INTEGER NOT NULL) STRICT;
    INSERT INTO clock VALUES (0);
    PRAGMA user_version = 1;";

/// Why a world's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// Another process has the file open.
    #[error("{} is in use by another local AWS; stop that one, or use another file", .0.display())]
    Locked(PathBuf),
    /// The file was written by something else, or by a newer version.
    #[error("{} is not a world that this version can read (format {found}, known is {VERSION}); use another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// The format number in the file.
        found: i64,
    },
    /// SQLite failed.
    #[error("{}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// SQLite's error.
        source: rusqlite::Error,
    },
}

/// One changed row, with its region, kind and id.
pub(super) struct Change<R> {
    pub(super) region: String,
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) row: R,
}

pub(super) struct Disk {
    path: PathBuf,
    connection: Connection,
}

impl Disk {
    pub(super) fn open(path: &Path) -> Result<Disk, DiskError> {
        let failed = |source: rusqlite::Error| match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                DiskError::Locked(path.to_owned())
            }
            _ => DiskError::Sqlite { path: path.to_owned(), source },
        };
        let mut connection = Connection::open(path).map_err(failed)?;
        connection.busy_timeout(std::time::Duration::ZERO).map_err(failed)?;
        // EXCLUSIVE keeps the lock from the first write until the process ends, however it ends.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(failed)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
        // NORMAL survives a crash of the process, and a rehearsal needs no more.
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
        let transaction = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(failed)?;
        let found: i64 = transaction
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(failed)?;
        let tables: i64 = transaction
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(failed)?;
        match (found, tables) {
            (VERSION, _) => {}
            (0, 0) => transaction.execute_batch(SCHEMA).map_err(failed)?,
            _ => return Err(DiskError::Foreign { path: path.to_owned(), found }),
        }
        transaction.commit().map_err(failed)?;
        Ok(Disk { path: path.to_owned(), connection })
    }

    fn failed(&self, source: rusqlite::Error) -> DiskError {
        DiskError::Sqlite { path: self.path.clone(), source }
    }

    pub(super) fn load(
        &self,
        mut each: impl FnMut(String, String, String, i64, String),
    ) -> Result<(), DiskError> {
        let load =
            |each: &mut dyn FnMut(String, String, String, i64, String)| -> rusqlite::Result<()> {
                let mut statement =
                    self.connection.prepare("SELECT region, kind, id, created, body FROM row")?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    each(row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
                }
                Ok(())
            };
        load(&mut each).map_err(|source| self.failed(source))
    }

    /// Writes the current state of each changed row, in one transaction.
    ///
    /// `None` means that the row was removed.
    pub(super) fn write<'a, R: 'a>(
        &mut self,
        changes: impl Iterator<Item = (&'a Change<R>, Option<(i64, Arc<str>)>)>,
    ) -> Result<(), DiskError> {
        let path = self.path.clone();
        let write = || -> rusqlite::Result<()> {
            let transaction = self.connection.transaction()?;
            for (Change { region, kind, id, .. }, row) in changes {
                match row {
                    Some((created, body)) => transaction
                        .prepare_cached("INSERT OR REPLACE INTO row VALUES (?1, ?2, ?3, ?4, ?5)")?
                        .execute(params![region, kind, id, created, &*body])?,
                    None => transaction
                        .prepare_cached(
                            "DELETE FROM row WHERE region = ?1 AND kind = ?2 AND id = ?3",
                        )?
                        .execute(params![region, kind, id])?,
                };
            }
            transaction.commit()
        };
        write().map_err(|source| DiskError::Sqlite { path, source })
    }

    pub(super) fn clock_ahead(&self) -> Result<i64, DiskError> {
        self.connection
            .query_row("SELECT ahead FROM clock", [], |row| row.get(0))
            .map_err(|source| self.failed(source))
    }

    pub(super) fn set_clock_ahead(&self, ahead: i64) -> Result<(), DiskError> {
        let set = self.connection.execute("UPDATE clock SET ahead = ?1", params![ahead]);
        set.map(|_| ()).map_err(|source| self.failed(source))
    }
}
