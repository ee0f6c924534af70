//! `cargo xtask test`: every check and test there is. CI runs this and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use crate::phases::Phases;
use crate::python;
use crate::tools::{self, Tools};

/// Sets up what is missing; then the cheap checks, the native tests, the components, and the tests end to end.
pub(crate) fn run(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    phases.run("the wasm target", || tools.add_target())?;
    phases.run("format", || tools::run(&mut tools.cargo(&["fmt", "--all", "--check"])))?;
    crate::tidy(tools, phases)?;
    let python = phases.run("Python for the aws CLI, boto3, moto and cfn-lint", || python::set_up(tools))?;
    if python.is_none() {
        phases.note("there is no python3: the tests against the aws CLI, boto3, moto and cfn-lint are left out");
    }
    phases.run("clippy", || {
        tools::run(&mut tools.cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    })?;
    // After clippy, which has checked all that others wrote: it only reads what is ours.
    phases.run("documentation", || {
        let mut doc = tools.cargo(&["doc", "--workspace", "--no-deps"]);
        tools::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    // Always the whole workspace: with fewer packages cargo would settle on other features of what they share, and build
    // wasmtime and its kin a second time. This makes the binary `kim`, too.
    phases.run("build all that is native", || tools::run(&mut tools.cargo(&["test", "--workspace", "--no-run"])))?;
    phases.run("native tests", || {
        let mut tests = tools.cargo(&["test", "--workspace", "--exclude", "kim-tests"]);
        tools::run(surroundings(&mut tests, tools, &python))
    })?;
    phases.run("the plugins' components (aws-sdk-ec2 takes some minutes, once)", || tools.build_plugins())?;
    phases.run("the real Kimberlite (server and client of the registry, once)", || tools.build_kimberlite())?;
    let left_out = tools.target.join("left-out");
    // Of an earlier run, if there is one.
    let _ = std::fs::remove_file(&left_out);
    phases.run("end to end", || {
        let mut tests = tools.cargo(&["test", "--workspace", "--test", "end_to_end"]);
        tools::run(surroundings(&mut tests, tools, &python).env("KIM_TESTS_LEFT_OUT", &left_out))
    })?;
    tell_left_out(&std::fs::read_to_string(&left_out).unwrap_or_default(), phases);
    Ok(())
}

/// Repeats what tests left out and why: lines of reason and test.
fn tell_left_out(lines: &str, phases: &mut Phases) {
    let mut reasons: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (why, test) in lines.lines().filter_map(|line| line.split_once('\t')) {
        reasons.entry(why).or_default().insert(test);
    }
    for (why, tests) in reasons {
        let tests: Vec<&str> = tests.into_iter().collect();
        phases.note(format!("{why}: not all was tested by {}", tests.join(", ")));
    }
}

/// What tests find in their environment, and what of this machine they must not find.
fn surroundings<'c>(command: &'c mut Command, tools: &Tools, python: &Option<PathBuf>) -> &'c mut Command {
    // Nobody's credentials, region or passphrase decide about a test; whether it may leave anything out is asked for.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let decides = (text.starts_with("AWS_") || text.starts_with("KIM_")) && text != "KIM_TESTS_REQUIRE";
        if decides {
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
