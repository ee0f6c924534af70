//! A disk that is full or fails: the error says what to do, and nothing that was confirmed is lost.

use kim_engine::ports::StoreError;
use kim_state::testing::{Loss, Trouble};

use crate::power::{Machine, number_of, record_number};

/// Returns the message, with the scratch folder's name replaced.
fn message(error: &StoreError, machine: &Machine) -> String {
    error.to_string().replace(&machine.disk.path("").display().to_string(), "/scratch/")
}

/// Lets each operation of the commit that records 2 go wrong, and all after it.
///
/// Then nothing goes wrong, and 3 is recorded. Returns the messages.
async fn in_the_commit_of_2(trouble: Trouble) -> String {
    let rehearsal = Machine::new();
    let (store, run) = rehearsal.begin().await.unwrap();
    record_number(&store, run, 1).await.unwrap();
    let from = rehearsal.disk.operations();
    record_number(&store, run, 2).await.unwrap();
    let mut messages = Vec::new();
    for operation in from..rehearsal.disk.operations() {
        let machine = Machine::new();
        let (store, run) = machine.begin().await.unwrap();
        record_number(&store, run, 1).await.unwrap();
        machine.disk.set_trouble(trouble, operation..u64::MAX);
        match record_number(&store, run, 2).await {
            Ok(()) => assert_eq!(number_of(&store).await, 2),
            Err(error) => {
                messages.push(message(&error, &machine));
                assert_eq!(number_of(&store).await, 1);
                // A run that goes on is told the same again.
                record_number(&store, run, 2).await.unwrap_err();
            }
        }
        machine.disk.clear_trouble();
        record_number(&store, run, 3).await.unwrap();
        // Not even then is it lost.
        machine.disk.turn_off();
        drop(store);
        assert_eq!(machine.number_after(Loss::Everything).await, 3);
    }
    messages.dedup();
    messages.join("\n")
}

#[tokio::test]
async fn a_disk_that_is_full_in_a_commit_says_so_and_loses_nothing() {
    insta::assert_snapshot!(in_the_commit_of_2(Trouble::Full).await, @"state file /scratch/.kim/state.db: committing failed: the disk is full. Nothing of this was recorded. Make room, and run again");
}

#[tokio::test]
async fn a_disk_that_fails_in_a_commit_says_so_and_loses_nothing() {
    insta::assert_snapshot!(in_the_commit_of_2(Trouble::WriteError).await, @"state file /scratch/.kim/state.db: committing failed: reading or writing the disk failed (disk I/O error). Nothing of this was recorded. Check the disk and its quota, and run again");
    insta::assert_snapshot!(in_the_commit_of_2(Trouble::SyncError).await, @"state file /scratch/.kim/state.db: committing failed: reading or writing the disk failed (disk I/O error). Nothing of this was recorded. Check the disk and its quota, and run again");
}

#[tokio::test]
async fn a_disk_that_is_full_in_the_first_creation_leaves_no_file_and_the_next_one_creates_it() {
    let mut messages = Vec::new();
    for operation in 0.. {
        let machine = Machine::new();
        machine.disk.set_trouble(Trouble::Full, operation..u64::MAX);
        let Err(error) = machine.open() else { break };
        let message = message(&error, &machine);
        if !messages.contains(&message) {
            messages.push(message);
        }
        machine.disk.clear_trouble();
        drop(machine.begin().await.unwrap());
        let left: Vec<_> = std::fs::read_dir(machine.path().parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
    insta::assert_snapshot!(messages.join("\n"), @r"
    state file /scratch/.kim/state.db: it cannot be created: the disk is full. Make room, and run again
    state file /scratch/.kim/state.db: creating it failed: the disk is full. Nothing of this was recorded. Make room, and run again
    state file /scratch/.kim/state.db: opening it failed: the disk is full. Nothing of this was recorded. Make room, and run again
    ");
}

#[tokio::test]
async fn a_sync_that_fails_while_the_file_is_created_loses_nothing_that_is_confirmed() {
    let mut failed = Vec::new();
    for operation in 0..200 {
        let machine = Machine::new();
        machine.disk.set_trouble(Trouble::SyncError, operation..operation + 1);
        let confirmed = match machine.begin().await {
            Ok((store, run)) => i64::from(record_number(&store, run, 1).await.is_ok()),
            Err(_) => 0,
        };
        machine.disk.turn_off();
        let Some(what) = machine.disk.last_trouble() else { continue };
        let found = machine.number_after(Loss::Everything).await;
        assert!(found >= confirmed, "{found}, not {confirmed}, after a failed {what}");
        failed.push(what);
    }
    assert!(failed.iter().any(|what| what.starts_with("sync of the folder .tmp")), "{failed:?}");
    assert!(failed.contains(&"sync of the folder .kim".to_owned()), "{failed:?}");
}
