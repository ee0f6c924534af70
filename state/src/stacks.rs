//! The table of stacks: creates, removes and lists its rows.

use kim_engine::ports::{StackSummary, StoreError};
use kim_engine::state::StackId;
use rusqlite::{Connection, params};

use crate::error::Result;
use crate::lock::{self, Attempt, Watched};
use crate::stack_row::StackRow;

/// Creates a stack. `now` is in milliseconds since 1970.
pub(crate) fn create(conn: &Connection, stack: &StackId, now: i64) -> Result<()> {
    let inserted = conn.execute(
        "INSERT INTO stacks (project, name, uid, created_at) VALUES (?1, ?2, lower(hex(randomblob(16))), ?3)
         ON CONFLICT (project, name) DO NOTHING",
        params![stack.project, stack.name, now],
    )?;
    if inserted == 0 { Err(StoreError::StackExists(stack.clone()).into()) } else { Ok(()) }
}

/// Removes a stack with all that belongs to it.
///
/// Returns an error if it is locked, or has resources and `force` is false.
pub(crate) fn remove(
    conn: &Connection,
    stack: &StackId,
    force: bool,
    watched: Option<Watched>,
) -> Result<Attempt<()>> {
    let row = StackRow::find(conn, stack)?;
    if let Some(heartbeat) = lock::reject_if_held(conn, &row, watched)? {
        return Ok(Attempt::Watch(heartbeat));
    }
    // An open create may have created a resource, and one in doubt may still create one, so each
    // counts as one.
    let resources = conn.query_row(
        "SELECT (SELECT count(*) FROM resources WHERE stack = ?1 AND NOT component)
              + (SELECT count(*) FROM intents WHERE stack = ?1 AND token <> '')
              + (SELECT count(*) FROM doubts WHERE stack = ?1)",
        [row.id],
        |row| row.get::<_, i64>(0),
    )?;
    if resources > 0 && !force {
        return Err(StoreError::NotEmpty {
            stack: stack.clone(),
            resources: resources.unsigned_abs(),
        }
        .into());
    }
    conn.execute("DELETE FROM stacks WHERE id = ?1", [row.id])?;
    Ok(Attempt::Done(()))
}

/// Returns the stacks of a project, by name.
pub(crate) fn list(conn: &Connection, project: &str) -> Result<Vec<StackSummary>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, uid, name,
                (SELECT count(*) FROM resources WHERE stack = stacks.id AND NOT component),
                (SELECT max(coalesce(ended_at, started_at)) FROM runs WHERE stack = stacks.id)
         FROM stacks WHERE project = ?1 ORDER BY name",
    )?;
    let rows = statement.query_map([project], |row| {
        let name = StackId { project: project.to_owned(), name: row.get(2)? };
        let stack = StackRow { id: row.get(0)?, uid: row.get(1)?, name };
        Ok((stack, row.get::<_, i64>(3)?, row.get(4)?))
    })?;
    let mut stacks = Vec::new();
    for row in rows {
        let (stack, resources, last_run_at) = row?;
        let holder = lock::find_holder(conn, &stack)?.filter(lock::Holder::seems_alive);
        stacks.push(StackSummary {
            id: stack.name,
            resources: resources.unsigned_abs(),
            last_run_at,
            holder_is_alive: holder.as_ref().is_some_and(lock::Holder::is_alive),
            locked_since: holder.as_ref().map(|holder| holder.since.clone()),
            locked_by: holder.map(|holder| holder.who),
        });
    }
    Ok(stacks)
}
