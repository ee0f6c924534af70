//! Provider plugins: a component of the world `kim:plugin` as the engine's port `Provider`.
//!
//! Invariants: every operation is a fresh instance from shared compiled code, so nothing is kept between calls and
//! operations run at the same time without a lock; a plugin reaches only what its schema names *and* its embedder
//! grants; an instance that trapped or was cut off is thrown away.

mod host;
mod provider;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kim_model::{Value, schema};
use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

use crate::aws::Aws;
use crate::client::Egress;
use crate::contract;
use crate::engine::{Compiled, Sandbox, Wasm};
use crate::error::LoadError;
use crate::http::Http;
use crate::limits::{self, Limits};
use crate::wasi::{self, Guest, Level, OnLine};
use host::Caller;

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
crate::values::bridge!(wire,);

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

/// What a plugin may reach, at most. It must also ask for it in its schema.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Grants {
    /// Whatever its schema asks for.
    #[default]
    AsAsked,
    /// Only these.
    Only {
        /// AWS services by signing name, `ec2`.
        aws: Vec<String>,
        /// HTTP hosts, `host` or `host:port`.
        http: Vec<String>,
    },
}

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

/// A loaded plugin.
pub struct PluginComponent {
    shared: Arc<Shared>,
    sandbox: Sandbox,
    pre: bindings::PluginPre<Caller>,
    schema: schema::Plugin,
    digest: String,
}

/// What every instance of one plugin shares.
struct Shared {
    name: String,
    limits: Limits,
    config: Value,
    aws: Arc<Aws>,
    http: Arc<Http>,
    on_log: OnLog,
    /// The AWS services and the hosts that are both asked for and granted; empty while the schema is not known.
    services: Vec<String>,
    hosts: Vec<String>,
    requests: AtomicU64,
}

impl Shared {
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
        let compiled = sandbox.compile(wasm).await?;
        contract::PLUGIN.check(sandbox.engine(), &compiled.component, wasm.name())?;
        let failed = |error: wasmtime::Error| contract::PLUGIN.mismatch(wasm.name(), &error);
        let mut linker = Linker::new(sandbox.engine());
        wasi::link(&mut linker).map_err(failed)?;
        bindings::Plugin::add_to_linker::<_, HasSelf<_>>(&mut linker, |caller: &mut Caller| caller).map_err(failed)?;
        let pre = linker.instantiate_pre(&compiled.component).and_then(bindings::PluginPre::new).map_err(failed)?;
        let mut shared = Shared {
            name: wasm.name().to_owned(),
            limits: options.limits,
            config: options.config,
            aws: options.aws,
            http: options.http,
            on_log: options.on_log,
            services: Vec::new(),
            hosts: Vec::new(),
            requests: AtomicU64::new(0),
        };
        let schema = schema_of(sandbox, &pre, &compiled, &mut shared).await?;
        shared.allow(&schema.capabilities, &options.grants)?;
        Ok(PluginComponent { shared: Arc::new(shared), sandbox: sandbox.clone(), pre, schema, digest: wasm.digest() })
    }
}

/// The plugin's schema, from the cache or from itself.
async fn schema_of(
    sandbox: &Sandbox,
    pre: &bindings::PluginPre<Caller>,
    compiled: &Compiled,
    shared: &mut Shared,
) -> Result<schema::Plugin, LoadError> {
    let kept = compiled.entry.as_ref().and_then(|entry| entry.schema());
    if let Some(schema) = kept.and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(schema);
    }
    let text = ask_schema(sandbox, pre, shared)
        .await
        .map_err(|reason| LoadError::new(format!("the plugin '{}' {reason} while it gave its schema", shared.name)))?;
    let schema = serde_json::from_str(&text).map_err(|error| {
        LoadError::new(format!(
            "the schema of the plugin '{}' is not one that this kim understands: {error}; rebuild it with the SDK of \
             this version",
            shared.name
        ))
    })?;
    if let Some(entry) = &compiled.entry {
        entry.keep_schema(&text)?;
    }
    Ok(schema)
}

/// Asks a plugin for its schema, in an instance that can reach nothing.
async fn ask_schema(sandbox: &Sandbox, pre: &bindings::PluginPre<Caller>, shared: &Shared) -> Result<String, String> {
    let on_line: OnLine = {
        let (on_log, plugin) = (shared.on_log.clone(), shared.name.clone());
        Arc::new(move |level, line| on_log(LogLine { plugin: plugin.clone(), level, message: line.to_owned() }))
    };
    let guest = Guest::closed(&shared.limits, &on_line);
    let mut store = Store::new(sandbox.engine(), Caller::unable(guest));
    limits::bound(&mut store);
    let call = async {
        let plugin = pre.instantiate_async(&mut store).await?;
        plugin.kim_plugin_provider().call_schema(&mut store).await
    };
    let result = limits::within(shared.limits.waiting, call).await;
    result.map_err(|error| store.data().guest.reason(&error))
}

impl Shared {
    /// Settles what the plugin may reach.
    fn allow(&mut self, asked: &schema::Capabilities, grants: &Grants) -> Result<(), LoadError> {
        let granted = |wanted: &String, list: fn(&Grants) -> Option<&Vec<String>>| {
            list(grants).is_none_or(|list| list.contains(wanted))
        };
        let hosts: Vec<String> = asked.http.iter().map(|host| self.host(host)).collect::<Result<_, _>>()?;
        self.services = asked.aws.iter().filter(|service| granted(service, Grants::aws)).cloned().collect();
        self.hosts = hosts.into_iter().filter(|host| granted(host, Grants::http)).collect();
        Ok(())
    }

    /// A host that the schema names, or that the configuration gives.
    fn host(&self, asked: &str) -> Result<String, LoadError> {
        let Some(property) = asked.strip_prefix("config:") else { return Ok(asked.to_owned()) };
        self.config.get(property).and_then(Value::as_text).map(str::to_owned).ok_or_else(|| {
            LoadError::new(format!(
                "the plugin '{0}' takes the host that it talks to from its configuration, but '{property}' is not set; \
                 `kim config set {0}:{property} <host>`",
                self.name
            ))
        })
    }
}

impl Grants {
    fn aws(&self) -> Option<&Vec<String>> {
        match self {
            Grants::AsAsked => None,
            Grants::Only { aws, .. } => Some(aws),
        }
    }

    fn http(&self) -> Option<&Vec<String>> {
        match self {
            Grants::AsAsked => None,
            Grants::Only { http, .. } => Some(http),
        }
    }
}
