//! Flags, help and usage errors of the real binary.

use std::path::Path;
use std::process::{Command, Output};

use clap::{CommandFactory, Parser};
use kim_cli::commands::Cli;

/// Runs the binary in a folder, with nothing of this machine's environment that it looks at.
fn kim(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
    for name in ["KIM_STACK", "KIM_STATE", "KIM_PASSPHRASE", "KIM_PASSPHRASE_FILE", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.args(args).current_dir(dir).output().expect("kim runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a scratch folder");
    for (name, content) in files {
        std::fs::write(dir.path().join(name), content).expect("a file is written");
    }
    dir
}

#[test]
fn the_definition_of_the_flags_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn help() {
    let mut shown = Cli::command().term_width(100).render_help().to_string();
    for name in ["new", "up", "destroy", "refresh", "stack", "config", "plugin", "local", "graph", "history"] {
        let mut command = Cli::command().term_width(100);
        command.build();
        let found = command.find_subcommand_mut(name).expect("there is such a command");
        shown.push_str(&format!("\n──── {name}\n{}", found.render_help()));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn flags_may_stand_behind_the_command() {
    let cli =
        Cli::try_parse_from(["kim", "up", "-s", "dev", "-C", "there", "--yes", "--target", "main/a", "--target", "b"]);
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
    assert!(said.contains("there is no Kim.toml in") && said.contains("or any folder above it"), "{said}");
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
    assert_eq!(line["changes"], serde_json::json!({"create": 0, "update": 0, "replace": 0, "delete": 0, "same": 0}));
    assert!(line["message"].as_str().is_some_and(|message| message.contains("Kim.toml")), "{line}");
}

#[test]
fn nobody_is_asked_where_nobody_is() {
    let dir = project(&[("Kim.toml", "name = \"p\"\n"), ("Kim.dev.toml", "")]);
    let output = kim(dir.path(), &["up", "-s", "dev"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--yes"), "{}", text(&output.stderr));
    let output = kim(dir.path(), &["up", "-s", "dev", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--yes"), "{}", text(&output.stderr));
}

#[test]
fn stacks_are_made_chosen_listed_and_removed() {
    let dir = project(&[("Kim.toml", "name = \"p\"\n")]);
    let run = |args: &[&str]| kim(dir.path(), args);
    let none = run(&["stack", "output"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("kim stack init"), "{}", text(&none.stderr));
    for name in ["dev", "live"] {
        let made = run(&["stack", "init", name]);
        assert!(made.status.success(), "{}", text(&made.stderr));
    }
    let again = run(&["stack", "init", "dev"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("already"), "{}", text(&again.stderr));
    let listed = run(&["stack", "ls", "--json"]);
    let rows: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(rows[1]["name"], "live");
    assert_eq!(rows[1]["chosen"], true);
    let unknown = run(&["stack", "output", "-s", "prod"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("there are: dev, live"), "{}", text(&unknown.stderr));
    assert!(run(&["stack", "rm", "live", "--yes"]).status.success());
    // The only one is meant, now that none is chosen.
    let output = run(&["stack", "output", "--json"]);
    assert_eq!(text(&output.stdout), "{}\n");
    let exported: serde_json::Value = serde_json::from_slice(&run(&["stack", "export"]).stdout).expect("JSON");
    assert!(exported.is_object());
}

#[test]
fn a_secret_setting_is_sealed_in_the_file() {
    let dir = project(&[("Kim.toml", "name = \"p\"\n")]);
    let run = |args: &[&str], passphrase: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
        command.args(args).current_dir(dir.path()).env_remove("KIM_PASSPHRASE").env_remove("KIM_STACK");
        passphrase.iter().for_each(|text| {
            command.env("KIM_PASSPHRASE", text);
        });
        command.output().expect("kim runs")
    };
    assert!(run(&["stack", "init", "dev"], None).status.success());
    let without = run(&["config", "set", "--secret", "password", "hunter2"], None);
    assert_eq!(without.status.code(), Some(1));
    assert!(text(&without.stderr).contains("KIM_PASSPHRASE"), "{}", text(&without.stderr));
    let set = run(&["config", "set", "--secret", "password", "hunter2"], Some("open sesame"));
    assert!(set.status.success(), "{}", text(&set.stderr));
    let file = std::fs::read_to_string(dir.path().join("Kim.dev.toml")).expect("the file is there");
    assert!(file.contains("secure") && !file.contains("hunter2"), "{file}");
    assert_eq!(text(&run(&["config", "get", "password"], Some("open sesame")).stdout), "hunter2\n");
    let wrong = run(&["config", "get", "password"], Some("open barley"));
    assert_eq!(wrong.status.code(), Some(1));
    let listed = text(&run(&["config", "ls"], None).stdout);
    assert!(listed.contains("[secret]") && !listed.contains("hunter2"), "{listed}");
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

#[test]
fn a_plugin_that_is_not_built_says_how_to_build_it() {
    let dir = project(&[(
        "Kim.toml",
        "name = \"p\"\n[plugins]\nmine = { path = \"mine\" }\nlost = { path = \"lost.wasm\" }\n",
    )]);
    std::fs::create_dir(dir.path().join("mine")).expect("a folder is made");
    std::fs::write(dir.path().join("mine/Cargo.toml"), "[package]\nname = \"my-plugin\"\n").expect("a file is written");
    let cache = dir.path().join("cache");
    let run = |name: &str| {
        let args = ["plugin", "schema", name];
        let mut command = Command::new(env!("CARGO_BIN_EXE_kim"));
        let output =
            command.args(args).current_dir(dir.path()).env("KIM_CACHE_DIR", &cache).output().expect("kim runs");
        (output.status.code(), text(&output.stderr))
    };
    let (code, said) = run("mine");
    assert_eq!(code, Some(2));
    assert!(said.contains("my_plugin.wasm") && said.contains("kim plugin build"), "{said}");
    let (code, said) = run("lost");
    assert_eq!(code, Some(2));
    assert!(said.contains("lost.wasm"), "{said}");
    std::fs::write(dir.path().join("lost.wasm"), "no wasm").expect("a file is written");
    let (code, said) = run("lost");
    assert_eq!(code, Some(1));
    assert!(said.contains("hint: `cargo build --target wasm32-wasip2` makes a component"), "{said}");
    let (code, said) = run("other");
    assert_eq!(code, Some(2));
    assert!(said.contains("it has: ") && said.contains("mine"), "{said}");
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
