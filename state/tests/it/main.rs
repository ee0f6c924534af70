//! The tests of the public API, in one binary. Those that see inside are in `src/tests`.

// A test that cannot go on may panic; clippy's own exception covers only functions marked as tests.
#![allow(clippy::unwrap_used)]

mod commits;
mod contract;
mod crash;
mod documents;
mod full;
mod migration;
mod other_process;
mod power;
mod secrets;

use kim_engine::ports::{RunId, Store};
use kim_engine::state::Record;
use kim_engine::testing::sample::{self, run_start, stack_id, urn};
use kim_state::{DataKey, KeyWrapper, SqliteStore, Vault};

fn record(name: &str) -> Record {
    sample::record(urn(name))
}

/// A wrapper that costs nothing and protects nothing. A passphrase costs a second in a test from
/// outside.
struct Unprotected;

impl KeyWrapper for Unprotected {
    fn scheme(&self) -> &str {
        "unprotected"
    }

    fn wrap(&self, key: &DataKey) -> Result<Vec<u8>, String> {
        Ok(key.bytes().to_vec())
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<DataKey, String> {
        Ok(DataKey::from_bytes(wrapped.try_into().map_err(|_| "not 32 bytes")?))
    }
}

/// Returns a vault that can seal secrets.
fn vault() -> Vault {
    Vault::wrapper(Unprotected)
}

/// Opens a store in a scratch folder, with one stack and a run that has begun.
async fn begin_run(folder: &tempfile::TempDir, vault: Vault) -> (SqliteStore, RunId) {
    let store = SqliteStore::open(&folder.path().join("state.db"), vault).unwrap();
    store.create_stack(&stack_id()).await.unwrap();
    let run = store.begin(&stack_id(), run_start("up")).await.unwrap();
    (store, run)
}
