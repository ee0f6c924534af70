//! The history of runs.
//!
//! It records for every run the person, the operation, the time, its steps, and how it ended.

use kim_engine::ports::{RunEnd, RunEntry, RunId, RunStart, StepEntry, StoreError};
use kim_engine::state::StackId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::clock::now;
use crate::codec::{from_name, name_of, parse_urn};
use crate::error::{Fault, Result};
use crate::lock::{self, Attempt, Watched};
use crate::stack_row::StackRow;

/// Adds a run to the history and takes the lock.
///
/// Returns an error if a living holder has the lock.
pub(crate) fn begin(
    conn: &Connection,
    stack: &StackId,
    run: &RunStart,
    store: i64,
    watched: Option<Watched>,
) -> Result<Attempt<RunId>> {
    let stack = StackRow::find(conn, stack)?;
    if let Some(heartbeat) = lock::reject_if_held(conn, &stack, watched)? {
        return Ok(Attempt::Watch(heartbeat));
    }
    let plugins = serde_json::to_string(&run.plugins).map_err(Fault::damaged)?;
    conn.execute(
        "INSERT INTO runs (stack, operation, who, program, plugins, started_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![stack.id, run.operation, run.who, run.program, plugins, now()],
    )?;
    let id = RunId(conn.last_insert_rowid());
    lock::take(conn, &stack, id, store)?;
    Ok(Attempt::Done(id))
}

/// Returns the stack of a run. Returns an error if the run may record nothing more.
///
/// The number of the run fences it: numbers grow, so a run with a larger number on the stack took
/// it over, whether that one still holds the lock or not. If the lock was only removed by hand,
/// what the cloud did is still recorded.
pub(crate) fn stack_of(conn: &Connection, run: RunId) -> Result<StackRow> {
    let mut statement = conn.prepare_cached(
        "SELECT stacks.id, stacks.uid, project, name, ended_at,
                (SELECT min(id) FROM runs AS later WHERE later.stack = runs.stack AND later.id > runs.id)
         FROM runs JOIN stacks ON stacks.id = runs.stack WHERE runs.id = ?1",
    )?;
    let found = statement
        .query_row([run.0], |row| {
            let name = StackId { project: row.get(2)?, name: row.get(3)? };
            let (ended, later): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
            Ok((StackRow { id: row.get(0)?, uid: row.get(1)?, name }, ended, later))
        })
        .optional()?;
    let refused = |why: &str| {
        StoreError::Unusable(format!("run {} {why}: it can record nothing more", run.0))
    };
    match found {
        Some((stack, None, None)) => Ok(stack),
        Some((_, Some(_), _)) => Err(refused("has ended").into()),
        Some((stack, None, Some(later))) => Err(taken_over(conn, stack.name, later)?.into()),
        None => Err(refused("is not in the history (its stack was removed)").into()),
    }
}

/// Returns the error of a run whose stack the run `taker` took over.
fn taken_over(conn: &Connection, stack: StackId, taker: i64) -> Result<StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT who, operation, strftime('%Y-%m-%dT%H:%M:%SZ', started_at / 1000, 'unixepoch')
         FROM runs WHERE id = ?1",
    )?;
    Ok(statement.query_row([taker], |row| {
        let (who, operation): (String, String) = (row.get(0)?, row.get(1)?);
        let taker = format!("{who}, {operation}");
        Ok(StoreError::TakenOver { stack, taker, since: row.get(2)? })
    })?)
}

/// The code of an interrupted run in the column `succeeded`; 0 failed, 1 succeeded.
const INTERRUPTED: i64 = 2;

fn result_code(end: &RunEnd) -> i64 {
    if end.interrupted { INTERRUPTED } else { i64::from(end.succeeded) }
}

/// Records the end of a run and releases the lock.
///
/// Returns an error if the run may record nothing more.
pub(crate) fn finish(conn: &Connection, run: RunId, end: &RunEnd) -> Result<()> {
    stack_of(conn, run)?;
    let changes = serde_json::to_string(&end.changes).map_err(Fault::damaged)?;
    conn.execute(
        "UPDATE runs SET ended_at = ?2, succeeded = ?3, changes = ?4, message = ?5 WHERE id = ?1",
        params![run.0, now(), result_code(end), changes, end.message],
    )?;
    lock::release_run(conn, run)
}

/// Adds a step to a run.
pub(crate) fn add_step(conn: &Connection, run: RunId, step: &StepEntry) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO steps (run, urn, action, error, millis) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        run.0,
        step.urn.as_str(),
        name_of(&step.action)?,
        step.error,
        step.millis.cast_signed()
    ])?;
    Ok(())
}

/// Returns the last runs of a stack, newest first, at most `limit`.
pub(crate) fn history(conn: &Connection, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>> {
    let stack = StackRow::find(conn, stack)?;
    let mut statement = conn.prepare_cached(
        "SELECT id, operation, who, program, plugins, started_at, ended_at, succeeded, changes, message
         FROM runs WHERE stack = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![stack.id, i64::try_from(limit).unwrap_or(i64::MAX)])?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        let read = read_run(conn, row);
        runs.push(
            read.map_err(|fault| fault.within(format_args!("the history of {}", stack.label())))?,
        );
    }
    Ok(runs)
}

fn read_run(conn: &Connection, row: &Row<'_>) -> Result<RunEntry> {
    let id = RunId(row.get(0)?);
    let unreadable =
        |column| Fault::damaged(format_args!("the {column} of run {} cannot be read", id.0));
    let plugins: String = row.get(4)?;
    let start = RunStart {
        operation: row.get(1)?,
        who: row.get(2)?,
        program: row.get(3)?,
        plugins: serde_json::from_str(&plugins).map_err(|_| unreadable("plugins"))?,
    };
    let ended_at: Option<i64> = row.get(6)?;
    let end = match ended_at {
        None => None,
        Some(_) => {
            let changes: String = row.get(8)?;
            Some(RunEnd {
                succeeded: row.get::<_, i64>(7)? == 1,
                interrupted: row.get::<_, i64>(7)? == INTERRUPTED,
                changes: serde_json::from_str(&changes).map_err(|_| unreadable("changes"))?,
                message: row.get(9)?,
            })
        }
    };
    Ok(RunEntry { id, start, started_at: row.get(5)?, ended_at, end, steps: steps(conn, id)? })
}

fn steps(conn: &Connection, run: RunId) -> Result<Vec<StepEntry>> {
    let mut statement = conn.prepare_cached(
        "SELECT urn, action, error, millis FROM steps WHERE run = ?1 ORDER BY id",
    )?;
    let mut rows = statement.query([run.0])?;
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        steps.push(StepEntry {
            urn: parse_urn(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?,
            action: from_name(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?)?,
            error: row.get(2)?,
            millis: row.get::<_, i64>(3)?.cast_unsigned(),
        });
    }
    Ok(steps)
}
