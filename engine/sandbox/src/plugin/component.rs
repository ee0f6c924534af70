//! A loaded plugin: its code, and the schema that it gave.
//!
//! Invariant: a plugin that is asked for its schema can reach nothing; a schema that cannot be worked with is refused.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use kim_engine::shape;
use kim_model::{Value, schema};
use tokio::sync::OnceCell;
use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

use super::bindings;
use super::host::Caller;
use super::permissions::{Grants, Reach};
use super::shared::{FAULT, OnLog, Shared};
use crate::aws::{Aws, AwsSettings};
use crate::compile::cache::Entry;
use crate::compile::sandbox::{Compiled, Sandbox};
use crate::compile::wasm::Wasm;
use crate::compile::world;
use crate::environment::Environment;
use crate::error::LoadError;
use crate::guest::enforce;
use crate::guest::limits::Limits;
use crate::guest::wasi::{self, Guest};
use crate::net::http::Http;

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

/// A loaded plugin. Where the cache knows its schema, its code is loaded by the first call: a run that calls nothing
/// (in which nothing changed, offline) does not pay for it.
pub struct PluginComponent {
    pub(super) shared: Arc<Shared>,
    pub(super) sandbox: Sandbox,
    pub(super) wasm: Wasm,
    pre: OnceCell<bindings::PluginPre<Caller>>,
    pub(super) schema: schema::Plugin,
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
    pub(super) async fn code(&self) -> Result<&bindings::PluginPre<Caller>, LoadError> {
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
