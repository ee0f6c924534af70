//! The engine's port `Provider`, implemented by a plugin.
//!
//! Each operation runs in a fresh instance.
//!
//! Invariant: whatever a guest does, an operation ends within its limits. If the host stopped it or
//! rejected its result, the failure names plugin, operation and kind.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use kim_engine::ports::{
    Deletion, LONGEST_ID, Live, LiveState, Price, Progress, Provider, Violation,
};
use kim_engine::{Interrupt, shape};
use kim_model::bounds::VIOLATIONS;
use kim_model::wire::lower;
use kim_model::{Failure, Limit, Limited, Path, Remedy, Value, schema, without_error_numbers};
use wasmtime::Store;

use super::answer::{Answer, Size};
use super::bindings::exports::kim::plugin::provider::{self as guest, Guest as Exports};
use super::bindings::wire;
use super::component::PluginComponent;
use super::host::{Caller, RequestDiagnosis};
use super::shared::FAULT;
use crate::aws::advice::Advice;
use crate::error::LoadError;
use crate::guest::enforce;
use crate::guest::log::shortened;
use crate::guest::room::Room;
use crate::guest::stop::{Cause, Reason};
use crate::guest::wasi::Guest;
use crate::guest::wire::lift;

/// An operation, for messages and permissions.
#[derive(Clone, Copy)]
struct Operation<'a> {
    name: &'static str,
    /// The kind or the lookup that it runs on.
    on: &'a str,
    /// True if it may use the network.
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
    /// Runs one operation in a fresh instance.
    async fn run<T>(
        &self,
        operation: Operation<'_>,
        call: impl AsyncFnOnce(&Exports, &mut Store<Caller>) -> wasmtime::Result<T>,
    ) -> Result<T, Failure> {
        self.run_diagnosed(operation, call).await.map(|(result, ..)| result)
    }

    /// Runs an operation that may use the network.
    ///
    /// Adds to its failure what the host knows of a failed request.
    ///
    /// # Errors
    /// Those of the plugin. Its answer is larger than an answer may be.
    async fn run_online<T>(
        &self,
        operation: Operation<'_>,
        call: impl AsyncFnOnce(
            &Exports,
            &mut Store<Caller>,
        ) -> wasmtime::Result<Result<T, guest::Failure>>,
    ) -> Result<T, Failure>
    where
        Result<T, guest::Failure>: Answer,
    {
        let (answer, fits) = self.ask(operation, call).await?;
        fits.map_err(|what| self.fault(operation, &what))?;
        Ok(answer)
    }

    /// Runs an operation as [`run_online`](PluginComponent::run_online) does.
    ///
    /// Returns its answer, and the error if that is too large.
    async fn ask<T>(
        &self,
        operation: Operation<'_>,
        call: impl AsyncFnOnce(
            &Exports,
            &mut Store<Caller>,
        ) -> wasmtime::Result<Result<T, guest::Failure>>,
    ) -> Result<(T, Result<(), String>), Failure>
    where
        Result<T, guest::Failure>: Answer,
    {
        let (result, diagnosis, room) = self.run_diagnosed(operation, call).await?;
        let fits = fits(&result, &room).await;
        let failure = |failure| match fits.is_ok() {
            true => self.failure(operation, failure),
            false => self.failure(operation, without_outputs(failure)),
        };
        let answer = result.map_err(|of_plugin| match (failure(of_plugin), diagnosis) {
            (
                Failure::Transient(_) | Failure::Other(_),
                Some(RequestDiagnosis::NeverReached(why)),
            ) => Failure::Unreachable(why),
            (
                Failure::Transient(_) | Failure::Other(_),
                Some(RequestDiagnosis::Interrupted(why)),
            ) => Failure::Interrupted(why),
            (
                failure @ (Failure::Denied(_) | Failure::Transient(_) | Failure::Other(_)),
                Some(RequestDiagnosis::NotGranted(remedy)),
            ) => failure.with_remedy(remedy),
            (Failure::Denied(message), Some(RequestDiagnosis::Advice(advice))) => {
                advised(Failure::Denied, &message, Some(advice))
            }
            (Failure::Transient(message), Some(RequestDiagnosis::Advice(advice))) => {
                advised(Failure::Transient, &message, Some(advice))
            }
            // The host's retries were cut off. The engine does not retry after an interrupt.
            (
                failure @ (Failure::Throttled(_) | Failure::Transient(_)),
                Some(RequestDiagnosis::RetriesExhausted { changed: false, .. }),
            ) if self.interrupt.level() > 0 => failure,
            // The host's retries are exhausted, so the engine must not retry: the failure gets
            // another type.
            (
                Failure::Throttled(message),
                Some(RequestDiagnosis::RetriesExhausted { advice, changed }),
            ) => {
                let message =
                    format!("throttled: {}, each time it was sent", message.trim_end_matches('.'));
                let of = if changed { Failure::Other } else { Failure::Unreachable };
                advised(of, &message, advice)
            }
            (
                Failure::Transient(message),
                Some(RequestDiagnosis::RetriesExhausted { advice, .. }),
            ) => advised(Failure::Other, &message, advice),
            (failure, _) => failure,
        })?;
        Ok((answer, fits))
    }

    /// Runs one operation in a fresh instance, and returns a diagnosis too.
    ///
    /// The diagnosis is what the host knows of the operation's last request, if that failed. The
    /// room is that of the operation, and of its result.
    async fn run_diagnosed<T>(
        &self,
        operation: Operation<'_>,
        call: impl AsyncFnOnce(&Exports, &mut Store<Caller>) -> wasmtime::Result<T>,
    ) -> Result<(T, Option<RequestDiagnosis>, Room), Failure> {
        let code = self.code().await.map_err(not_loaded)?;
        let shared = &self.shared;
        let on_line = shared.lines(&self.logged);
        let interrupt = self.interrupt.clone();
        let room = Room::new(interrupt.clone());
        let guest = Guest::closed(&shared.limits, room.clone(), &on_line);
        let network = operation.network;
        let caller = Caller::new(guest, on_line, shared.clone(), network, interrupt, room.clone());
        let plugins = self.sandbox.plugins().map_err(not_loaded)?;
        // Held until the store is dropped.
        let _slot = tokio::select! {
            biased;
            slot = plugins.acquire_slot() => slot,
            () = self.interrupt.reached(1) => return Err(self.not_called(operation)),
        };
        let mut store = Store::new(plugins.engine(), caller);
        enforce::apply_limits(&mut store);
        let whole = async {
            let plugin = code.instantiate_async(&mut store).await?;
            call(plugin.kim_plugin_provider(), &mut store).await
        };
        let result = enforce::with_deadline(shared.limits.waiting, &room, whole).await;
        let diagnosis = store.data_mut().take_diagnosis();
        // A retry does not help, and what was begun may have been carried out: the engine looks
        // that up.
        let stopped = |error| self.stopped(operation, &error, store.data());
        result.map(|result| (result, diagnosis, room)).map_err(stopped)
    }

    /// Returns the failure of an operation that waited at the interrupt.
    fn not_called(&self, operation: Operation<'_>) -> Failure {
        Failure::Interrupted(self.said(operation, "was not called: the run was interrupted"))
    }

    /// Returns the failure of a stopped operation: why it stopped, and what to do next.
    fn stopped(
        &self,
        operation: Operation<'_>,
        error: &wasmtime::Error,
        caller: &Caller,
    ) -> Failure {
        const UNLESS_LARGE: &str = "This is a fault of the plugin, unless its work is that large";
        let Reason { cause, text } = caller.guest.reason(error);
        let said = self.said(operation, &text);
        let (message, limit) = match (cause, &caller.awaiting) {
            (Cause::Waiting, Some(place)) => (
                format!("{said}: {place} had not answered. Try again later, or allow more"),
                Limit::Waiting,
            ),
            (Cause::Waiting, None) => (format!("{said}. Allow more"), Limit::Waiting),
            (Cause::Computing, _) => (format!("{said}. {UNLESS_LARGE}"), Limit::Computing),
            (Cause::Memory, _) => (format!("{said}. {UNLESS_LARGE}"), Limit::Memory),
            (Cause::Interrupted, _) if !caller.may_have_changed() => {
                return Failure::Interrupted(said);
            }
            (Cause::Interrupted, _) => return Failure::Other(said),
            _ => return Failure::Other(format!("{said}. {FAULT}")),
        };
        let of = Limited::Plugin(self.shared.name.clone());
        Failure::Other(message).with_remedy(Remedy::RaiseLimit { of, limit })
    }

    /// Returns a sentence that names the plugin, the operation and the kind.
    ///
    /// It has no full stop.
    fn said(&self, Operation { name, on, .. }: Operation<'_>, what: &str) -> String {
        format!("the plugin '{}' {what} ({name} of {on})", self.shared.name)
    }

    /// Returns a failure that is the plugin's fault.
    fn fault(&self, operation: Operation<'_>, what: &str) -> Failure {
        Failure::Other(format!("{}. {FAULT}", self.said(operation, &shortened(what.to_owned()))))
    }

    /// Converts a value of the plugin. Rejects a malformed one.
    fn value(&self, operation: Operation<'_>, value: wire::Value) -> Result<Value, Failure> {
        let lifted = lift(value)
            .map_err(|why| self.fault(operation, &format!("returned a bad value: {why}")));
        lifted.map(|(value, _)| value)
    }

    /// Converts a state of the plugin.
    ///
    /// Rejects a bad id, and properties that do not conform to the schema.
    fn state(&self, operation: Operation<'_>, state: guest::State) -> Result<LiveState, Failure> {
        if state.id.is_empty() {
            return Err(self.fault(operation, "returned an empty id"));
        }
        if state.id.len() > LONGEST_ID {
            let what = format!(
                "returned an id of {} bytes; at most {LONGEST_ID} are allowed",
                state.id.len()
            );
            return Err(self.fault(operation, &what));
        }
        let properties = self.value(operation, state.properties)?;
        let misfits = self
            .schema
            .kind(operation.on)
            .map(|kind| shape::misfits(&kind.properties, &properties));
        match misfits.as_deref() {
            None | Some([]) => Ok(LiveState { properties, id: state.id }),
            Some(misfits) => {
                let what =
                    format!("returned what its schema does not allow: {}", misfits.join("; "));
                Err(self.fault(operation, &what))
            }
        }
    }

    /// Converts the state that a create returned.
    ///
    /// If its properties are bad, returns [`Failure::Partial`], so that the id of the created
    /// resource is not lost.
    fn created(
        &self,
        operation: Operation<'_>,
        state: guest::State,
        fits: Result<(), String>,
    ) -> Result<LiveState, Failure> {
        let id = state.id.clone();
        let state = match fits {
            Ok(()) => self.state(operation, state),
            Err(what) => Err(self.fault(operation, &what)),
        };
        state.map_err(|failure| match id.len() {
            1..=LONGEST_ID => {
                Failure::Partial { id, outputs: Value::map(), message: failure.to_string() }
            }
            _ => failure,
        })
    }

    fn progress(
        &self,
        operation: Operation<'_>,
        progress: guest::Progress,
    ) -> Result<Progress, Failure> {
        Ok(match progress {
            guest::Progress::Done(state) => Progress::Done(self.state(operation, state)?),
            guest::Progress::Again((after_ms, status)) => {
                Progress::Again { after_ms, status: shortened(status) }
            }
        })
    }

    fn failure(&self, operation: Operation<'_>, failure: guest::Failure) -> Failure {
        match failure {
            guest::Failure::Throttled(message) => Failure::Throttled(clean_message(message)),
            guest::Failure::Transient(message) => Failure::Transient(clean_message(message)),
            guest::Failure::NotFound(message) => Failure::NotFound(clean_message(message)),
            guest::Failure::Conflict(message) => Failure::Conflict(clean_message(message)),
            guest::Failure::NotYet(message) => Failure::NotYet(clean_message(message)),
            guest::Failure::Refused(message) => Failure::Refused(clean_message(message)),
            guest::Failure::TokenUsed(message) => Failure::TokenUsed(clean_message(message)),
            guest::Failure::Denied(message) => Failure::Denied(clean_message(message)),
            guest::Failure::Invalid((path, message)) => match path.parse() {
                Ok(path) => Failure::invalid(path, clean_message(message)),
                Err(_) => {
                    Failure::invalid(Path::root(), clean_message(format!("{path}: {message}")))
                }
            },
            guest::Failure::Partial(partial) if partial.id.is_empty() => {
                let what = format!(
                    "returned a partial result without an id: {}",
                    clean_message(partial.message)
                );
                self.fault(operation, &what)
            }
            guest::Failure::Partial(partial) if partial.id.len() > LONGEST_ID => {
                let what = format!(
                    "returned a partial result with an id of {} bytes; at most {LONGEST_ID} are allowed: {}",
                    partial.id.len(),
                    clean_message(partial.message)
                );
                self.fault(operation, &what)
            }
            // The id of the created resource is kept, even if its outputs are bad.
            guest::Failure::Partial(guest::Partial { id, outputs, message }) => match lift(outputs)
            {
                Ok((outputs, _)) => {
                    Failure::Partial { id, outputs, message: clean_message(message) }
                }
                Err(why) => {
                    let message = format!(
                        "{} (and its outputs cannot be read: {why})",
                        clean_message(message)
                    );
                    Failure::Partial { id, outputs: Value::map(), message }
                }
            },
            guest::Failure::Other(message) => Failure::Other(clean_message(message)),
        }
    }
}

