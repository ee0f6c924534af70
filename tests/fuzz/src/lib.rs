//! Fuzzing: each reader of bytes that come from outside is a target.
//!
//! A target reads an input and checks what has to hold for every input: no panic, a bounded time, a
//! bounded memory, and what is written reads back as it was. What does not hold is a panic.
//!
//! The same targets run in two ways. The tests replay `corpus`, a folder a target: a file there is
//! the seed of a part of a reader, or an input that once failed. `cargo xtask prove fuzz` makes new
//! inputs, with libFuzzer (the binary `kim-fuzz`).
//!
//! Invariant: an input is all that a target depends on. Nothing stays from one input to the next.

// What does not hold ends the target.
#![allow(clippy::unwrap_used, reason = "a property that does not hold is a panic")]

mod heap;
mod input;
mod targets;

use std::panic;
use std::path::{Path, PathBuf};

pub use targets::TARGETS;

/// A reader of bytes that come from outside, and what holds for it.
pub struct Target {
    /// The name, which is also that of its folder in the corpus.
    pub name: &'static str,
    /// Reads one input. Panics if something does not hold.
    pub run: fn(&[u8]),
}

/// Returns the target with a name.
///
/// # Errors
/// There is none; the error lists the names.
pub fn find(name: &str) -> Result<&'static Target, String> {
    let known = || TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
    TARGETS
        .iter()
        .find(|target| target.name == name)
        .ok_or_else(|| format!("there is no target '{name}'; there are: {}", known()))
}

/// Returns the folder of a target's corpus.
pub fn corpus(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

/// Makes every later panic end the process, also one that the code under test would catch.
pub fn abort_on_panic() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        print(panic);
        std::process::abort();
    }));
}
