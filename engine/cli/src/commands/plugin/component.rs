//! The components of plugins' crates, compiled if needed.

use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::load::cargo::{self, Guest};
use crate::screen::notice;

/// Compiles crates to components, on a thread for blocking work.
pub(super) async fn compile(guests: Vec<Guest>, environment: &Environment) -> Result<Vec<PathBuf>> {
    let names: Vec<&str> = guests.iter().map(|guest| guest.package.as_str()).collect();
    notice(&format!("building {}", names.join(", ")));
    let environment = environment.clone();
    tokio::task::spawn_blocking(move || cargo::build_plugins(&guests, &environment))
        .await
        .map_err(|error| Error::failed(format!("the build was cut off: {error}")))?
}

/// Returns the component of a crate.
///
/// Compiles the crate if there is no component or a source is newer.
pub(super) async fn component_of(dir: &Path, environment: &Environment) -> Result<PathBuf> {
    let guest = Guest::read(dir)?;
    let component = guest.component();
    if component.is_file() && guest.newer_source().is_none() {
        return Ok(component);
    }
    let mut built = compile(vec![guest], environment).await?;
    built.pop().ok_or_else(|| Error::failed("cargo built nothing"))
}
