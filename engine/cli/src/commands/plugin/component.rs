//! The components of plugins' crates, compiled if needed.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::load::cargo::{self, Guest};
use crate::screen::notice;

/// Compiles crates to components, on a thread for blocking work.
pub(super) async fn compile(guests: Vec<Guest>) -> Result<Vec<PathBuf>> {
    let names: Vec<&str> = guests.iter().map(|guest| guest.package.as_str()).collect();
    notice(&format!("building {}", names.join(", ")));
    let built = tokio::task::spawn_blocking(move || cargo::build_plugins(&guests)).await;
    built.map_err(|error| Error::failed(format!("the build was cut off: {error}")))?
}

/// Returns the component of a crate. Compiles it if there is none or a source is newer.
pub(super) async fn component_of(dir: &Path) -> Result<PathBuf> {
    let guest = Guest::read(dir)?;
    let component = guest.component();
    if component.is_file() && guest.newer_source().is_none() {
        return Ok(component);
    }
    let mut built = compile(vec![guest]).await?;
    built.pop().ok_or_else(|| Error::failed("cargo built nothing"))
}
