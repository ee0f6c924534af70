//! A loaded program, and the closures of a program that ran.
//!
//! Invariant: the error of a stopped program says how far the program came and what to do next.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use kim_engine::ports::{Program, ProgramError, Ran, RunContext, Transforms};
use kim_model::wire::lower;
use kim_model::{Limit, Limited, Remedy, Value};
use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

use super::bindings;
use super::host::Recorder;
use super::logs::Logs;
use crate::compile::sandbox::Sandbox;
use crate::compile::wasm::Wasm;
use crate::compile::world;
use crate::error::LoadError;
use crate::guest::enforce;
use crate::guest::limits::Limits;
use crate::guest::log::{OnLine, shortened};
use crate::guest::room::Room;
use crate::guest::stop::{Cause, Reason};
use crate::guest::wasi::{self, Guest};
use crate::guest::wire::lift;

/// A loaded program: an implementation of the engine's port `Program`.
///
/// It holds compiled code and no state. Each run is a fresh instance, so runs may overlap. A
/// program's clock stands at the start of 1970, and its random numbers are a function of the names
/// of project and stack.
///
/// ```
/// use std::sync::Arc;
/// use kim_sandbox::{Limits, ProgramComponent, Sandbox, Wasm};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), kim_sandbox::LoadError> {
/// let sandbox = Sandbox::new(None, Arc::new(|_| {}))?;
/// let wasm = Wasm::from_bytes("deploy", *b"not a component");
/// let error = ProgramComponent::load(&sandbox, &wasm, Limits::program()).await.err().unwrap();
/// assert!(error.message.starts_with("'deploy' is not WebAssembly"));
/// # Ok(())
/// # }
/// ```
pub struct ProgramComponent {
    sandbox: Sandbox,
    pre: bindings::ProgramPre<Recorder>,
    name: String,
    digest: String,
    limits: Limits,
}

impl ProgramComponent {
    /// Loads a program: its code from the sandbox's cache, else compiled.
    ///
    /// Runs nothing of it.
    ///
    /// # Errors
    /// - It is not a component, not a program of this contract, or imports what the host does not
    ///   offer to programs.
    /// - The cache cannot be written.
    pub async fn load(
        sandbox: &Sandbox,
        wasm: &Wasm,
        limits: Limits,
    ) -> Result<ProgramComponent, LoadError> {
        let compiled = sandbox.compile(sandbox.engine(), wasm).await?;
        world::PROGRAM.check(sandbox.engine(), &compiled.component, wasm.name())?;
        let failed = |error: wasmtime::Error| world::PROGRAM.mismatch(wasm.name(), &error);
        let mut linker = Linker::new(sandbox.engine());
        wasi::link(&mut linker).map_err(failed)?;
        bindings::Program::add_to_linker::<_, HasSelf<_>>(
            &mut linker,
            |recorder: &mut Recorder| recorder,
        )
        .map_err(failed)?;
        let pre = linker
            .instantiate_pre(&compiled.component)
            .and_then(bindings::ProgramPre::new)
            .map_err(failed)?;
        Ok(ProgramComponent {
            sandbox: sandbox.clone(),
            pre,
            name: wasm.name().to_owned(),
            digest: wasm.digest(),
            limits,
        })
    }

    /// Returns the error for a stopped program.
    ///
    /// It says why the program stopped, how far it came, and what to do next. It has no logs.
    fn stopped(&self, store: &Store<Recorder>, Reason { cause, text }: Reason) -> ProgramError {
        let text = format!("'{}' {text}", self.name);
        let message = match cause {
            // A panic inside the standard library: its place is not in the program.
            Cause::Panic if text.contains("panicked at /rustc/") => {
                format!("{text}; {}{}", store.data().came_to(), hermetic(&text))
            }
            Cause::Panic => format!("{text}{}", hermetic(&text)),
            Cause::Refused => text,
            _ => format!("{text}; {}{}", store.data().came_to(), next(cause)),
        };
        ProgramError { remedy: more(cause), ..ProgramError::new(message) }
    }
}

