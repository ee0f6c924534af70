//! Provider plugins: a component of the world `kim:plugin` as the engine's port `Provider`.
//!
//! Invariants: every operation is a fresh instance from shared compiled code, so nothing is kept between calls and
//! operations run at the same time without a lock; a plugin reaches only what its schema names *and* its embedder
//! grants; an instance that trapped or was cut off is thrown away; a schema that cannot be worked with is refused.

mod host;
mod provider;
mod reach;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kim_engine::shape;
use kim_model::{Value, schema};
use tokio::sync::OnceCell;
use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

use crate::aws::{Aws, AwsSettings};
use crate::compile::cache::Entry;
use crate::compile::sandbox::{Compiled, Sandbox};
use crate::compile::wasm::Wasm;
use crate::compile::world;
use crate::environment::Environment;
use crate::error::LoadError;
use crate::guest::enforce;
use crate::guest::limits::Limits;
use crate::guest::log::{Level, OnLine};
use crate::guest::wasi::{self, Guest};
use crate::net::http::Http;
use crate::net::message::Egress;
use host::Caller;
pub use reach::Grants;
use reach::Reach;

mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit/plugin-0.1",
        world: "plugin",
        imports: {
            "kim:plugin/aws": async | trappable,
            "kim:plugin/http": async | trappable,
            default: trappable,
        },
        exports: { default: async },
    });
}

use bindings::kim::plugin::values as wire;
crate::guest::wire::bridge!(wire,);

/// A line that a plugin, or the host on its behalf, has to say.
#[derive(Clone, PartialEq, Debug)]
pub struct LogLine {
    /// The plugin's name, `aws-ec2`.
    pub plugin: String,
    /// How much it matters.
    pub level: Level,
    /// The text. Never with a secret that the host knows.
    pub message: String,
}

/// Where [`LogLine`]s go. Called from any thread.
pub type OnLog = Arc<dyn Fn(LogLine) + Send + Sync>;

/// What a plugin is loaded with.
pub struct PluginOptions {
    /// Bounds for each operation.
    pub limits: Limits,
    /// What it may reach.
    pub grants: Grants,
    /// Its configuration: the table of its name in the stack's file; checked by the engine against its schema.
    pub config: Value,
    /// The way to AWS, shared by all plugins.
    pub aws: Arc<Aws>,
    /// The way to other hosts, shared by all plugins.
    pub http: Arc<Http>,
    /// Where its log lines go.
    pub on_log: OnLog,
}

/// A loaded plugin. Where the cache knows its schema, its code is loaded by the first call: a run that calls nothing (in
/// which nothing changed, offline) does not pay for it.
pub struct PluginComponent {
    shared: Arc<Shared>,
    sandbox: Sandbox,
    wasm: Wasm,
    pre: OnceCell<bindings::PluginPre<Caller>>,
    schema: schema::Plugin,
}

/// What every instance of one plugin shares.
struct Shared {
    name: String,
    limits: Limits,
    config: Value,
    aws: Arc<Aws>,
    http: Arc<Http>,
    on_log: OnLog,
    /// What it may reach; nothing while the schema is not known.
    reach: Reach,
    requests: AtomicU64,
}

/// What to do next about a plugin that is wrong.
const FAULT: &str = "This is a fault of the plugin: tell who makes it";

/// The most lines that a plugin may log in one operation, and the most octets.
const LINES: usize = 1_000;
const OCTETS: usize = 1 << 20;

impl Shared {
    /// Where the lines of one operation go, until they are too many.
    fn lines(&self) -> OnLine {
        let (on_log, plugin) = (self.on_log.clone(), self.name.clone());
        let said = Mutex::new((0, 0));
        Arc::new(move |level, line| {
            let (lines, octets) = &mut *said.lock().unwrap_or_else(PoisonError::into_inner);
            let full = |lines: usize, octets: usize| lines >= LINES || octets >= OCTETS;
            if full(*lines, *octets) {
                return;
            }
            (*lines, *octets) = (*lines + 1, *octets + line.len());
            on_log(LogLine { plugin: plugin.clone(), level, message: line.to_owned() });
            if full(*lines, *octets) {
                let message = "the plugin logged too much in one operation; the rest is not shown".to_owned();
                on_log(LogLine { plugin: plugin.clone(), level: Level::Warn, message });
            }
        })
    }

    fn log(&self, level: Level, message: &str) {
        (self.on_log)(LogLine { plugin: self.name.clone(), level, message: message.to_owned() });
    }

