//! The one place that makes a wasmtime engine, and the way from a `.wasm` file to compiled code.
//!
//! Invariants: there is exactly one constructor of [`wasmtime::Config`]; nothing is compiled twice on one machine; an
//! epoch passes every [`TICK`] for as long as a [`Sandbox`] lives, so no guest keeps a thread for longer than that.
//!
//! Programs and plugins run in two engines of the same settings. A program is one instance that lives as long as its
//! closures are wanted: it takes memory when it starts. A plugin is thousands of instances that live for a call: theirs is
//! reserved once and used again ([`Plugins`]), since taking memory from the system and giving it back costs several times
//! what a call does, and holds up the other threads.
//!
//! What of wasmtime is compiled in, and what not: `runtime`, `component-model` and `cranelift` are the point of it;
//! `async` lets a guest wait for the network without holding a thread; `parallel-compilation` halves the wait after
//! each edit of a program; `pooling-allocator` for plugins, as above; `std` for files. Left out: `cache` (its lookup costs 20 ms a plugin, `cache.rs` half a one),
//! `component-model-async`, `threads`, `gc` and `stack-switching` (guests of Rust need none; each costs time per call
//! or build), `backtrace`, `addr2line`, `demangle`, `coredump`,
//! `debug` and `profiling` (a person is shown the panic's own message and place), `wat` (guests come as binaries).

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::Component;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::cache::{self, Cache, Entry};
use crate::error::LoadError;
use crate::guest::limits::TICK;

/// How deep guests may nest calls, in octets of native stack.
const STACK: usize = 1 << 20;

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

/// How many plugin instances there are at the same time; others wait for a place. Each is a reservation of addresses, not
/// memory.
const PLACES: u32 = 64;

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

    /// A place for an instance, for as long as what is returned lives. An instance never waits for another one, so a place
    /// always comes free.
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

/// The only constructor of a configuration.
fn config() -> Config {
    let mut config = Config::new();
    config
        // Deadlines: compiled code looks at a counter in each loop and function.
        .epoch_interruption(true)
        // Guests' exports are synchronous; without this each call is markedly faster.
        .concurrency_support(false)
        .max_wasm_stack(STACK)
        .async_stack_size(2 * STACK)
        // The only frame that a person could use is in the panic's message.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false);
    config
}

/// The same with memory for plugins reserved: none of the sizes is a limit that [`crate::Limits`] does not set lower.
fn pooled(mut config: Config) -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(PLACES)
        .total_core_instances(4 * PLACES)
        .total_memories(2 * PLACES)
        .total_tables(4 * PLACES)
        .total_stacks(PLACES)
        .max_memory_size(1 << 32)
        .table_elements(1 << 16)
        .max_core_instance_size(4 << 20)
        .max_component_instance_size(4 << 20)
        // What a call touched is wiped, not given back, up to these sizes: most calls touch less.
        .linear_memory_keep_resident(1 << 20)
        .table_keep_resident(64 << 10)
        // Where Linux can tell what was touched, only that is wiped, and nothing is given back.
        .pagemap_scan(Enabled::Auto)
        .async_stack_keep_resident(64 << 10);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

fn no_engine(error: wasmtime::Error) -> LoadError {
    LoadError::new(format!("the WebAssembly engine does not start: {error}"))
}

fn no_ticker(error: std::io::Error) -> LoadError {
    LoadError::new(format!("the thread that bounds the time of guests does not start: {error}"))
}

/// Moves the engine's epoch on until the sender is dropped.
fn start_ticker(engine: &Engine) -> std::io::Result<mpsc::Sender<()>> {
    let (alive, ended) = mpsc::channel();
    let engine = engine.weak();
    std::thread::Builder::new().name("kim-epochs".into()).spawn(move || {
        while let (Err(RecvTimeoutError::Timeout), Some(engine)) = (ended.recv_timeout(TICK), engine.upgrade()) {
            engine.increment_epoch();
        }
    })?;
    Ok(alive)
}

/// A component, with its name for messages and its digest.
#[derive(Clone)]
pub struct Wasm {
    /// `aws-ec2` for `…/aws-ec2.wasm`.
    name: String,
    /// SHA-256.
    digest: [u8; 32],
    source: Source,
}

/// Where a component's octets are.
#[derive(Clone)]
enum Source {
    Memory(Arc<[u8]>),
    /// Not read yet: most often what was compiled of it earlier is all that is needed.
    File(PathBuf),
}

impl Wasm {
    /// Reads a file. Its name without the extension names the component in messages.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path) -> Result<Wasm, LoadError> {
        Wasm::read_as(Wasm::name_of(path), path)
    }

    /// The name that a file gives to its component: its own, without the extension.
    pub fn name_of(file: &Path) -> String {
        file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
    }

    fn read_as(name: String, path: &Path) -> Result<Wasm, LoadError> {
        Ok(Wasm::from_bytes(name, octets(path)?))
    }

    /// A component that is in memory already.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Wasm {
        let bytes = bytes.into();
        Wasm { name: name.into(), digest: Sha256::digest(&bytes).into(), source: Source::Memory(bytes) }
    }

    /// Its name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its SHA-256 in hexadecimal.
    pub fn digest(&self) -> String {
        cache::hex(&self.digest)
    }

    /// Its octets; those of a file must still be what the digest says.
    fn bytes(&self) -> Result<Arc<[u8]>, LoadError> {
        let file = match &self.source {
            Source::Memory(bytes) => return Ok(bytes.clone()),
            Source::File(file) => file,
        };
        let bytes = octets(file)?;
        match Sha256::digest(&bytes)[..] == self.digest {
            true => Ok(bytes.into()),
            false => Err(LoadError::new(format!("'{}' was changed while kim ran; run it again", file.display()))),
        }
    }
}

fn octets(path: &Path) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path)
        .map_err(|error| LoadError::new(format!("cannot read the component '{}': {error}", path.display())))
}

/// Says plainly what a file is that is no component.
fn expect_component(name: &str, bytes: &[u8]) -> Result<(), LoadError> {
    let what = match bytes.get(..8) {
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => return Ok(()),
        Some([0, b'a', b's', b'm', 1, 0, 0, 0]) => {
            "is a WebAssembly module, not a component; build it with `--target wasm32-wasip2`"
        }
        None if bytes.is_empty() => "is empty; build or copy it again",
        Some([0, b'a', b's', b'm', ..]) => "is WebAssembly of a version that kim does not know",
        _ => "is no WebAssembly; kim wants a component, as `cargo build --target wasm32-wasip2` makes it",
    };
    Err(LoadError::new(format!("'{name}' {what}")))
}
