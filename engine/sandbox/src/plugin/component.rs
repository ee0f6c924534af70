//! A loaded plugin: its code, and the schema that it returned.
//!
//! Invariants: a plugin that is asked for its schema can reach nothing; a schema with errors is
//! rejected.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use kim_engine::{Interrupt, shape};
use kim_model::{Remedy, Value, bounds, schema};
use tokio::sync::OnceCell;
use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

use super::bindings;
use super::host::Caller;
use super::permissions::{Grants, Permissions};
use super::shared::{FAULT, Logged, OnLog, Shared};
use crate::aws::{Aws, AwsSettings};
use crate::compile::cache::Entry;
use crate::compile::sandbox::{Compiled, Sandbox};
use crate::compile::wasm::Wasm;
use crate::compile::world;
use crate::environment::Environment;
use crate::error::LoadError;
use crate::guest::enforce;
use crate::guest::limits::Limits;
use crate::guest::room::Room;
use crate::guest::wasi::{self, Guest};
use crate::net::http::Http;

/// How a plugin is loaded and what it may use.
pub struct PluginOptions {
    /// The limits of each operation. Each operation runs in an instance of its own.
    pub limits: Limits,
    /// The AWS services and HTTP hosts that it may reach.
    ///
    /// It reaches only those that its schema requests.
    pub grants: Grants,
    /// Its configuration, a map: the table of its name in the stack's file.
    ///
    /// It is checked against the schema when the plugin is loaded.
    pub config: Value,
    /// Sends its requests to AWS. Share one between all plugins.
    pub aws: Arc<Aws>,
    /// Sends its requests to other hosts. Share one between all plugins.
    pub http: Arc<Http>,
    /// Receives its log lines.
    pub on_log: OnLog,
}

/// A loaded plugin: an implementation of the engine's port `Provider`.
///
/// Calls may overlap: each runs in an instance of its own, and nothing is kept between them. If the
/// cache has the plugin's schema, the first call loads its code. A run without calls (nothing
/// changed, offline) never loads it.
#[derive(Clone)]
pub struct PluginComponent {
    pub(super) shared: Arc<Shared>,
    pub(super) sandbox: Sandbox,
    pub(super) wasm: Wasm,
    pub(super) pre: Arc<OnceCell<bindings::PluginPre<Caller>>>,
    pub(super) schema: Arc<schema::Plugin>,
    /// What it logged since it was loaded, or since a run began that changes something.
    pub(super) logged: Arc<Logged>,
    /// Ends what waits inside its calls.
    pub(super) interrupt: Interrupt,
}

impl PluginComponent {
    /// Loads a plugin and its schema.
    ///
    /// Takes both from the sandbox's cache. If they are not there, compiles the plugin and calls it
    /// for its schema.
    ///
    /// # Errors
    /// - It is not a component, not a plugin of this contract, or imports what the host does not
    ///   offer to plugins.
    /// - It does not return its schema within its limits, or the schema does not parse or has
    ///   errors.
    /// - Its configuration does not fit its schema, or does not set a host that the schema takes
    ///   from it.
    /// - The cache cannot be written.
    pub async fn load(
        sandbox: &Sandbox,
        wasm: &Wasm,
        options: PluginOptions,
    ) -> Result<PluginComponent, LoadError> {
        let mut shared = Shared {
            name: wasm.name().to_owned(),
            limits: options.limits,
            config: options.config,
            aws: options.aws,
            http: options.http,
            on_log: options.on_log,
            permissions: Permissions::default(),
            requests: AtomicU64::new(0),
        };
        let (pre, schema) = offered(sandbox, wasm, &shared).await?;
        shared.config = configured(&shared.name, &schema, &shared.config)?;
        shared.permissions =
            Permissions::new(&shared.name, &shared.config, &schema.capabilities, &options.grants)?;
        Ok(PluginComponent {
            shared: Arc::new(shared),
            sandbox: sandbox.clone(),
            wasm: wasm.clone(),
            pre: Arc::new(pre),
            schema: Arc::new(schema),
            interrupt: Interrupt::default(),
            logged: Arc::default(),
        })
    }

    /// Returns a plugin's schema.
    ///
    /// The plugin needs no configuration and can reach nothing.
    ///
    /// # Errors
    /// Those of [`PluginComponent::load`], except for its configuration.
    pub async fn describe(
        sandbox: &Sandbox,
        wasm: &Wasm,
        on_log: OnLog,
    ) -> Result<schema::Plugin, LoadError> {
        let environment = Environment::default();
        let shared = Shared {
            name: wasm.name().to_owned(),
            limits: Limits::plugin(),
            config: Value::map(),
            aws: Aws::new(AwsSettings::default(), environment.clone()),
            http: Http::new(&environment),
            on_log,
            permissions: Permissions::default(),
            requests: AtomicU64::new(0),
        };
        Ok(offered(sandbox, wasm, &shared).await?.1)
    }

