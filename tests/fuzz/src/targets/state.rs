//! The state file: values in it, nonsense in its rows, damage to its pages.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use kim_engine::ports::{Store, StoreError};
use kim_engine::state::{Action, Doubt, Intent, StateChange, validate};
use kim_engine::testing::sample::{exports, put, record, run_start, stack_id, urn};
use kim_model::Value;
use kim_state::{DataKey, KeyWrapper, SqliteStore, Vault, to_json};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, params};

use crate::input::{Taken, Unstructured, folder, runtime, value};

/// The secret of every stack here. No error may hold it.
const SECRET: &str = "hunter2-hunter2";

/// Keeps the key as it is, so that no input waits for a passphrase.
struct Plain;

impl KeyWrapper for Plain {
    fn scheme(&self) -> &str {
        "plain"
    }

    fn wrap(&self, key: &DataKey) -> Result<Vec<u8>, String> {
        Ok(key.bytes().to_vec())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<DataKey, String> {
        let bytes = wrapped.try_into().map_err(|_| "the key is damaged")?;
        Ok(DataKey::from_bytes(bytes))
    }
}

fn open(file: &Path) -> Result<SqliteStore, StoreError> {
    SqliteStore::open(file, Vault::wrapper(Plain))
}

/// The bytes of a state file with something in each of its tables.
fn template() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let folder = folder();
        let file = folder.path().join("state.db");
        runtime().block_on(async {
            let store = open(&file).unwrap();
            store.create_stack(&stack_id()).await.unwrap();
            let run = store.begin(&stack_id(), run_start("up")).await.unwrap();
            store.commit(run, changes()).await.unwrap();
        });
        std::fs::read(&file).expect("the file that was written")
    })
}

/// Returns changes that write to each table.
fn changes() -> Vec<StateChange> {
    let mut first = record(urn("a"));
    let inputs = [("password", Value::secret(SECRET.into())), ("bytes", Value::Bytes(vec![1, 2]))];
    first.inputs = Arc::new(inputs.into_iter().collect());
    let mut second = record(urn("b"));
    second.dependencies = [urn("a")].into();
    second.follows = [(urn("a"), 0)].into();
    let intent = |id, action| Intent {
        id,
        urn: urn("c"),
        action,
        generation: id,
        token: format!("token-{id}"),
        record: record(urn("c")),
    };
    vec![
        put(first),
        put(second),
        StateChange::OpenIntent(Arc::new(intent(1, Action::Create))),
        StateChange::OpenDoubt(Arc::new(Doubt { intent: intent(2, Action::Create), since: 1 })),
        StateChange::NextGeneration { urn: urn("a"), next: 1 },
        exports([("url", "https://a".into()), ("password", Value::secret(SECRET.into()))]),
        StateChange::Place { plugin: "test".into(), place: "here".into() },
    ]
}

/// Writes values as inputs, properties and exports, and reads them back.
pub(super) fn run_values(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    let mut one = || value(&mut input, 5).map(|value| without_outputs(&value));
    let (Ok(inputs), Ok(properties), Ok(export)) = (one(), one(), one()) else { return };
    let mut copy = record(urn("a"));
    (copy.inputs, copy.properties) = (Arc::new(inputs), Arc::new(properties));
    let intent = Intent {
        id: 1,
        urn: urn("a"),
        action: Action::Update,
        generation: 0,
        token: String::new(),
        record: copy.clone(),
    };
    runtime().block_on(async {
        let store = SqliteStore::in_memory(Vault::wrapper(Plain)).unwrap();
        store.create_stack(&stack_id()).await.unwrap();
        let run = store.begin(&stack_id(), run_start("up")).await.unwrap();
        let changes = vec![
            put(copy.clone()),
            StateChange::OpenIntent(Arc::new(intent.clone())),
            exports([("export", export.clone())]),
        ];
        store.commit(run, changes).await.unwrap();
        let state = store.load(&stack_id()).await.unwrap();
        assert!(state.records().any(|read| *read == copy), "a record reads back");
        assert!(state.intents.values().any(|read| *read == intent), "an intent reads back");
        assert_eq!(state.exports.get("export"), Some(&export), "an export reads back");
        let _ = (to_json(&state, true), to_json(&state, false));
    });
}

