//! The table of stacks: names, unique ids, wrapped data keys.

use std::sync::Arc;

use kim_engine::ports::{StackSummary, StoreError};
use kim_engine::state::StackId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::lock;
use crate::vault::{DataKey, Vault};

/// A row of `stacks`.
pub(crate) struct StackRow {
    pub(crate) id: i64,
    pub(crate) uid: String,
    pub(crate) name: StackId,
}

impl StackRow {
    /// Returns the row of a stack, or [`StoreError::NoSuchStack`] with the names of the project's stacks.
    pub(crate) fn find(conn: &Connection, stack: &StackId) -> Result<StackRow> {
        let row = conn
            .prepare_cached("SELECT id, uid FROM stacks WHERE project = ?1 AND name = ?2")?
            .query_row(params![stack.project, stack.name], |row| {
                Ok(StackRow { id: row.get(0)?, uid: row.get(1)?, name: stack.clone() })
            })
            .optional()?;
        match row {
            Some(row) => Ok(row),
            None => Err(StoreError::NoSuchStack {
                project: stack.project.clone(),
                stack: stack.name.clone(),
                known: names(conn, &stack.project)?,
            }
            .into()),
        }
    }

    /// Returns `project/name`, for messages.
    pub(crate) fn label(&self) -> String {
        self.name.to_string()
    }

    /// Returns the wrapped data key of the stack's secrets and the key, or `None` if the stack never had a secret.
    pub(crate) fn data_key(&self, conn: &Connection, vault: &Vault) -> Result<Option<(String, Arc<DataKey>)>> {
        let wrapped: Option<String> = conn
            .prepare_cached("SELECT wrapped_key FROM stacks WHERE id = ?1")?
            .query_row([self.id], |row| row.get(0))?;
        let Some(wrapped) = wrapped else { return Ok(None) };
        let key = vault.key(&wrapped, &self.label())?;
        Ok(Some((wrapped, key)))
    }

    /// Returns what [`StackRow::data_key`] returns. If there is no key yet, creates and records one.
    pub(crate) fn data_key_or_new(&self, conn: &Connection, vault: &Vault) -> Result<(String, Arc<DataKey>)> {
        if let Some(found) = self.data_key(conn, vault)? {
            return Ok(found);
        }
        let (wrapped, key) = vault.new_key(&self.label())?;
        conn.execute("UPDATE stacks SET wrapped_key = ?2 WHERE id = ?1", params![self.id, wrapped])?;
        Ok((wrapped, key))
    }
}

fn names(conn: &Connection, project: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare_cached("SELECT name FROM stacks WHERE project = ?1 ORDER BY name")?;
    Ok(statement.query_map([project], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}

/// Creates a stack. `now` is in milliseconds since 1970.
pub(crate) fn create(conn: &Connection, stack: &StackId, now: i64) -> Result<()> {
    let made = conn.execute(
        "INSERT INTO stacks (project, name, uid, created_at) VALUES (?1, ?2, lower(hex(randomblob(16))), ?3)
         ON CONFLICT (project, name) DO NOTHING",
        params![stack.project, stack.name, now],
    )?;
    if made == 0 { Err(StoreError::StackExists(stack.clone()).into()) } else { Ok(()) }
}

/// Removes a stack with all that belongs to it.
///
/// Returns an error if it is locked, or has resources and `force` is false.
pub(crate) fn remove(conn: &Connection, stack: &StackId, force: bool) -> Result<()> {
    let row = StackRow::find(conn, stack)?;
    lock::refuse_if_held(conn, &row)?;
    // An open create may have created a resource, so it counts as one.
    let resources = conn.query_row(
        "SELECT (SELECT count(*) FROM resources WHERE stack = ?1 AND NOT component)
              + (SELECT count(*) FROM intents WHERE stack = ?1 AND token <> '')",
        [row.id],
        |row| row.get::<_, i64>(0),
    )?;
    if resources > 0 && !force {
        return Err(StoreError::NotEmpty { stack: stack.clone(), resources: resources.unsigned_abs() }.into());
    }
    conn.execute("DELETE FROM stacks WHERE id = ?1", [row.id])?;
    Ok(())
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
        let locked_by = lock::holder(conn, &stack)?.filter(|holder| holder.may_live()).map(|holder| holder.who);
        stacks.push(StackSummary { id: stack.name, resources: resources.unsigned_abs(), last_run_at, locked_by });
    }
    Ok(stacks)
}
