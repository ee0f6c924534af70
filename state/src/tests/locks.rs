//! The holder of a lock, and when it counts as dead.
//!
//! The other rules of locks are in the contract (`tests/it`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use kim_engine::ports::{RunEnd, Store, StoreError};
use rusqlite::Connection;

use super::{begin_run, put, record, run_start, stack_id};
use crate::{SqliteStore, Vault};

fn open(folder: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(&folder.path().join("state.db"), Vault::none()).unwrap()
}

// Rule 29.
#[tokio::test]
async fn a_rejected_run_names_the_process_that_holds_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (one, run) = begin_run(&folder, Vault::none()).await;
    let other = open(&folder);
    let Err(StoreError::Locked { stack: locked, holder, since, alive }) =
        other.begin(&stack_id(), run_start("destroy")).await
    else {
        panic!("not refused");
    };
    assert_eq!(
        (locked, holder, alive),
        (stack_id(), format!("ann@mill, process {}, up", std::process::id()), true)
    );
    assert_eq!((since.len(), since.ends_with('Z')), ("2026-01-02T03:04:05Z".len(), true));
    assert!(
        matches!(one.begin(&stack_id(), run_start("up")).await, Err(StoreError::Locked { .. })),
        "not even by itself"
    );
    assert!(other.stacks("shop").await.unwrap()[0].locked_by.is_some());
    // Only one run was begun.
    assert_eq!(other.history(&stack_id(), 10).await.unwrap().len(), 1);

    one.finish(run, RunEnd::default()).await.unwrap();
    assert_eq!(other.stacks("shop").await.unwrap()[0].locked_by, None);
    other.begin(&stack_id(), run_start("destroy")).await.unwrap();
}

// Rule 29.
#[tokio::test]
async fn a_process_of_the_same_id_is_not_the_holder() {
    let folder = tempfile::tempdir().unwrap();
    let (one, _) = begin_run(&folder, Vault::none()).await;
    update_locks(&folder, "UPDATE locks SET process_started = 'another time'");
    open(&folder).begin(&stack_id(), run_start("up")).await.unwrap();
    drop(one);
}

/// Records a heartbeat of the locks of an opened store.
fn beat(folder: &tempfile::TempDir, store: &SqliteStore) {
    let conn = Connection::open(folder.path().join("state.db")).unwrap();
    crate::lock::record_heartbeat(&conn, store.instance).unwrap();
}

/// Changes that put the holder on another machine, whose clock differs.
const CLOCK_STEPS: [&str; 2] = [
    "UPDATE locks SET machine = 'elsewhere', heartbeat_at = heartbeat_at - 600000",
    "UPDATE locks SET machine = 'elsewhere', heartbeat_at = heartbeat_at + 600000",
];

// Rule 29.
#[tokio::test]
async fn on_another_machine_the_heartbeat_decides() {
    let folder = tempfile::tempdir().unwrap();
    let (one, run) = begin_run(&folder, Vault::none()).await;
    let mut other = open(&folder);
    update_locks(&folder, "UPDATE locks SET machine = 'elsewhere'");
    // What was just heard of is not watched.
    let refused = other.begin(&stack_id(), run_start("up")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Locked { alive: false, .. }), "{refused}");

    // A holder that is silent for as long as it is watched is dead.
    other.patience = Duration::from_millis(300);
    update_locks(&folder, "UPDATE locks SET heartbeat_at = heartbeat_at - 61000");
    let began = Instant::now();
    let taken = other.begin(&stack_id(), run_start("up")).await.unwrap();
    assert!(began.elapsed() > Duration::from_millis(300), "{:?}", began.elapsed());

    // A run whose lock was taken records nothing more, and releases no lock but its own.
    let refused = one.commit(run, vec![put(record("a"))]).await;
    assert!(matches!(refused, Err(StoreError::TakenOver { .. })), "{refused:?}");
    let refused = one.finish(run, RunEnd::default()).await;
    assert!(matches!(refused, Err(StoreError::TakenOver { .. })), "{refused:?}");
    other.commit(taken, vec![put(record("a"))]).await.unwrap();
    assert!(other.stacks("shop").await.unwrap()[0].locked_by.is_some());
}

