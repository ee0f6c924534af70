//! `kim up`: what has to be right before a run begins.

use std::process::Command;

use crate::binary::{kim, project, text};

#[test]
fn without_a_terminal_a_run_needs_yes() {
    let dir = project(&[("Kim.toml", "name = \"p\"\n"), ("Kim.dev.toml", "")]);
    let output = kim(dir.path(), &["up", "-s", "dev"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--yes"), "{}", text(&output.stderr));
    let output = kim(dir.path(), &["up", "-s", "dev", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--yes"), "{}", text(&output.stderr));
}

#[test]
fn a_program_that_is_no_component_is_refused_and_nothing_changes() {
    let dir = project(&[
        ("Kim.toml", "name = \"p\"\n[program]\nwasm = \"p.wasm\"\n"),
        ("Kim.dev.toml", ""),
        ("p.wasm", "no wasm"),
    ]);
    let cache = dir.path().join("cache");
    let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
    command.args(["up", "--yes", "-s", "dev"]).current_dir(dir.path()).env("KIM_CACHE_DIR", &cache);
    let output = command.output().expect("kim runs");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("'p' is not WebAssembly; kim needs a component\n  at "), "{said}");
    let hint = "hint: `cargo build --target wasm32-wasip2` makes a component; the file is the one that --program, or";
    assert!(said.contains(hint), "{said}");
    let history = kim(dir.path(), &["history", "-s", "dev", "--json"]);
    assert_eq!(text(&history.stdout), "[]\n");
}
