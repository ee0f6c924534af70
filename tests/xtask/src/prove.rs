//! `cargo xtask prove`: proofs of the engine with random cases of a seed.

use crate::fuzz;
use crate::phases::Phases;
use crate::tools::{self, Tools};

/// The proofs of `cargo xtask test`, with a number of cases that takes seconds.
const SHORT: [(&str, &str); 3] = [("model", "400"), ("kills", "15"), ("schedule", "1")];

/// Builds the proofs and runs one: its name, then its options.
pub(crate) fn run(tools: &Tools, phases: &mut Phases, arguments: &[String]) -> Result<(), String> {
    if let Some((name, rest)) = arguments.split_first()
        && name == "fuzz"
    {
        return fuzz::run(tools, phases, rest);
    }
    build(tools, phases)?;
    let name = format!("proof: {}", arguments.join(" "));
    phases.run(&name, || prove(tools, arguments))
}

/// Runs every proof for some seconds, always with the same cases.
pub(crate) fn short(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    build(tools, phases)?;
    for (proof, runs) in SHORT {
        let arguments = [proof, "--seed", "1", "--runs", runs].map(str::to_owned);
        phases.run(&format!("proof: {proof}"), || prove(tools, &arguments))?;
    }
    Ok(())
}

fn build(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    // The whole workspace chooses the features of shared dependencies, as in every other phase.
    phases.run("the proofs", || {
        tools::run(&mut tools.cargo(&["build", "--workspace", "--bin", "kim-prove"]))
    })
}

fn prove(tools: &Tools, arguments: &[String]) -> Result<(), String> {
    let program = format!("debug/kim-prove{}", std::env::consts::EXE_SUFFIX);
    tools::run(std::process::Command::new(tools.target.join(program)).args(arguments))
}
