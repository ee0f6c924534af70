//! `cargo xtask hostile`: hostile acts of programs, plugins and projects, against the binary.

use crate::phases::Phases;
use crate::tools::{self, Tools};

/// Plays all acts, or those whose names contain a word, with the release build.
pub(crate) fn run(tools: &Tools, phases: &mut Phases, arguments: &[String]) -> Result<(), String> {
    phases.run("the wasm target", || tools.add_target())?;
    phases.run("the binary kim, released", || {
        tools::run(&mut tools.cargo(&["build", "--workspace", "--release", "--bin", "kim"]))
    })?;
    build(tools, phases)?;
    phases.run("hostile acts", || play(tools, "release", arguments))
}

/// Plays the acts that take seconds, with the binary of the tests.
///
/// Memory is not judged: this binary is not optimized.
pub(crate) fn short(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    build(tools, phases)?;
    phases.run("hostile acts: those that take seconds", || {
        play(tools, "debug", &["--quick".to_owned()])
    })
}

fn build(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    // The whole workspace chooses the features of shared dependencies, as in every other phase.
    phases.run("the hostile acts", || {
        tools::run(&mut tools.cargo(&["build", "--workspace", "--bin", "kim-hostile"]))
    })
}

fn play(tools: &Tools, profile: &str, arguments: &[String]) -> Result<(), String> {
    let program = format!("debug/kim-hostile{}", std::env::consts::EXE_SUFFIX);
    let mut acts = std::process::Command::new(tools.target.join(program));
    acts.args(arguments).current_dir(&tools.root).env("KIM_BIN", tools.kim_file(profile));
    tools::run(&mut acts)
}
