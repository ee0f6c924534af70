//! Why the host stopped a guest, and why a guest stopped, as messages for users.
//!
//! Invariant: a message holds no backtrace. If there was a panic, it holds the panic's own message
//! and place.

use std::time::Duration;

use wasmtime::Trap;

use super::limits::MAX_CALL_BYTES;
use super::room::Interrupted;

/// Why the host stopped a guest. The texts follow the guest's name.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub(crate) enum Stopped {
    /// It computed for longer than this limit.
    #[error("computed for more than {} s without finishing", .0.as_secs_f32())]
    Computing(Duration),
    /// It took longer than this limit, waiting included.
    #[error("did not finish within {} s", .0.as_secs_f32())]
    Waiting(Duration),
    /// It needed more memory than this limit, in bytes.
    #[error("needed more than the {} MB of memory that it may use", .0 >> 20)]
    Memory(usize),
    /// It waited for room in the process when the run was interrupted.
    #[error(transparent)]
    Interrupted(Interrupted),
    /// It asked for something that guests may not ask for.
    ///
    /// The text says what, and why not.
    #[error("{0}")]
    Refused(String),
}

impl Stopped {
    /// Returns the error that stops a guest because of what it asked for.
    pub(crate) fn refuse(message: impl Into<String>) -> wasmtime::Error {
        Stopped::Refused(message.into()).into()
    }
}

/// Why a guest stopped, as far as it matters for the advice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cause {
    /// Its computing time was exhausted.
    Computing,
    /// Its time, waiting included, was exhausted.
    Waiting,
    /// Its memory was exhausted.
    Memory,
    /// Its stack was exhausted.
    Stack,
    /// It panicked. Its message says what was wrong and where.
    Panic,
    /// It ended its own process.
    Exit,
    /// It waited for room when the run was interrupted.
    Interrupted,
    /// It asked for something that guests may not ask for.
    Refused,
    /// It trapped without a message.
    Trap,
}

/// Why a guest stopped.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Reason {
    pub(crate) cause: Cause,
    /// The end of a sentence that begins with the guest's name.
    pub(crate) text: String,
}

/// Returns why a guest stopped.
///
/// `panic` is the message of its panic. `out_of_memory` is its limit in bytes, if it was denied
/// memory. A limit that the host enforced comes first, then memory, then the panic.
pub(crate) fn reason(
    error: &wasmtime::Error,
    panic: Option<String>,
    out_of_memory: Option<usize>,
) -> Reason {
    let because = |cause, text: String| Reason { cause, text };
    if let Some(stopped) = error.downcast_ref::<Stopped>() {
        let cause = match stopped {
            Stopped::Computing(_) => Cause::Computing,
            Stopped::Waiting(_) => Cause::Waiting,
            Stopped::Memory(_) => Cause::Memory,
            Stopped::Interrupted(_) => Cause::Interrupted,
            Stopped::Refused(_) => Cause::Refused,
        };
        return because(cause, stopped.to_string());
    }
    if let Some(limit) = out_of_memory {
        return because(Cause::Memory, Stopped::Memory(limit).to_string());
    }
    if let Some(panic) = panic {
        return because(Cause::Panic, panic);
    }
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return because(Cause::Exit, format!("ended its process (exit code {})", exit.0));
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => {
            because(Cause::Stack, "recursed too deeply: its stack is used up".to_owned())
        }
        // Rust keeps large locals on its own stack at the bottom of memory. Below it there is no
        // memory.
        Some(Trap::MemoryOutOfBounds) => {
            let text =
                "recursed too deeply: its stack is used up (or its unsafe code left its memory)";
            because(Cause::Stack, text.to_owned())
        }
        Some(Trap::UnreachableCodeReached) => because(
            Cause::Trap,
            "aborted without a message (a wasm trap: unreachable code)".to_owned(),
        ),
        Some(trap) => because(Cause::Trap, format!("trapped: {trap}")),
        None if error.root_cause().to_string().contains("fuel allocated for hostcalls") => because(
            Cause::Refused,
            format!("passed more than {} MB in one call", MAX_CALL_BYTES >> 20),
        ),
        None => because(Cause::Trap, format!("failed: {}", error.root_cause())),
    }
}

/// The text between a thread's name and the place of its panic, in Rust's message.
pub(crate) const PANIC: &str = " panicked at ";

/// Returns message and place of the last panic in a guest's stderr.
///
/// Rust's standard library writes, for example:
///
/// ```text
/// thread 'main' (1) panicked at src/lib.rs:12:5:
/// no zones
/// note: run with `RUST_BACKTRACE=1` …
/// ```
pub(crate) fn panic_in(stderr: &str) -> Option<String> {
    let (_, after) = stderr.rsplit_once(PANIC)?;
    let (place, message) = after.split_once('\n').unwrap_or((after, ""));
    let message: Vec<&str> =
        message.lines().take_while(|line| !line.starts_with("note: ")).collect();
    let message = message.join("\n");
    Some(format!("panicked at {}: {}", place.trim().trim_end_matches(':'), message.trim()))
}
