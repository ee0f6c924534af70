//! The loss of power at any operation on the disk: what was confirmed is recorded, and every list is
//! recorded as a whole or not at all.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use kim_engine::ports::{RunId, Store, StoreError};
use kim_engine::testing::sample::{put, run_start, stack_id, urn};
use kim_model::Value;
use kim_state::testing::{Loss, SimulatedDisk, Trouble, check_file};
use kim_state::{SqliteStore, Vault};

use crate::record;

/// A machine with one disk.
pub(crate) struct Machine {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) disk: SimulatedDisk,
}

impl Machine {
    pub(crate) fn new() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let disk = SimulatedDisk::new(folder.path()).unwrap();
        Machine { folder, disk }
    }

    /// Returns the path of the state file; its folder is missing at first.
    pub(crate) fn path(&self) -> PathBuf {
        self.disk.path(".kim/state.db")
    }

    pub(crate) fn open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_simulated(&self.disk, &self.path(), Vault::none())
    }

    /// Opens a store with one stack and a run that has begun.
    pub(crate) async fn begin(&self) -> Result<(SqliteStore, RunId), StoreError> {
        let store = self.open()?;
        store.create_stack(&stack_id()).await?;
        let run = store.begin(&stack_id(), run_start("up")).await?;
        Ok((store, run))
    }

    /// Brings power back, and returns the number that is recorded then: 0 if there is no file.
    ///
    /// Fails the test unless the file is whole.
    pub(crate) async fn number_after(&self, loss: Loss) -> i64 {
        self.disk.restart(loss).unwrap();
        if !self.path().exists() {
            return 0;
        }
        check_file(&self.path()).unwrap();
        number_of(&self.open().unwrap()).await
    }
}

/// Records a number, in two records at once.
pub(crate) async fn record_number(
    store: &SqliteStore,
    run: RunId,
    number: i64,
) -> Result<(), StoreError> {
    let list = ["left", "right"].map(|side| {
        let mut moved = record(side);
        moved.inputs = Arc::new([("number", Value::Int(number))].into_iter().collect());
        put(moved)
    });
    store.commit(run, list.to_vec()).await
}

/// Returns the number that is recorded; 0 if there is none.
pub(crate) async fn number_of(store: &SqliteStore) -> i64 {
    if store.stacks("shop").await.unwrap().is_empty() {
        return 0;
    }
    let state = store.load(&stack_id()).await.unwrap();
    let side = |side| {
        let number = state.current(&urn(side)).and_then(|record| record.inputs.get("number"));
        number.and_then(Value::as_int).unwrap_or(0)
    };
    assert_eq!(side("left"), side("right"), "half a list");
    side("left")
}

/// Everything that may happen to what was not synced at an operation.
pub(crate) fn losses(operation: u64) -> [Loss; 4] {
    let random = [0, 1].map(|number| Loss::Some(2 * operation + number));
    [Loss::Nothing, Loss::Everything, random[0], random[1]]
}

/// Records 1, then loses power at each operation of the commit that records 2.
///
/// Calls `check` with what the operation was, what was lost, and the number found afterwards.
async fn in_the_commit_of_2(mut check: impl FnMut(&str, Loss, i64)) {
    let rehearsal = Machine::new();
    let (store, run) = rehearsal.begin().await.unwrap();
    record_number(&store, run, 1).await.unwrap();
    let from = rehearsal.disk.operations();
    record_number(&store, run, 2).await.unwrap();
    for operation in from..rehearsal.disk.operations() {
        for loss in losses(operation) {
            let machine = Machine::new();
            let (store, run) = machine.begin().await.unwrap();
            record_number(&store, run, 1).await.unwrap();
            machine.disk.set_trouble(Trouble::PowerLoss, operation..operation + 1);
            record_number(&store, run, 2).await.unwrap_err();
            drop(store);
            let what = machine.disk.last_trouble().unwrap();
            check(&what, loss, machine.number_after(loss).await);
        }
    }
}

#[tokio::test]
async fn power_lost_in_a_commit_keeps_the_commit_before() {
    let mut operations = 0;
    in_the_commit_of_2(|what, loss, found| {
        operations += 1;
        assert!(matches!(found, 1 | 2), "{found} after {what}, {loss:?}");
    })
    .await;
    assert!(operations > 10, "{operations}");
}

#[tokio::test]
async fn power_lost_between_write_and_sync_loses_the_whole_list_or_nothing() {
    let mut found_at_sync = Vec::new();
    in_the_commit_of_2(|what, loss, found| {
        if what == "sync of state.db-wal" && matches!(loss, Loss::Everything | Loss::Nothing) {
            found_at_sync.push((loss, found));
        }
    })
    .await;
    assert_eq!(found_at_sync, [(Loss::Nothing, 2), (Loss::Everything, 1)]);
}

/// Runs `work` on new machines, with power lost at each operation of it that is in `part`.
///
/// `work` returns the last number that was confirmed.
async fn at_each_operation<F: Future<Output = i64>>(
    work: impl Fn(Arc<Machine>) -> F,
    part: impl Fn(&str) -> bool,
) -> usize {
    let mut moments = 0;
    for operation in 0.. {
        for loss in losses(operation) {
            let machine = Arc::new(Machine::new());
            machine.disk.set_trouble(Trouble::PowerLoss, operation..operation + 1);
            let confirmed = work(Arc::clone(&machine)).await;
            let Some(what) = machine.disk.last_trouble() else { return moments };
            if !part(&what) {
                break;
            }
            moments += 1;
            let found = machine.number_after(loss).await;
            let expected = confirmed..=confirmed + 1;
            assert!(expected.contains(&found), "{found}, not {expected:?}: {what}, {loss:?}");
            // The next run can begin and record.
            let (store, run) = machine.begin_again().await;
            record_number(&store, run, 7).await.unwrap();
            assert_eq!(number_of(&store).await, 7);
        }
    }
    moments
}

