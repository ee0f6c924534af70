//! The program of a project: compiles it if needed, and loads it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kim_engine::ports::Program;
use kim_sandbox::{Limits, ProgramComponent, Wasm};

use super::cargo;
use super::loader::{Loader, overridden_limits, unusable};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::project::{self, Project};

/// Returns the file of the compiled program.
///
/// It is `other` if given, else the project's, which is compiled if needed.
pub(crate) async fn program_file(
    project: &Project,
    other: Option<&Path>,
    environment: &Environment,
) -> Result<PathBuf> {
    let wasm = match (other, &project.program) {
        (Some(file), _) => file.to_owned(),
        (None, project::Program::Component(file)) => file.clone(),
        (None, project::Program::Crate(dir)) => {
            let (dir, environment) = (dir.clone(), environment.clone());
            tokio::task::spawn_blocking(move || cargo::build_program(&dir, &environment))
                .await
                .map_err(|error| Error::failed(format!("the build was cut off: {error}")))??
        }
    };
    if !wasm.is_file() {
        return Err(Error::usage(format!("there is no program {}", wasm.display()))
            .hint("a program is a component, as `cargo build --target wasm32-wasip2` builds it"));
    }
    Ok(wasm)
}

impl Loader {
    /// Loads a program.
    pub(crate) async fn program(
        &self,
        wasm: &Path,
        limits: project::Limits,
    ) -> Result<Arc<dyn Program>> {
        let component = self.sandbox.wasm(Wasm::name_of(wasm), wasm)?;
        let limits = overridden_limits(Limits::program(), limits);
        let program = ProgramComponent::load(&self.sandbox, &component, limits)
            .await
            .map_err(|error| unusable(error, wasm, "--program, or [program] in Kim.toml,"))?;
        Ok(Arc::new(program))
    }
}
