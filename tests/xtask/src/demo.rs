//! `cargo xtask demo`: deploys the Kimberlite cluster to a strict local AWS.

use std::path::PathBuf;
use std::process::Command;

use crate::phases::Phases;
use crate::tools::{self, Tools};

/// Builds and deploys, previews that nothing is left to do, and prints the outputs.
///
/// Ends with commands to try next.
pub(crate) fn run(tools: &Tools, phases: &mut Phases) -> Result<(), String> {
    crate::build(tools, phases)?;
    let state = fresh_state(tools)?;
    let kim = |arguments: &[&str]| -> Command {
        let mut kim = tools.kim(arguments);
        kim.env("KIM_STATE", &state).env_remove("KIM_STACK");
        kim
    };
    phases.run("kim up: deploy to the local AWS", || {
        tools::run(&mut kim(&["up", "--local", "--yes", "-s", "dev"]))
    })?;
    phases.run("kim preview: nothing is left to do", || {
        tools::run(&mut kim(&["preview", "--local", "--expect-no-changes", "-s", "dev"]))
    })?;
    phases.run("kim stack output", || tools::run(&mut kim(&["stack", "output", "-s", "dev"])))?;
    println!("{}", next(tools, &state));
    Ok(())
}

/// Returns the path of the state in an empty folder: each demo starts from nothing.
fn fresh_state(tools: &Tools) -> Result<PathBuf, String> {
    let folder = tools.root.join("target/demo");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)
            .map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
    }
    Ok(folder.join("state.db"))
}

fn next(tools: &Tools, state: &std::path::Path) -> String {
    let kim = tools.kim_file("debug");
    format!(
        "
Where to look next. State and world of this demo are in {folder}; they stay until the next demo.

  export KIM_STATE={state} KIM_STACK=dev
  alias kim='{kim} -C programs/kimberlite'

  kim config set log.size 750 && kim preview --local --diff  what larger logs would change
  kim stack output --json                                    the outputs, for tools
  kim history                                                every run
  kim graph --local                                          the graph, in DOT
  kim local                                                  the world, for the aws CLI and boto3
  kim destroy --local --yes                                  take it all down

The program is programs/kimberlite/src, its settings Kim.toml and Kim.dev.toml beside it; ARCHITECTURE.md explains the rest.",
        folder = state.parent().unwrap_or(state).display(),
        state = state.display(),
        kim = kim.display(),
    )
}
