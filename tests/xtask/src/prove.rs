//! `cargo xtask prove`: proofs of the engine and of the binary, with random cases of a seed.

use std::path::PathBuf;
use std::process::Command;

use crate::fuzz;
use crate::phases::Phases;
use crate::python;
use crate::tools::{self, Tools};

/// The proofs of `cargo xtask test`, with a number of cases that takes seconds.
const SHORT: [&[&str]; 4] = [
    &["model", "--seed", "1", "--runs", "400"],
    &["kills", "--seed", "1", "--runs", "15"],
    &["power", "--seed", "1", "--runs", "6", "--every", "61"],
    &["schedule", "--seed", "1", "--runs", "1"],
];

/// The lives of the binary in `cargo xtask test`: a handful of kills.
const SHORT_BINARY: [&str; 5] = ["binary", "--seed", "1", "--runs", "2"];

/// Builds the proofs and runs one: its name, then its options.
pub(crate) fn run(tools: &Tools, phases: &mut Phases, arguments: &[String]) -> Result<(), String> {
    if let Some((name, rest)) = arguments.split_first()
        && name == "fuzz"
    {
        return fuzz::run(tools, phases, rest);
    }
    build(tools, phases)?;
    if arguments.first().is_some_and(|name| name == "binary") {
        return binary(tools, phases, arguments);
    }
    let name = format!("proof: {}", arguments.join(" "));
    phases.run(&name, || prove(tools, arguments))
}

/// Runs every proof for some seconds, always with the same cases.
pub(crate) fn short(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    build(tools, phases)?;
    for arguments in SHORT {
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        phases.run(&format!("proof: {}", arguments[0]), || prove(tools, &arguments))?;
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
    tools::run(proof(tools).args(arguments))
}

fn proof(tools: &Tools) -> Command {
    let program = format!("debug/kim-prove{}", std::env::consts::EXE_SUFFIX);
    Command::new(tools.target.join(program))
}

/// Builds what the proof of the binary needs, and runs it.
fn binary(tools: &Tools, phases: &mut Phases, arguments: &[String]) -> Result<(), String> {
    phases.run("the wasm target", || tools.add_target())?;
    // As in `cargo xtask test`, so that neither builds again what the other has built.
    phases.run("the binary kim", || {
        tools::run(&mut tools.cargo(&["build", "--workspace", "--bin", "kim"]))
    })?;
    phases.run("the plugins' components (aws-sdk-ec2 takes some minutes, once)", || {
        tools.build_plugins()
    })?;
    let python = phases.run("Python for boto3", || python::set_up(tools))?;
    let python = python.ok_or("there is no python3: this proof reads the cloud with boto3")?;
    let name = format!("proof: {}", arguments.join(" "));
    phases.run(&name, || prove_binary(tools, &python, arguments))
}

/// Runs some lives of the binary, whose parts are built already.
pub(crate) fn short_binary(
    tools: &Tools,
    phases: &mut Phases,
    python: &Option<PathBuf>,
) -> Result<(), String> {
    let Some(python) = python else { return Ok(()) };
    let arguments = SHORT_BINARY.map(str::to_owned);
    phases.run("proof: binary", || prove_binary(tools, python, &arguments))
}

fn prove_binary(tools: &Tools, python: &PathBuf, arguments: &[String]) -> Result<(), String> {
    let mut proof = proof(tools);
    proof.env("KIM_BIN", tools.kim_file("debug")).env("KIM_COMPONENTS", tools.components());
    tools::run(proof.env("KIM_PYTHON", python).args(arguments))
}
