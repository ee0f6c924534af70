//! What loading a program and loading a plugin share.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kim_engine::event::Events;
use kim_sandbox::{Limits, LoadError, Sandbox};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::project;

/// Loads programs and plugins into one sandbox.
pub(crate) struct Loader {
    /// The sandbox, with the user's cache of compiled components.
    pub(crate) sandbox: Sandbox,
    pub(super) environment: Environment,
    /// The receiver of warnings and of plugins' logs.
    pub(super) events: Arc<dyn Events>,
}

impl Loader {
    /// Opens the sandbox.
    pub(crate) fn open(environment: &Environment, events: &Arc<dyn Events>) -> Result<Loader> {
        let sandbox = Sandbox::open(&environment.for_sandbox(), events.clone())?;
        Ok(Loader { sandbox, environment: environment.clone(), events: events.clone() })
    }
}

/// Returns the default limits, overridden by those of the project.
pub(super) fn overridden_limits(default: Limits, project: project::Limits) -> Limits {
    let seconds = |number: Option<u32>, default| {
        number.map_or(default, |number| Duration::from_secs(number.into()))
    };
    Limits {
        memory: project.memory.map_or(default.memory, |megabytes| (megabytes as usize) << 20),
        computing: seconds(project.computing, default.computing),
        waiting: seconds(project.waiting, default.waiting),
    }
}

/// Creates the error for a component that cannot be used.
///
/// It says the cause, the file, and `named_by`, which names the file.
pub(super) fn unusable(error: LoadError, file: &Path, named_by: &str) -> Error {
    Error::from(error).at(file).hint(format!("the file is the one that {named_by} names"))
}
