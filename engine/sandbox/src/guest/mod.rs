//! A guest, program or plugin: what it may use, what it says, why it was stopped, and its values on the way in and out.
//!
//! Invariant: nothing here knows what a guest is for. Each file uses only those before it: `limits`, `stop`, `meter`,
//! `log`, `lines`, `wasi`, `enforce`, `wire`.

pub(crate) mod enforce;
pub(crate) mod limits;
mod lines;
pub(crate) mod log;
mod meter;
pub(crate) mod stop;
pub(crate) mod wasi;
pub(crate) mod wire;
