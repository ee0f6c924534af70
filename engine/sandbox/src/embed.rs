//! Convenience constructors with default settings.
//!
//! They lead from component files to the engine's ports.
//!
//! Invariant: an embedder can do everything here with the rest of the crate's public API.

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
    /// Creates a sandbox with kim's default cache.
    ///
    /// The cache is in [`Cache::default_folder`]. Without such a folder the sandbox has no cache,
    /// and each load compiles. Each start and end of a compilation is emitted as an
    /// [`Event::Phase`].
    ///
    /// # Errors
    /// Those of [`Cache::open`] and [`Sandbox::new`].
    pub fn open(environment: &Environment, events: Arc<dyn Events>) -> Result<Sandbox, LoadError> {
        let folder = Cache::default_folder(|name| environment.get(name).map(str::to_owned));
        let cache = folder.map(Cache::open).transpose()?;
        Sandbox::new(cache, Arc::new(move |news| events.emit(Event::from(news))))
    }

    /// Loads the program in a file, with [`Limits::program`].
    ///
    /// Messages name it by the file's name without the extension.
    ///
    /// # Errors
    /// The file cannot be read, or those of [`ProgramComponent::load`].
    pub async fn program(&self, file: &Path) -> Result<Arc<ProgramComponent>, LoadError> {
        let wasm = self.wasm(Wasm::name_of(file), file)?;
        Ok(Arc::new(ProgramComponent::load(self, &wasm, Limits::program()).await?))
    }

    /// Loads the plugin in a file.
    ///
    /// Messages name it by the file's name without the extension.
    ///
    /// # Errors
    /// The file cannot be read, or those of [`PluginComponent::load`].
    pub async fn plugin(
        &self,
        file: &Path,
        options: PluginOptions,
    ) -> Result<Arc<PluginComponent>, LoadError> {
        let wasm = self.wasm(Wasm::name_of(file), file)?;
        Ok(Arc::new(PluginComponent::load(self, &wasm, options).await?))
    }
}

impl PluginOptions {
    /// Returns the default options.
    ///
    /// The limits are [`Limits::plugin`]. The default [`Grants`] grant nothing. The configuration
    /// is empty. Each log line is emitted as an [`Event::PluginLog`].
    pub fn new(aws: Arc<Aws>, http: Arc<Http>, events: Arc<dyn Events>) -> PluginOptions {
        PluginOptions {
            limits: Limits::plugin(),
            grants: Grants::default(),
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
            Compiling::Finished { name, took } => {
                format!("compiled {name} in {:.1} s", took.as_secs_f64())
            }
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
