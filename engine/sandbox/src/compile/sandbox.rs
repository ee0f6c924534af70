//! The engines that run guests, and the way from a `.wasm` file to compiled code.
//!
//! Invariant: with a cache nothing is compiled twice on one machine.
//!
//! Programs and plugins run in two engines, which differ in how they allocate memory. A program is
//! one instance that lives as long as its closures are needed: it takes memory when it starts. A
//! plugin is thousands of instances that each live for one call: their memory is reserved once and
//! reused ([`Plugins`]). Taking memory from the system and returning it costs several times as much
//! as a call, and blocks the other threads.

use std::path::Path;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::{Duration, Instant};

use kim_model::bounds::COMPILING;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::Engine;
use wasmtime::component::Component;

use super::cache::{self, Cache, Entry};
use super::config::{SLOTS, config, pooled, start_ticker};
use super::size;
use super::wasm::{Source, Wasm, expect_component};
use crate::error::LoadError;

/// The progress of a compilation, to show to a user.
///
/// Components from the cache report nothing.
#[derive(Clone, PartialEq, Debug)]
pub enum Compiling {
    /// The compilation starts. It takes seconds.
    Started {
        /// The component's name, `aws-ec2`.
        name: String,
    },
    /// The compilation succeeded. With a cache it is not needed again on this machine.
    Finished {
        /// The component's name.
        name: String,
        /// How long it took, from [`Compiling::Started`] until the code was in the cache.
        took: Duration,
    },
}

/// Receives the progress of compilations.
///
/// Called from any thread; calls may overlap.
pub type OnCompiling = Arc<dyn Fn(Compiling) + Send + Sync>;

/// Compiles and runs guests. One per process is enough.
///
/// A clone is cheap and shares everything.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    /// Started by the first plugin whose code is loaded: many runs load none.
    plugins: OnceLock<Result<Plugins, LoadError>>,
    cache: Option<Cache>,
    on_compiling: OnCompiling,
    /// Dropping it ends the ticker.
    _ticker: mpsc::Sender<()>,
}

/// The engine of plugins, with memory for [`SLOTS`] instances at a time.
///
/// The memory is reserved once.
pub(crate) struct Plugins {
    engine: Engine,
    slots: Arc<Semaphore>,
    _ticker: mpsc::Sender<()>,
}

impl Plugins {
    /// Creates the engine and starts its ticker.
    fn start() -> Result<Plugins, LoadError> {
        // If address space is scarce (`ulimit -v`), each instance takes its own memory.
        let engine = Engine::new(&pooled(config()))
            .or_else(|_| Engine::new(&config()))
            .map_err(no_engine)?;
        let _ticker = start_ticker(&engine).map_err(no_ticker)?;
        Ok(Plugins { engine, slots: Arc::new(Semaphore::new(SLOTS as usize)), _ticker })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Waits for room for an instance.
    ///
    /// The returned permit holds the room for as long as it lives. An instance never waits for
    /// another one, so the wait always ends.
    pub(crate) async fn acquire_slot(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        self.slots.clone().acquire_owned().await.ok()
    }
}

impl Sandbox {
    /// Creates a sandbox that keeps compiled components in `cache`.
    ///
    /// Reports compilations to `on_compiling`. Without a cache each load compiles.
    ///
    /// # Errors
    /// wasmtime cannot generate native code for this machine, or no thread can be started.
    pub fn new(cache: Option<Cache>, on_compiling: OnCompiling) -> Result<Sandbox, LoadError> {
        let engine = Engine::new(&config()).map_err(no_engine)?;
        let ticker = start_ticker(&engine).map_err(no_ticker)?;
        let plugins = OnceLock::new();
        Ok(Sandbox {
            inner: Arc::new(Inner { engine, plugins, cache, on_compiling, _ticker: ticker }),
        })
    }

    /// Returns the engine of programs.
    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Returns the engine of plugins, which the first call starts.
    ///
    /// If that fails, each call returns the same error.
    pub(crate) fn plugins(&self) -> Result<&Plugins, LoadError> {
        self.inner.plugins.get_or_init(Plugins::start).as_ref().map_err(Clone::clone)
    }

