//! `kim plugin build`: compiles crates to components.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use super::component::compile;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::load::cargo::Guest;
use crate::project::Plugin;
use crate::screen::value::duration;
use crate::screen::{notice, print};

/// Compile plugins to components
#[derive(Args, Debug)]
pub struct PluginBuildArgs {
    /// The plugins' folders [default: all of the project; outside of one, this folder]
    pub dirs: Vec<PathBuf>,
}

/// Compiles the crates in the given folders.
///
/// Without folders, compiles all of the project's plugins that are crates.
pub(super) async fn run(context: &Context, args: PluginBuildArgs) -> Result<()> {
    let dirs = if args.dirs.is_empty() {
        default_dirs(context)?
    } else {
        args.dirs.into_iter().map(|dir| context.resolve(&dir)).collect()
    };
    let guests: Vec<Guest> = dirs.iter().map(|dir| Guest::read(dir)).collect::<Result<_>>()?;
    if guests.is_empty() {
        return Err(Error::usage(
            "there is no plugin to build: the project names none by its crate's folder",
        ));
    }
    let began = Instant::now();
    for file in compile(guests, &context.environment).await? {
        let size = file.metadata().map(|meta| meta.len()).unwrap_or(0);
        print(&format!("{} ({} kB)\n", file.display(), size / 1000));
    }
    notice(&format!(
        "done in {}",
        duration(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))
    ));
    Ok(())
}

/// Returns the folders of the project's plugins that are crates.
///
/// Outside of a project it returns the current folder, if that is a crate.
fn default_dirs(context: &Context) -> Result<Vec<PathBuf>> {
    match context.project() {
        Ok(project) => {
            Ok(project.plugins.iter().filter_map(Plugin::crate_folder).map(PathBuf::from).collect())
        }
        Err(_) if context.resolve(Path::new("Cargo.toml")).is_file() => {
            Ok(vec![context.resolve(Path::new("."))])
        }
        Err(error) => Err(error),
    }
}
