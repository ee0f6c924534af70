//! A test of this binary, run in a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variable that names the state file to that process.
const STATE_FILE: &str = "KIM_STATE_TEST_FILE";

/// Returns a command that runs one test of this binary in a process of its own.
pub(crate) fn run_test(test: &str, path: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--nocapture", test]).env(STATE_FILE, path).stdin(Stdio::null());
    command
}

/// Returns the path of the state file in such a process, else `None`.
pub(crate) fn state_file() -> Option<PathBuf> {
    std::env::var_os(STATE_FILE).map(PathBuf::from)
}
