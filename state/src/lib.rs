//! State in SQLite: the [`Store`] of kim's command line.
//!
//! Programs that embed kim with a file use it too.
//!
//! Invariants: what [`Store::commit`] has confirmed survives the loss of the process and of power.
//! A list of changes is recorded as a whole or not at all. The cost of a commit does not depend on
//! the size of the stack. A secret is on disk in sealed form only. `docs/state.md` explains the
//! tables, the locks and the keys.

mod bare;
mod changes;
mod clock;
mod codec;
mod error;
mod export;
mod files;
mod load;
mod lock;
mod migrate;
mod process;
mod runs;
mod stack_row;
mod stacks;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;
mod vault;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
pub use export::to_json;
use kim_engine::ports::{RunEnd, RunEntry, RunId, RunStart, StackSummary, Store, StoreError};
use kim_engine::state::{StackId, State, StateChange};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
pub use vault::{DataKey, KeyWrapper, Vault};

use crate::error::Location;
use crate::files::{Disk, OsDisk};
use crate::lock::{Attempt, Heartbeat, Watched};
use crate::stack_row::StackRow;
use crate::writer::{Begun, Writer};

/// The longest wait for another process that holds the file.
///
/// It applies to a read and to a write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The size from which on SQLite does not take a file for a new database, in bytes.
///
/// A file of one byte counts as empty: see `unixFileSize` in SQLite's `os_unix.c`.
const NOT_NEW: u64 = 2;

/// How many looks at its heartbeat it takes to call a lock's holder dead.
const LOOKS: u32 = 60;

/// Stacks in one SQLite file, or in memory.
///
/// Its methods must be called inside a tokio runtime. They may be called concurrently. Dropping it
/// writes what is queued and releases the locks of runs that are not finished.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use kim_engine::Stack;
/// use kim_engine::ports::Store;
/// use kim_state::{SqliteStore, Vault};
///
/// let vault = Vault::passphrase("correct horse battery staple");
/// let store = Arc::new(SqliteStore::in_memory(vault)?);
/// let stack = Stack::new("shop", "dev").with_store(store.clone()).open().await?;
/// assert_eq!(store.stacks("shop").await?.len(), 1);
///
/// // A secret for a file that others may see; only this stack and name open it.
/// let sealed = store.seal_text(&stack.id, "config.password", "hunter2").await?;
/// assert!(sealed.starts_with("kim1.") && !sealed.contains("hunter2"));
/// assert_eq!(store.open_text(&stack.id, "config.password", &sealed).await?, "hunter2");
/// assert!(store.open_text(&stack.id, "config.other", &sealed).await.is_err());
/// # Ok(())
/// # }
/// ```
pub struct SqliteStore {
    // Dropped first: no read may hold the file open longer than the writer.
    reader: Arc<Reader>,
    writer: Writer,
    vault: Arc<Vault>,
    /// The random number of this opened store.
    ///
    /// It distinguishes the locks of this opened store from those of others.
    instance: i64,
    /// The time for which a heartbeat is watched before its holder counts as dead.
    patience: Duration,
}

struct Reader {
    conn: Mutex<Connection>,
    location: Location,
}