/// Replaces outputs and unknowns, which no state has.
fn without_outputs(value: &Value) -> Value {
    match value {
        Value::Output(_) | Value::Unknown => Value::Null,
        Value::List(items) => Value::List(items.iter().map(without_outputs).collect()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, item)| (key.clone(), without_outputs(item))).collect())
        }
        Value::Secret(inner) => Value::secret(without_outputs(inner)),
        other => other.clone(),
    }
}

/// Puts nonsense into columns, then reads everything.
pub(super) fn run_rows(bytes: &[u8]) {
    let folder = folder();
    let file = folder.path().join("state.db");
    std::fs::write(&file, template()).expect("a scratch file");
    let written = put_nonsense(&file, &mut Unstructured::new(bytes));
    if written.is_ok() {
        read_all(&file);
    }
}

fn put_nonsense(file: &Path, input: &mut Unstructured<'_>) -> Taken<()> {
    let conn = Connection::open(file).expect("the template opens");
    conn.execute_batch("PRAGMA synchronous = off; PRAGMA foreign_keys = off").expect("a pragma");
    let columns = columns(&conn);
    for _ in 0..input.int_in_range(1..=4)? {
        let (table, column) = input.choose(&columns)?;
        let value = match input.int_in_range(0..=6)? {
            0 => Sql::Null,
            1 => Sql::Integer(input.arbitrary()?),
            2 => Sql::Real(input.arbitrary()?),
            3 => Sql::Blob(input.arbitrary()?),
            4 => {
                let times = input.int_in_range(1..=20_000)?;
                Sql::Text(
                    input.arbitrary::<String>()?.repeat(times).chars().take(1 << 20).collect(),
                )
            }
            _ => Sql::Text(input.arbitrary()?),
        };
        // What the schema of the table refuses cannot be in a file.
        let _ = conn.execute(&format!("UPDATE {table} SET {column} = ?1"), params![value]);
    }
    Ok(())
}

/// Returns every column of every table.
fn columns(conn: &Connection) -> Vec<(String, String)> {
    let mut statement = conn
        .prepare(
            "SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'
             AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid",
        )
        .expect("the schema is read");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("the schema");
    rows.collect::<rusqlite::Result<_>>().expect("the schema")
}

/// Changes bytes of the file, then reads everything.
///
/// An input is a list of changes, so that it is short: a place, and the bytes that stand there.
pub(super) fn run_file(bytes: &[u8]) {
    let mut file = template().to_vec();
    if damage(&mut file, &mut Unstructured::new(bytes)).is_err() {
        return;
    }
    let folder = folder();
    let path = folder.path().join("state.db");
    std::fs::write(&path, file).expect("a scratch file");
    read_all(&path);
}

fn damage(file: &mut Vec<u8>, input: &mut Unstructured<'_>) -> Taken<()> {
    let pages = file.len() / 4096;
    for _ in 0..input.int_in_range(1..=8)? {
        let page = input.int_in_range(0..=pages.saturating_sub(1))?;
        // The head of a page decides most.
        let most = if input.arbitrary()? { 120 } else { 4095 };
        let at = page * 4096 + input.int_in_range(0..=most)?;
        let new: [u8; 4] = input.arbitrary()?;
        let count = input.int_in_range(1..=4)?;
        for (place, byte) in file[at..].iter_mut().zip(&new[..count]) {
            *place = *byte;
        }
    }
    // A file without bytes may be one that another process creates right now: it is waited for.
    if !input.is_empty() && input.ratio(1, 8)? {
        file.truncate(input.int_in_range(2..=file.len())?);
    }
    Ok(())
}

/// Reads all that a file holds. Every error names the file or the stack, and no secret.
fn read_all(file: &Path) {
    runtime().block_on(async {
        let store = match open(file) {
            Ok(store) => store,
            Err(error) => return says_where(&error, file),
        };
        let loaded = store.load(&stack_id()).await;
        if let Ok(state) = &loaded {
            let _ = validate(state);
            let _ = (to_json(state, true), to_json(state, false));
        }
        let all = [
            loaded.map(|_| ()),
            store.stacks("shop").await.map(|_| ()),
            store.history(&stack_id(), 10).await.map(|_| ()),
        ];
        all.into_iter().filter_map(Result::err).for_each(|error| says_where(&error, file));
    });
}

fn says_where(error: &StoreError, file: &Path) {
    let text = error.to_string();
    assert!(!text.contains(SECRET), "an error holds a secret");
    let place = file.display().to_string();
    assert!(text.contains(&place) || text.contains("shop"), "an error says no place: {text}");
}
