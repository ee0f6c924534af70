//! The short way in: from the files of components to the engine's ports, with everything as it usually is.
//!
//! Invariant: nothing here that an embedder could not do with the rest of the crate.

use std::path::Path;
use std::sync::Arc;

use kim_engine::event::{Event, Events};
use kim_model::{Log, Value};

use crate::aws::Aws;
use crate::compile::cache::Cache;
use crate::compile::sandbox::{Compiling, Sandbox};
use crate::compile::wasm::Wasm;
use crate::environment::Environment;
use crate::error::LoadError;
use crate::guest::limits::Limits;
use crate::net::http::Http;
use crate::plugin::component::{PluginComponent, PluginOptions};
use crate::plugin::permissions::Grants;
use crate::plugin::shared::LogLine;
use crate::program::component::ProgramComponent;

impl Sandbox {
    /// A sandbox that keeps what it compiles where kim does (`KIM_CACHE_DIR`, else the user's cache folder; nowhere, where
    /// there is neither) and tells of it by [`Event::Phase`].
    ///
    /// # Errors
    /// The cache's folder cannot be made private, or as for [`Sandbox::new`].
    pub fn open(environment: &Environment, events: Arc<dyn Events>) -> Result<Sandbox, LoadError> {
        let folder = Cache::default_folder(|name| environment.get(name).map(str::to_owned));
        let cache = folder.map(Cache::open).transpose()?;
        Sandbox::new(cache, Arc::new(move |news| events.emit(Event::from(news))))
    }

    /// The program in a file, within the usual limits. Its name in messages is the file's without the extension.
    ///
    /// # Errors
    /// As for [`ProgramComponent::load`], or the file cannot be read.
    pub async fn program(&self, file: &Path) -> Result<Arc<ProgramComponent>, LoadError> {
        let wasm = self.wasm(Wasm::name_of(file), file)?;
        Ok(Arc::new(ProgramComponent::load(self, &wasm, Limits::program()).await?))
    }

    /// The plugin in a file. Its name in messages is the file's without the extension.
    ///
    /// # Errors
    /// As for [`PluginComponent::load`], or the file cannot be read.
    pub async fn plugin(&self, file: &Path, options: PluginOptions) -> Result<Arc<PluginComponent>, LoadError> {
        let wasm = self.wasm(Wasm::name_of(file), file)?;
        Ok(Arc::new(PluginComponent::load(self, &wasm, options).await?))
    }
}

impl PluginOptions {
    /// The usual limits, all that the plugin asks for, no configuration, and its lines as [`Event::PluginLog`].
    pub fn new(aws: Arc<Aws>, http: Arc<Http>, events: Arc<dyn Events>) -> PluginOptions {
        PluginOptions {
            limits: Limits::plugin(),
            grants: Grants::AsAsked,
            config: Value::map(),
            aws,
            http,
            on_log: Arc::new(move |line| events.emit(Event::from(line))),
        }
    }
}

impl From<Compiling> for Event {
    fn from(news: Compiling) -> Event {
        let message = match news {
            Compiling::Started { name } => format!("compiling {name} for this machine (once)"),
            Compiling::Finished { name, took } => format!("compiled {name} in {:.1} s", took.as_secs_f64()),
        };
        Event::Phase { message }
    }
}

impl From<LogLine> for Event {
    fn from(line: LogLine) -> Event {
        let log = Log { level: line.level.as_str().to_owned(), message: line.message };
        Event::PluginLog { plugin: line.plugin, log }
    }
}
