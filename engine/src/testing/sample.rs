//! Samples of what a store records: a stack, a record, a run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kim_model::{Timeouts, Urn, Value};

use crate::ports::RunStart;
use crate::state::{Record, StackId, Standing, StateChange};

/// Returns the name of the stack `dev` of the project `shop`.
pub fn stack_id() -> StackId {
    StackId { project: "shop".into(), name: "dev".into() }
}

/// Returns the start of a run of an operation, with a program and a plugin.
pub fn run_start(operation: &str) -> RunStart {
    RunStart {
        operation: operation.into(),
        who: "ann@mill".into(),
        program: "sha256:1".into(),
        plugins: vec![("test".into(), "sha256:2".into())],
    }
}

/// Returns the URN of a resource of the stack [`stack_id`].
pub fn urn(name: &str) -> Urn {
    Urn::new("shop", "dev", "test:Volume", &[], name)
}

/// Returns a record of a resource that exists, `vol-<name>`, without any option.
pub fn record(urn: Urn) -> Record {
    Record {
        id: format!("vol-{}", urn.name()),
        urn,
        generation: 0,
        standing: Standing::Current,
        component: false,
        inputs: Arc::new([("size", Value::Int(500))].into_iter().collect()),
        properties: Arc::new(Value::map()),
        parent: None,
        dependencies: BTreeSet::default(),
        protect: false,
        retain_on_delete: false,
        create_before_delete: false,
        deleted_with: None,
        incomplete: None,
        unfinished: None,
        tainted: false,
        source: None,
        follows: BTreeMap::new(),
        timeouts: Timeouts::default(),
        secret_outputs: Vec::new(),
    }
}

/// Returns the change that writes a record.
pub fn put(record: Record) -> StateChange {
    StateChange::PutRecord(Arc::new(record))
}

/// Returns the change that replaces the stack's outputs.
pub fn exports<const N: usize>(pairs: [(&str, Value); N]) -> StateChange {
    StateChange::Exports(
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>(),
    )
}
