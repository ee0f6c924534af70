//! Locks: one writer for each stack, and the recognition of a dead holder.
//!
//! Invariants: a lock belongs to a run, of an opened store, of a process, of one boot of a machine.
//! A store that is closed releases its locks. On the same machine a holder is dead if and only if
//! its process has ended; on another machine, or in another container, if its heartbeat stopped.
//!
//! No lock is taken because two clocks differ. A heartbeat is a value that changes, and who wants
//! the lock watches it by its own monotonic clock: only a value that did not change for
//! [`HEARTBEAT_TIMEOUT`] is that of a dead holder. A boot's own monotonic clock would not do: two
//! machines share none, and a container may not see that of its host. The time of the heartbeat by
//! the wall clock decides only what does no harm: a holder that was heard of within the timeout is
//! alive without being watched, and a list of stacks does not wait. A holder that was stopped for
//! longer than the timeout may lose its lock while it is alive; then its run's number fences it.
//! The lock keeps a second run
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
/// The time without a heartbeat after which a holder on another machine is dead.
pub(crate) const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(60);

/// The holder of a lock.
pub(crate) struct Holder {
    /// The holder for people: `user@host, process 123, up`.
    pub(crate) who: String,
    process: Process,
    /// The time when the lock was taken, RFC 3339.
    pub(crate) since: String,
    heartbeat: Heartbeat,
}

/// A heartbeat of a holder; the next one of the same holder is another value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Heartbeat {
    run: i64,
    /// Milliseconds since 1970 (UTC) by the holder's clock.
    ///
    /// It grows with each heartbeat, also if that clock is set back.
    at: i64,
}

/// What an observer of a heartbeat has seen.
#[derive(Clone, Copy)]
pub(crate) struct Watched {
    /// The heartbeat that it saw first.
    pub(crate) first: Heartbeat,
    /// True once it has watched for as long as a dead holder is silent.
    pub(crate) is_long: bool,
}

/// What an attempt that needs a free lock came to.
pub(crate) enum Attempt<T> {
    /// It was carried out.
    Done(T),
    /// Only watching this heartbeat decides if the holder is alive.
    Watch(Heartbeat),
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
            return Liveness::Unknown;
        }
        match process::start_time(self.process.pid) {
            Some(started) if started == self.process.started => Liveness::Alive,
            _ => Liveness::Dead,
        }
    }

    /// Returns true if the holder seems to be alive, without watching it.
    ///
    /// For lists: of a holder on another machine it compares two wall clocks.
    pub(crate) fn seems_alive(&self) -> bool {
        match self.liveness() {
            Liveness::Alive => true,
            Liveness::Dead => false,
            Liveness::Unknown => self.was_heard_recently(),
        }
    }

    /// Returns true if the last heartbeat is recent by this machine's wall clock.
    fn was_heard_recently(&self) -> bool {
        u128::from(now().abs_diff(self.heartbeat.at)) <= HEARTBEAT_TIMEOUT.as_millis()
    }

    /// Returns true if the holder is known to be alive, on this machine.
    pub(crate) fn is_alive(&self) -> bool {
        self.liveness() == Liveness::Alive
    }

    fn locked_error(self, stack: &StackRow) -> StoreError {
        let alive = self.is_alive();
        StoreError::Locked { stack: stack.name.clone(), holder: self.who, since: self.since, alive }
    }
}

/// Returns the holder of a stack's lock, dead or alive.
pub(crate) fn find_holder(conn: &Connection, stack: &StackRow) -> Result<Option<Holder>> {
    let mut statement = conn.prepare_cached(
        "SELECT runs.who, runs.operation, machine, pid, process_started,
                strftime('%Y-%m-%dT%H:%M:%SZ', since / 1000, 'unixepoch'), heartbeat_at, locks.run
         FROM locks JOIN runs ON runs.id = locks.run WHERE locks.stack = ?1",
    )?;
    let holder = statement.query_row([stack.id], |row| {
        let (who, operation): (String, String) = (row.get(0)?, row.get(1)?);
        let process = Process { machine: row.get(2)?, pid: row.get(3)?, started: row.get(4)? };
        Ok(Holder {
            who: format!("{who}, process {}, {operation}", process.pid),
            process,
            since: row.get(5)?,
            heartbeat: Heartbeat { at: row.get(6)?, run: row.get(7)? },
        })
    });
    Ok(holder.optional()?)
}

/// Returns `None` if the lock is free, or its holder is dead.
///
/// Returns an error if the holder is alive, and its heartbeat if only watching it can decide.
pub(crate) fn reject_if_held(
    conn: &Connection,
    stack: &StackRow,
    watched: Option<Watched>,
) -> Result<Option<Heartbeat>> {
    let Some(holder) = find_holder(conn, stack)? else { return Ok(None) };
    let is_alive = match (holder.liveness(), watched) {
        (Liveness::Alive, _) => true,
        (Liveness::Dead, _) => return Ok(None),
        (Liveness::Unknown, None) => holder.was_heard_recently(),
        (Liveness::Unknown, Some(watched)) if watched.first != holder.heartbeat => true,
        (Liveness::Unknown, Some(watched)) if watched.is_long => return Ok(None),
        (Liveness::Unknown, Some(_)) => false,
    };
    if is_alive { Err(holder.locked_error(stack).into()) } else { Ok(Some(holder.heartbeat)) }
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
    conn.prepare_cached(
        "UPDATE locks SET heartbeat_at = max(?2, heartbeat_at + 1) WHERE store = ?1",
    )?
    .execute(params![store, now()])?;
    Ok(())
}