#[tokio::test]
async fn a_clock_that_differs_takes_no_lock_of_a_living_run() {
    for step in CLOCK_STEPS {
        let folder = tempfile::tempdir().unwrap();
        let (one, run) = begin_run(&folder, Vault::none()).await;
        let other = open(&folder);
        update_locks(&folder, step);
        let stop = Arc::new(AtomicBool::new(false));
        let beats = {
            let (stop, path) = (stop.clone(), folder.path().join("state.db"));
            std::thread::spawn(move || {
                let conn = Connection::open(path).unwrap();
                while !stop.load(Ordering::Relaxed) {
                    conn.execute("UPDATE locks SET heartbeat_at = heartbeat_at + 1", []).unwrap();
                    std::thread::sleep(Duration::from_millis(20));
                }
            })
        };
        let begun = other.begin(&stack_id(), run_start("up")).await;
        assert!(matches!(begun, Err(StoreError::Locked { .. })), "{step}: {begun:?}");
        let removed = other.remove_stack(&stack_id(), true).await;
        assert!(matches!(removed, Err(StoreError::Locked { .. })), "{step}: {removed:?}");
        stop.store(true, Ordering::Relaxed);
        beats.join().unwrap();
        one.commit(run, vec![put(record("a"))]).await.unwrap();
    }
}

#[tokio::test]
async fn a_clock_that_differs_keeps_no_lock_of_a_dead_run() {
    for step in CLOCK_STEPS {
        for removes in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let (_one, _) = begin_run(&folder, Vault::none()).await;
            let mut other = open(&folder);
            other.patience = Duration::from_millis(300);
            update_locks(&folder, step);
            let began = Instant::now();
            if removes {
                other.remove_stack(&stack_id(), true).await.unwrap();
            } else {
                other.begin(&stack_id(), run_start("up")).await.unwrap();
            }
            assert!(began.elapsed() > Duration::from_millis(300), "{step}");
        }
    }
}

#[tokio::test]
async fn a_heartbeat_changes_also_if_the_clock_is_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let (one, _) = begin_run(&folder, Vault::none()).await;
    update_locks(&folder, "UPDATE locks SET heartbeat_at = heartbeat_at + 600000");
    let conn = Connection::open(folder.path().join("state.db")).unwrap();
    let heartbeat = || -> i64 {
        conn.query_row("SELECT heartbeat_at FROM locks", [], |row| row.get(0)).unwrap()
    };
    let before = heartbeat();
    beat(&folder, &one);
    assert!(heartbeat() > before);
    // A heartbeat of another store does not count for this holder.
    let before = heartbeat();
    beat(&folder, &open(&folder));
    assert_eq!(heartbeat(), before);
}

#[tokio::test]
async fn an_unlocked_run_records_until_another_run_begins() {
    let folder = tempfile::tempdir().unwrap();
    let (one, run) = begin_run(&folder, Vault::none()).await;
    let other = open(&folder);
    let who = other.unlock(&stack_id()).await.unwrap();
    assert_eq!(who, Some(format!("ann@mill, process {}, up", std::process::id())));
    assert_eq!(other.unlock(&stack_id()).await.unwrap(), None);
    one.commit(run, vec![put(record("a"))]).await.unwrap();
    // The other run has ended when the first one wakes, and nobody holds the lock.
    let taker = other.begin(&stack_id(), run_start("up")).await.unwrap();
    other.finish(taker, RunEnd::default()).await.unwrap();
    for refused in
        [one.commit(run, vec![put(record("b"))]).await, one.finish(run, RunEnd::default()).await]
    {
        let error = refused.unwrap_err().to_string();
        let (before, after) = error.split_once(", begun ").unwrap();
        assert_eq!(before, "another run took stack 'shop/dev' over: ann@mill, up");
        let (_, after) = after.split_once("Z. ").unwrap();
        assert_eq!(after, "This run records nothing more and calls nothing more");
    }
}

fn update_locks(folder: &tempfile::TempDir, sql: &str) {
    let conn = Connection::open(folder.path().join("state.db")).unwrap();
    assert_eq!(conn.execute(sql, []).unwrap(), 1);
}

#[tokio::test]
async fn a_begin_that_nobody_awaits_any_more_keeps_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begin_run(&folder, Vault::none()).await;
    store.finish(run, RunEnd::default()).await.unwrap();
    for _ in 0..50 {
        let id = stack_id();
        let begun = store.begin(&id, run_start("up"));
        // Ready at once, so that the other is dropped after it was begun, or while it is.
        tokio::select! {
            biased;
            begun = begun => drop(begun.map(|run| panic!("{run:?} was begun at once"))),
            () = std::future::ready(()) => {}
        }
        let next = async {
            loop {
                match store.begin(&id, run_start("up")).await {
                    Ok(run) => return run,
                    Err(StoreError::Locked { .. }) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error}"),
                }
            }
        };
        let next = tokio::time::timeout(Duration::from_secs(60), next).await;
        let next = next.expect("nobody ends a run that nobody awaits");
        store.finish(next, RunEnd::default()).await.unwrap();
    }
    let runs = store.history(&stack_id(), 1000).await.unwrap();
    assert!(runs.iter().all(|run| run.end.is_some()), "a run has no end");
}