/// Checks the bounds of the values of an answer, and waits for their room.
///
/// The error is the end of a sentence that begins with the plugin's name.
async fn fits(answer: &impl Answer, room: &Room) -> Result<(), String> {
    let size = Size::of(answer);
    if let Some(excess) = size.excess() {
        return Err(excess);
    }
    if size.is_small() {
        return Ok(());
    }
    room.grow().await.map_err(|why| format!("{why}: its answer is not used"))
}

/// Returns a failure without the properties of what was created in part.
fn without_outputs(failure: guest::Failure) -> guest::Failure {
    match failure {
        guest::Failure::Partial(partial) => {
            let outputs = lower(&Value::map());
            guest::Failure::Partial(guest::Partial { outputs, ..partial })
        }
        failure => failure,
    }
}

/// Returns a failure whose message ends with the advice, if there is some.
fn advised(of: fn(String) -> Failure, message: &str, advice: Option<Advice>) -> Failure {
    match advice {
        Some(Advice { text, remedy }) => {
            of(format!("{}. {text}", message.trim_end_matches('.'))).with_remedy(remedy)
        }
        None => of(message.to_owned()),
    }
}

/// Returns the failure of an operation whose plugin could not be loaded.
fn not_loaded(error: LoadError) -> Failure {
    Failure::Other(error.message).with_remedy(error.remedy)
}

