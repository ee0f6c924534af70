//! `cargo xtask test`: all checks and tests. CI runs this and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use crate::hostile;
use crate::phases::Phases;
use crate::prove;
use crate::python;
use crate::tools::{self, Tools};

/// Sets up what is missing, then runs all checks and tests.
///
/// The order is: cheap checks, native tests, components, tests end to end.
pub(crate) fn run(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    phases.run("the wasm target", || tools.add_target())?;
    phases.run("format", || tools::run(&mut tools.cargo(&["fmt", "--all", "--check"])))?;
    crate::tidy(tools, phases)?;
    let python =
        phases.run("Python for the aws CLI, boto3, moto and cfn-lint", || python::set_up(tools))?;
    if python.is_none() {
        phases.note("there is no python3: the tests against the aws CLI, boto3, moto and cfn-lint are left out");
    }
    phases.run("clippy", || {
        tools::run(&mut tools.cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))
    })?;
    // After clippy, which has checked all dependencies, so that rustdoc reads only this workspace.
    phases.run("documentation", || {
        let mut doc = tools.cargo(&["doc", "--workspace", "--no-deps"]);
        tools::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    // Always the whole workspace: for fewer packages cargo would select other features of shared
    // dependencies and build wasmtime a second time. This also builds the binary `kim`.
    phases.run("build all that is native", || {
        tools::run(&mut tools.cargo(&["test", "--workspace", "--no-run"]))
    })?;
    phases.run("native tests", || {
        let mut tests = tools.cargo(&["test", "--workspace", "--exclude", "kim-tests"]);
        tools::run(in_test_environment(&mut tests, tools, &python))
    })?;
    prove::short(tools, phases)?;
    phases.run("the plugins' components (aws-sdk-ec2 takes some minutes, once)", || {
        tools.build_plugins()
    })?;
    prove::short_binary(tools, phases, &python)?;
    hostile::short(tools, phases)?;
    phases.run("the real Kimberlite (server and client of the registry, once)", || {
        tools.build_kimberlite()
    })?;
    let left_out = tools.target.join("left-out");
    // The file of an earlier run, if there is one.
    let _ = std::fs::remove_file(&left_out);
    phases.run("end to end", || {
        let mut tests = tools.cargo(&["test", "--workspace", "--test", "end_to_end"]);
        tools::run(
            in_test_environment(&mut tests, tools, &python).env("KIM_TESTS_LEFT_OUT", &left_out),
        )
    })?;
    note_left_out(&std::fs::read_to_string(&left_out).unwrap_or_default(), phases);
    Ok(())
}

/// Notes what tests left out. A line has the reason, a tab and the test.
fn note_left_out(lines: &str, phases: &mut Phases) {
    let mut reasons: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (why, test) in lines.lines().filter_map(|line| line.split_once('\t')) {
        reasons.entry(why).or_default().insert(test);
    }
    for (why, tests) in reasons {
        let tests: Vec<&str> = tests.into_iter().collect();
        phases.note(format!("{why}: not all was tested by {}", tests.join(", ")));
    }
}

/// Sets the environment of tests, and removes this machine's settings.
fn in_test_environment<'c>(
    command: &'c mut Command,
    tools: &Tools,
    python: &Option<PathBuf>,
) -> &'c mut Command {
    // The user's credentials, region or passphrase must not influence a test. `KIM_TESTS_REQUIRE`
    // stays.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let is_setting =
            (text.starts_with("AWS_") || text.starts_with("KIM_")) && text != "KIM_TESTS_REQUIRE";
        if is_setting {
            command.env_remove(&name);
        }
    }
    command.env("KIM_BIN", tools.kim_file("debug")).env("KIM_COMPONENTS", tools.components());
    // A failed snapshot is a failure, not a file to review.
    command.env("INSTA_UPDATE", "no");
    python.iter().for_each(|python| {
        command.env("KIM_PYTHON", python);
    });
    command
}
