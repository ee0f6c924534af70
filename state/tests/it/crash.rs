//! SIGKILL at any instant: what was confirmed is recorded, and every list is recorded as a whole or
//! not at all.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Arc;

use kim_engine::ports::Store;
use kim_engine::testing::sample::{exports, put, run_start, stack_id, urn};
use kim_model::Value;
use kim_state::SqliteStore;

use crate::{begin_run, other_process, record, vault};

/// Runs four writers at once: list `n` of writer `w` moves two records to `n`.
///
/// Every confirmed list is written to standard output.
#[tokio::test(flavor = "multi_thread")]
async fn child_commits_until_it_is_killed() {
    let Some(path) = other_process::state_file() else { return };
    let store = Arc::new(SqliteStore::open(&path, vault()).unwrap());
    let run = store.begin(&stack_id(), run_start("up")).await.unwrap();
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 1_i64.. {
                    let list = ["left", "right"].map(|side| {
                        let mut moved = record(&format!("{side}-{writer}"));
                        moved.inputs = Value::secret(Value::Int(number)).into();
                        put(moved)
                    });
                    store.commit(run, list.to_vec()).await.unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "\nconfirmed {writer} {number}").unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test]
async fn after_a_kill_confirmed_lists_are_recorded_and_lists_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (store, run) = begin_run(&folder, vault()).await;
    store.commit(run, vec![exports([("before", Value::Int(1))])]).await.unwrap();
    drop(store);
    for round in 0..5 {
        let mut child = other_process::run_test("crash::child_commits_until_it_is_killed", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut confirmed = [0; 4];
        // Killed at an instant that depends on its own progress; then the rest of its output is
        // read.
        let mut seen = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let Some((writer, number)) =
                line.strip_prefix("confirmed ").and_then(|rest| rest.split_once(' '))
            else {
                continue;
            };
            confirmed[writer.parse::<usize>().unwrap()] = number.parse().unwrap();
            seen += 1;
            if seen == 10 + 7 * round {
                child.kill().unwrap();
            }
        }
        assert!(!child.wait().unwrap().success(), "the process was not killed");

        let store = SqliteStore::open(&path, vault()).unwrap();
        let state = store.load(&stack_id()).await.unwrap();
        assert_eq!(state.exports["before"], Value::Int(1));
        for (writer, confirmed) in confirmed.into_iter().enumerate() {
            let side = |side| {
                let urn = urn(&format!("{side}-{writer}"));
                state.current(&urn).and_then(|record| record.inputs.as_int()).unwrap_or(0)
            };
            assert_eq!(side("left"), side("right"), "half a list");
            assert!(side("left") >= confirmed, "lost: {} of {confirmed}", side("left"));
        }
        assert_eq!(kim_engine::state::validate(&state), Vec::<String>::new());
        // The lock of the dead process is free.
        assert_eq!(store.stacks("shop").await.unwrap()[0].locked_by, None);
    }
}
