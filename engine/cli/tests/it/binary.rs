//! The binary in a folder of its own.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the binary in a folder, without the variables of this machine's environment that it reads.
pub(crate) fn kim(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
    for name in ["KIM_STACK", "KIM_STATE", "KIM_PASSPHRASE", "KIM_PASSPHRASE_FILE", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.args(args).current_dir(dir).output().expect("kim runs")
}

/// Returns what a stream of the output says.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Creates a folder with these files.
pub(crate) fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a scratch folder");
    for (name, content) in files {
        std::fs::write(dir.path().join(name), content).expect("a file is written");
    }
    dir
}
