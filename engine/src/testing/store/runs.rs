//! Rules of runs: one at a time for a stack, and a history of all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use super::fixture::{StoreFixture, begin_run};
use crate::ports::{RunEnd, StepEntry, StoreError};
use crate::state::{Action, StackId, StateChange};
use crate::testing::sample::{put, record, run_start, stack_id, urn};

/// Returns the name of a second stack.
fn other_stack() -> StackId {
    StackId { name: "test".into(), ..stack_id() }
}

/// Returns the milliseconds since 1970.
fn millis_since_1970() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// Checks that a second run is rejected with the holder of the lock.
///
/// It is rejected through any handle, and leaves no trace.
pub async fn a_locked_stack_rejects_another_run(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    for handle in [store.clone(), fixture.open().await] {
        let rejected = handle.begin(&stack_id(), run_start("destroy")).await;
        let Err(StoreError::Locked { stack, holder, since, alive }) = rejected else {
            panic!("not locked: {rejected:?}")
        };
        assert_eq!((stack, alive), (stack_id(), true));
        assert!(
            holder.contains("ann@mill") && holder.contains("up"),
            "the holder is not named: {holder}"
        );
        let shape: String =
            since.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00Z", "not a time of RFC 3339: {since}");
        assert_eq!(handle.history(&stack_id(), 10).await.unwrap().len(), 1);
    }
    store.commit(run, vec![put(record(urn("a")))]).await.unwrap();
}

/// Checks that the lock of a stack does not stop runs of another one.
pub async fn a_lock_is_of_one_stack(fixture: &dyn StoreFixture) {
    let (store, _) = begin_run(fixture).await;
    store.create_stack(&other_stack()).await.unwrap();
    store.begin(&other_stack(), run_start("up")).await.unwrap();
}

/// Checks that a run can begin as soon as the one before it has ended.
pub async fn a_finished_run_releases_its_lock(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let other = fixture.open().await;
    store.finish(run, RunEnd::default()).await.unwrap();
    other.begin(&stack_id(), run_start("destroy")).await.unwrap();
}

/// Checks that a run that has ended can commit nothing more.
pub async fn a_finished_run_records_nothing_more(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    store.finish(run, RunEnd::default()).await.unwrap();
    assert!(store.commit(run, vec![put(record(urn("a")))]).await.is_err());
    assert_eq!(store.load(&stack_id()).await.unwrap().resources.len(), 0);
}

/// Checks that a lock that was removed by hand ends nothing by itself.
///
/// What its run did in the cloud is still recorded, and another run may begin.
pub async fn an_unlocked_run_records_until_another_run_begins(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let other = fixture.open().await;
    let holder = other.unlock(&stack_id()).await.unwrap().expect("there is a holder");
    assert!(holder.contains("ann@mill"), "the holder is not named: {holder}");
    assert_eq!(other.unlock(&stack_id()).await.unwrap(), None);
    assert_eq!(other.stacks("shop").await.unwrap()[0].locked_by, None);
    store.commit(run, vec![put(record(urn("a")))]).await.unwrap();
    other.begin(&stack_id(), run_start("destroy")).await.unwrap();
}

// Rule 52.
/// Checks that a run is refused for good once another run has begun on its stack.
///
/// That holds while the other one runs and after it has ended, through any handle, for commits and
/// for the end of the run.
pub async fn a_run_that_was_taken_over_records_nothing_more(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let other = fixture.open().await;
    other.unlock(&stack_id()).await.unwrap();
    let taker = other.begin(&stack_id(), run_start("destroy")).await.unwrap();
    other.commit(taker, vec![put(record(urn("b")))]).await.unwrap();
    for runs in [true, false] {
        for handle in [&store, &other] {
            let refused = handle.commit(run, vec![put(record(urn("a")))]).await;
            let Err(StoreError::TakenOver { stack, taker: named, since }) = refused else {
                panic!("not refused (the other one runs: {runs}): {refused:?}")
            };
            assert_eq!(stack, stack_id());
            let is_named = named.contains("ann@mill") && named.contains("destroy");
            assert!(is_named, "the run that took over is not named: {named}");
            assert!(since.starts_with("20") && since.ends_with('Z'), "not a time: {since}");
        }
        if runs {
            other.finish(taker, RunEnd { succeeded: true, ..RunEnd::default() }).await.unwrap();
        }
    }
    let ended = store.finish(run, RunEnd::default()).await;
    assert!(matches!(ended, Err(StoreError::TakenOver { .. })), "{ended:?}");
    let history = store.history(&stack_id(), 10).await.unwrap();
    let ended = |id| history.iter().find(|entry| entry.id == id).and_then(|entry| entry.ended_at);
    assert_eq!(ended(run), None);
    assert!(ended(taker).is_some());
    let state = store.load(&stack_id()).await.unwrap();
    assert_eq!(state.records().map(|record| record.urn.clone()).collect::<Vec<_>>(), [urn("b")]);
}

/// Checks that the end of a run that was taken over releases no lock but its own.
///
/// A run of another stack is not concerned.
pub async fn a_run_that_was_taken_over_keeps_no_lock_of_another(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    store.create_stack(&other_stack()).await.unwrap();
    store.unlock(&stack_id()).await.unwrap();
    // A later run of another stack takes nothing over.
    let elsewhere = store.begin(&other_stack(), run_start("up")).await.unwrap();
    store.commit(run, vec![put(record(urn("a")))]).await.unwrap();
    store.begin(&stack_id(), run_start("destroy")).await.unwrap();
    store.finish(run, RunEnd::default()).await.unwrap_err();
    let listed = store.stacks("shop").await.unwrap();
    assert!(listed[0].locked_by.is_some(), "the lock of the run that took over was released");
    store.finish(elsewhere, RunEnd::default()).await.unwrap();
}

