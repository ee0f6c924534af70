//! One writer for each stack; a dead holder holds nothing.

use kim_engine::ports::{RunEnd, Store, StoreError};
use rusqlite::Connection;

use super::crash::{again_as, child_path, finished};
use super::{begun, put, record, stack, start};
use crate::{SqliteStore, Vault};

fn open(folder: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(&folder.path().join("state.db"), Vault::none()).unwrap()
}

#[tokio::test]
async fn a_second_run_is_refused_and_told_who_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (one, run) = begun(&folder, Vault::none()).await;
    let other = open(&folder);
    let Err(StoreError::Locked { stack: locked, holder, since, alive }) = other.begin(&stack(), start("destroy")).await
    else {
        panic!("not refused");
    };
    assert_eq!((locked, holder, alive), (stack(), format!("ann@mill, process {}, up", std::process::id()), true));
    assert_eq!((since.len(), since.ends_with('Z')), ("2026-01-02T03:04:05Z".len(), true));
    assert!(matches!(one.begin(&stack(), start("up")).await, Err(StoreError::Locked { .. })), "not even by itself");
    assert!(other.stacks("shop").await.unwrap()[0].locked_by.is_some());
    // Only one run was begun.
    assert_eq!(other.history(&stack(), 10).await.unwrap().len(), 1);

    one.finish(run, RunEnd::default()).await.unwrap();
    assert_eq!(other.stacks("shop").await.unwrap()[0].locked_by, None);
    other.begin(&stack(), start("destroy")).await.unwrap();
}

#[tokio::test]
async fn a_store_that_was_dropped_in_the_middle_holds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (one, _) = begun(&folder, Vault::none()).await;
    drop(one);
    let again = open(&folder);
    assert_eq!(again.stacks("shop").await.unwrap()[0].locked_by, None);
    again.begin(&stack(), start("up")).await.unwrap();
}

#[tokio::test]
async fn a_process_that_ended_in_the_middle_holds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(begun(&folder, Vault::none()).await);
    let status = again_as("locks::child_begins_and_exits", &folder.path().join("state.db")).status().unwrap();
    assert!(finished(status));
    let store = open(&folder);
    let runs = store.history(&stack(), 10).await.unwrap();
    assert_eq!((runs[0].start.operation.as_str(), runs[0].ended_at), ("left", None));
    store.begin(&stack(), start("up")).await.unwrap();
}

/// Begins a run and exits. Not a test of its own: the test above runs it in another process.
#[tokio::test]
async fn child_begins_and_exits() {
    let Some(path) = child_path() else { return };
    let store = SqliteStore::open(&path, Vault::none()).unwrap();
    store.begin(&stack(), start("left")).await.unwrap();
    std::process::exit(0);
}

#[tokio::test]
async fn a_reused_process_id_is_not_the_holder() {
    let folder = tempfile::tempdir().unwrap();
    let (one, _) = begun(&folder, Vault::none()).await;
    tamper(&folder, "UPDATE locks SET process_started = 'another time'");
    open(&folder).begin(&stack(), start("up")).await.unwrap();
    drop(one);
}

#[tokio::test]
async fn on_another_machine_the_heartbeat_decides() {
    let folder = tempfile::tempdir().unwrap();
    let (one, run) = begun(&folder, Vault::none()).await;
    let other = open(&folder);
    tamper(&folder, "UPDATE locks SET machine = 'elsewhere'");
    let refused = other.begin(&stack(), start("up")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Locked { alive: false, .. }), "{refused}");

    // A heartbeat of another store does not count for this holder; its own does.
    tamper(&folder, "UPDATE locks SET heartbeat_at = 0");
    crate::lock::beat(&Connection::open(folder.path().join("state.db")).unwrap(), one.number).unwrap();
    assert!(matches!(other.begin(&stack(), start("up")).await, Err(StoreError::Locked { .. })));
    tamper(&folder, "UPDATE locks SET heartbeat_at = heartbeat_at - 61000");
    let taken = other.begin(&stack(), start("up")).await.unwrap();

    // A run whose lock was taken records nothing more, and releases no lock but its own.
    let refused = one.commit(run, vec![put(record("a"))]).await;
    assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
    one.finish(run, RunEnd::default()).await.unwrap();
    other.commit(taken, vec![put(record("a"))]).await.unwrap();
    assert!(other.stacks("shop").await.unwrap()[0].locked_by.is_some());
}

#[tokio::test]
async fn an_unlocked_run_still_records_until_somebody_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let (one, run) = begun(&folder, Vault::none()).await;
    let other = open(&folder);
    let who = other.unlock(&stack()).await.unwrap();
    assert_eq!(who, Some(format!("ann@mill, process {}, up", std::process::id())));
    assert_eq!(other.unlock(&stack()).await.unwrap(), None);
    one.commit(run, vec![put(record("a"))]).await.unwrap();
    other.begin(&stack(), start("up")).await.unwrap();
    assert!(matches!(one.commit(run, vec![put(record("b"))]).await, Err(StoreError::Locked { .. })));
}

fn tamper(folder: &tempfile::TempDir, sql: &str) {
    let conn = Connection::open(folder.path().join("state.db")).unwrap();
    assert_eq!(conn.execute(sql, []).unwrap(), 1);
}
