//! Secrets at rest: sealed, opened only in their context.
//!
//! None is ever lost without an error.

use std::sync::Arc;

use kim_engine::ports::{Store, StoreError};
use kim_engine::state::{Intent, StateChange};
use kim_model::Value;
use rusqlite::Connection;

use super::{begin_run, exports, put, record, run_start, stack_id, urn};
use crate::{DataKey, KeyWrapper, SqliteStore, Vault};

const SECRET: &str = "hunter2-in-clear";

fn secret() -> Value {
    Value::secret(Value::text(SECRET))
}

/// Records a secret in everything that can contain one.
async fn commit_secrets(store: &SqliteStore, run: kim_engine::ports::RunId) {
    let mut with = record("a");
    let held = [
        ("list", vec![Value::Null, secret()]),
        ("key", vec![Value::secret(Value::Bytes(SECRET.into()))]),
    ];
    with.inputs = Arc::new(held.into_iter().collect());
    with.properties = Arc::new(Value::secret([("password", SECRET)].into_iter().collect()));
    let mut intent = Intent {
        id: 1,
        urn: urn("a"),
        action: kim_engine::state::Action::Update,
        generation: 0,
        token: String::new(),
        record: with.clone(),
    };
    intent.record.inputs = Arc::new(secret());
    let mut with_secret_id = record("b");
    with_secret_id.id = SECRET.to_owned();
    with_secret_id.properties = Arc::new([("item_id", secret())].into_iter().collect());
    let delete = Intent {
        id: 2,
        urn: urn("b"),
        action: kim_engine::state::Action::Delete,
        record: with_secret_id.clone(),
        ..intent.clone()
    };
    let list = vec![
        put(with),
        put(with_secret_id),
        StateChange::OpenIntent(Arc::new(delete)),
        StateChange::OpenIntent(Arc::new(intent)),
        exports([("password", secret())]),
    ];
    store.commit(run, list).await.unwrap();
}

fn open(folder: &tempfile::TempDir, vault: Vault) -> SqliteStore {
    SqliteStore::open(&folder.path().join("state.db"), vault).unwrap()
}

// Rule 15.
#[tokio::test]
async fn no_file_contains_a_secret_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::passphrase("correct horse")).await;
    commit_secrets(&store, run).await;
    // While the store is open, the write-ahead log contains what was written last.
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        names.push(path.file_name().unwrap().to_string_lossy().into_owned());
        let bytes = std::fs::read(&path).unwrap();
        let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
        for needle in [SECRET, hex.as_str(), "correct horse"] {
            let found = bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
            assert!(!found, "{} holds {needle}", path.display());
        }
    }
    names.sort();
    assert_eq!(names, ["state.db", "state.db-shm", "state.db-wal"]);
    assert!(!format!("{:?} {store:?}", Vault::passphrase(SECRET)).contains(SECRET));
}

#[tokio::test]
async fn a_stack_whose_secrets_cannot_be_opened_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::passphrase("correct horse")).await;
    commit_secrets(&store, run).await;
    drop(store);
    let why = open(&folder, Vault::none()).load(&stack_id()).await.unwrap_err();
    insta::assert_snapshot!(why, @"the secrets of stack 'shop/dev' cannot be sealed or opened: there is no passphrase. Set KIM_PASSPHRASE, or KIM_PASSPHRASE_FILE to a file that holds it");
    let why =
        open(&folder, Vault::passphrase("battery staple")).load(&stack_id()).await.unwrap_err();
    insta::assert_snapshot!(why, @"the secrets of stack 'shop/dev' cannot be sealed or opened: the passphrase is not the one that they were sealed with. Set KIM_PASSPHRASE (or the file that KIM_PASSPHRASE_FILE names) to that one");
    let why = open(&folder, Vault::wrapper(Xor)).load(&stack_id()).await.unwrap_err();
    insta::assert_snapshot!(why, @"the secrets of stack 'shop/dev' cannot be sealed or opened: their key is kept by 'passphrase', and this run uses 'xor'");
    // Opening with the right passphrase shows that nothing was lost by any of that.
    let state = open(&folder, Vault::passphrase("correct horse")).load(&stack_id()).await.unwrap();
    assert_eq!(state.exports["password"].as_text(), Some(SECRET));
}

#[tokio::test]
async fn without_secrets_no_passphrase_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::none()).await;
    store.commit(run, vec![put(record("a"))]).await.unwrap();
    store.load(&stack_id()).await.unwrap();
    let why = store.commit(run, vec![exports([("password", secret())])]).await.unwrap_err();
    assert!(
        matches!(&why, StoreError::Secrets(text) if text.contains("KIM_PASSPHRASE") && !text.contains(SECRET)),
        "{why}"
    );
    drop(store);
    let empty = open(&folder, Vault::passphrase(""));
    let run = empty.begin(&stack_id(), run_start("up")).await.unwrap();
    let why = empty.commit(run, vec![exports([("password", secret())])]).await.unwrap_err();
    assert!(why.to_string().contains("the passphrase is empty"), "{why}");
}

