//! A stack's state in tables.
//!
//! Each [`StateChange`] changes the rows exactly as [`State::apply`] changes the state in memory.
//!
//! Invariants: a change touches only rows of its stack and of the URNs that it names, so its cost
//! does not depend on the size of the stack. Numbers that do not fit SQLite's signed integers wrap,
//! and wrap back when read.

use std::collections::BTreeMap;

use kim_engine::ports::RunId;
use kim_engine::state::{CopyId, Doubt, Intent, Record, State, StateChange};
use kim_model::{Urn, Value};
use rusqlite::{Connection, params};

use crate::bare::BareRecord;
use crate::codec::{SealContext, name_of};
use crate::error::{Fault, Result};
use crate::runs;
use crate::stack_row::StackRow;
use crate::tables::Tables;
use crate::vault::Vault;

/// Applies a list of changes, in order.
pub(crate) fn apply(
    conn: &Connection,
    vault: &Vault,
    stack: &StackRow,
    run: RunId,
    changes: &[StateChange],
) -> Result<()> {
    let table = Tables::new(conn, vault, stack);
    for change in changes {
        match change {
            StateChange::OpenIntent(intent) => table.open_intent(intent)?,
            StateChange::CloseIntent(id) => table.close_intent(*id)?,
            StateChange::OpenDoubt(doubt) => table.open_doubt(doubt)?,
            StateChange::CloseDoubt(token) => table.close_doubt(token)?,
            StateChange::PutRecord(record) => table.put_record(record)?,
            StateChange::Remove(copy) => table.remove_record(copy)?,
            StateChange::Rename { from, to } => table.rename(from, to)?,
            StateChange::NextGeneration { urn, next } => table.set_next_generation(urn, *next)?,
            StateChange::Exports(exports) => table.replace_exports(exports)?,
            StateChange::Place { plugin, place } => table.put_place(plugin, place)?,
            StateChange::Step(step) => runs::add_step(conn, run, step)?,
        }
    }
    Ok(())
}

