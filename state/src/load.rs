//! A stack's tables, read back as a [`State`].
//!
//! Invariants: reading changes nothing. What cannot be read or opened is an error, and never left
//! out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use kim_engine::state::{CopyId, Doubt, Intent, Record, Standing, State, Unfinished};
use kim_model::{Source, Urn, Value};
use rusqlite::{CachedStatement, Connection, Row};

use crate::bare::{BareRecord, id_in};
use crate::codec::{SealContext, from_name, parse_urn};
use crate::error::{Fault, Result};
use crate::stack_row::StackRow;
use crate::tables::Tables;
use crate::vault::Vault;

/// Returns all that is recorded of a stack.
pub(crate) fn load_state(conn: &Connection, vault: &Vault, stack: &StackRow) -> Result<State> {
    let table = Tables::new(conn, vault, stack);
    Ok(State {
        stack_id: stack.uid.clone(),
        resources: table.load_resources()?,
        generations: table.load_generations()?,
        intents: table.load_intents()?,
        doubts: table.load_doubts()?,
        exports: table.load_exports()?,
        places: table.load_places()?,
    })
}

/// The dependencies of a resource.
#[derive(Default)]
struct Dependencies {
    all: BTreeSet<Urn>,
    /// Those that it is replaced with, and the generations that it was made beside.
    follows: BTreeMap<Urn, u64>,
}

/// Reads a column of JSON.
fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Fault::damaged)
}

