//! What runs guests: the engines, and the way from a `.wasm` file to compiled code.
//!
//! Invariant: nothing is compiled twice on one machine.
//!
//! Programs and plugins run in two engines of the same settings. A program is one instance that lives as long as its
//! closures are wanted: it takes memory when it starts. A plugin is thousands of instances that live for a call: theirs
//! is reserved once and used again ([`Plugins`]), since taking memory from the system and giving it back costs several
//! times what a call does, and holds up the other threads.

use std::path::Path;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::cache::{self, Cache, Entry};
use super::config::{PLACES, config, pooled, start_ticker};
use super::wasm::{Source, Wasm, expect_component};
use crate::error::LoadError;

/// News of a compilation, for the screen.
#[derive(Clone, PartialEq, Debug)]
pub enum Compiling {
    /// It begins; it takes seconds.
    Started {
        /// The component's name, `aws-ec2`.
        name: String,
    },
    /// It is done, and will not be needed again on this machine.
    Finished {
        /// The component's name.
        name: String,
        /// How long it took.
        took: Duration,
    },
}

/// Where [`Compiling`] goes. Called from any thread.
pub type OnCompiling = Arc<dyn Fn(Compiling) + Send + Sync>;

/// What runs guests: one for a process. Cheap to clone.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    /// Made for the first call into a plugin: many runs make none.
    plugins: OnceLock<Result<Plugins, LoadError>>,
    cache: Option<Cache>,
    on_compiling: OnCompiling,
    /// Dropping it ends the ticker.
    _ticker: mpsc::Sender<()>,
}

/// Where plugins run: an engine with room for [`PLACES`] instances at a time, reserved once.
pub(crate) struct Plugins {
    engine: Engine,
    places: Arc<Semaphore>,
    _ticker: mpsc::Sender<()>,
}

impl Plugins {
    fn start() -> Result<Plugins, LoadError> {
        // Where addresses are scarce (`ulimit -v`), instances take memory one by one.
        let engine = Engine::new(&pooled(config())).or_else(|_| Engine::new(&config())).map_err(no_engine)?;
        let _ticker = start_ticker(&engine).map_err(no_ticker)?;
        Ok(Plugins { engine, places: Arc::new(Semaphore::new(PLACES as usize)), _ticker })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A place for an instance, for as long as what is returned lives. An instance never waits for another one, so a
    /// place always comes free.
    pub(crate) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        self.places.clone().acquire_owned().await.ok()
    }
}

impl Sandbox {
    /// A sandbox that keeps compiled components in `cache` (`None`: nowhere, each load compiles) and tells of
    /// compilations through `on_compiling`.
    ///
    /// # Errors
    /// The machine has no support for native code of wasmtime, or no thread can be started.
    pub fn new(cache: Option<Cache>, on_compiling: OnCompiling) -> Result<Sandbox, LoadError> {
        let engine = Engine::new(&config()).map_err(no_engine)?;
        let ticker = start_ticker(&engine).map_err(no_ticker)?;
        let plugins = OnceLock::new();
        Ok(Sandbox { inner: Arc::new(Inner { engine, plugins, cache, on_compiling, _ticker: ticker }) })
    }

    /// The engine of programs.
    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Where plugins run.
    pub(crate) fn plugins(&self) -> Result<&Plugins, LoadError> {
        self.inner.plugins.get_or_init(Plugins::start).as_ref().map_err(Clone::clone)
    }

    /// The component in a file, under a name for messages. A file that has not changed since its digest was taken is
    /// not read again, unless it has to be compiled: with the cache warm a start does not touch its octets.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn wasm(&self, name: impl Into<String>, file: &Path) -> Result<Wasm, LoadError> {
        let name = name.into();
        let Some(cache) = &self.inner.cache else { return Wasm::read_as(name, file) };
        if let Some(digest) = cache.digest_of(file) {
            return Ok(Wasm { name, digest, source: Source::File(file.to_owned()) });
        }
        let stamp = cache::stamp(file);
        let wasm = Wasm::read_as(name, file)?;
        stamp.iter().for_each(|stamp| cache.keep_digest(file, stamp, &wasm.digest));
        Ok(wasm)
    }

    /// Where the cache keeps a component.
    pub(crate) fn entry(&self, wasm: &Wasm) -> Result<Option<Entry>, LoadError> {
        let Inner { engine, cache, .. } = &*self.inner;
        cache.as_ref().map(|cache| cache.entry(engine, &wasm.digest)).transpose()
    }

    /// Compiled code for a component, for one of the engines: from the cache, else by compiling it on a thread for such
    /// work.
    pub(crate) async fn compile(&self, engine: &Engine, wasm: &Wasm) -> Result<Compiled, LoadError> {
        let (this, engine, wasm) = (self.clone(), engine.clone(), wasm.clone());
        let task = tokio::task::spawn_blocking(move || this.compile_blocking(&engine, &wasm));
        task.await.unwrap_or_else(|error| Err(LoadError::new(format!("the compiler failed: {error}"))))
    }

    fn compile_blocking(&self, engine: &Engine, wasm: &Wasm) -> Result<Compiled, LoadError> {
        let on_compiling = &self.inner.on_compiling;
        let entry = self.entry(wasm)?;
        if let Some(component) = entry.as_ref().and_then(|entry| entry.component(engine)) {
            return Ok(Compiled { component, entry });
        }
        let bytes = wasm.bytes()?;
        expect_component(&wasm.name, &bytes)?;
        let begun = Instant::now();
        on_compiling(Compiling::Started { name: wasm.name.clone() });
        let component = Component::new(engine, &*bytes).map_err(|error| {
            LoadError::new(format!("'{}' is no valid component: {error:#}; build or copy it again", wasm.name))
        })?;
        if let Some(entry) = &entry {
            entry.keep(&component)?;
        }
        on_compiling(Compiling::Finished { name: wasm.name.clone(), took: begun.elapsed() });
        Ok(Compiled { component, entry })
    }
}

/// A component ready to be instantiated, and its place in the cache.
pub(crate) struct Compiled {
    pub(crate) component: Component,
    pub(crate) entry: Option<Entry>,
}

fn no_engine(error: wasmtime::Error) -> LoadError {
    LoadError::new(format!("the WebAssembly engine does not start: {error}"))
}

fn no_ticker(error: std::io::Error) -> LoadError {
    LoadError::new(format!("the thread that bounds the time of guests does not start: {error}"))
}