impl SqliteStore {
    /// Opens a state file.
    ///
    /// Creates the file and its folder if they do not exist; on Unix only their owner may read
    /// them. Migrates an older file to this version and leaves a backup,
    /// `<file>.backup-v<version>`, beside it.
    ///
    /// # Errors
    /// Returns [`StoreError::Unusable`], which says what is wrong with the file: a missing
    /// permission, a newer version, damage, …
    pub fn open(path: &Path, vault: Vault) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_on_disk(&OsDisk, path, vault)
    }

    /// Opens a state file of a simulated disk, as [`SqliteStore::open`] does.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], and because of the troubles of the disk.
    #[cfg(feature = "testing")]
    pub fn open_simulated(
        disk: &testing::SimulatedDisk,
        path: &Path,
        vault: Vault,
    ) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_on_disk(disk, path, vault)
    }

    fn open_on_disk(disk: &dyn Disk, path: &Path, vault: Vault) -> Result<SqliteStore, StoreError> {
        let path = &std::path::absolute(path).map_err(|error| {
            Location::file(path).error(format_args!("this is not a path: {error}"))
        })?;
        let location = Location::file(path);
        if path.is_dir() {
            return Err(location.error("this is a folder. Name a file in it"));
        }
        if path.exists() {
            files::expect_own_state(path).map_err(|exposed| {
                location.error(format_args!(
                    "{exposed}. It was left as it is; name another file for the state, or make this one yours"
                ))
            })?;
        }
        match path.metadata() {
            // SQLite takes a file of one byte, too, for a new database. A longer one it refuses
            // itself.
            Ok(file) if file.len() < NOT_NEW => return Err(location.cut_off(file.len())),
            Ok(_) => {}
            Err(_) => {
                path.parent()
                    .map_or(Ok(()), |folder| files::create_private_folder(disk, folder))
                    .map_err(|error| location.cannot_be_created(&error))?;
                migrate::create_file(path, disk, &location)
                    .map_err(|fault| location.explain("creating it", fault))?;
            }
        }
        let open = || files::open(disk, path, OpenFlags::SQLITE_OPEN_READ_WRITE);
        SqliteStore::connect(open, Some(path), location, vault, disk)
    }

    /// Creates a store in memory, for tests and for embedders that keep nothing.
    ///
    /// # Errors
    /// Returns [`StoreError::Unusable`] if SQLite or the operating system fails.
    pub fn in_memory(vault: Vault) -> Result<SqliteStore, StoreError> {
        let name = format!("file:/kim-{:x}?vfs=memdb", vault::random_number()?);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        SqliteStore::connect(
            || Connection::open_with_flags(&name, flags),
            None,
            Location::memory(),
            vault,
            &OsDisk,
        )
    }

    fn connect(
        open: impl Fn() -> rusqlite::Result<Connection>,
        path: Option<&Path>,
        location: Location,
        vault: Vault,
        disk: &dyn Disk,
    ) -> Result<SqliteStore, StoreError> {
        let writing = (|| {
            let conn = open()?;
            conn.busy_timeout(BUSY_TIMEOUT)?;
            // Before any change, even of the journal mode.
            migrate::file_version(&conn, migrate::MIGRATIONS, &location)?;
            let conn = configure(conn)?;
            migrate::migrate(&conn, path, migrate::MIGRATIONS, &location, disk)?;
            Ok(conn)
        })();
        let writing = writing.map_err(|fault| location.explain("opening it", fault))?;
        let reading = open().and_then(configure).and_then(|conn| {
            conn.pragma_update(None, "query_only", true)?;
            Ok(conn)
        });
        let reading = reading.map_err(|error| location.explain("opening it", error.into()))?;
        let instance = vault::random_number()?;
        Ok(SqliteStore {
            instance,
            patience: lock::HEARTBEAT_TIMEOUT,
            writer: Writer::start(writing, instance, location.clone())?,
            reader: Arc::new(Reader { conn: Mutex::new(reading), location }),
            vault: Arc::new(vault),
        })
    }

    /// Runs `work` in one read transaction, on a thread that may block.
    ///
    /// `doing` names the work in errors.
    async fn read<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Connection) -> error::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reader = self.reader.clone();
        let stopped = self
            .reader
            .location
            .error(format_args!("{doing} failed: the runtime is shutting down"));
        let task = tokio::task::spawn_blocking(move || {
            let conn = reader.conn.lock().unwrap_or_else(PoisonError::into_inner);
            let found = (|| {
                // One snapshot for all queries; it ends when dropped.
                let _snapshot = conn.unchecked_transaction()?;
                work(&conn)
            })();
            found.map_err(|fault| reader.location.explain(doing, fault))
        });
        task.await.unwrap_or(Err(stopped))
    }

    /// Writes what needs a free lock.
    ///
    /// If only its heartbeat tells whether the lock's holder is alive, watches that: it changes, or
    /// the holder is dead.
    async fn once_unlocked<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl Fn(&Connection, Option<Watched>) -> error::Result<Attempt<T>>
        + Clone
        + Send
        + 'static,
    ) -> Result<T, StoreError> {
        let mut seen: Option<(Heartbeat, Instant)> = None;
        loop {
            let watched = seen
                .map(|(first, since)| Watched { first, is_long: since.elapsed() > self.patience });
            let work = work.clone();
            match self.writer.write(doing, move |conn| work(conn, watched)).await? {
                Attempt::Done(done) => return Ok(done),
                Attempt::Watch(heartbeat) => {
                    seen.get_or_insert_with(|| (heartbeat, Instant::now()));
                }
            }
            tokio::time::sleep(self.patience / LOOKS).await;
        }
    }

    /// Seals a text for a stack's configuration file: `kim1.…`.
    ///
    /// [`SqliteStore::open_text`] opens it for the same stack and name only. The sealed text
    /// contains the stack's wrapped key, so the passphrase is enough to open it, even with another
    /// state file.
    ///
    /// # Errors
    /// Returns an error if there is no such stack, no passphrase, or the file is unusable.
    pub async fn seal_text(
        &self,
        stack: &StackId,
        name: &str,
        text: &str,
    ) -> Result<String, StoreError> {
        let (stack, vault) = (stack.clone(), self.vault.clone());
        let context = text_context(&stack, name);
        let text = zeroize::Zeroizing::new(text.to_owned());
        let seal = move |conn: &Connection| {
            let (wrapped, key) = StackRow::find(conn, &stack)?.data_key_or_new(conn, &vault)?;
            let sealed = key.seal(&context, text.as_bytes())?;
            Ok(format!(
                "{TEXT_VERSION}.{}.{}",
                vault::to_base64(wrapped.as_bytes()),
                vault::to_base64(&sealed)
            ))
        };
        self.writer.write("sealing a secret", seal).await
    }

    /// Opens a text that [`SqliteStore::seal_text`] sealed.
    ///
    /// The stack need not be recorded in this store.
    ///
    /// # Errors
    /// Returns [`StoreError::Secrets`] if the passphrase is missing or wrong, or if the text was
    /// not sealed for this stack and name.
    pub async fn open_text(
        &self,
        stack: &StackId,
        name: &str,
        sealed: &str,
    ) -> Result<String, StoreError> {
        let refused = vault::secrets_error(
            &stack.to_string(),
            &format!(
                "the text of '{name}' was not sealed for this stack and name, or was changed. Set it again"
            ),
        );
        let parts: Vec<&str> = sealed.trim().split('.').collect();
        let &[TEXT_VERSION, wrapped, sealed] = parts.as_slice() else { return Err(refused) };
        let wrapped =
            vault::from_base64(wrapped).and_then(|wrapped| String::from_utf8(wrapped).ok());
        let (Some(wrapped), Some(sealed)) = (wrapped, vault::from_base64(sealed)) else {
            return Err(refused);
        };
        let (vault, label, context) =
            (self.vault.clone(), stack.to_string(), text_context(stack, name));
        // Deriving the key takes long, so it must not run on a worker of the runtime.
        let opened = tokio::task::spawn_blocking(move || {
            let clear = vault.key(&wrapped, &label)?.open(&context, &sealed);
            let text = clear.and_then(|clear| String::from_utf8(clear.to_vec()).ok());
            text.ok_or(refused)
        });
        opened
            .await
            .unwrap_or_else(|_| Err(self.reader.location.error("the runtime is shutting down")))
    }
}

