//! A store in a file and a store in memory keep the contract of stores.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use kim_engine::ports::Store;
use kim_engine::testing::failing_cases;
use kim_engine::testing::store::{
    DURABLE_STORE_CASES, DurableStoreFixture, StoreFixture, abandon_run,
};
use kim_state::{SqliteStore, Vault};

use crate::{other_process, vault};

/// A state file in a scratch folder.
struct InFile(tempfile::TempDir);

impl InFile {
    fn new() -> InFile {
        InFile(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("state.db")
    }
}

#[async_trait]
impl StoreFixture for InFile {
    async fn open(&self) -> Arc<dyn Store> {
        Arc::new(SqliteStore::open(&self.path(), vault()).unwrap())
    }
}

#[async_trait]
impl DurableStoreFixture for InFile {
    async fn abandon_run_in_another_process(&self) {
        let test = "contract::child_abandons_a_run";
        let output = other_process::run_test(test, &self.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

/// Abandons a run. Not a test of its own: the contract runs it in another process.
#[tokio::test]
async fn child_abandons_a_run() {
    let Some(path) = other_process::state_file() else { return };
    abandon_run(&SqliteStore::open(&path, vault()).unwrap()).await;
}

/// A store in memory: it has one handle, and what it holds ends with it.
struct InMemory(Arc<SqliteStore>);

impl InMemory {
    fn new() -> InMemory {
        InMemory(Arc::new(SqliteStore::in_memory(vault()).unwrap()))
    }
}

#[async_trait]
impl StoreFixture for InMemory {
    async fn open(&self) -> Arc<dyn Store> {
        self.0.clone()
    }
}

mod in_file {
    use super::InFile;

    kim_engine::store_contract!(InFile::new());
    kim_engine::durable_store_contract!(InFile::new());
}

mod in_memory {
    use super::InMemory;

    kim_engine::store_contract!(InMemory::new());
}

/// A state file whose handles are never closed.
struct NeverClosed(InFile);

#[async_trait]
impl StoreFixture for NeverClosed {
    async fn open(&self) -> Arc<dyn Store> {
        let store = self.0.open().await;
        std::mem::forget(store.clone());
        store
    }
}

#[async_trait]
impl DurableStoreFixture for NeverClosed {
    async fn abandon_run_in_another_process(&self) {
        self.0.abandon_run_in_another_process().await;
    }
}

#[test]
fn a_handle_that_keeps_its_locks_fails_the_case_of_that_rule() {
    let failing = failing_cases(DURABLE_STORE_CASES, || Box::new(NeverClosed(InFile::new())));
    assert_eq!(failing, ["a_dropped_handle_releases_its_locks"]);
}

#[tokio::test]
async fn stores_in_memory_share_nothing() {
    let stack = kim_engine::testing::sample::stack_id();
    let one = SqliteStore::in_memory(Vault::none()).unwrap();
    one.create_stack(&stack).await.unwrap();
    let other = SqliteStore::in_memory(Vault::none()).unwrap();
    assert_eq!(other.stacks(&stack.project).await.unwrap(), []);
}