    /// Counts a request that left.
    fn count<T>(&self, answer: &Result<T, Egress>) {
        if !matches!(answer, Err(Egress::Forbidden(_) | Egress::NoCredentials(_) | Egress::NoWay(_))) {
            self.requests.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl PluginComponent {
    /// Loads a plugin, compiling it where the sandbox's cache does not have it, and reads its schema (from the cache
    /// beside the compiled code, else by asking it).
    ///
    /// # Errors
    /// It is no component, is not a plugin of this contract, wants something of the host that plugins do not get, or
    /// its schema does not parse.
    pub async fn load(sandbox: &Sandbox, wasm: &Wasm, options: PluginOptions) -> Result<PluginComponent, LoadError> {
        let mut shared = Shared {
            name: wasm.name().to_owned(),
            limits: options.limits,
            config: options.config,
            aws: options.aws,
            http: options.http,
            on_log: options.on_log,
            reach: Reach::default(),
            requests: AtomicU64::new(0),
        };
        let (pre, schema) = offered(sandbox, wasm, &shared).await?;
        shared.reach = Reach::new(&shared.name, &shared.config, &schema.capabilities, &options.grants)?;
        Ok(PluginComponent { shared: Arc::new(shared), sandbox: sandbox.clone(), wasm: wasm.clone(), pre, schema })
    }

    /// What a plugin offers, without loading it for more: it needs no configuration, and can reach nothing.
    ///
    /// # Errors
    /// Those of [`PluginComponent::load`].
    pub async fn describe(sandbox: &Sandbox, wasm: &Wasm, on_log: OnLog) -> Result<schema::Plugin, LoadError> {
        let environment = Environment::default();
        let shared = Shared {
            name: wasm.name().to_owned(),
            limits: Limits::plugin(),
            config: Value::map(),
            aws: Aws::new(AwsSettings::default(), environment.clone()),
            http: Http::new(&environment),
            on_log,
            reach: Reach::default(),
            requests: AtomicU64::new(0),
        };
        Ok(offered(sandbox, wasm, &shared).await?.1)
    }

    /// Its code, ready to be instantiated.
    async fn code(&self) -> Result<&bindings::PluginPre<Caller>, LoadError> {
        self.pre.get_or_try_init(|| async { Ok(prepare(&self.sandbox, &self.wasm).await?.0) }).await
    }
}

/// What a plugin offers, from the cache where it knows, and its code where that had to be loaded to ask for it.
async fn offered(
    sandbox: &Sandbox,
    wasm: &Wasm,
    shared: &Shared,
) -> Result<(OnceCell<bindings::PluginPre<Caller>>, schema::Plugin), LoadError> {
    let entry = sandbox.entry(wasm)?;
    let kept = entry.filter(Entry::has_code).and_then(|entry| entry.schema());
    if let Some(schema) = kept.and_then(|text| serde_json::from_str(&text).ok()) {
        // Its schema was asked for, so it was found to be a plugin.
        return Ok((OnceCell::new(), schema));
    }
    let (pre, compiled) = prepare(sandbox, wasm).await?;
    let schema = schema_of(sandbox, &pre, &compiled, shared).await?;
    Ok((OnceCell::new_with(Some(pre)), schema))
}

/// Compiles a plugin where the cache does not have it, and links it.
async fn prepare(sandbox: &Sandbox, wasm: &Wasm) -> Result<(bindings::PluginPre<Caller>, Compiled), LoadError> {
    let engine = sandbox.plugins()?.engine();
    let compiled = sandbox.compile(engine, wasm).await?;
    world::PLUGIN.check(engine, &compiled.component, wasm.name())?;
    let failed = |error: wasmtime::Error| world::PLUGIN.mismatch(wasm.name(), &error);
    let mut linker = Linker::new(engine);
    wasi::link(&mut linker).map_err(failed)?;
    bindings::Plugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |caller: &mut Caller| caller).map_err(failed)?;
    let pre = linker.instantiate_pre(&compiled.component).and_then(bindings::PluginPre::new).map_err(failed)?;
    Ok((pre, compiled))
}

/// The plugin's schema, from itself; it is kept beside the compiled code.
async fn schema_of(
    sandbox: &Sandbox,
    pre: &bindings::PluginPre<Caller>,
    compiled: &Compiled,
    shared: &Shared,
) -> Result<schema::Plugin, LoadError> {
    let text = ask_schema(sandbox, pre, shared).await.map_err(|why| {
        LoadError::new(format!("the plugin '{}' {why} (while it gave its schema). {FAULT}", shared.name))
    })?;
    let schema = parse(&text).map_err(|why| {
        LoadError::new(format!(
            "the schema of the plugin '{}' is not one that this kim can work with: {why}. {FAULT}, or \
             rebuild it with the SDK of this version",
            shared.name
        ))
    })?;
    if let Some(entry) = &compiled.entry {
        entry.keep_schema(&text)?;
    }
    Ok(schema)
}

/// The longest schema, in octets.
const LONGEST_SCHEMA: usize = 16 << 20;

fn parse(text: &str) -> Result<schema::Plugin, String> {
    if text.len() > LONGEST_SCHEMA {
        return Err(format!("it is longer than {} MB", LONGEST_SCHEMA >> 20));
    }
    let schema: schema::Plugin = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match shape::faults(&schema) {
        faults if faults.is_empty() => Ok(schema),
        faults => Err(faults.join("; ")),
    }
}

/// Asks a plugin for its schema, in an instance that can reach nothing.
async fn ask_schema(sandbox: &Sandbox, pre: &bindings::PluginPre<Caller>, shared: &Shared) -> Result<String, String> {
    let on_line = shared.lines();
    let guest = Guest::closed(&shared.limits, &on_line);
    let plugins = sandbox.plugins().map_err(|error| error.message)?;
    // Kept until the store is gone.
    let _place = plugins.place().await;
    let mut store = Store::new(plugins.engine(), Caller::unable(guest, on_line));
    enforce::bound(&mut store);
    let call = async {
        let plugin = pre.instantiate_async(&mut store).await?;
        plugin.kim_plugin_provider().call_schema(&mut store).await
    };
    let result = enforce::within(shared.limits.waiting, call).await;
    result.map_err(|error| store.data().guest.reason(&error).text)
}