/// The version of the format of sealed texts.
const TEXT_VERSION: &str = "kim1";

fn text_context(stack: &StackId, name: &str) -> Vec<u8> {
    serde_json::json!([stack.project, stack.name, "config", name]).to_string().into_bytes()
}

/// Sets what every connection needs: a busy timeout, durability, foreign keys.
fn configure(conn: Connection) -> rusqlite::Result<Connection> {
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(64);
    // Without it SQLite plans a statement again for each value bound to it, which is half of the
    // cost of a commit.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    switch_to_wal(&conn)?;
    conn.pragma_update(None, "synchronous", "full")?;
    conn.pragma_update(None, "fullfsync", true)?;
    conn.pragma_update(None, "foreign_keys", true)?;
    Ok(conn)
}

/// Makes the write-ahead log the file's journal. Changes nothing if it is already.
fn switch_to_wal(conn: &Connection) -> rusqlite::Result<()> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        let switched = conn.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()));
        match switched {
            // The switch does not wait for others that create the same file right now; a
            // transaction does.
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                conn.execute_batch("BEGIN EXCLUSIVE; ROLLBACK")?;
            }
            other => return other,
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn stacks(&self, project: &str) -> Result<Vec<StackSummary>, StoreError> {
        let project = project.to_owned();
        self.read("reading the stacks", move |conn| stacks::list(conn, &project)).await
    }

    async fn create_stack(&self, stack: &StackId) -> Result<(), StoreError> {
        let stack = stack.clone();
        self.writer
            .write("making a stack", move |conn| stacks::create(conn, &stack, clock::now()))
            .await
    }

    async fn remove_stack(&self, stack: &StackId, force: bool) -> Result<(), StoreError> {
        let stack = stack.clone();
        self.once_unlocked("removing a stack", move |conn, watched| {
            stacks::remove(conn, &stack, force, watched)
        })
        .await
    }

    async fn load(&self, stack: &StackId) -> Result<State, StoreError> {
        let (stack, vault) = (stack.clone(), self.vault.clone());
        self.read("reading the state", move |conn| {
            load::load_state(conn, &vault, &StackRow::find(conn, &stack)?)
        })
        .await
    }

    async fn begin(&self, stack: &StackId, run: RunStart) -> Result<RunId, StoreError> {
        let (stack, instance) = (stack.clone(), self.instance);
        let queue = self.writer.queue();
        let begun = self.once_unlocked("beginning a run", move |conn, watched| {
            let attempt = runs::begin(conn, &stack, &run, instance, watched)?;
            Ok(match attempt {
                Attempt::Done(run) => Attempt::Done(Begun { run, queue: queue.clone() }),
                Attempt::Watch(heartbeat) => Attempt::Watch(heartbeat),
            })
        });
        begun.await.map(Begun::received)
    }

    async fn unlock(&self, stack: &StackId) -> Result<Option<String>, StoreError> {
        let stack = stack.clone();
        self.writer
            .write("removing the lock", move |conn| {
                lock::force_release(conn, &StackRow::find(conn, &stack)?)
            })
            .await
    }

    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        let vault = self.vault.clone();
        let apply = move |conn: &Connection| {
            changes::apply(conn, &vault, &runs::stack_of(conn, run)?, run, &changes)
        };
        self.writer.write("recording changes", apply).await
    }

    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError> {
        self.writer.write("ending a run", move |conn| runs::finish(conn, run, &end)).await
    }

    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError> {
        let stack = stack.clone();
        self.read("reading the history", move |conn| runs::history(conn, &stack, limit)).await
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SqliteStore({})", self.reader.location)
    }
}
