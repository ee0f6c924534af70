//! The engine's port `Provider`, carried out by a plugin: each operation one fresh instance.
//!
//! Invariant: whatever a guest does, an operation ends within its limits with a typed failure that names plugin,
//! operation and kind.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use kim_engine::ports::{Deletion, Live, LiveState, Price, Progress, Provider, Violation};
use kim_model::{Failure, Path, Value, schema};
use wasmtime::Store;

use super::bindings::exports::kim::plugin::provider::{self as guest, Guest as Exports};
use super::host::{Caller, Known};
use super::{LogLine, PluginComponent, lift, lower, wire};
use crate::error::Stopped;
use crate::limits;
use crate::wasi::{Guest, OnLine};

/// Which operation runs on what, for messages.
#[derive(Clone, Copy)]
struct Operation<'a> {
    name: &'static str,
    on: &'a str,
    /// Whether it may use the network.
    network: bool,
}

impl<'a> Operation<'a> {
    fn online(name: &'static str, on: &'a str) -> Operation<'a> {
        Operation { name, on, network: true }
    }

    fn offline(name: &'static str, on: &'a str) -> Operation<'a> {
        Operation { name, on, network: false }
    }
}

impl PluginComponent {
    /// Runs one operation in an instance of its own.
    async fn run<T>(
        &self,
        operation: Operation<'_>,
        call: impl AsyncFnOnce(&Exports, &mut Store<Caller>) -> wasmtime::Result<T>,
    ) -> Result<T, Failure> {
        self.run_knowing(operation, call).await.map(|(result, _)| result)
    }

    /// Runs an operation that may use the network: what the host knows of a failure goes into it.
    async fn run_online<T>(
        &self,
        operation: Operation<'_>,
        call: impl AsyncFnOnce(&Exports, &mut Store<Caller>) -> wasmtime::Result<Result<T, guest::Failure>>,
    ) -> Result<T, Failure> {
        let (result, known) = self.run_knowing(operation, call).await?;
        result.map_err(|failure| match (self.failure(operation, failure), known) {
            (Failure::Transient(_) | Failure::Other(_), Some(Known::NoWay(why))) => Failure::Unreachable(why),
            (Failure::Denied(message), Some(Known::Refused(advice))) => Failure::Denied(format!("{message}. {advice}")),
            (failure, _) => failure,
        })
    }

    async fn run_knowing<T>(
        &self,
        operation: Operation<'_>,
        call: impl AsyncFnOnce(&Exports, &mut Store<Caller>) -> wasmtime::Result<T>,
    ) -> Result<(T, Option<Known>), Failure> {
        let shared = &self.shared;
        let on_line: OnLine = {
            let (on_log, plugin) = (shared.on_log.clone(), shared.name.clone());
            Arc::new(move |level, line| on_log(LogLine { plugin: plugin.clone(), level, message: line.to_owned() }))
        };
        let guest = Guest::closed(&shared.limits, &on_line);
        let mut store = Store::new(self.sandbox.engine(), Caller::new(guest, shared.clone(), operation.network));
        limits::bound(&mut store);
        let whole = async {
            let plugin = self.pre.instantiate_async(&mut store).await?;
            call(plugin.kim_plugin_provider(), &mut store).await
        };
        let result = limits::within(shared.limits.waiting, whole).await;
        let known = store.data_mut().known();
        result.map(|result| (result, known)).map_err(|error| {
            let message = self.blame(operation, &store.data().guest.reason(&error));
            match error.downcast_ref::<Stopped>() {
                Some(Stopped::Waiting(_) | Stopped::Computing(_)) => Failure::Transient(message),
                _ => Failure::Other(message),
            }
        })
    }

    /// A sentence that names the plugin, the operation and what it was about.
    fn blame(&self, Operation { name, on, .. }: Operation<'_>, what: &str) -> String {
        format!("the plugin '{}' {what} ({name} of {on})", self.shared.name)
    }

    fn value(&self, operation: Operation<'_>, value: wire::Value) -> Result<Value, Failure> {
        lift(value)
            .map(|(value, _)| value)
            .map_err(|why| Failure::Other(self.blame(operation, &format!("returned a bad value: {why}"))))
    }

    fn state(&self, operation: Operation<'_>, state: guest::State) -> Result<LiveState, Failure> {
        if state.id.is_empty() {
            return Err(Failure::Other(self.blame(operation, "returned an empty id")));
        }
        Ok(LiveState { properties: self.value(operation, state.properties)?, id: state.id })
    }

    fn progress(&self, operation: Operation<'_>, progress: guest::Progress) -> Result<Progress, Failure> {
        Ok(match progress {
            guest::Progress::Done(state) => Progress::Done(self.state(operation, state)?),
            guest::Progress::Again((after_ms, status)) => Progress::Again { after_ms, status },
        })
    }

    fn failure(&self, operation: Operation<'_>, failure: guest::Failure) -> Failure {
        match failure {
            guest::Failure::Throttled(message) => Failure::Throttled(message),
            guest::Failure::Transient(message) => Failure::Transient(message),
            guest::Failure::NotFound(message) => Failure::NotFound(message),
            guest::Failure::Conflict(message) => Failure::Conflict(message),
            guest::Failure::Denied(message) => Failure::Denied(message),
            guest::Failure::Invalid((path, message)) => match path.parse() {
                Ok(path) => Failure::invalid(path, message),
                Err(_) => Failure::invalid(Path::root(), format!("{path}: {message}")),
            },
            guest::Failure::Partial(partial) if partial.id.is_empty() => Failure::Other(
                self.blame(operation, &format!("returned a partial result without an id: {}", partial.message)),
            ),
            // The id of what exists is worth more than its outputs: a bad value does not lose it.
            guest::Failure::Partial(guest::Partial { id, outputs, message }) => match lift(outputs) {
                Ok((outputs, _)) => Failure::Partial { id, outputs, message },
                Err(why) => {
                    let message = format!("{message} (and its outputs cannot be read: {why})");
                    Failure::Partial { id, outputs: Value::map(), message }
                }
            },
            guest::Failure::Other(message) => Failure::Other(message),
        }
    }
}