    /// Returns its configuration, with defaults.
    ///
    /// What is secret by its schema is marked as secret, also if it was given in clear.
    pub fn config(&self) -> &Value {
        &self.shared.config
    }

    /// Returns what its schema requests and its grants leave out, as the schema has it.
    pub fn not_granted(&self) -> &schema::Capabilities {
        self.shared.permissions.not_granted()
    }

    /// Returns its code, ready to be instantiated.
    ///
    /// The first call loads it, if loading the schema did not.
    pub(super) async fn code(&self) -> Result<&bindings::PluginPre<Caller>, LoadError> {
        self.pre.get_or_try_init(|| async { Ok(prepare(&self.sandbox, &self.wasm).await?.0) }).await
    }
}

/// Returns a plugin's configuration as its schema says it is.
///
/// The error names the plugin.
fn configured(plugin: &str, schema: &schema::Plugin, config: &Value) -> Result<Value, LoadError> {
    shape::configured(schema, config).map_err(|faults| {
        let said: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
        let message = format!("the configuration of the plugin '{plugin}': {}", said.join("; "));
        // What is missing can be set. What is there has to be looked at.
        let missing = faults.first().filter(|fault| config.at(&fault.path).is_none());
        let error = LoadError::of_configuration(message);
        match missing.and_then(|fault| fault.path.first_key().map(str::to_owned)) {
            Some(property) => {
                error.cured_by(Remedy::Configure { plugin: plugin.to_owned(), property })
            }
            None => error,
        }
    })
}

/// Returns a plugin's schema, and its code if the schema had to be asked for.
async fn offered(
    sandbox: &Sandbox,
    wasm: &Wasm,
    shared: &Shared,
) -> Result<(OnceCell<bindings::PluginPre<Caller>>, schema::Plugin), LoadError> {
    let entry = sandbox.entry(wasm)?;
    let kept = entry.filter(Entry::has_code).and_then(|entry| entry.schema());
    if let Some(schema) = kept.and_then(|text| serde_json::from_str(&text).ok()) {
        // A schema is kept only of a component that passed the checks of `prepare`.
        return Ok((OnceCell::new(), schema));
    }
    let (pre, compiled) = prepare(sandbox, wasm).await?;
    let schema = schema_of(sandbox, &pre, &compiled, shared).await?;
    Ok((OnceCell::new_with(Some(pre)), schema))
}

/// Compiles a plugin, unless the cache has its code, and links it.
async fn prepare(
    sandbox: &Sandbox,
    wasm: &Wasm,
) -> Result<(bindings::PluginPre<Caller>, Compiled), LoadError> {
    let engine = sandbox.plugins()?.engine();
    let compiled = sandbox.compile(engine, wasm).await?;
    world::PLUGIN.check(engine, &compiled.component, wasm.name())?;
    let failed = |error: wasmtime::Error| world::PLUGIN.mismatch(wasm.name(), &error);
    let mut linker = Linker::new(engine);
    wasi::link(&mut linker).map_err(failed)?;
    bindings::Plugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |caller: &mut Caller| caller)
        .map_err(failed)?;
    let pre = linker
        .instantiate_pre(&compiled.component)
        .and_then(bindings::PluginPre::new)
        .map_err(failed)?;
    Ok((pre, compiled))
}

/// Asks a plugin for its schema and checks it.
///
/// Keeps the schema in the cache beside the compiled code.
async fn schema_of(
    sandbox: &Sandbox,
    pre: &bindings::PluginPre<Caller>,
    compiled: &Compiled,
    shared: &Shared,
) -> Result<schema::Plugin, LoadError> {
    let text = ask_schema(sandbox, pre, shared).await.map_err(|why| {
        LoadError::new(format!(
            "the plugin '{}' {why} (while it gave its schema). {FAULT}",
            shared.name
        ))
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

/// The longest schema, in bytes of JSON.
const LONGEST_SCHEMA: usize = bounds::SCHEMA.most();

/// Parses and checks a schema.
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
async fn ask_schema(
    sandbox: &Sandbox,
    pre: &bindings::PluginPre<Caller>,
    shared: &Shared,
) -> Result<String, String> {
    let on_line = shared.lines(&Arc::default());
    let room = Room::default();
    let guest = Guest::closed(&shared.limits, room.clone(), &on_line);
    let plugins = sandbox.plugins().map_err(|error| error.message)?;
    // Held until the store is dropped.
    let _slot = plugins.acquire_slot().await;
    let mut store = Store::new(plugins.engine(), Caller::unable(guest, on_line));
    enforce::apply_limits(&mut store);
    let call = async {
        let plugin = pre.instantiate_async(&mut store).await?;
        plugin.kim_plugin_provider().call_schema(&mut store).await
    };
    let result = enforce::with_deadline(shared.limits.waiting, &room, call).await;
    result.map_err(|error| store.data().guest.reason(&error).text)
}
