//! `rustc` for the crates of this workspace, with the counters that libFuzzer reads.
//!
//! Cargo calls it as `RUSTC_WORKSPACE_WRAPPER`. So dependencies are those of every other build:
//! only the code that is fuzzed is compiled again.

use std::process::{Command, ExitCode};

/// What `cargo fuzz` passes too, without a sanitizer: all of it is stable.
///
/// One unit of code a crate keeps the counters of a function together. Optimized code runs ten
/// times as many inputs; its checks of overflow stay.
const FLAGS: [&str; 9] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "-Copt-level=1",
    "-Cdebug-assertions=on",
    "-Coverflow-checks=on",
];

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(rustc) = arguments.next() else { return ExitCode::from(2) };
    let arguments: Vec<_> = arguments.collect();
    // A macro or a build script runs inside the compiler, where nobody reads counters.
    let is_linked = !arguments.iter().any(|argument| argument == "proc-macro")
        && !arguments
            .windows(2)
            .any(|pair| pair[0] == "--crate-name" && pair[1] == "build_script_build");
    let mut command = Command::new(rustc);
    command.args(&arguments);
    if is_linked {
        command.args(FLAGS);
    }
    match command.status() {
        Ok(status) => {
            ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
        }
        Err(_) => ExitCode::FAILURE,
    }
}