#[async_trait]
impl Program for ProgramComponent {
    async fn run(&self, context: RunContext) -> Result<Ran, ProgramError> {
        let logs = Arc::new(Logs::default());
        let seed = format!("{}/{}", context.project, context.stack);
        let on_line: OnLine = {
            let logs = logs.clone();
            Arc::new(move |level, line| logs.add(level, line))
        };
        let guest = Guest::frozen(&self.limits, seed.as_bytes(), &on_line);
        let mut store = Store::new(self.sandbox.engine(), Recorder::new(guest, context, on_line));
        enforce::apply_limits(&mut store);
        let run = async {
            let program = self.pre.instantiate_async(&mut store).await?;
            let result = program.kim_program_deployment().call_run(&mut store).await?;
            Ok((program, result))
        };
        let (program, result) =
            match enforce::with_deadline(self.limits.waiting, &Room::default(), run).await {
                Ok(ended) => ended,
                Err(error) => {
                    let reason = store.data().guest.reason(&error);
                    let told = matches!(reason.cause, Cause::Panic | Cause::Memory);
                    return Err(ProgramError {
                        logs: logs.last(told),
                        ..self.stopped(&store, reason)
                    });
                }
            };
        if let Err(message) = result {
            store.data().guest.flush();
            return Err(ProgramError {
                logs: logs.last(false),
                ..ProgramError::new(shortened(message))
            });
        }
        let mut declarations = store.data_mut().end();
        store.data().guest.flush();
        declarations.logs = logs.take();
        let transforms = Closures {
            name: self.name.clone(),
            waiting: self.limits.waiting,
            taken: Duration::ZERO,
            alive: Some((store, program)),
            _sandbox: self.sandbox.clone(),
        };
        Ok(Ran { declarations, transforms: Box::new(transforms) })
    }

    fn digest(&self) -> String {
        self.digest.clone()
    }
}

/// The closures of a program that ran.
///
/// They run in the same instance, one after another.
struct Closures {
    name: String,
    /// The program's [`Limits::waiting`], for all calls of closures together.
    waiting: Duration,
    /// The wall-clock time of the calls so far.
    taken: Duration,
    /// The instance; `None` after a call that did not return.
    alive: Option<(Store<Recorder>, bindings::Program)>,
    /// Keeps the sandbox's ticker running.
    ///
    /// Without it the time of guests would not be bounded.
    _sandbox: Sandbox,
}

#[async_trait]
impl Transforms for Closures {
    async fn transform(
        &mut self,
        callback: u32,
        arguments: Vec<Value>,
    ) -> Result<Value, ProgramError> {
        let Some((mut store, program)) = self.alive.take() else {
            return Err(ProgramError::new(format!(
                "a closure of the program '{}' cannot be called: an earlier one did not return",
                self.name
            )));
        };
        enforce::restart_clock(&mut store);
        let arguments: Vec<_> = arguments.iter().map(lower).collect();
        let call =
            program.kim_program_deployment().call_transform(&mut store, callback, &arguments);
        let (started, before) = (Instant::now(), self.taken);
        let result =
            enforce::with_deadline(self.waiting.saturating_sub(before), &Room::default(), call)
                .await;
        self.taken += started.elapsed();
        let result = match result {
            Ok(result) => result,
            Err(error) => {
                let Reason { cause, text } = store.data().guest.reason(&error);
                let message = if cause == Cause::Waiting && !before.is_zero() {
                    let seconds = self.waiting.as_secs_f32();
                    format!(
                        "the closures of the program '{}' took more than {seconds} s together; let them compute less",
                        self.name
                    )
                } else {
                    format!("a closure of the program '{}' {text}{}", self.name, next(cause))
                };
                return Err(ProgramError { remedy: more(cause), ..ProgramError::new(message) });
            }
        };
        self.alive = Some((store, program));
        let value = result.map_err(|message| ProgramError::new(shortened(message)))?;
        let (value, _) = lift(value).map_err(|why| {
            ProgramError::new(format!(
                "a closure of the program '{}' returned a bad value: {why}",
                self.name
            ))
        })?;
        if value.outputs().is_empty() {
            return Ok(value);
        }
        Err(ProgramError::new(format!(
            "a closure of the program '{}' returned an output; it has to return plain values",
            self.name
        )))
    }
}

/// Returns the advice for a stopped program.
///
/// The text is a further sentence, or empty.
fn next(cause: Cause) -> &'static str {
    match cause {
        Cause::Computing => ". Look for a loop that does not end, or allow more",
        Cause::Waiting => {
            ". A program has nothing to wait for, and its clock stands still: remove what waits"
        }
        Cause::Memory => ". Look for a list that grows without end, or allow more",
        Cause::Stack => ". Look for a function that calls itself without end",
        Cause::Exit => ". Return an error instead",
        Cause::Panic | Cause::Interrupted | Cause::Refused | Cause::Trap => "",
    }
}

/// Returns the limit that a stopped program reached and that may be raised.
///
/// Returns `None` for the limit of waiting: see [`next`].
fn more(cause: Cause) -> Option<Remedy> {
    let limit = match cause {
        Cause::Computing => Limit::Computing,
        Cause::Memory => Limit::Memory,
        _ => return None,
    };
    Some(Remedy::RaiseLimit { of: Limited::Program, limit })
}

/// Returns what to do instead if a panic is about what a program does not have.
///
/// That is files, sockets, variables and threads. The text is a further sentence, which also says
/// what is missing. It is empty for other panics.
fn hermetic(panic: &str) -> &'static str {
    if ["Os { code: ", "value: NotPresent"].iter().any(|sign| panic.contains(sign)) {
        ". A program sees no files, network or environment and has one thread: what it needs belongs in its \
             configuration, or in the program itself (include_str!)"
    } else {
        ""
    }
}