/// Checks that a commit without changes checks the run and records nothing.
pub async fn a_commit_of_nothing_checks_the_run(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let before = store.load(&stack_id()).await.unwrap();
    store.commit(run, Vec::new()).await.unwrap();
    assert_eq!(store.load(&stack_id()).await.unwrap(), before);
    store.finish(run, RunEnd::default()).await.unwrap();
    assert!(store.commit(run, Vec::new()).await.is_err(), "the run has ended");
}

/// Checks that no two runs of a store have the same id.
///
/// That holds across stacks, and after a stack was removed.
pub async fn run_ids_are_unique_in_the_store(fixture: &dyn StoreFixture) {
    let (store, first) = begin_run(fixture).await;
    store.create_stack(&other_stack()).await.unwrap();
    let mut ids = BTreeSet::from([first]);
    for _ in 0..3 {
        let run = store.begin(&other_stack(), run_start("up")).await.unwrap();
        assert!(ids.insert(run), "{run:?} was given twice");
        store.finish(run, RunEnd::default()).await.unwrap();
        store.remove_stack(&other_stack(), false).await.unwrap();
        store.create_stack(&other_stack()).await.unwrap();
    }
}

/// Checks that the history has every run of its stack and no other, newest first.
pub async fn the_history_is_newest_first(fixture: &dyn StoreFixture) {
    let (store, first) = begin_run(fixture).await;
    store.create_stack(&other_stack()).await.unwrap();
    store.begin(&other_stack(), run_start("up")).await.unwrap();
    let mut runs = vec![first];
    for operation in ["refresh", "destroy"] {
        store.finish(runs[0], RunEnd::default()).await.unwrap();
        runs.insert(0, store.begin(&stack_id(), run_start(operation)).await.unwrap());
    }
    let history = store.history(&stack_id(), 10).await.unwrap();
    assert_eq!(history.iter().map(|run| run.id).collect::<Vec<_>>(), runs);
}

/// Checks that a limited history has the newest run.
pub async fn the_history_is_limited(fixture: &dyn StoreFixture) {
    let (store, first) = begin_run(fixture).await;
    store.finish(first, RunEnd::default()).await.unwrap();
    store.begin(&stack_id(), run_start("destroy")).await.unwrap();
    for (limit, length) in [(0, 0), (1, 1), (2, 2), (usize::MAX, 2)] {
        assert_eq!(store.history(&stack_id(), limit).await.unwrap().len(), length);
    }
}

// Rule 37.
/// Checks that the history has everything that is known of a run.
///
/// That is how it began, its steps in order, and how it ended.
pub async fn a_run_is_recorded_with_start_steps_and_end(fixture: &dyn StoreFixture) {
    let before = millis_since_1970();
    let (store, run) = begin_run(fixture).await;
    let step = |name: &str, error: Option<&str>| StepEntry {
        urn: urn(name),
        action: Action::Create,
        error: error.map(str::to_owned),
        millis: 12,
    };
    let steps = [step("b", None), step("a", Some("no")), step("c", None)];
    let (early, late) = steps.split_at(2);
    for list in [early, late] {
        store.commit(run, list.iter().cloned().map(StateChange::Step).collect()).await.unwrap();
    }
    let running = store.history(&stack_id(), 1).await.unwrap().remove(0);
    assert_eq!((running.ended_at, running.end), (None, None));

    let changes = BTreeMap::from([("create".to_owned(), 2), ("failed".to_owned(), 1)]);
    let end = RunEnd { changes, message: "one failed".into(), ..RunEnd::default() };
    store.finish(run, end.clone()).await.unwrap();
    let ended = store.history(&stack_id(), 1).await.unwrap().remove(0);
    assert_eq!((ended.start, ended.end, ended.steps), (run_start("up"), Some(end), steps.to_vec()));
    let times = [Some(before), Some(ended.started_at), ended.ended_at, Some(millis_since_1970())];
    assert!(times.is_sorted(), "not milliseconds since 1970, or not in order: {times:?}");
}

// Rule 37.
/// Checks that success, failure and interruption of a run are told apart.
pub async fn the_history_says_how_a_run_ended(fixture: &dyn StoreFixture) {
    let (store, mut run) = begin_run(fixture).await;
    for (succeeded, interrupted) in [(true, false), (false, true), (false, false)] {
        let end = RunEnd { succeeded, interrupted, ..RunEnd::default() };
        store.finish(run, end.clone()).await.unwrap();
        let entry = store.history(&stack_id(), 1).await.unwrap().remove(0);
        assert_eq!(entry.end, Some(end));
        run = store.begin(&stack_id(), run_start("up")).await.unwrap();
    }
}

/// Checks that a stack is listed with its lock's holder and its last run's time.
pub async fn a_stack_is_listed_with_its_last_run(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let listed = store.stacks("shop").await.unwrap().remove(0);
    let entry = store.history(&stack_id(), 1).await.unwrap().remove(0);
    assert_eq!(listed.last_run_at, Some(entry.started_at));
    let holder = listed.locked_by.expect("the lock has a holder");
    assert!(holder.contains("ann@mill"), "the holder is not named: {holder}");
    let since = listed.locked_since.expect("the lock has a time");
    assert!(since.starts_with("20") && since.ends_with('Z'), "not a time: {since}");
    assert!(listed.holder_is_alive);

    store.finish(run, RunEnd::default()).await.unwrap();
    let listed = store.stacks("shop").await.unwrap().remove(0);
    let entry = store.history(&stack_id(), 1).await.unwrap().remove(0);
    assert_eq!((listed.last_run_at, listed.locked_by), (entry.ended_at, None));
    assert_eq!((listed.locked_since, listed.holder_is_alive), (None, false));
}