#[tokio::test]
async fn a_sealed_secret_opens_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::passphrase("correct horse")).await;
    let mut with = [record("a"), record("b")];
    with.iter_mut().for_each(|record| record.inputs = Arc::new(secret()));
    store.commit(run, with.map(put).to_vec()).await.unwrap();
    drop(store);
    let conn = Connection::open(folder.path().join("state.db")).unwrap();
    let moved = conn
        .execute("UPDATE resources SET inputs_marks = (SELECT inputs_marks FROM resources AS other WHERE other.urn <> resources.urn)", [])
        .unwrap();
    assert_eq!(moved, 2);
    let why =
        open(&folder, Vault::passphrase("correct horse")).load(&stack_id()).await.unwrap_err();
    assert!(
        matches!(&why, StoreError::Secrets(text) if text.contains("changed behind kim's back")),
        "{why}"
    );
}

#[tokio::test]
async fn configuration_is_sealed_for_its_stack_and_name() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = begin_run(&folder, Vault::passphrase("correct horse")).await;
    let sealed = store.seal_text(&stack_id(), "password", SECRET).await.unwrap();
    let again = store.seal_text(&stack_id(), "password", SECRET).await.unwrap();
    assert!(sealed.starts_with("kim1.") && !sealed.contains(SECRET) && sealed != again, "{sealed}");
    assert_eq!(store.open_text(&stack_id(), "password", &sealed).await.unwrap(), SECRET);

    // Another state file and the same passphrase: the configuration can be moved without the state.
    let elsewhere = SqliteStore::in_memory(Vault::passphrase("correct horse")).unwrap();
    assert_eq!(elsewhere.open_text(&stack_id(), "password", &again).await.unwrap(), SECRET);
    let wrong = SqliteStore::in_memory(Vault::passphrase("battery staple")).unwrap();
    let why = wrong.open_text(&stack_id(), "password", &sealed).await.unwrap_err();
    assert!(why.to_string().contains("the passphrase is not the one"), "{why}");

    let test = kim_engine::state::StackId { name: "test".into(), ..stack_id() };
    let mut changed = sealed.clone();
    changed.pop();
    for (stack, name, text) in [
        (&stack_id(), "user", &sealed),
        (&test, "password", &sealed),
        (&stack_id(), "password", &changed),
    ] {
        let why = store.open_text(stack, name, text).await.unwrap_err();
        assert!(why.to_string().contains("was not sealed for this stack and name"), "{why}");
    }
    assert!(matches!(store.seal_text(&test, "a", "b").await, Err(StoreError::NoSuchStack { .. })));
}

/// A key service of another type.
///
/// It shows that the vault needs nothing more of one.
struct Xor;

impl KeyWrapper for Xor {
    fn scheme(&self) -> &str {
        "xor"
    }

    fn wrap(&self, key: &DataKey) -> Result<Vec<u8>, String> {
        Ok(key.bytes().map(|byte| byte ^ 0x5a).to_vec())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<DataKey, String> {
        let bytes: [u8; 32] = wrapped.try_into().map_err(|_| "not 32 bytes")?;
        Ok(DataKey::from_bytes(bytes.map(|byte| byte ^ 0x5a)))
    }
}

#[tokio::test]
async fn another_key_wrapper_can_replace_the_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::wrapper(Xor)).await;
    commit_secrets(&store, run).await;
    drop(store);
    let state = open(&folder, Vault::wrapper(Xor)).load(&stack_id()).await.unwrap();
    assert_eq!(state.exports["password"], secret());
}

#[tokio::test]
async fn a_key_that_would_take_too_long_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::passphrase("p")).await;
    commit_secrets(&store, run).await;
    drop(store);
    let path = folder.path().join("state.db");
    let conn = Connection::open(&path).unwrap();
    let kept: String =
        conn.query_row("SELECT wrapped_key FROM stacks", [], |row| row.get(0)).unwrap();
    let (scheme, key) = kept.split_once(':').unwrap();
    let mut key = crate::vault::from_base64(key).unwrap();
    // The passes, after the salt and the memory: sixty times those of a new key.
    key[20..24].copy_from_slice(&60_u32.to_le_bytes());
    let wrapped = format!("{scheme}:{}", crate::vault::to_base64(&key));
    conn.execute("UPDATE stacks SET wrapped_key = ?1", [wrapped]).unwrap();
    drop(conn);
    let store = SqliteStore::open(&path, Vault::passphrase("p")).unwrap();
    let error = store.load(&stack_id()).await.unwrap_err().to_string();
    assert!(error.contains("their key is damaged"), "{error}");
}
