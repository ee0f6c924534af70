//! The program of a project: compiles it if needed, and loads it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kim_engine::ports::Program;
use kim_sandbox::{Limits, ProgramComponent, Sandbox, Wasm};

use super::cargo;
use super::sandbox::{overridden_limits, unusable};
use crate::error::{Error, Result};
use crate::project::{self, Project};

/// Returns the file of the compiled program: `other` if given, else the project's, which is compiled if needed.
pub(crate) async fn program_file(project: &Project, other: Option<&Path>) -> Result<PathBuf> {
    let wasm = match (other, &project.program) {
        (Some(file), _) => file.to_owned(),
        (None, project::Program::Component(file)) => file.clone(),
        (None, project::Program::Crate(dir)) => {
            let dir = dir.clone();
            let built = tokio::task::spawn_blocking(move || cargo::build_program(&dir)).await;
            built.map_err(|error| Error::failed(format!("the build was cut off: {error}")))??
        }
    };
    match wasm.is_file() {
        true => Ok(wasm),
        false => Err(Error::usage(format!("there is no program {}", wasm.display()))
            .hint("a program is a component, as `cargo build --target wasm32-wasip2` makes it")),
    }
}

/// Loads a program.
pub(crate) async fn program(sandbox: &Sandbox, wasm: &Path, limits: project::Limits) -> Result<Arc<dyn Program>> {
    let component = sandbox.wasm(Wasm::name_of(wasm), wasm)?;
    let program = ProgramComponent::load(sandbox, &component, overridden_limits(Limits::program(), limits)).await;
    Ok(Arc::new(program.map_err(|error| unusable(error, wasm, "--program, or [program] in Kim.toml,"))?))
}
