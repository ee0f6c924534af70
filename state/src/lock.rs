//! Locks: one writer for each stack, and the recognition of a dead holder.
//!
//! Invariants: a lock belongs to a run, of an opened store, of a process, of one boot of a machine.
//! A store that is closed releases its locks. On the same machine a holder is dead if and only if
//! its process has ended; on another machine, if its heartbeat stopped. The lock keeps a second run
//! from beginning. What keeps a run that lost it from writing is the run's number (`runs`).

use std::time::Duration;

use kim_engine::ports::{RunId, StoreError};
use rusqlite::{Connection, OptionalExtension, params};

use crate::clock::now;
use crate::error::Result;
use crate::process::{self, Process};
use crate::stack_row::StackRow;

/// The interval between two heartbeats of a holder.
pub(crate) const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);
/// The time after the last heartbeat until a holder counts as dead.
///
/// It applies to a holder on another machine.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(60);

/// The holder of a lock.
pub(crate) struct Holder {
    /// The holder for people: `user@host, process 123, up`.
    pub(crate) who: String,
    process: Process,
    /// The time when the lock was taken, RFC 3339.
    since: String,
    /// The time of the last heartbeat, in milliseconds since 1970 (UTC).
    heartbeat_at: i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Liveness {
    Alive,
    Unknown,
    Dead,
}

impl Holder {
    fn liveness(&self) -> Liveness {
        let here = process::current();
        if here.machine.is_empty() || self.process.machine != here.machine {
            let silence = now().saturating_sub(self.heartbeat_at);
            return if i128::from(silence) > HEARTBEAT_TIMEOUT.as_millis() as i128 {
                Liveness::Dead
            } else {
                Liveness::Unknown
            };
        }
        match process::start_time(self.process.pid) {
            Some(started) if started == self.process.started => Liveness::Alive,
            _ => Liveness::Dead,
        }
    }

    /// Returns true unless the holder is known to be dead.
    pub(crate) fn may_be_alive(&self) -> bool {
        self.liveness() != Liveness::Dead
    }

    fn locked_error(self, stack: &StackRow) -> StoreError {
        let alive = self.liveness() == Liveness::Alive;
        StoreError::Locked { stack: stack.name.clone(), holder: self.who, since: self.since, alive }
    }
}

/// Returns the holder of a stack's lock, dead or alive.
pub(crate) fn find_holder(conn: &Connection, stack: &StackRow) -> Result<Option<Holder>> {
    let mut statement = conn.prepare_cached(
        "SELECT runs.who, runs.operation, machine, pid, process_started,
                strftime('%Y-%m-%dT%H:%M:%SZ', since / 1000, 'unixepoch'), heartbeat_at
         FROM locks JOIN runs ON runs.id = locks.run WHERE locks.stack = ?1",
    )?;
    let holder = statement.query_row([stack.id], |row| {
        let (who, operation): (String, String) = (row.get(0)?, row.get(1)?);
        let process = Process { machine: row.get(2)?, pid: row.get(3)?, started: row.get(4)? };
        Ok(Holder {
            who: format!("{who}, process {}, {operation}", process.pid),
            process,
            since: row.get(5)?,
            heartbeat_at: row.get(6)?,
        })
    });
    Ok(holder.optional()?)
}

/// Returns an error if a holder that may be alive has the lock.
pub(crate) fn reject_if_held(conn: &Connection, stack: &StackRow) -> Result<()> {
    match find_holder(conn, stack)? {
        Some(holder) if holder.may_be_alive() => Err(holder.locked_error(stack).into()),
        _ => Ok(()),
    }
}

/// Takes the lock for a run, replacing any holder.
pub(crate) fn take(conn: &Connection, stack: &StackRow, run: RunId, store: i64) -> Result<()> {
    let Process { machine, pid, started } = process::current();
    conn.prepare_cached(
        "INSERT OR REPLACE INTO locks (stack, run, store, machine, pid, process_started, since, heartbeat_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
    )?
    .execute(params![stack.id, run.0, store, machine, pid, started, now()])?;
    Ok(())
}

/// Releases the lock of a run.
pub(crate) fn release_run(conn: &Connection, run: RunId) -> Result<()> {
    conn.execute("DELETE FROM locks WHERE run = ?1", [run.0])?;
    Ok(())
}

/// Releases the locks of all runs of a store that is being closed.
///
/// It can record nothing more for them.
pub(crate) fn release_store(conn: &Connection, store: i64) -> rusqlite::Result<()> {
    conn.execute("DELETE FROM locks WHERE store = ?1", [store])?;
    Ok(())
}

/// Removes a stack's lock, whatever run holds it, and returns the holder.
pub(crate) fn force_release(conn: &Connection, stack: &StackRow) -> Result<Option<String>> {
    let who = find_holder(conn, stack)?.map(|holder| holder.who);
    conn.execute("DELETE FROM locks WHERE stack = ?1", [stack.id])?;
    Ok(who)
}

/// Records a heartbeat for all locks of an opened store.
pub(crate) fn record_heartbeat(conn: &Connection, store: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE locks SET heartbeat_at = ?2 WHERE store = ?1")?
        .execute(params![store, now()])?;
    Ok(())
}
