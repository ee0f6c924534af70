//! A store and [`State::apply`] never disagree, whatever is recorded.

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_engine::ports::{RunEnd, StepEntry, Store, StoreError};
use kim_engine::state::{Action, CopyId, Intent, Record, Standing, State, StateChange};
use kim_model::{Source, Urn, Value};
use proptest::prelude::*;

use super::{begun, put, record, stack, start, urn};
use crate::{SqliteStore, Vault};

fn any_urn() -> impl Strategy<Value = Urn> + Clone {
    prop::sample::select(["a", "b", "c", "d/e"].map(urn).to_vec())
}

/// Generates any value that state can hold: no unresolved outputs, no secret directly in a secret.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("no JSON", |n| n.is_finite()).prop_map(Value::Float),
        any::<String>().prop_map(Value::Text),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(Value::Bytes),
        Just(Value::Unknown),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map(any::<String>(), inner.clone(), 0..4).prop_map(Value::Map),
            inner.prop_map(Value::secret),
        ]
    })
}

fn any_record() -> impl Strategy<Value = Record> {
    let standing = prop_oneof![Just(Standing::Current), Just(Standing::Replaced), Just(Standing::ReplacementPending)];
    let source = prop::option::of(("[a-z]{1,3}\\.rs", any::<u32>()).prop_map(|(file, line)| Source { file, line }));
    (
        (any_urn(), 0_u64..3, standing, any::<[bool; 5]>(), any::<String>(), any_value(), any_value()),
        (
            prop::option::of(any_urn()),
            prop::collection::btree_set(any_urn(), 0..3),
            prop::option::of(any_urn()),
            prop::option::of(any::<String>()),
            source,
        ),
    )
        .prop_map(|((urn, generation, standing, flags, id, inputs, properties), mentions)| {
            let (parent, dependencies, deleted_with, incomplete, source) = mentions;
            let [component, protect, retain_on_delete, create_before_delete, tainted] = flags;
            Record {
                urn,
                generation,
                standing,
                component,
                id,
                inputs: Arc::new(inputs),
                properties: Arc::new(properties),
                parent,
                dependencies,
                protect,
                retain_on_delete,
                create_before_delete,
                deleted_with,
                incomplete,
                tainted,
                source,
            }
        })
}

fn any_change() -> impl Strategy<Value = StateChange> {
    let intent = (1_u64..5, any_urn(), 0_u64..3, any::<String>(), any_record()).prop_map(
        |(id, urn, generation, token, record)| Intent {
            id,
            urn,
            action: Action::CreateReplacement,
            generation,
            token,
            record,
        },
    );
    let step = (any_urn(), prop::option::of(any::<String>()), any::<u64>())
        .prop_map(|(urn, error, millis)| StepEntry { urn, action: Action::Delete, error, millis });
    prop_oneof![
        4 => any_record().prop_map(put),
        2 => (any_urn(), 0_u64..3).prop_map(|(urn, generation)| StateChange::Remove(CopyId { urn, generation })),
        2 => (any_urn(), any_urn()).prop_map(|(from, to)| StateChange::Rename { from, to }),
        2 => intent.prop_map(|intent| StateChange::OpenIntent(Arc::new(intent))),
        1 => (1_u64..5).prop_map(StateChange::CloseIntent),
        1 => (any_urn(), 0_u64..9).prop_map(|(urn, next)| StateChange::NextGeneration { urn, next }),
        1 => prop::collection::btree_map(any::<String>(), any_value(), 0..4).prop_map(StateChange::Exports),
        1 => (any::<String>(), any::<String>()).prop_map(|(plugin, place)| StateChange::Place { plugin, place }),
        1 => step.prop_map(StateChange::Step),
    ]
}

/// Asserts equality, even in what `Debug` and `==` of a float would hide: the bits of every number.
fn assert_same(loaded: &State, expected: &State) {
    assert_eq!(loaded, expected);
    assert_eq!(crate::to_json(loaded, true), crate::to_json(expected, true));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_recorded_is_what_is_loaded(lists in prop::collection::vec(prop::collection::vec(any_change(), 0..6), 1..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (store, run) = begun(&folder, Vault::passphrase("correct horse")).await;
            let mut expected = store.load(&stack()).await.unwrap();
            let mut steps = Vec::new();
            for list in lists {
                list.iter().for_each(|change| expected.apply(change));
                steps.extend(list.iter().filter_map(|change| match change { StateChange::Step(step) => Some(step.clone()), _ => None }));
                store.commit(run, list).await.unwrap();
                assert_same(&store.load(&stack()).await.unwrap(), &expected);
            }
            store.finish(run, RunEnd::default()).await.unwrap();
            drop(store);
            let again = SqliteStore::open(&folder.path().join("state.db"), Vault::passphrase("correct horse")).unwrap();
            assert_same(&again.load(&stack()).await.unwrap(), &expected);
            assert_eq!(again.history(&stack(), 1).await.unwrap()[0].steps, steps);
        });
    }
}

