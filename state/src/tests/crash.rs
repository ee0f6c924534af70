//! SIGKILL at any instant: what was confirmed is recorded, and every list is recorded as a whole or not at all.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;

use kim_engine::ports::Store;
use kim_model::Value;

use super::{begun, exports, put, record, stack, start};
use crate::{SqliteStore, Vault};

/// The variable that names the state file to a test in a process of its own.
const CHILD_PATH: &str = "KIM_STATE_TEST_CHILD";

/// Returns a command that runs one test of this binary in a process of its own.
pub(super) fn again_as(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", &format!("tests::{test}")]).env(CHILD_PATH, path).stdin(Stdio::null());
    command
}

/// Returns the path of the state file in such a process, else `None`.
pub(super) fn child_path() -> Option<PathBuf> {
    std::env::var_os(CHILD_PATH).map(PathBuf::from)
}

pub(super) fn finished(status: ExitStatus) -> bool {
    status.success()
}

/// Runs four writers at once: list `n` of writer `w` moves two records to `n`.
///
/// Every confirmed list is written to standard output.
#[tokio::test(flavor = "multi_thread")]
async fn child_writes_for_ever() {
    let Some(path) = child_path() else { return };
    let store = Arc::new(SqliteStore::open(&path, Vault::passphrase("correct horse")).unwrap());
    let run = store.begin(&stack(), start("up")).await.unwrap();
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
async fn after_a_kill_lists_are_whole_and_the_confirmed_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (store, run) = begun(&folder, Vault::passphrase("correct horse")).await;
    store.commit(run, vec![exports([("before", Value::Int(1))])]).await.unwrap();
    drop(store);
    for round in 0..5 {
        let mut child = again_as("crash::child_writes_for_ever", &path).stdout(Stdio::piped()).spawn().unwrap();
        let mut confirmed = [0; 4];
        // Killed at an instant that depends on its own progress; then the rest of its output is read.
        let mut seen = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let Some((writer, number)) = line.strip_prefix("confirmed ").and_then(|rest| rest.split_once(' ')) else {
                continue;
            };
            confirmed[writer.parse::<usize>().unwrap()] = number.parse().unwrap();
            seen += 1;
            if seen == 10 + 7 * round {
                child.kill().unwrap();
            }
        }
        assert!(!finished(child.wait().unwrap()), "it was to be killed");

        let store = SqliteStore::open(&path, Vault::passphrase("correct horse")).unwrap();
        let state = store.load(&stack()).await.unwrap();
        assert_eq!(state.exports["before"], Value::Int(1));
        for (writer, confirmed) in confirmed.into_iter().enumerate() {
            let side = |side| {
                let urn = super::urn(&format!("{side}-{writer}"));
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