impl Tables<'_> {
    fn put_record(&self, record: &Record) -> Result<()> {
        // It is sealed as that property alone.
        let secret_id = record.secret_id();
        let inputs = self.sealer.encode(
            &record.inputs,
            SealContext::of_copy(&record.urn, record.generation, "inputs"),
        )?;
        let properties = self.sealer.encode(
            &record.properties,
            SealContext::of_copy(&record.urn, record.generation, "properties"),
        )?;
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO resources (stack, urn, generation, standing, component, cloud_id, inputs, inputs_marks,
                 properties, properties_marks, parent, protect, retain_on_delete, create_before_delete, deleted_with,
                 incomplete, tainted, source_file, source_line, unfinished, timeouts, secret_outputs, id_property)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                 ?23)
             ON CONFLICT (stack, urn, generation) DO UPDATE SET standing = ?4, component = ?5, cloud_id = ?6,
                 inputs = ?7, inputs_marks = ?8, properties = ?9, properties_marks = ?10, parent = ?11, protect = ?12,
                 retain_on_delete = ?13, create_before_delete = ?14, deleted_with = ?15, incomplete = ?16,
                 tainted = ?17, source_file = ?18, source_line = ?19, unfinished = ?20, timeouts = ?21,
                 secret_outputs = ?22, id_property = ?23",
        )?;
        statement.execute(params![
            self.stack.id,
            record.urn.as_str(),
            record.generation.cast_signed(),
            name_of(&record.standing)?,
            record.component,
            if secret_id.is_some() { "" } else { &record.id },
            inputs.json,
            inputs.marks,
            properties.json,
            properties.marks,
            record.parent.as_ref().map(Urn::as_str),
            record.protect,
            record.retain_on_delete,
            record.create_before_delete,
            record.deleted_with.as_ref().map(Urn::as_str),
            record.incomplete,
            record.tainted,
            record.source.as_ref().map(|source| source.file.as_str()),
            record.source.as_ref().map(|source| source.line),
            record.unfinished.as_ref().map(name_of).transpose()?,
            serde_json::to_string(&record.timeouts).map_err(Fault::damaged)?,
            serde_json::to_string(&record.secret_outputs).map_err(Fault::damaged)?,
            secret_id,
        ])?;
        self.put_dependencies(record)
    }

    fn put_dependencies(&self, record: &Record) -> Result<()> {
        let Record { urn, generation, dependencies, follows, .. } = record;
        // RETURNING above would return the same, but SQLite then creates and drops a table each
        // time.
        let resource: i64 = self
            .conn
            .prepare_cached(
                "SELECT id FROM resources WHERE stack = ?1 AND urn = ?2 AND generation = ?3",
            )?
            .query_row(params![self.stack.id, urn.as_str(), generation.cast_signed()], |row| {
                row.get(0)
            })?;
        self.conn
            .prepare_cached("DELETE FROM dependencies WHERE resource = ?1")?
            .execute([resource])?;
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO dependencies (resource, stack, dependency, follows) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for dependency in dependencies {
            let follows = follows.get(dependency).map(|generation| generation.cast_signed());
            insert.execute(params![resource, self.stack.id, dependency.as_str(), follows])?;
        }
        Ok(())
    }

    fn remove_record(&self, copy: &CopyId) -> Result<()> {
        self.conn
            .prepare_cached(
                "DELETE FROM resources WHERE stack = ?1 AND urn = ?2 AND generation = ?3",
            )?
            .execute(params![self.stack.id, copy.urn.as_str(), copy.generation.cast_signed()])?;
        Ok(())
    }

    fn set_next_generation(&self, urn: &Urn, next: u64) -> Result<()> {
        self.conn
            .prepare_cached(
                "INSERT OR REPLACE INTO generations (stack, urn, next) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![self.stack.id, urn.as_str(), next.cast_signed()])?;
        Ok(())
    }

    fn put_place(&self, plugin: &str, place: &str) -> Result<()> {
        let mut statement = self.conn.prepare_cached(
            "INSERT OR REPLACE INTO places (stack, plugin, place) VALUES (?1, ?2, ?3)",
        )?;
        statement.execute(params![self.stack.id, plugin, place])?;
        Ok(())
    }

    fn replace_exports(&self, exports: &BTreeMap<String, Value>) -> Result<()> {
        self.conn
            .prepare_cached("DELETE FROM exports WHERE stack = ?1")?
            .execute([self.stack.id])?;
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO exports (stack, name, value, marks) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (name, value) in exports {
            let columns = self.sealer.encode(value, SealContext::of_export(name))?;
            insert.execute(params![self.stack.id, name, columns.json, columns.marks])?;
        }
        Ok(())
    }

    fn open_intent(&self, intent: &Intent) -> Result<()> {
        self.put_intent(
            "INSERT OR REPLACE INTO intents (stack, id, urn, action, generation, token, record, inputs,
                 inputs_marks, properties, properties_marks)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            intent,
        )
    }

    fn open_doubt(&self, doubt: &Doubt) -> Result<()> {
        self.put_intent(
            "INSERT OR REPLACE INTO doubts (stack, id, urn, action, generation, token, record, inputs,
                 inputs_marks, properties, properties_marks, since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0)",
            &doubt.intent,
        )?;
        self.conn
            .prepare_cached("UPDATE doubts SET since = ?3 WHERE stack = ?1 AND token = ?2")?
            .execute(params![self.stack.id, doubt.intent.token, doubt.since])?;
        Ok(())
    }

    /// Writes an intent by a statement with eleven parameters.
    fn put_intent(&self, sql: &str, intent: &Intent) -> Result<()> {
        let Record { urn, generation, .. } = &intent.record;
        let inputs = self.sealer.encode(
            &intent.record.inputs,
            SealContext::of_copy(urn, *generation, "intended inputs"),
        )?;
        let properties = self.sealer.encode(
            &intent.record.properties,
            SealContext::of_copy(urn, *generation, "intended properties"),
        )?;
        let bare = BareRecord::of(&intent.record);
        let bare = serde_json::to_string(&bare).map_err(Fault::damaged)?;
        self.conn.prepare_cached(sql)?.execute(params![
            self.stack.id,
            intent.id.cast_signed(),
            intent.urn.as_str(),
            name_of(&intent.action)?,
            intent.generation.cast_signed(),
            intent.token,
            bare,
            inputs.json,
            inputs.marks,
            properties.json,
            properties.marks,
        ])?;
        Ok(())
    }

    fn close_doubt(&self, token: &str) -> Result<()> {
        self.conn
            .prepare_cached("DELETE FROM doubts WHERE stack = ?1 AND token = ?2")?
            .execute(params![self.stack.id, token])?;
        Ok(())
    }

    fn close_intent(&self, id: u64) -> Result<()> {
        self.conn
            .prepare_cached("DELETE FROM intents WHERE stack = ?1 AND id = ?2")?
            .execute(params![self.stack.id, id.cast_signed()])?;
        Ok(())
    }

    fn rename(&self, from: &Urn, to: &Urn) -> Result<()> {
        if from == to {
            return Ok(());
        }
        self.rename_copies(from, to)?;
        // The old name keeps its generation: a later resource of that name must not repeat a token.
        for sql in [
            "UPDATE OR REPLACE dependencies SET dependency = ?3 WHERE stack = ?1 AND dependency = ?2",
            "UPDATE resources SET parent = ?3 WHERE stack = ?1 AND parent = ?2",
            "UPDATE resources SET deleted_with = ?3 WHERE stack = ?1 AND deleted_with = ?2",
            "INSERT INTO generations (stack, urn, next) SELECT stack, ?3, next FROM generations WHERE stack = ?1 AND urn = ?2
                 ON CONFLICT (stack, urn) DO UPDATE SET next = max(next, excluded.next)",
        ] {
            self.conn.prepare_cached(sql)?.execute(params![self.stack.id, from.as_str(), to.as_str()])?;
        }
        self.rename_intents_and_doubts(from, to)
    }

    fn rename_copies(&self, from: &Urn, to: &Urn) -> Result<()> {
        // Two copies of one generation become one: the one that was later in the order of URNs
        // stays.
        let (kept, dropped) = if from < to { (to, from) } else { (from, to) };
        self.conn.execute(
            "DELETE FROM resources WHERE stack = ?1 AND urn = ?2 AND generation IN
                 (SELECT generation FROM resources WHERE stack = ?1 AND urn = ?3)",
            params![self.stack.id, dropped.as_str(), kept.as_str()],
        )?;
        self.reseal_copies(from, to)?;
        self.conn.execute(
            "UPDATE resources SET urn = ?3 WHERE stack = ?1 AND urn = ?2",
            params![self.stack.id, from.as_str(), to.as_str()],
        )?;
        Ok(())
    }

    fn reseal_copies(&self, from: &Urn, to: &Urn) -> Result<()> {
        type Column = Option<String>;
        let mut statement = self.conn.prepare_cached(
            "SELECT id, generation, inputs_marks, properties_marks FROM resources WHERE stack = ?1 AND urn = ?2
                 AND (inputs_marks IS NOT NULL OR properties_marks IS NOT NULL)",
        )?;
        let marked: Vec<(i64, i64, Column, Column)> = statement
            .query_map(params![self.stack.id, from.as_str()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for (id, generation, inputs, properties) in marked {
            let generation = generation.cast_unsigned();
            let reseal = |marks: Column, slot| {
                let reseal = |marks: String| {
                    self.sealer.reseal(
                        &marks,
                        SealContext::of_copy(from, generation, slot),
                        SealContext::of_copy(to, generation, slot),
                    )
                };
                marks.map(reseal).transpose()
            };
            self.conn.execute(
                "UPDATE resources SET inputs_marks = ?2, properties_marks = ?3 WHERE id = ?1",
                params![id, reseal(inputs, "inputs")?, reseal(properties, "properties")?],
            )?;
        }
        Ok(())
    }

    /// Renames the few open intents and doubts in memory.
    fn rename_intents_and_doubts(&self, from: &Urn, to: &Urn) -> Result<()> {
        let (intents, doubts) = (self.load_intents()?, self.load_doubts()?);
        if intents.is_empty() && doubts.is_empty() {
            return Ok(());
        }
        let before = State { intents, doubts, ..State::default() };
        let mut state = before.clone();
        state.apply(&StateChange::Rename { from: from.clone(), to: to.clone() });
        let renamed = state.intents.values();
        renamed
            .filter(|intent| before.intents.get(&intent.id) != Some(intent))
            .try_for_each(|intent| self.open_intent(intent))?;
        let renamed = state.doubts.iter();
        renamed
            .filter(|(token, doubt)| before.doubts.get(*token) != Some(doubt))
            .try_for_each(|(_, doubt)| self.open_doubt(doubt))
    }
}
