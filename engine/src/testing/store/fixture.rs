//! What the suites have to know about a store.

use std::sync::Arc;

use async_trait::async_trait;

use crate::ports::{RunId, Store};
use crate::testing::sample;

/// A store that is empty when the fixture is created, for one case.
#[async_trait]
pub trait StoreFixture: Send + Sync {
    /// Opens a handle on the store, as another part of the process would.
    ///
    /// All handles of one fixture are of the same store. A store that has one handle for all
    /// returns that one.
    async fn open(&self) -> Arc<dyn Store>;
}

/// A fixture of a store that outlives its handles and its process.
#[async_trait]
pub trait DurableStoreFixture: StoreFixture {
    /// Calls [`abandon_run`] in another process, and waits until that has ended.
    ///
    /// The process opens a handle of its own on the store.
    ///
    /// The process may be this test binary again, with an environment variable that names the store
    /// and the name of one test that does nothing unless the variable is set.
    async fn abandon_run_in_another_process(&self);
}

/// Begins a run, commits a record, and exits without an end of the run.
///
/// The run is of the stack [`sample::stack_id`], and the record that of `abandoned`.
///
/// For [`DurableStoreFixture::abandon_run_in_another_process`].
pub async fn abandon_run(store: &dyn Store) -> ! {
    let run = store.begin(&sample::stack_id(), sample::run_start("abandoned")).await.unwrap();
    store.commit(run, vec![sample::put(sample::record(sample::urn("abandoned")))]).await.unwrap();
    std::process::exit(0)
}

/// Opens a store, creates the stack [`sample::stack_id`], and begins a run of it.
pub(super) async fn begin_run(fixture: &(impl StoreFixture + ?Sized)) -> (Arc<dyn Store>, RunId) {
    let store = fixture.open().await;
    store.create_stack(&sample::stack_id()).await.unwrap();
    let run = store.begin(&sample::stack_id(), sample::run_start("up")).await.unwrap();
    (store, run)
}
