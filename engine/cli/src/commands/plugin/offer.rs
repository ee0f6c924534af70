//! The schemas of plugins, found by name, folder or file.

use std::path::Path;
use std::sync::Arc;

use kim_model::schema as model;
use kim_sandbox::Wasm;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::load::lock::Lock;
use crate::load::{self, Sink};
use crate::project::{self, Plugin, Project, Source};
use crate::screen::OnStderr;

/// A plugin's component and schema.
pub(super) struct Offer {
    pub(super) plugin: Plugin,
    pub(super) wasm: Wasm,
    pub(super) schema: model::Plugin,
}

pub(super) fn events() -> Sink {
    Arc::new(OnStderr)
}

/// Returns what plugins offer. Calls nothing but their schema.
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

/// Returns what the project's plugins offer.
pub(super) async fn of_project(project: &Project) -> Result<Vec<Offer>> {
    offers(&project.plugins, &Lock::read(project)?).await
}

/// Returns what a plugin offers. `name` is its name in the project, its folder or its file.
pub(super) async fn named(context: &Context, name: &str) -> Result<Offer> {
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

/// Returns the plugin in a folder or file, named after it.
pub(super) fn at(path: &Path) -> Result<Plugin> {
    let path = path.canonicalize().map_err(|error| Error::usage(Error::file("find", path, &error).message))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    project::check_name("plugin", &name).map_err(Error::usage)?;
    Ok(Plugin { name, source: Source::Path(path), aws: None, http: None, limits: project::Limits::default() })
}