    /// Returns the component in a file. `name` names it in messages.
    ///
    /// If the cache knows the file's digest and the file did not change since, the file is not
    /// read. Its bytes are then read only if the component has to be compiled.
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
        if let Some(stamp) = &stamp {
            cache.keep_digest(file, stamp, &wasm.digest);
        }
        Ok(wasm)
    }

    /// Returns where the cache keeps a component's code and schema.
    ///
    /// Returns `None` without a cache. The key is of programs' engine, also for a plugin: the two
    /// engines differ only in how they allocate memory.
    pub(crate) fn entry(&self, wasm: &Wasm) -> Result<Option<Entry>, LoadError> {
        let Inner { engine, cache, .. } = &*self.inner;
        cache.as_ref().map(|cache| cache.entry(engine, &wasm.digest)).transpose()
    }

    /// Returns the code of a component for one of the engines.
    ///
    /// Takes it from the cache, else compiles it on a thread of its own.
    ///
    /// Nothing waits for that thread: dropping the future leaves it, and so does the end of the
    /// process. So whoever waits for the code can be interrupted.
    ///
    /// # Errors
    /// It is not a component, it is too large, or it takes longer than [`COMPILING`].
    pub(crate) async fn compile(
        &self,
        engine: &Engine,
        wasm: &Wasm,
    ) -> Result<Compiled, LoadError> {
        let this = self.clone();
        let engine = engine.clone();
        let wasm = wasm.clone();
        let name = wasm.name.clone();
        let (send, compiled) = tokio::sync::oneshot::channel();
        // Nobody receives the code if the future was dropped.
        let compile = move || _ = send.send(this.compile_blocking(&engine, &wasm));
        std::thread::Builder::new()
            .name("kim-compiler".into())
            .spawn(compile)
            .map_err(no_thread)?;
        let limit = Duration::from_millis(COMPILING.most);
        match tokio::time::timeout(limit, compiled).await {
            Ok(Ok(compiled)) => compiled,
            Ok(Err(_)) => Err(LoadError::new(format!("the compiler failed at '{name}'"))),
            Err(_) => Err(LoadError::new(format!(
                "compiling '{name}' took longer than {COMPILING}: split it, or leave out what it does not need"
            ))),
        }
    }

    fn compile_blocking(&self, engine: &Engine, wasm: &Wasm) -> Result<Compiled, LoadError> {
        let on_compiling = &self.inner.on_compiling;
        let entry = self.entry(wasm)?;
        if let Some(component) = entry.as_ref().and_then(|entry| entry.component(engine)) {
            return Ok(Compiled { component, entry });
        }
        let bytes = wasm.bytes()?;
        expect_component(&wasm.name, &bytes)?;
        size::expect_moderate(&wasm.name, &bytes)?;
        let begun = Instant::now();
        on_compiling(Compiling::Started { name: wasm.name.clone() });
        let component = Component::new(engine, &*bytes).map_err(|error| {
            LoadError::new(format!(
                "'{}' is not a valid component: {error:#}; build or copy it again",
                wasm.name
            ))
        })?;
        if let Some(entry) = &entry {
            entry.keep(&component)?;
        }
        on_compiling(Compiling::Finished { name: wasm.name.clone(), took: begun.elapsed() });
        Ok(Compiled { component, entry })
    }
}

/// A component ready to be instantiated.
///
/// `entry` is where the cache keeps it; `None` without a cache.
pub(crate) struct Compiled {
    pub(crate) component: Component,
    pub(crate) entry: Option<Entry>,
}

fn no_engine(error: wasmtime::Error) -> LoadError {
    LoadError::new(format!("the WebAssembly engine does not start: {error}"))
}

fn no_thread(error: std::io::Error) -> LoadError {
    LoadError::new(format!("the thread that compiles components does not start: {error}"))
}

fn no_ticker(error: std::io::Error) -> LoadError {
    LoadError::new(format!("the thread that bounds the time of guests does not start: {error}"))
}
