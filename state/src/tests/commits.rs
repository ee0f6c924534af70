//! Group commit: tasks that share a transaction share neither a failure nor a result.

use std::sync::Arc;

use kim_engine::ports::{RunEnd, RunId, Store, StoreError};
use kim_model::{Urn, Value};

use super::{begun, exports, put, record, stack, start, urn};
use crate::{SqliteStore, Vault};

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begun(&folder, Vault::none()).await;
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..300)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(run, vec![put(record(&format!("v{number}")))]).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(store.load(&stack()).await.unwrap().resources.len(), 300);
}

#[tokio::test]
async fn a_list_that_fails_takes_nothing_of_it_and_nobody_along() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begun(&folder, Vault::none()).await;
    // Without a passphrase the secret cannot be sealed, after the list's first change was carried out.
    let failing = vec![put(record("half")), exports([("password", Value::secret("x".into()))])];
    let (before, failed, after) = tokio::join!(
        store.commit(run, vec![put(record("before"))]),
        store.commit(run, failing),
        store.commit(run, vec![put(record("after"))]),
    );
    assert_eq!((before, after), (Ok(()), Ok(())));
    assert!(matches!(failed, Err(StoreError::Secrets(_))), "{failed:?}");
    let state = store.load(&stack()).await.unwrap();
    let names: Vec<&Urn> = state.resources.keys().map(|copy| &copy.urn).collect();
    assert_eq!(names, [&urn("after"), &urn("before")]);
}

#[tokio::test]
async fn a_write_stands_although_its_caller_went_away() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begun(&folder, Vault::none()).await;
    // Polled once, so that it is queued, and dropped with its answer unread, like a task that is aborted.
    let aborted = store.commit(run, vec![put(record("a"))]);
    tokio::select! { biased; _ = aborted => {}, () = std::future::ready(()) => {} }
    // Dropping the store writes what is queued.
    drop(store);
    let again = SqliteStore::open(&folder.path().join("state.db"), Vault::none()).unwrap();
    assert_eq!(again.load(&stack()).await.unwrap().resources.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_whole_lists_while_writes_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begun(&folder, Vault::none()).await;
    read_while_writing(store, run).await;
    let store = SqliteStore::in_memory(Vault::none()).unwrap();
    store.create_stack(&stack()).await.unwrap();
    let run = store.begin(&stack(), start("up")).await.unwrap();
    read_while_writing(store, run).await;
}

async fn read_while_writing(store: SqliteStore, run: RunId) {
    let store = Arc::new(store);
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for round in 0..100 {
                let mut moved = record("left");
                moved.id = format!("{round}");
                let list = vec![put(moved), exports([("right", Value::text(format!("{round}")))])];
                store.commit(run, list).await.unwrap();
            }
        }
    });
    while !writer.is_finished() {
        let state = store.load(&stack()).await.unwrap();
        // The two are in different tables.
        let left = state.current(&urn("left")).map(|record| record.id.as_str());
        assert_eq!(left, state.exports.get("right").and_then(Value::as_text), "half a list");
    }
    writer.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_stores_of_one_file_write_in_turns() {
    let folder = tempfile::tempdir().unwrap();
    let (one, run) = begun(&folder, Vault::none()).await;
    let other = SqliteStore::open(&folder.path().join("state.db"), Vault::none()).unwrap();
    let test = kim_engine::state::StackId { name: "test".into(), ..stack() };
    other.create_stack(&test).await.unwrap();
    let other_run = other.begin(&test, start("up")).await.unwrap();
    for number in 0..20 {
        let list = || vec![put(record(&format!("v{number}")))];
        let (one, other) = tokio::join!(one.commit(run, list()), other.commit(other_run, list()));
        assert_eq!((one, other), (Ok(()), Ok(())));
    }
    assert_eq!(one.load(&test).await.unwrap().resources.len(), 20);
    assert_eq!(other.load(&stack()).await.unwrap().resources.len(), 20);
    one.finish(run, RunEnd::default()).await.unwrap();
}