#[async_trait]
impl Provider for PluginComponent {
    fn schema(&self) -> &schema::Plugin {
        &self.schema
    }

    fn digest(&self) -> String {
        self.digest.clone()
    }

    async fn place(&self) -> Option<String> {
        if self.shared.services.is_empty() {
            return None;
        }
        let (region, account) = self.shared.aws.describe().await;
        Some(format!("AWS account {}, {}", account?, region?))
    }

    async fn check(&self, kind: &str, inputs: &Value) -> Result<Vec<Violation>, Failure> {
        let operation = Operation::offline("check", kind);
        let inputs = lower(inputs);
        let found = self.run(operation, async |plugin, store| plugin.call_check(store, kind, &inputs).await).await?;
        let violation = |guest::Violation { path, message, warning }| match path.parse() {
            Ok(path) => Violation { path, message, warning },
            Err(_) => Violation { path: Path::root(), message: format!("{path}: {message}"), warning },
        };
        Ok(found.into_iter().map(violation).collect())
    }

    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
        let operation = Operation::online("create", kind);
        let inputs = lower(inputs);
        let call =
            async |plugin: &Exports, store: &mut Store<Caller>| plugin.call_create(store, kind, &inputs, token).await;
        self.state(operation, self.run_online(operation, call).await?)
    }

    async fn settle(&self, kind: &str, id: &str, inputs: &Value, properties: &Value) -> Result<Progress, Failure> {
        let operation = Operation::online("settle", kind);
        let (inputs, properties) = (lower(inputs), lower(properties));
        let call = async |plugin: &Exports, store: &mut Store<Caller>| {
            plugin.call_settle(store, kind, id, &inputs, &properties).await
        };
        self.progress(operation, self.run_online(operation, call).await?)
    }

    async fn read(&self, kind: &str, resources: &[Live]) -> Result<Vec<Option<LiveState>>, Failure> {
        let operation = Operation::online("read", kind);
        let live = |Live { id, properties }: &Live| guest::Live {
            kind: kind.to_owned(),
            id: id.clone(),
            properties: lower(properties),
        };
        let lives: Vec<_> = resources.iter().map(live).collect();
        let call = async |plugin: &Exports, store: &mut Store<Caller>| plugin.call_read(store, kind, &lives).await;
        let states = self.run_online(operation, call).await?;
        if states.len() != resources.len() {
            let what = format!("answered for {} resources when asked for {}", states.len(), resources.len());
            return Err(Failure::Other(self.blame(operation, &what)));
        }
        states.into_iter().map(|state| state.map(|state| self.state(operation, state)).transpose()).collect()
    }

    async fn update(&self, kind: &str, id: &str, inputs: &Value, properties: &Value) -> Result<Progress, Failure> {
        let operation = Operation::online("update", kind);
        let (inputs, properties) = (lower(inputs), lower(properties));
        let call = async |plugin: &Exports, store: &mut Store<Caller>| {
            plugin.call_update(store, kind, id, &inputs, &properties).await
        };
        self.progress(operation, self.run_online(operation, call).await?)
    }

    async fn delete(&self, kind: &str, id: &str, properties: &Value) -> Result<Deletion, Failure> {
        let operation = Operation::online("delete", kind);
        let properties = lower(properties);
        let call =
            async |plugin: &Exports, store: &mut Store<Caller>| plugin.call_delete(store, kind, id, &properties).await;
        Ok(match self.run_online(operation, call).await? {
            guest::Deletion::Gone => Deletion::Gone,
            guest::Deletion::Again((after_ms, status)) => Deletion::Again { after_ms, status },
        })
    }

    async fn find(&self, kind: &str, token: &str, inputs: &Value) -> Result<Option<LiveState>, Failure> {
        let operation = Operation::online("find", kind);
        let inputs = lower(inputs);
        let call =
            async |plugin: &Exports, store: &mut Store<Caller>| plugin.call_find(store, kind, token, &inputs).await;
        let state = self.run_online(operation, call).await?;
        state.map(|state| self.state(operation, state)).transpose()
    }

    async fn look_up(&self, name: &str, arguments: &Value) -> Result<Value, Failure> {
        let operation = Operation::online("look-up", name);
        let arguments = lower(arguments);
        let call =
            async |plugin: &Exports, store: &mut Store<Caller>| plugin.call_look_up(store, name, &arguments).await;
        self.value(operation, self.run_online(operation, call).await?)
    }

    async fn price(&self, kind: &str, inputs: &Value) -> Result<Option<Price>, Failure> {
        let operation = Operation::offline("price", kind);
        let inputs = lower(inputs);
        let price = self.run(operation, async |plugin, store| plugin.call_price(store, kind, &inputs).await).await?;
        Ok(price.map(|guest::Cost { micros_a_month, basis }| Price { micros_a_month, basis }))
    }

    fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }
}
