//! The tests that see inside the store.
//!
//! What they cause (a full disk, a holder on another machine, a damaged file) cannot be caused from
//! outside, and a passphrase costs them little. Those of the public API are in `tests/it`.

mod files;
mod locks;
mod secrets;

use kim_engine::ports::{RunId, Store};
use kim_engine::state::Record;
use kim_engine::testing::sample::{self, exports, put, run_start, stack_id, urn};

use crate::{SqliteStore, Vault};

fn record(name: &str) -> Record {
    sample::record(urn(name))
}

/// Opens a store in a scratch folder, with one stack and a run that has begun.
async fn begin_run(folder: &tempfile::TempDir, vault: Vault) -> (SqliteStore, RunId) {
    let store = SqliteStore::open(&folder.path().join("state.db"), vault).unwrap();
    store.create_stack(&stack_id()).await.unwrap();
    let run = store.begin(&stack_id(), run_start("up")).await.unwrap();
    (store, run)
}
