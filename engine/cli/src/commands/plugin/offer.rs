//! The schemas of plugins, found by name, folder or file.

use std::path::Path;
use std::sync::Arc;

use kim_engine::event::Events;
use kim_model::schema;
use kim_sandbox::Wasm;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::load::Loader;
use crate::load::lock::Lock;
use crate::project::{self, Plugin, Project, Source};
use crate::screen::OnStderr;

/// A plugin's component and schema.
pub(super) struct Offer {
    pub(super) plugin: Plugin,
    pub(super) wasm: Wasm,
    pub(super) schema: schema::Plugin,
}

/// Opens a loader whose events go to stderr.
pub(super) fn loader(context: &Context) -> Result<Loader> {
    let events: Arc<dyn Events> = Arc::new(OnStderr);
    Loader::open(&context.environment, &events)
}

impl Offer {
    /// Returns what a plugin offers. Calls nothing but its schema.
    pub(super) async fn of(loader: &Loader, plugin: Plugin, lock: &Lock) -> Result<Offer> {
        let (file, wasm) = loader.plugin_wasm(&plugin, lock)?;
        let schema = loader.schema(&file, &wasm).await?;
        Ok(Offer { plugin, wasm, schema })
    }
}

/// Returns what the project's plugins offer.
pub(super) async fn offers_of(context: &Context, project: &Project) -> Result<Vec<Offer>> {
    let (lock, loader) = (Lock::read(project)?, loader(context)?);
    let mut offers = Vec::new();
    for plugin in &project.plugins {
        offers.push(Offer::of(&loader, plugin.clone(), &lock).await?);
    }
    Ok(offers)
}

/// Returns what a plugin offers.
///
/// `name` is its name in the project, its folder or its file.
pub(super) async fn offer_named(context: &Context, name: &str) -> Result<Offer> {
    let path = context.resolve(Path::new(name));
    let (plugin, lock) = match context.project() {
        Ok(project) if project.plugin(name).is_ok() || !path.exists() => {
            (project.plugin(name)?.clone(), Lock::read(&project)?)
        }
        Err(error) if !path.exists() => return Err(error),
        _ => (plugin_at(&path)?, Lock::none()),
    };
    Offer::of(&loader(context)?, plugin, &lock).await
}

/// Returns the plugin in a folder or file, named after it.
pub(super) fn plugin_at(path: &Path) -> Result<Plugin> {
    let path = path
        .canonicalize()
        .map_err(|error| Error::usage(Error::file("find", path, &error).message))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    project::check_name("plugin", &name).map_err(Error::usage)?;
    Ok(Plugin {
        name,
        source: Source::Path(path),
        aws: Vec::new(),
        http: Vec::new(),
        limits: project::Limits::default(),
    })
}