impl Tables<'_> {
    fn load_resources(&self) -> Result<BTreeMap<CopyId, Arc<Record>>> {
        let mut urns = UrnPool::default();
        let mut dependencies = self.load_dependencies(&mut urns)?;
        let mut statement = self.conn.prepare_cached(
            "SELECT id, urn, generation, standing, component, cloud_id, inputs, inputs_marks, properties,
                 properties_marks, parent, protect, retain_on_delete, create_before_delete, deleted_with, incomplete,
                 tainted, source_file, source_line, unfinished, timeouts, secret_outputs, id_property
             FROM resources WHERE stack = ?1",
        )?;
        let mut records = Vec::new();
        self.for_each_row("resources", &mut statement, |row| {
            let own = dependencies.remove(&row.get::<_, i64>(0)?).unwrap_or_default();
            let record = self.read_record(row, own, &mut urns)?;
            records.push((record.copy_id(), Arc::new(record)));
            Ok(())
        })?;
        Ok(records.into_iter().collect())
    }

    fn read_record(
        &self,
        row: &Row<'_>,
        Dependencies { all: dependencies, follows }: Dependencies,
        urns: &mut UrnPool,
    ) -> Result<Record> {
        let urn = urns.intern(text(row, 1)?)?;
        let generation = row.get::<_, i64>(2)?.cast_unsigned();
        let source = match (row.get(17)?, row.get(18)?) {
            (Some(file), Some(line)) => Some(Source { file, line }),
            _ => None,
        };
        let inputs = self.sealer.decode(
            text(row, 6)?,
            optional_text(row, 7)?,
            SealContext::of_copy(&urn, generation, "inputs"),
        )?;
        let properties = self.sealer.decode(
            text(row, 8)?,
            optional_text(row, 9)?,
            SealContext::of_copy(&urn, generation, "properties"),
        )?;
        let id_property = optional_text(row, 22)?;
        Ok(Record {
            generation,
            standing: from_name::<Standing>(text(row, 3)?)?,
            component: row.get(4)?,
            id: id_property.map_or_else(|| Ok(row.get(5)?), |name| id_in(&properties, name))?,
            inputs: Arc::new(inputs),
            properties: Arc::new(properties),
            parent: optional_text(row, 10)?.map(|urn| urns.intern(urn)).transpose()?,
            dependencies,
            protect: row.get(11)?,
            retain_on_delete: row.get(12)?,
            create_before_delete: row.get(13)?,
            deleted_with: optional_text(row, 14)?.map(|urn| urns.intern(urn)).transpose()?,
            incomplete: row.get(15)?,
            unfinished: optional_text(row, 19)?.map(from_name::<Unfinished>).transpose()?,
            tainted: row.get(16)?,
            source,
            follows,
            timeouts: from_json(text(row, 20)?)?,
            secret_outputs: from_json(text(row, 21)?)?,
            urn,
        })
    }

    fn load_dependencies(&self, urns: &mut UrnPool) -> Result<HashMap<i64, Dependencies>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT resource, dependency, follows FROM dependencies WHERE stack = ?1",
        )?;
        let mut dependencies: HashMap<i64, Dependencies> = HashMap::new();
        self.for_each_row("dependencies", &mut statement, |row| {
            let of_resource = dependencies.entry(row.get(0)?).or_default();
            let urn = urns.intern(text(row, 1)?)?;
            if let Some(generation) = row.get::<_, Option<i64>>(2)? {
                of_resource.follows.insert(urn.clone(), generation.cast_unsigned());
            }
            of_resource.all.insert(urn);
            Ok(())
        })?;
        Ok(dependencies)
    }

    fn load_generations(&self) -> Result<BTreeMap<Urn, u64>> {
        let mut statement =
            self.conn.prepare_cached("SELECT urn, next FROM generations WHERE stack = ?1")?;
        let mut generations = BTreeMap::new();
        self.for_each_row("generations", &mut statement, |row| {
            generations.insert(parse_urn(text(row, 0)?)?, row.get::<_, i64>(1)?.cast_unsigned());
            Ok(())
        })?;
        Ok(generations)
    }

    /// Returns the open intents, by id.
    pub(crate) fn load_intents(&self) -> Result<BTreeMap<u64, Intent>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, urn, action, generation, token, record, inputs, inputs_marks, properties, properties_marks
             FROM intents WHERE stack = ?1",
        )?;
        let mut intents = BTreeMap::new();
        self.for_each_row("intents", &mut statement, |row| {
            let intent = self.read_intent(row)?;
            intents.insert(intent.id, intent);
            Ok(())
        })?;
        Ok(intents)
    }

    /// Returns the doubts, by token.
    pub(crate) fn load_doubts(&self) -> Result<BTreeMap<String, Doubt>> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, urn, action, generation, token, record, inputs, inputs_marks, properties, properties_marks,
                 since
             FROM doubts WHERE stack = ?1",
        )?;
        let mut doubts = BTreeMap::new();
        self.for_each_row("doubts", &mut statement, |row| {
            let doubt = Doubt { intent: self.read_intent(row)?, since: row.get(10)? };
            doubts.insert(doubt.intent.token.clone(), doubt);
            Ok(())
        })?;
        Ok(doubts)
    }

    /// Returns an intent from the first ten columns of a row.
    fn read_intent(&self, row: &Row<'_>) -> Result<Intent> {
        let id = row.get::<_, i64>(0)?.cast_unsigned();
        let bare: BareRecord = serde_json::from_str(text(row, 5)?).map_err(|_| {
            Fault::damaged(format_args!("the record of intent {id} cannot be read"))
        })?;
        let context = |slot| bare.context(slot);
        let inputs = self.sealer.decode(
            text(row, 6)?,
            optional_text(row, 7)?,
            context("intended inputs"),
        )?;
        let properties = self.sealer.decode(
            text(row, 8)?,
            optional_text(row, 9)?,
            context("intended properties"),
        )?;
        Ok(Intent {
            id,
            urn: parse_urn(text(row, 1)?)?,
            action: from_name(text(row, 2)?)?,
            generation: row.get::<_, i64>(3)?.cast_unsigned(),
            token: row.get(4)?,
            record: bare.with(inputs, properties)?,
        })
    }

    fn load_places(&self) -> Result<BTreeMap<String, String>> {
        let mut statement =
            self.conn.prepare_cached("SELECT plugin, place FROM places WHERE stack = ?1")?;
        let mut places = BTreeMap::new();
        self.for_each_row("places", &mut statement, |row| {
            places.insert(row.get(0)?, row.get(1)?);
            Ok(())
        })?;
        Ok(places)
    }

    fn load_exports(&self) -> Result<BTreeMap<String, Value>> {
        let mut statement =
            self.conn.prepare_cached("SELECT name, value, marks FROM exports WHERE stack = ?1")?;
        let mut exports = BTreeMap::new();
        self.for_each_row("exports", &mut statement, |row| {
            let name: String = row.get(0)?;
            let value = self.sealer.decode(
                text(row, 1)?,
                optional_text(row, 2)?,
                SealContext::of_export(&name),
            )?;
            exports.insert(name, value);
            Ok(())
        })?;
        Ok(exports)
    }

    /// Reads the stack's rows of a table. A fault of their content names the table.
    fn for_each_row(
        &self,
        table: &str,
        statement: &mut CachedStatement<'_>,
        mut read: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut rows = statement.query([self.stack.id])?;
        while let Some(row) = rows.next()? {
            read(row).map_err(|fault| {
                fault.within(format_args!("the table '{table}', stack {}", self.stack.label()))
            })?;
        }
        Ok(())
    }
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str> {
    row.get_ref(column)?.as_str().map_err(|_| is_not_text(row, column))
}

fn optional_text<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>> {
    row.get_ref(column)?.as_str_or_null().map_err(|_| is_not_text(row, column))
}

fn is_not_text(row: &Row<'_>, column: usize) -> Fault {
    let name = row.as_ref().column_name(column).unwrap_or("?");
    Fault::damaged(format_args!("the column '{name}' is not text"))
}

/// URNs by their text, so that all references share one allocation.
#[derive(Default)]
struct UrnPool(HashMap<String, Urn>);

impl UrnPool {
    fn intern(&mut self, text: &str) -> Result<Urn> {
        if let Some(urn) = self.0.get(text) {
            return Ok(urn.clone());
        }
        let urn = parse_urn(text)?;
        self.0.insert(text.to_owned(), urn.clone());
        Ok(urn)
    }
}
