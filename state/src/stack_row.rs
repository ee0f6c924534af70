//! One row of the table of stacks: its name, its id, its wrapped data key.

use std::sync::Arc;

use kim_engine::ports::StoreError;
use kim_engine::state::StackId;
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::vault::{DataKey, Vault};

/// A row of `stacks`.
pub(crate) struct StackRow {
    pub(crate) id: i64,
    pub(crate) uid: String,
    pub(crate) name: StackId,
}

impl StackRow {
    /// Returns the row of a stack.
    ///
    /// Without a row, returns [`StoreError::NoSuchStack`] with the names of the project's stacks.
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

    /// Returns the data key of the stack's secrets: wrapped, and the key itself.
    ///
    /// Returns `None` if the stack never had a secret.
    pub(crate) fn data_key(
        &self,
        conn: &Connection,
        vault: &Vault,
    ) -> Result<Option<(String, Arc<DataKey>)>> {
        let wrapped: Option<String> = conn
            .prepare_cached("SELECT wrapped_key FROM stacks WHERE id = ?1")?
            .query_row([self.id], |row| row.get(0))?;
        let Some(wrapped) = wrapped else { return Ok(None) };
        let key = vault.key(&wrapped, &self.label())?;
        Ok(Some((wrapped, key)))
    }

    /// Returns what [`StackRow::data_key`] returns, with a new key if needed.
    ///
    /// If there is no key yet, creates and records one.
    pub(crate) fn data_key_or_new(
        &self,
        conn: &Connection,
        vault: &Vault,
    ) -> Result<(String, Arc<DataKey>)> {
        if let Some(found) = self.data_key(conn, vault)? {
            return Ok(found);
        }
        let (wrapped, key) = vault.new_key(&self.label())?;
        conn.execute(
            "UPDATE stacks SET wrapped_key = ?2 WHERE id = ?1",
            params![self.id, wrapped],
        )?;
        Ok((wrapped, key))
    }
}

fn names(conn: &Connection, project: &str) -> Result<Vec<String>> {
    let mut statement =
        conn.prepare_cached("SELECT name FROM stacks WHERE project = ?1 ORDER BY name")?;
    Ok(statement.query_map([project], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
}
