//! The reference, the manual and the completions of the command line.

use std::path::Path;
use std::process::Command;

use clap::CommandFactory;
use kim_cli::commands::Cli;

/// To renew the page: `KIM_RENEW=1 cargo test -p kim-cli --test it reference`.
#[test]
fn the_reference_of_the_command_line_is_not_stale() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/cli.md");
    let page = kim_cli::commands::reference::markdown(Cli::command());
    if std::env::var_os("KIM_RENEW").is_some() {
        std::fs::write(&file, &page).expect("it is written");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == page,
        "docs/reference/cli.md is not what the flags are\n\
         run: KIM_RENEW=1 cargo test -p kim-cli --test it reference"
    );
}

/// Every command has a page, and the page has its flags.
#[test]
fn a_manual_for_every_command() {
    let dir = tempfile::tempdir().expect("a scratch folder");
    let kim = |args: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_kim")).args(args).current_dir(dir.path()).output();
        let output = output.expect("kim runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(kim(&["man"]).contains(".TH kim 1"));
    assert!(kim(&["man", "--out", "a/b"]).contains("kim.1"));
    let page = |name: &str| {
        let text = std::fs::read_to_string(dir.path().join("a/b").join(name));
        text.unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    assert!(page("kim.1").contains("kim\\-up(1)"));
    assert!(page("kim-up.1").contains("\\-\\-parallel"));
    assert!(page("kim-stack-output.1").contains("Print the stack\\*(Aqs outputs"));
    std::fs::write(dir.path().join("file"), "").expect("it is written");
    let output = Command::new(env!("CARGO_BIN_EXE_kim"))
        .args(["man", "--out", "file"])
        .current_dir(dir.path())
        .output();
    let output = output.expect("kim runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("cannot create the folder") && !said.contains("os error"), "{said}");
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = Command::new(env!("CARGO_BIN_EXE_kim"))
            .args(["completions", shell])
            .output()
            .expect("kim runs");
        let script = String::from_utf8_lossy(&output.stdout).into_owned();
        for command in ["preview", "history", "man"] {
            assert!(
                output.status.success() && script.contains(command),
                "{shell} does not know {command}"
            );
        }
    }
}
