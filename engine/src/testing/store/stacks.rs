//! Rules of stacks: created once, listed by name, removed only if nothing is lost.

use std::sync::Arc;

use super::fixture::{StoreFixture, begin_run};
use crate::ports::{RunEnd, StoreError};
use crate::state::{Action, Doubt, Intent, Record, StackId, State, StateChange};
use crate::testing::sample::{put, record, run_start, stack_id, urn};

/// Checks that a new stack contains nothing, and is listed as empty.
pub async fn a_new_stack_is_empty(fixture: &dyn StoreFixture) {
    let store = fixture.open().await;
    assert_eq!(store.stacks("shop").await.unwrap(), []);
    store.create_stack(&stack_id()).await.unwrap();
    let state = store.load(&stack_id()).await.unwrap();
    assert_ne!(state.stack_id, "");
    assert_eq!(state, State { stack_id: state.stack_id.clone(), ..State::default() });
    assert_eq!(store.history(&stack_id(), 10).await.unwrap(), []);
    let listed = store.stacks("shop").await.unwrap();
    let [stack] = listed.as_slice() else { panic!("not one stack: {listed:?}") };
    assert_eq!((&stack.id, stack.resources), (&stack_id(), 0));
    assert_eq!((stack.last_run_at, &stack.locked_by), (None, &None));
}

/// Checks that a second stack of the same name is rejected, and the first stays.
pub async fn a_stack_is_created_once(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    store.commit(run, vec![put(record(urn("a")))]).await.unwrap();
    assert_eq!(store.create_stack(&stack_id()).await, Err(StoreError::StackExists(stack_id())));
    assert_eq!(store.load(&stack_id()).await.unwrap().resources.len(), 1);
}

/// Checks that the stacks of one project are listed in the order of their names.
///
/// Each is listed with the number of its resources.
pub async fn stacks_are_listed_by_name(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    store.commit(run, vec![put(record(urn("a"))), put(record(urn("b")))]).await.unwrap();
    for (project, name) in [("shop", "test"), ("shop", "alpha"), ("bank", "dev")] {
        store.create_stack(&StackId { project: project.into(), name: name.into() }).await.unwrap();
    }
    let listed = store.stacks("shop").await.unwrap();
    let names: Vec<_> =
        listed.iter().map(|stack| (stack.id.to_string(), stack.resources)).collect();
    assert_eq!(
        names,
        [("shop/alpha".to_owned(), 0), ("shop/dev".to_owned(), 2), ("shop/test".to_owned(), 0)]
    );
    assert_eq!(store.stacks("bank").await.unwrap().len(), 1);
    assert_eq!(store.stacks("none").await.unwrap(), []);
}

/// Checks that every use of a missing stack names the stacks that the project has.
pub async fn a_missing_stack_is_reported_with_the_existing_ones(fixture: &dyn StoreFixture) {
    let store = fixture.open().await;
    for name in ["test", "dev"] {
        store.create_stack(&StackId { project: "shop".into(), name: name.into() }).await.unwrap();
    }
    let missing = StackId { project: "shop".into(), name: "prod".into() };
    let known = vec!["dev".to_owned(), "test".to_owned()];
    let error = StoreError::NoSuchStack { project: "shop".into(), stack: "prod".into(), known };
    assert_eq!(store.load(&missing).await.unwrap_err(), error);
    assert_eq!(store.history(&missing, 1).await.unwrap_err(), error);
    assert_eq!(store.begin(&missing, run_start("up")).await.unwrap_err(), error);
    assert_eq!(store.remove_stack(&missing, true).await.unwrap_err(), error);
}

/// Checks that a stack that holds resources is removed only with `force`.
pub async fn a_stack_with_resources_is_removed_by_force_only(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    store.commit(run, vec![put(record(urn("a")))]).await.unwrap();
    store.finish(run, RunEnd::default()).await.unwrap();
    let error = StoreError::NotEmpty { stack: stack_id(), resources: 1 };
    assert_eq!(store.remove_stack(&stack_id(), false).await, Err(error));
    assert_eq!(store.load(&stack_id()).await.unwrap().resources.len(), 1);
    store.remove_stack(&stack_id(), true).await.unwrap();
    assert_eq!(store.stacks("shop").await.unwrap(), []);
}

/// Checks that components are not counted as resources.
///
/// They do not keep a stack from being removed.
pub async fn a_component_is_no_resource(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    store.commit(run, vec![put(Record { component: true, ..record(urn("group")) })]).await.unwrap();
    store.finish(run, RunEnd::default()).await.unwrap();
    assert_eq!(store.stacks("shop").await.unwrap()[0].resources, 0);
    store.remove_stack(&stack_id(), false).await.unwrap();
}

/// Checks that an open create keeps a stack from being removed.
///
/// It may have created a resource, and one in doubt may still create one. An open update does not
/// keep the stack.
pub async fn an_open_create_counts_as_a_resource(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    let create = Intent {
        id: 1,
        urn: urn("a"),
        action: Action::Create,
        generation: 0,
        token: "token".into(),
        record: Record { id: String::new(), ..record(urn("a")) },
    };
    let update = Intent { id: 2, action: Action::Update, token: String::new(), ..create.clone() };
    let doubt = Doubt { intent: Intent { token: "late".into(), ..create.clone() }, since: 0 };
    let open = [create, update].map(|intent| StateChange::OpenIntent(Arc::new(intent)));
    let doubt = StateChange::OpenDoubt(Arc::new(doubt));
    store.commit(run, open.into_iter().chain([doubt]).collect()).await.unwrap();
    store.finish(run, RunEnd::default()).await.unwrap();
    let error = StoreError::NotEmpty { stack: stack_id(), resources: 2 };
    assert_eq!(store.remove_stack(&stack_id(), false).await, Err(error));
}

/// Checks that a stack is not removed while a run holds its lock.
///
/// `force` does not change that.
pub async fn a_locked_stack_is_not_removed(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    for force in [false, true] {
        let removed = store.remove_stack(&stack_id(), force).await;
        assert!(matches!(removed, Err(StoreError::Locked { .. })), "{removed:?}");
    }
    store.finish(run, RunEnd::default()).await.unwrap();
    store.remove_stack(&stack_id(), false).await.unwrap();
}

/// Checks that a new stack has no history of a removed one of its name.
pub async fn a_removed_stack_leaves_no_history(fixture: &dyn StoreFixture) {
    let (store, run) = begin_run(fixture).await;
    store.finish(run, RunEnd::default()).await.unwrap();
    store.remove_stack(&stack_id(), false).await.unwrap();
    store.create_stack(&stack_id()).await.unwrap();
    assert_eq!(store.history(&stack_id(), 10).await.unwrap(), []);
    assert_eq!(store.stacks("shop").await.unwrap()[0].last_run_at, None);
    let late = store.commit(run, vec![put(record(urn("a")))]).await;
    assert!(late.is_err(), "a run of the removed stack was recorded");
    assert_eq!(store.load(&stack_id()).await.unwrap().resources.len(), 0);
}

/// Checks that stacks never share an id: idempotency tokens contain it.
pub async fn a_recreated_stack_has_another_id(fixture: &dyn StoreFixture) {
    let store = fixture.open().await;
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..20 {
        store.create_stack(&stack_id()).await.unwrap();
        let id = store.load(&stack_id()).await.unwrap().stack_id;
        assert!(ids.insert(id.clone()), "{id} was given twice");
        store.remove_stack(&stack_id(), false).await.unwrap();
    }
}
