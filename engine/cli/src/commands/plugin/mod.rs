//! `kim plugin`: make plugins, test them, look into them, and install them.

mod build;
mod install;
mod list;
mod new;
mod schema;
mod sdk;
mod test;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kim_model::schema as model;
use kim_sandbox::Wasm;

use crate::args::{NewArgs, PluginCommand};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::load::cargo::{self, Guest};
use crate::load::lock::Lock;
use crate::load::{self, Sink};
use crate::project::{self, Plugin, Project, Source};
use crate::screen::{OnStderr, notice};

/// Runs `kim plugin …`.
pub(super) async fn run(context: &Context, command: PluginCommand) -> Result<()> {
    match command {
        PluginCommand::Ls { json } => list::run(context, json).await,
        PluginCommand::Schema { plugin, json, markdown } => schema::run(context, plugin, json, markdown).await,
        PluginCommand::Build { dirs } => build::run(context, dirs).await,
        PluginCommand::New { dir, name, sdk } => new::run(context, NewArgs { dir, name, sdk }),
        PluginCommand::Sdk { plugin, out, check, sdk } => sdk::run(context, &plugin, &out, check, sdk).await,
        PluginCommand::Test(args) => test::run(context, args).await,
        PluginCommand::Install { plugins, sdk } => install::run(context, plugins, sdk).await,
    }
}

/// A plugin's component, and what it offers.
struct Offer {
    plugin: Plugin,
    wasm: Wasm,
    schema: model::Plugin,
}

fn events() -> Sink {
    Arc::new(OnStderr)
}

/// What plugins offer; nothing of theirs is called but their schema.
async fn offers(plugins: &[Plugin], lock: &Lock) -> Result<Vec<Offer>> {
    let events = events();
    let sandbox = load::sandbox(&events)?;
    let mut offers = Vec::new();
    for plugin in plugins {
        let (file, wasm) = load::plugin_wasm(&sandbox, plugin, lock, &events)?;
        let schema = load::schema(&sandbox, &file, &wasm, &events).await?;
        offers.push(Offer { plugin: plugin.clone(), wasm, schema });
    }
    Ok(offers)
}

/// What the project's plugins offer.
async fn of_project(project: &Project) -> Result<Vec<Offer>> {
    offers(&project.plugins, &Lock::read(project)?).await
}

/// What a plugin offers that is named as the project names it, or by its folder or file.
async fn named(context: &Context, name: &str) -> Result<Offer> {
    let path = context.resolve(Path::new(name));
    let (plugin, lock) = match context.project() {
        Ok(project) if project.plugin(name).is_ok() || !path.exists() => {
            (project.plugin(name)?.clone(), Lock::read(&project)?)
        }
        Err(error) if !path.exists() => return Err(error),
        _ => (at(&path)?, Lock::none()),
    };
    let mut found = offers(&[plugin], &lock).await?;
    found.pop().ok_or_else(|| Error::failed(format!("the plugin '{name}' was not loaded")))
}

/// A plugin in a folder or file, under the name of that.
fn at(path: &Path) -> Result<Plugin> {
    let path = path.canonicalize().map_err(|error| Error::usage(Error::file("find", path, &error).message))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    project::check_name("plugin", &name).map_err(Error::usage)?;
    Ok(Plugin { name, source: Source::Path(path), aws: None, http: None, limits: project::Limits::default() })
}

/// Compiles crates to components, on a thread for such work.
async fn compile(guests: Vec<Guest>) -> Result<Vec<PathBuf>> {
    let names: Vec<&str> = guests.iter().map(|guest| guest.package.as_str()).collect();
    notice(&format!("building {}", names.join(", ")));
    let built = tokio::task::spawn_blocking(move || cargo::build_plugins(&guests)).await;
    built.map_err(|error| Error::failed(format!("the build was cut off: {error}")))?
}

/// The component of a crate: the one that is there if no source is newer, else a new one.
async fn component_of(dir: &Path) -> Result<PathBuf> {
    let guest = Guest::read(dir)?;
    let component = guest.component();
    if component.is_file() && guest.newer_source().is_none() {
        return Ok(component);
    }
    let mut built = compile(vec![guest]).await?;
    built.pop().ok_or_else(|| Error::failed("cargo built nothing"))
}
