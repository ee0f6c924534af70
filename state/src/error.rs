//! SQLite's errors in words: what happened, to which file, why, what to do.

use std::path::{Path, PathBuf};

use kim_engine::ports::StoreError;
use rusqlite::ErrorCode;

/// The size of the header of a database, in bytes.
///
/// See <https://www.sqlite.org/fileformat.html>, "The Database Header".
const HEADER: u64 = 100;

/// The error of work on the tables.
///
/// It is SQLite's or of a row, still without the file, or the store's own.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite failed.
    Sql(rusqlite::Error),
    /// A row holds what this store never writes.
    Damaged(String),
    /// The store rejected the work.
    Store(StoreError),
}

/// The result of work on the tables.
pub(crate) type Result<T> = std::result::Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Fault {
        Fault::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Fault {
        Fault::Store(error)
    }
}

impl Fault {
    /// Returns the error for a row whose content is not valid.
    pub(crate) fn damaged(what: impl std::fmt::Display) -> Fault {
        Fault::Damaged(what.to_string())
    }

    /// Names the place of a row whose content is not valid. Other faults stay.
    pub(crate) fn within(self, place: impl std::fmt::Display) -> Fault {
        match self {
            Fault::Damaged(what) => Fault::Damaged(format!("{place}: {what}")),
            Fault::Sql(error) if is_of_content(&error) => {
                Fault::damaged(format_args!("{place}: {error}"))
            }
            other => other,
        }
    }
}

/// Returns true if the content of a row has another type than it may have.
fn is_of_content(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error,
    };
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | Utf8Error(..)
    )
}

/// The state file, for messages.
#[derive(Clone, Debug)]
pub(crate) struct Location {
    path: Option<PathBuf>,
}

impl Location {
    /// Returns the location of a file.
    pub(crate) fn file(path: &Path) -> Location {
        Location { path: Some(path.to_owned()) }
    }

    /// Returns the location of a store in memory.
    pub(crate) fn memory() -> Location {
        Location { path: None }
    }

    /// Returns the error of a fault, with the file.
    ///
    /// `doing` names the work: `recording changes`.
    pub(crate) fn explain(&self, doing: &str, fault: Fault) -> StoreError {
        match fault {
            Fault::Store(error) => error,
            Fault::Damaged(what) => self.damaged(doing, &what),
            Fault::Sql(error) if is_of_content(&error) => self.damaged(doing, &error.to_string()),
            Fault::Sql(error) => match self.size_if_cut_off(&error) {
                Some(bytes) => self.cut_off(bytes),
                None => self.sqlite_error(doing, &error),
            },
        }
    }

    fn damaged(&self, doing: &str, what: &str) -> StoreError {
        let advice = self.advice(Some(ErrorCode::DatabaseCorrupt));
        self.error(format_args!("{doing} failed: the state is damaged: {what}. {advice}"))
    }

    /// Returns the size of a damaged file that is too short for a header, in bytes.
    fn size_if_cut_off(&self, error: &rusqlite::Error) -> Option<u64> {
        let is_damaged = error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt);
        let size = self.path.as_ref().filter(|_| is_damaged)?.metadata().ok()?.len();
        (size < HEADER).then_some(size)
    }

    /// Returns an error with the file, where SQLite is not involved.
    pub(crate) fn error(&self, what: impl std::fmt::Display) -> StoreError {
        StoreError::Unusable(format!("{self}: {what}"))
    }

    /// Returns the error for a file that is too short to be a database.
    pub(crate) fn cut_off(&self, bytes: u64) -> StoreError {
        let what = if bytes == 0 { "it is empty" } else { "it has no whole header" };
        let backup = match self.backups().as_slice() {
            [] => "Put a backup of yours in its place".to_owned(),
            found => format!("Put a backup in its place (there are: {})", found.join(", ")),
        };
        self.error(format_args!(
            "{what}, so nothing can be read from it: it was cut off. It was left as it is. \
             {backup}; if nothing was ever deployed with it, delete it and run again"
        ))
    }

    /// Returns the error for a file that the operating system does not create.
    pub(crate) fn cannot_be_created(&self, error: &std::io::Error) -> StoreError {
        if error.kind() == std::io::ErrorKind::StorageFull {
            return self.error("it cannot be created: the disk is full. Make room, and run again");
        }
        let folder = self.path.as_ref().and_then(|path| path.parent());
        let why = match folder.filter(|folder| folder.exists() && !folder.is_dir()) {
            Some(folder) => format!("{} is a file, not a folder", folder.display()),
            None => error.to_string(),
        };
        self.error(format_args!(
            "it cannot be created ({why}). Make its folder, give yourself the right to write there, or name another file"
        ))
    }

    fn sqlite_error(&self, doing: &str, error: &rusqlite::Error) -> StoreError {
        let code = error.sqlite_error_code();
        let reason = match code {
            Some(ErrorCode::NotADatabase) => {
                "it is not a state file of kim, but something else".to_owned()
            }
            Some(ErrorCode::DatabaseCorrupt) => "the file is damaged".to_owned(),
            Some(ErrorCode::ReadOnly) => "it may only be read".to_owned(),
            Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
            Some(ErrorCode::CannotOpen) => "the file cannot be opened or created".to_owned(),
            Some(ErrorCode::PermissionDenied) => "access is denied".to_owned(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "another process has kept the file locked for too long".to_owned()
            }
            Some(ErrorCode::SystemIoFailure) => {
                format!("reading or writing the disk failed ({error})")
            }
            _ => format!("SQLite says: {error}"),
        };
        StoreError::Unusable(format!("{self}: {doing} failed: {reason}. {}", self.advice(code)))
    }

    fn advice(&self, code: Option<ErrorCode>) -> String {
        match code {
            Some(ErrorCode::NotADatabase) => "Move it away, or name another file for the state".into(),
            Some(ErrorCode::DatabaseCorrupt) => match self.backups().as_slice() {
                [] => "Keep a copy of it, and put a backup of yours in its place".into(),
                found => format!("Keep a copy of it, and put a backup in its place; there are: {}", found.join(", ")),
            },
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                "Give yourself the right to write the file and its folder (SQLite keeps two files beside it), and run again"
                    .into()
            }
            Some(ErrorCode::DiskFull) => "Nothing of this was recorded. Make room, and run again".into(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "See which program has it open (`fuser` names it), let it end, and run again".into()
            }
            Some(ErrorCode::SystemIoFailure) => {
                "Nothing of this was recorded. Check the disk and its quota, and run again".into()
            }
            _ => "This is a fault of kim: please report it".into(),
        }
    }

    fn backups(&self) -> Vec<String> {
        let Some((folder, name)) =
            self.path.as_ref().and_then(|path| Some((path.parent()?, path.file_name()?)))
        else {
            return Vec::new();
        };
        let prefix = format!("{}.backup-", name.to_string_lossy());
        let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut found: Vec<String> = names
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with(&prefix))
            .collect();
        found.sort();
        found
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.path {
            Some(path) => write!(f, "state file {}", path.display()),
            None => f.write_str("state in memory"),
        }
    }
}