/// Returns a plugin's message as it is shown.
///
/// Its length is bounded, and the system's error numbers are left out.
fn clean_message(message: String) -> String {
    shortened(without_error_numbers(message))
}

#[async_trait]
impl Provider for PluginComponent {
    fn schema(&self) -> &schema::Plugin {
        &self.schema
    }

    fn digest(&self) -> String {
        self.wasm.digest()
    }

    async fn place(&self) -> Option<String> {
        if !self.shared.permissions.uses_aws() {
            return None;
        }
        let (region, account) = self.shared.aws.describe().await;
        Some(format!("AWS account {}, {}", account?, region?))
    }

    async fn check(&self, kind: &str, inputs: &Value) -> Result<Vec<Violation>, Failure> {
        let operation = Operation::offline("check", kind);
        let inputs = lower(inputs);
        let found = self
            .run(operation, async |plugin, store| plugin.call_check(store, kind, &inputs).await)
            .await?;
        if VIOLATIONS.is_exceeded_by(found.len() as u64) {
            let what =
                format!("returned {} violations; at most {VIOLATIONS} are allowed", found.len());
            return Err(self.fault(operation, &what));
        }
        let violation = |guest::Violation { path, message, warning }| match path.parse() {
            Ok(path) => Violation { path, message: shortened(message), warning },
            Err(_) => Violation {
                path: Path::root(),
                message: shortened(format!("{path}: {message}")),
                warning,
            },
        };
        Ok(found.into_iter().map(violation).collect())
    }

    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
        let operation = Operation::online("create", kind);
        let inputs = lower(inputs);
        let call = async |plugin: &Exports, store: &mut Store<Caller>| {
            plugin.call_create(store, kind, &inputs, token).await
        };
        let (state, fits) = self.ask(operation, call).await?;
        self.created(operation, state, fits)
    }

    async fn settle(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        let operation = Operation::online("settle", kind);
        let (inputs, properties) = (lower(inputs), lower(properties));
        let call = async |plugin: &Exports, store: &mut Store<Caller>| {
            plugin.call_settle(store, kind, id, &inputs, &properties).await
        };
        self.progress(operation, self.run_online(operation, call).await?)
    }

    async fn read(
        &self,
        kind: &str,
        resources: &[Live],
    ) -> Result<Vec<Option<LiveState>>, Failure> {
        let operation = Operation::online("read", kind);
        let live = |Live { id, properties }: &Live| guest::Live {
            kind: kind.to_owned(),
            id: id.clone(),
            properties: lower(properties),
        };
        let lives: Vec<_> = resources.iter().map(live).collect();
        let call = async |plugin: &Exports, store: &mut Store<Caller>| {
            plugin.call_read(store, kind, &lives).await
        };
        let states = self.run_online(operation, call).await?;
        if states.len() != resources.len() {
            let what = format!(
                "answered for {} resources when asked for {}",
                states.len(),
                resources.len()
            );
            return Err(self.fault(operation, &what));
        }
        states
            .into_iter()
            .map(|state| state.map(|state| self.state(operation, state)).transpose())
            .collect()
    }

    async fn update(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
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
        let call = async |plugin: &Exports, store: &mut Store<Caller>| {
            plugin.call_delete(store, kind, id, &properties).await
        };
        Ok(match self.run_online(operation, call).await? {
            guest::Deletion::Gone => Deletion::Gone,
            guest::Deletion::Again((after_ms, status)) => {
                Deletion::Again { after_ms, status: shortened(status) }
            }
        })
    }

    async fn find(
        &self,
        kind: &str,
        token: &str,
        inputs: &Value,
    ) -> Result<Option<LiveState>, Failure> {
        let operation = Operation::online("find", kind);
        let inputs = lower(inputs);
        let call = async |plugin: &Exports, store: &mut Store<Caller>| {
            plugin.call_find(store, kind, token, &inputs).await
        };
        let state = self.run_online(operation, call).await?;
        state.map(|state| self.state(operation, state)).transpose()
    }

    async fn look_up(&self, name: &str, arguments: &Value) -> Result<Value, Failure> {
        let operation = Operation::online("look-up", name);
        let arguments = lower(arguments);
        let call = async |plugin: &Exports, store: &mut Store<Caller>| {
            plugin.call_look_up(store, name, &arguments).await
        };
        let found = self.value(operation, self.run_online(operation, call).await?)?;
        let misfits = self
            .schema
            .lookup(name)
            .map(|lookup| shape::misfits(&lookup.results.properties, &found));
        match misfits.as_deref() {
            None | Some([]) => Ok(found),
            Some(misfits) => {
                let what =
                    format!("returned what its schema does not allow: {}", misfits.join("; "));
                Err(self.fault(operation, &what))
            }
        }
    }

    async fn price(&self, kind: &str, inputs: &Value) -> Result<Option<Price>, Failure> {
        let operation = Operation::offline("price", kind);
        let inputs = lower(inputs);
        let price = self
            .run(operation, async |plugin, store| plugin.call_price(store, kind, &inputs).await)
            .await?;
        Ok(price.map(|guest::Cost { micros_a_month, basis }| Price {
            micros_a_month,
            basis: shortened(basis),
        }))
    }

    fn for_run(&self, interrupt: &Interrupt) -> Option<Arc<dyn Provider>> {
        let (interrupt, logged) = (interrupt.clone(), Arc::default());
        Some(Arc::new(PluginComponent { interrupt, logged, ..self.clone() }))
    }

    fn requests(&self) -> u64 {
        self.shared.requests.load(Ordering::Relaxed)
    }
}
