//! Group commit: tasks that share a transaction share neither a failure nor a result.

use std::sync::Arc;

use kim_engine::ports::{RunEnd, Store, StoreError};
use kim_engine::testing::sample::{exports, put, stack_id, urn};
use kim_model::{Urn, Value};
use kim_state::{SqliteStore, Vault};

use crate::{begin_run, record};

#[tokio::test(flavor = "multi_thread")]
async fn more_commits_than_a_batch_are_all_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::none()).await;
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..300)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                store.commit(run, vec![put(record(&format!("v{number}")))]).await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(store.load(&stack_id()).await.unwrap().resources.len(), 300);
}

#[tokio::test]
async fn a_list_that_fails_is_not_recorded_and_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::none()).await;
    // Without a passphrase the secret cannot be sealed, after the list's first change was carried
    // out.
    let failing = vec![put(record("half")), exports([("password", Value::secret("x".into()))])];
    let (before, failed, after) = tokio::join!(
        store.commit(run, vec![put(record("before"))]),
        store.commit(run, failing),
        store.commit(run, vec![put(record("after"))]),
    );
    assert_eq!((before, after), (Ok(()), Ok(())));
    assert!(matches!(failed, Err(StoreError::Secrets(_))), "{failed:?}");
    let state = store.load(&stack_id()).await.unwrap();
    let names: Vec<&Urn> = state.resources.keys().map(|copy| &copy.urn).collect();
    assert_eq!(names, [&urn("after"), &urn("before")]);
}

#[tokio::test]
async fn a_commit_is_recorded_although_its_future_was_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::none()).await;
    // Polled once, so that it is queued, and dropped with its answer unread, like a task that is
    // aborted.
    let aborted = store.commit(run, vec![put(record("a"))]);
    tokio::select! { biased; _ = aborted => {}, () = std::future::ready(()) => {} }
    // Dropping the store writes what is queued.
    drop(store);
    let reopened = SqliteStore::open(&folder.path().join("state.db"), Vault::none()).unwrap();
    assert_eq!(reopened.load(&stack_id()).await.unwrap().resources.len(), 1);
}

#[tokio::test]
async fn a_finished_run_is_rejected_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::none()).await;
    store.finish(run, RunEnd::default()).await.unwrap();
    let rejected = store.commit(run, vec![put(record("a"))]).await.unwrap_err();
    insta::assert_snapshot!(rejected, @"run 1 has ended: it can record nothing more");
}
