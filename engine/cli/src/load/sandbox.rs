//! The sandbox, and what programs and plugins share in it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kim_engine::event::Events;
use kim_sandbox::{Environment, Limits, LoadError, Sandbox};

use crate::error::{Error, Result};
use crate::project;

/// The receiver of events during loading.
pub(crate) type Sink = Arc<dyn Events>;

/// Opens the sandbox, with the user's cache of compiled components.
pub(crate) fn sandbox(events: &Sink) -> Result<Sandbox> {
    Ok(Sandbox::open(&Environment::of_process(), events.clone())?)
}

/// Returns the default limits, overridden by those of the project.
pub(super) fn overridden_limits(default: Limits, project: project::Limits) -> Limits {
    let seconds = |number: Option<u32>, default| number.map_or(default, |number| Duration::from_secs(number.into()));
    Limits {
        memory: project.memory.map_or(default.memory, |megabytes| (megabytes as usize) << 20),
        computing: seconds(project.computing, default.computing),
        waiting: seconds(project.waiting, default.waiting),
    }
}

/// Creates the error for a component that cannot be used: the cause, the file, and `says`, which names the file.
pub(super) fn unusable(error: LoadError, file: &Path, says: &str) -> Error {
    Error::from(error).at(file).hint(format!("the file is the one that {says} names"))
}
