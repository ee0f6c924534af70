//! Rules of a store that outlives its handles and its process.

use std::sync::Arc;

use kim_model::Value;

use super::commits::assert_same;
use super::fixture::{DurableStoreFixture, begin_run};
use crate::ports::{RunEnd, StepEntry};
use crate::state::{Action, Intent, StateChange};
use crate::testing::sample::{exports, put, record, run_start, stack_id, urn};

/// Returns one change of every kind that leaves something behind.
fn every_change() -> Vec<StateChange> {
    let mut volume = record(urn("a"));
    let inputs = [
        ("key", Value::secret("hunter2".into())),
        ("raw", Value::Bytes(vec![1, 255])),
        ("later", Value::Unknown),
    ];
    volume.inputs = Arc::new(inputs.into_iter().collect());
    volume.dependencies = [urn("b")].into();
    let intent = Intent {
        id: 3,
        urn: urn("c"),
        action: Action::Create,
        generation: 1,
        token: "token".into(),
        record: record(urn("c")),
    };
    vec![
        put(volume),
        put(record(urn("b"))),
        StateChange::NextGeneration { urn: urn("a"), next: 1 },
        StateChange::OpenIntent(Arc::new(intent)),
        exports([("password", Value::secret("hunter2".into())), ("size", Value::Float(0.1))]),
        StateChange::Place { plugin: "test".into(), place: "somewhere".into() },
        StateChange::Step(StepEntry {
            urn: urn("a"),
            action: Action::Create,
            error: None,
            millis: 12,
        }),
    ]
}

/// Checks that a store that was closed and reopened has the state and the history.
pub async fn a_reopened_store_has_all_that_was_recorded(fixture: &dyn DurableStoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let mut expected = store.load(&stack_id()).await.unwrap();
    for change in every_change() {
        expected.apply(&change);
    }
    store.commit(run, every_change()).await.unwrap();
    store.finish(run, RunEnd { succeeded: true, ..RunEnd::default() }).await.unwrap();
    let history = store.history(&stack_id(), 10).await.unwrap();
    drop(store);
    let reopened = fixture.open().await;
    assert_same(&reopened.load(&stack_id()).await.unwrap(), &expected);
    assert_eq!(reopened.history(&stack_id(), 10).await.unwrap(), history);
}

/// Checks that a handle that is dropped in the middle of a run holds no lock.
///
/// The run stays without an end.
pub async fn a_dropped_handle_releases_its_locks(fixture: &dyn DurableStoreFixture) {
    let (store, _) = begin_run(fixture).await;
    drop(store);
    let reopened = fixture.open().await;
    assert_eq!(reopened.stacks("shop").await.unwrap()[0].locked_by, None);
    assert_eq!(reopened.history(&stack_id(), 1).await.unwrap()[0].ended_at, None);
    reopened.begin(&stack_id(), run_start("up")).await.unwrap();
}

/// Checks that the lock of a process that has ended is taken over.
pub async fn a_dead_process_holds_no_lock(fixture: &dyn DurableStoreFixture) {
    let store = fixture.open().await;
    store.create_stack(&stack_id()).await.unwrap();
    fixture.abandon_run_in_another_process().await;
    let abandoned = store.history(&stack_id(), 1).await.unwrap().remove(0);
    assert_eq!((abandoned.start.operation.as_str(), abandoned.ended_at), ("abandoned", None));
    assert_eq!(store.stacks("shop").await.unwrap()[0].locked_by, None);
    store.begin(&stack_id(), run_start("up")).await.unwrap();
}

/// Checks that a process that ended right after a commit has recorded it.
pub async fn a_dead_process_loses_no_commit(fixture: &dyn DurableStoreFixture) {
    let store = fixture.open().await;
    store.create_stack(&stack_id()).await.unwrap();
    fixture.abandon_run_in_another_process().await;
    let state = store.load(&stack_id()).await.unwrap();
    assert_eq!(state.current(&urn("abandoned")), Some(&record(urn("abandoned"))));
}