#[tokio::test]
async fn what_is_nested_deep_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begun(&folder, Vault::passphrase("correct horse")).await;
    let deep = (0..200).fold(Value::text("bottom"), |inner, _| Value::List(vec![inner]));
    let exports = BTreeMap::from([("deep".to_owned(), deep.clone()), ("secret".to_owned(), Value::secret(deep))]);
    store.commit(run, vec![StateChange::Exports(exports.clone())]).await.unwrap();
    assert_eq!(store.load(&stack()).await.unwrap().exports, exports);
}

#[tokio::test]
async fn in_memory_a_store_keeps_the_same_contract() {
    let store = SqliteStore::in_memory(Vault::none()).unwrap();
    store.create_stack(&stack()).await.unwrap();
    let run = store.begin(&stack(), start("up")).await.unwrap();
    store.commit(run, vec![put(record("a"))]).await.unwrap();
    assert_eq!(store.load(&stack()).await.unwrap().records().collect::<Vec<_>>(), [&record("a")]);
    // Another store in the same process shares nothing with it.
    let other = SqliteStore::in_memory(Vault::none()).unwrap();
    assert_eq!(other.stacks("shop").await.unwrap(), []);
}

#[tokio::test]
async fn stacks_are_listed_refused_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (store, run) = begun(&folder, Vault::none()).await;
    let mut component = record("group");
    component.component = true;
    store.commit(run, vec![put(record("a")), put(component)]).await.unwrap();
    let test = kim_engine::state::StackId { name: "test".into(), ..stack() };
    store.create_stack(&test).await.unwrap();

    let listed = store.stacks("shop").await.unwrap();
    let names: Vec<_> = listed.iter().map(|stack| (stack.id.name.as_str(), stack.resources)).collect();
    assert_eq!(names, [("dev", 1), ("test", 0)]);
    assert_eq!(store.stacks("other").await.unwrap(), []);
    assert_eq!(store.create_stack(&test).await, Err(StoreError::StackExists(test.clone())));
    assert!(matches!(store.remove_stack(&stack(), true).await, Err(StoreError::Locked { .. })));
    store.finish(run, RunEnd::default()).await.unwrap();
    assert_eq!(store.remove_stack(&stack(), false).await, Err(StoreError::NotEmpty { stack: stack(), resources: 1 }));
    store.remove_stack(&stack(), true).await.unwrap();
    let gone = store.load(&stack()).await.unwrap_err();
    assert_eq!(gone.to_string(), "there is no stack 'dev' in project 'shop'; there are: test");

    // A new stack of the same name is another stack: its tokens must differ.
    let old = store.load(&test).await.unwrap().stack_id;
    store.remove_stack(&test, false).await.unwrap();
    store.create_stack(&test).await.unwrap();
    assert_ne!(store.load(&test).await.unwrap().stack_id, old);
}

#[tokio::test]
async fn the_history_keeps_every_run_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let (store, first) = begun(&folder, Vault::none()).await;
    let step = StepEntry { urn: urn("a"), action: Action::Create, error: Some("no".into()), millis: 12 };
    store.commit(first, vec![StateChange::Step(step.clone())]).await.unwrap();
    let end =
        RunEnd { succeeded: false, changes: BTreeMap::from([("create".to_owned(), 1)]), message: "one failed".into() };
    store.finish(first, end.clone()).await.unwrap();
    let second = store.begin(&stack(), start("destroy")).await.unwrap();

    let runs = store.history(&stack(), 10).await.unwrap();
    assert_eq!(runs.iter().map(|run| run.id).collect::<Vec<_>>(), [second, first]);
    assert_eq!((runs[0].ended_at, &runs[0].end), (None, &None));
    assert_eq!(runs[0].start, start("destroy"));
    assert_eq!((&runs[1].end, &runs[1].steps), (&Some(end), &vec![step]));
    assert!(runs[1].ended_at >= Some(runs[1].started_at));
    assert_eq!(store.history(&stack(), 1).await.unwrap().len(), 1);

    // A run that has ended records nothing more.
    let late = store.commit(first, vec![put(record("a"))]).await.unwrap_err();
    insta::assert_snapshot!(late, @"run 1 has ended: it can record nothing more");
    assert_eq!(store.load(&stack()).await.unwrap().resources.len(), 0);
}