impl Machine {
    /// Begins a run after a restart, on whatever there is.
    async fn begin_again(&self) -> (SqliteStore, RunId) {
        let store = self.open().unwrap();
        if store.stacks("shop").await.unwrap().is_empty() {
            store.create_stack(&stack_id()).await.unwrap();
        }
        // A lock of this process is not that of a dead one, as it is after the loss of power.
        store.unlock(&stack_id()).await.unwrap();
        let run = store.begin(&stack_id(), run_start("up")).await.unwrap();
        (store, run)
    }

    /// Records the numbers, and returns the last one that was confirmed.
    async fn record(&self, numbers: Range<i64>) -> i64 {
        let Ok((store, run)) = self.begin().await else { return 0 };
        for number in numbers.clone() {
            if record_number(&store, run, number).await.is_err() {
                return number - 1;
            }
        }
        numbers.end - 1
    }
}

#[tokio::test]
async fn power_lost_while_the_file_is_created_leaves_a_file_or_none() {
    let is_before_the_log = |what: &str| !what.ends_with("-wal");
    let moments =
        at_each_operation(|machine| async move { machine.record(1..1).await }, is_before_the_log)
            .await;
    assert!(moments > 50, "{moments}");
}

#[tokio::test]
async fn power_lost_at_any_operation_keeps_what_was_confirmed() {
    let moments =
        at_each_operation(|machine| async move { machine.record(1..4).await }, |_| true).await;
    assert!(moments > 200, "{moments}");
}

#[tokio::test]
async fn power_lost_in_a_checkpoint_keeps_what_was_confirmed() {
    // The store is closed at the end of the work, which writes the log into the file.
    let is_checkpoint = |what: &str| what.ends_with("state.db") && !what.contains("link");
    let moments =
        at_each_operation(|machine| async move { machine.record(1..3).await }, is_checkpoint).await;
    assert!(moments > 20, "{moments}");
}

#[tokio::test(flavor = "multi_thread")]
async fn power_lost_in_a_shared_commit_keeps_every_confirmed_list() {
    for operation in (40..160).step_by(3) {
        let machine = Machine::new();
        let (store, run) = machine.begin().await.unwrap();
        let store = Arc::new(store);
        let at = machine.disk.operations() + operation;
        machine.disk.set_trouble(Trouble::PowerLoss, at..at + 1);
        let tasks: Vec<_> = (0..24)
            .map(|number| {
                let store = Arc::clone(&store);
                let list = vec![put(record(&format!("v{number}")))];
                tokio::spawn(async move { store.commit(run, list).await.is_ok() })
            })
            .collect();
        let mut confirmed = Vec::new();
        for (number, task) in tasks.into_iter().enumerate() {
            if task.await.unwrap() {
                confirmed.push(urn(&format!("v{number}")));
            }
        }
        drop(store);
        machine.disk.turn_off();
        machine.disk.restart(Loss::Some(operation)).unwrap();
        check_file(&machine.path()).unwrap();
        let state = machine.open().unwrap().load(&stack_id()).await.unwrap();
        for urn in confirmed {
            assert!(state.current(&urn).is_some(), "{urn} was confirmed, at {operation}");
        }
    }
}

/// Records much, then numbers, until the log is written into the file in the midst of the run.
///
/// Returns the last number that was confirmed.
async fn record_until_checkpoint(machine: &Machine) -> i64 {
    let (store, run) = machine.begin().await.unwrap();
    let mut large = record("large");
    large.inputs =
        Arc::new([("text", Value::from("x".repeat(3_900_000).as_str()))].into_iter().collect());
    store.commit(run, vec![put(large)]).await.unwrap();
    let size = || machine.path().metadata().unwrap().len();
    let before = size();
    let mut number = 0;
    // SQLite writes the log into the file once it has 1000 pages.
    while size() == before && !machine.disk.is_off() && number < 100 {
        if record_number(&store, run, number + 1).await.is_err() {
            break;
        }
        number += 1;
    }
    number
}

#[tokio::test]
async fn power_lost_in_a_checkpoint_of_a_long_run_keeps_what_was_confirmed() {
    let rehearsal = Machine::new();
    let last = record_until_checkpoint(&rehearsal).await;
    assert!(last < 100, "no checkpoint in {last} commits");
    // The run stops with the checkpoint: its last operations are those on the file.
    let end = rehearsal.disk.operations();
    let mut in_checkpoint = 0;
    for operation in (end - 900..end).step_by(150).chain(end - 3..end) {
        for loss in losses(operation) {
            let machine = Machine::new();
            machine.disk.set_trouble(Trouble::PowerLoss, operation..operation + 1);
            let confirmed = record_until_checkpoint(&machine).await;
            let what = machine.disk.last_trouble().unwrap();
            in_checkpoint += usize::from(what.ends_with(" state.db"));
            let found = machine.number_after(loss).await;
            let expected = confirmed..=confirmed + 1;
            assert!(expected.contains(&found), "{found}, not {expected:?}: {what}, {loss:?}");
        }
    }
    assert!(in_checkpoint > 10, "{in_checkpoint}");
}
