//! Generates any change of state, for properties.

use std::sync::Arc;

use kim_model::{Path, Source, Timeouts, Urn, Value};
use proptest::prelude::*;

use crate::ports::StepEntry;
use crate::state::{Action, CopyId, Doubt, Intent, Record, Standing, StateChange, Unfinished};
use crate::testing::sample::{put, urn};

/// Generates one of a few URNs, so that changes concern the same ones.
fn any_urn() -> impl Strategy<Value = Urn> + Clone {
    prop::sample::select(["a", "b", "c", "d/e"].map(urn).to_vec())
}

/// Generates any value that state can hold.
///
/// It has no unresolved outputs, and no secret directly in a secret.
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
    let standing = prop_oneof![
        Just(Standing::Current),
        Just(Standing::Replaced),
        Just(Standing::ReplacementPending)
    ];
    let source = prop::option::of(
        ("[a-z]{1,3}\\.rs", any::<u32>()).prop_map(|(file, line)| Source { file, line }),
    );
    (
        (
            any_urn(),
            0_u64..3,
            standing,
            any::<[bool; 5]>(),
            any::<String>(),
            any_value(),
            any_value(),
        ),
        (
            prop::option::of(any_urn()),
            prop::collection::btree_set(any_urn(), 0..3),
            prop::option::of(any_urn()),
            prop::option::of(any::<String>()),
            prop::option::of(prop::sample::select(vec![Unfinished::Create, Unfinished::Delete])),
            source,
            any::<[Option<u32>; 3]>(),
            any::<Option<u64>>(),
        ),
    )
        .prop_map(|((urn, generation, standing, flags, id, inputs, properties), mentions)| {
            let (
                parent,
                dependencies,
                deleted_with,
                incomplete,
                unfinished,
                source,
                seconds,
                followed,
            ) = mentions;
            let [create_seconds, update_seconds, delete_seconds] = seconds;
            let secret_outputs = vec![Path::key("endpoint").item(generation as usize)];
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
                follows: dependencies.iter().cloned().zip(followed).collect(),
                dependencies,
                protect,
                retain_on_delete,
                create_before_delete,
                deleted_with,
                incomplete,
                unfinished,
                tainted,
                source,
                timeouts: Timeouts { create_seconds, update_seconds, delete_seconds },
                secret_outputs,
            }
        })
}

/// Generates any change, of a stack with few resources.
pub(super) fn any_change() -> impl Strategy<Value = StateChange> {
    let intent = || {
        (1_u64..5, any_urn(), 0_u64..3, any::<String>(), any_record()).prop_map(
            |(id, urn, generation, token, record)| Intent {
                id,
                urn,
                action: Action::CreateReplacement,
                generation,
                token,
                record,
            },
        )
    };
    let doubt = ("[st]", any::<i64>(), intent())
        .prop_map(|(token, since, intent)| Doubt { intent: Intent { token, ..intent }, since });
    let step = (any_urn(), prop::option::of(any::<String>()), any::<u64>())
        .prop_map(|(urn, error, millis)| StepEntry { urn, action: Action::Delete, error, millis });
    prop_oneof![
        4 => any_record().prop_map(put),
        2 => (any_urn(), 0_u64..3).prop_map(|(urn, generation)| StateChange::Remove(CopyId { urn, generation })),
        2 => (any_urn(), any_urn()).prop_map(|(from, to)| StateChange::Rename { from, to }),
        2 => intent().prop_map(|intent| StateChange::OpenIntent(Arc::new(intent))),
        1 => (1_u64..5).prop_map(StateChange::CloseIntent),
        2 => doubt.prop_map(|doubt| StateChange::OpenDoubt(Arc::new(doubt))),
        1 => "[st]".prop_map(StateChange::CloseDoubt),
        1 => (any_urn(), 0_u64..9).prop_map(|(urn, next)| StateChange::NextGeneration { urn, next }),
        1 => prop::collection::btree_map(any::<String>(), any_value(), 0..4).prop_map(StateChange::Exports),
        1 => (any::<String>(), any::<String>()).prop_map(|(plugin, place)| StateChange::Place { plugin, place }),
        1 => step.prop_map(StateChange::Step),
    ]
}
