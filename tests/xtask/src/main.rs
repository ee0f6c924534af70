//! The project's commands, such as `cargo xtask demo` and `cargo xtask test`.
//!
//! Invariants: only Rust, a C compiler and the package registries are needed beforehand. Everything
//! else is set up inside `target/`, or added to the toolchain by name. A command stops at its first
//! failure and names the phase.

mod bench;
mod demo;
mod dependencies;
mod direction;
mod fuzz;
mod hostile;
mod pages;
mod paths;
mod phases;
mod prove;
mod python;
mod rules;
mod test;
mod tools;
mod wording;
mod words;

use std::process::ExitCode;

use phases::Phases;
use tools::Tools;

const HELP: &str = "\
cargo xtask demo    build everything and deploy programs/kimberlite to a strict local AWS
cargo xtask test    set up what is missing, then every check and test, natively and end to end
cargo xtask tidy    check modules, comments, texts of the engine, paths in pages, rules, licences; a part of test
cargo xtask build   the binary and the plugins' components
cargo xtask prove   random cases of a seed: model, kills, power, schedule or binary; --seed, --runs, --minutes
                    fuzz [TARGET]: inputs for the readers of what comes from outside; --minutes, --seed
cargo xtask hostile what hostile programs, plugins and projects try: all acts, or those with a WORD in their name;
                    --quick: those that take seconds; --show: with what kim says
cargo xtask bench   measure everything and write docs/performance.md; --quick, or the name of a part: only that
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) =
        arguments.split_first().map_or(("", [].as_slice()), |(first, rest)| (first.as_str(), rest));
    let command: fn(&Tools, &mut Phases, &[String]) -> Result<(), String> = match (command, rest) {
        ("demo", []) => |tools, phases, _| demo::run(tools, phases),
        ("test", []) => |tools, phases, _| test::run(tools, phases),
        ("tidy", []) => |tools, phases, _| tidy(tools, phases),
        ("build", []) => |tools, phases, _| build(tools, phases),
        ("prove", [_, ..]) => prove::run,
        ("hostile", _) => hostile::run,
        ("bench", _) => bench::run,
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    let mut phases = Phases::begin();
    let result = Tools::find().and_then(|tools| command(&tools, &mut phases, rest));
    phases.summarize();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Checks what can be read off the sources in seconds.
///
/// It checks which module uses which, the form of comments, what texts name, the paths in the
/// pages for contributors, the tests of each rule, and the dependencies.
fn tidy(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    phases.run("the direction of modules", || direction::check(&tools.root))?;
    phases.run("the form of comments", || words::check(&tools.root))?;
    phases.run("the engine knows no command line", || wording::check(&tools.root))?;
    phases.run("the paths in the pages for contributors", || pages::check(&tools.root))?;
    phases.run("the rules and the tests that prove them", || rules::check(&tools.root))?;
    dependencies::check(tools, phases)
}

/// Builds what a deployment needs.
fn build(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    phases.run("the wasm target", || tools.add_target())?;
    phases.run("the binary kim", || tools.build_kim())?;
    phases.run("the plugins' components (aws-sdk-ec2 takes some minutes, once)", || {
        tools.build_plugins()
    })
}
