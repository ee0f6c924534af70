//! The tests of this crate, in one binary.
//!
//! They see inside, because some of what they cause (a full disk, a dead holder on another machine) cannot be caused
//! from outside.

mod commits;
mod contract;
mod crash;
mod documents;
mod files;
mod locks;
mod secrets;

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_engine::ports::{RunId, RunStart, Store};
use kim_engine::state::{Record, StackId, Standing, StateChange};
use kim_model::{Urn, Value};

use crate::{SqliteStore, Vault};

fn stack() -> StackId {
    StackId { project: "shop".into(), name: "dev".into() }
}

fn urn(name: &str) -> Urn {
    Urn::new("shop", "dev", "aws:ec2:Volume", &[], name)
}

fn start(operation: &str) -> RunStart {
    RunStart {
        operation: operation.into(),
        who: "ann@mill".into(),
        program: "sha256:1".into(),
        plugins: vec![("aws:ec2".into(), "sha256:2".into())],
    }
}

fn record(name: &str) -> Record {
    Record {
        urn: urn(name),
        generation: 0,
        standing: Standing::Current,
        component: false,
        id: format!("vol-{name}"),
        inputs: Arc::new([("size", Value::Int(500))].into_iter().collect()),
        properties: Arc::new(Value::map()),
        parent: None,
        dependencies: Default::default(),
        protect: false,
        retain_on_delete: false,
        create_before_delete: false,
        deleted_with: None,
        incomplete: None,
        tainted: false,
        source: None,
    }
}

fn put(record: Record) -> StateChange {
    StateChange::PutRecord(Arc::new(record))
}

fn exports<const N: usize>(pairs: [(&str, Value); N]) -> StateChange {
    StateChange::Exports(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>())
}

/// Opens a store in a scratch folder, with one stack and a run that has begun.
async fn begun(folder: &tempfile::TempDir, vault: Vault) -> (SqliteStore, RunId) {
    let store = SqliteStore::open(&folder.path().join("state.db"), vault).unwrap();
    store.create_stack(&stack()).await.unwrap();
    let run = store.begin(&stack(), start("up")).await.unwrap();
    (store, run)
}
