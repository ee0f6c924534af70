//! Flags, help and usage errors of the binary.

use std::path::Path;
use std::process::Command;

use clap::{CommandFactory, Parser};
use kim_cli::commands::Cli;

use crate::binary::{kim, project, text};

#[test]
fn the_definition_of_the_flags_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn help() {
    let mut shown = Cli::command().term_width(100).render_help().to_string();
    for name in [
        "new", "up", "destroy", "refresh", "taint", "untaint", "stack", "config", "plugin",
        "local", "graph", "history",
    ] {
        let mut command = Cli::command().term_width(100);
        command.build();
        let found = command.find_subcommand_mut(name).expect("there is such a command");
        shown.push_str(&format!("\n──── {name}\n{}", found.render_help()));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn flags_may_stand_behind_the_command() {
    let cli = Cli::try_parse_from([
        "kim", "up", "-s", "dev", "-C", "there", "--yes", "--target", "main/a", "--target", "b",
    ]);
    let cli = cli.expect("they parse");
    assert_eq!(cli.global.stack.as_deref(), Some("dev"));
    assert_eq!(cli.global.cwd.as_deref(), Some(Path::new("there")));
    let kim_cli::commands::Command::Up(up) = cli.command else { panic!("not up") };
    assert!(up.yes);
    assert_eq!(up.preview.selected.target, ["main/a", "b"]);
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for wrong in [
        &["kim", "preview", "--offline", "--local"][..],
        &["kim", "preview", "--parallel", "0"],
        &["kim", "preview", "--yes"],
        &["kim", "stack", "output", "a", "b"],
    ] {
        let error = Cli::try_parse_from(wrong).expect_err("refused");
        assert_eq!(error.exit_code(), 2, "{wrong:?}");
    }
}

#[test]
fn without_a_project_it_says_where_it_looked() {
    let dir = project(&[]);
    let output = kim(dir.path(), &["preview"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(
        said.contains("there is no Kim.toml in") && said.contains("or any folder above it"),
        "{said}"
    );
    assert!(said.contains("hint:"), "{said}");
}

#[test]
fn json_ends_with_a_summary_even_where_nothing_began() {
    let dir = project(&[]);
    let output = kim(dir.path(), &["preview", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one JSON line");
    assert_eq!(line["type"], "summary");
    assert_eq!(line["operation"], "preview");
    assert_eq!(line["result"], "failed");
    assert_eq!(
        line["changes"],
        serde_json::json!({"create": 0, "update": 0, "replace": 0, "delete": 0, "same": 0})
    );
    assert!(line["message"].as_str().is_some_and(|message| message.contains("Kim.toml")), "{line}");
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let dir = project(&[]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_kim"))
        .args(["completions", "bash"])
        .current_dir(dir.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("kim runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
}
