//! Rules of commits: a list of changes is recorded as a whole.
//!
//! It is recorded exactly as [`State::apply`] applies it.

use std::collections::BTreeMap;

use kim_model::Value;
use proptest::prelude::{ProptestConfig, prop};
use proptest::test_runner::TestRunner;

use super::change::any_change;
use super::fixture::{StoreFixture, begin_run};
use crate::ports::{StepEntry, Store};
use crate::state::{CopyId, StackId, State, StateChange};
use crate::testing::sample::{exports, put, record, run_start, stack_id, urn};

/// Checks that any lists of changes leave what [`State::apply`] leaves.
///
/// Lists are random, and shrink to the smallest one that differs.
pub async fn a_commit_changes_what_apply_changes(fixture: &dyn StoreFixture) {
    let store = fixture.open().await;
    let lists = prop::collection::vec(prop::collection::vec(any_change(), 0..6), 1..6);
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    });
    let number = std::cell::Cell::new(0);
    let compared = tokio::task::block_in_place(|| {
        runner.run(&lists, |lists| {
            number.set(number.get() + 1);
            let stack = StackId { name: format!("dev-{}", number.get()), ..stack_id() };
            tokio::runtime::Handle::current().block_on(compare_with_apply(
                store.as_ref(),
                &stack,
                lists,
            ));
            Ok(())
        })
    });
    compared.unwrap_or_else(|error| panic!("{error}"));
}

async fn compare_with_apply(store: &dyn Store, stack: &StackId, lists: Vec<Vec<StateChange>>) {
    store.create_stack(stack).await.unwrap();
    let run = store.begin(stack, run_start("up")).await.unwrap();
    let mut expected = store.load(stack).await.unwrap();
    let mut steps: Vec<StepEntry> = Vec::new();
    for list in lists {
        for change in &list {
            expected.apply(change);
            if let StateChange::Step(step) = change {
                steps.push(step.clone());
            }
        }
        store.commit(run, list).await.unwrap();
        assert_same(&store.load(stack).await.unwrap(), &expected);
    }
    assert_eq!(store.history(stack, 1).await.unwrap()[0].steps, steps);
}

/// Asserts equality, even in what `==` of a float hides: the sign of zero.
pub(super) fn assert_same(loaded: &State, expected: &State) {
    assert_eq!(loaded, expected);
    let records = |state: &State| {
        state.records().map(|record| serde_json::to_string(record).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(records(loaded), records(expected));
    let rest = |state: &State| {
        serde_json::to_string(&(&state.intents, &state.doubts, &state.exports)).unwrap()
    };
    assert_eq!(rest(loaded), rest(expected));
}

/// Checks that a value is read back however deep it is nested.
///
/// That holds in clear and as a secret.
pub async fn a_deep_value_is_read_back(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let deep = (0..200).fold(Value::text("bottom"), |inner, _| Value::List(vec![inner]));
    let values = BTreeMap::from([
        ("deep".to_owned(), deep.clone()),
        ("secret".to_owned(), Value::secret(deep)),
    ]);
    store.commit(run, vec![StateChange::Exports(values.clone())]).await.unwrap();
    assert_eq!(store.load(&stack_id()).await.unwrap().exports, values);
}

/// Checks that a commit changes the stack of its run and no other.
///
/// Another stack holds the same URNs.
pub async fn a_commit_changes_one_stack(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let other = StackId { name: "test".into(), ..stack_id() };
    store.create_stack(&other).await.unwrap();
    let other_run = store.begin(&other, run_start("up")).await.unwrap();
    store
        .commit(other_run, vec![put(record(urn("a"))), exports([("name", "test".into())])])
        .await
        .unwrap();
    let before = store.load(&other).await.unwrap();
    let list = vec![
        put(record(urn("a"))),
        StateChange::Rename { from: urn("a"), to: urn("b") },
        StateChange::Remove(CopyId { urn: urn("b"), generation: 0 }),
        exports([("name", "dev".into())]),
    ];
    store.commit(run, list).await.unwrap();
    assert_same(&store.load(&other).await.unwrap(), &before);
}

/// Checks that another handle sees a commit as soon as it returns.
///
/// The handle was opened before the commit.
pub async fn a_commit_is_seen_by_other_handles(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let other = fixture.open().await;
    for number in 1..=5 {
        store.commit(run, vec![put(record(urn(&number.to_string())))]).await.unwrap();
        assert_eq!(other.load(&stack_id()).await.unwrap().resources.len(), number);
    }
}

/// Checks that a load never sees a part of a commit.
pub async fn a_load_sees_whole_commits(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let other = fixture.open().await;
    let writer = tokio::spawn(async move {
        for round in 0..100 {
            let mut left = record(urn("left"));
            left.id = format!("{round}");
            let list = vec![put(left), exports([("right", Value::text(format!("{round}")))])];
            store.commit(run, list).await.unwrap();
        }
    });
    while !writer.is_finished() {
        let state = other.load(&stack_id()).await.unwrap();
        let left = state.current(&urn("left")).map(|record| record.id.as_str());
        assert_eq!(left, state.exports.get("right").and_then(Value::as_text), "a part of a commit");
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
}

/// Checks that commits at the same time are all recorded.
///
/// They come through several handles and from several runs.
pub async fn concurrent_commits_are_all_recorded(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let second = fixture.open().await;
    let other = StackId { name: "test".into(), ..stack_id() };
    second.create_stack(&other).await.unwrap();
    let other_run = second.begin(&other, run_start("up")).await.unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let (handle, run) =
                if number % 2 == 0 { (store.clone(), run) } else { (second.clone(), other_run) };
            tokio::spawn(async move {
                handle.commit(run, vec![put(record(urn(&number.to_string())))]).await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(second.load(&stack_id()).await.unwrap().resources.len(), 100);
    assert_eq!(store.load(&other).await.unwrap().resources.len(), 100);
}
