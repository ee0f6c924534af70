//! What programs and plugins share as guests.
//!
//! That is limits, log lines, the reason of a stop, and values across the boundary.
//!
//! Invariant: nothing here depends on what a guest is for. Each file uses only those before it:
//! `limits`, `room`, `stop`, `meter`, `log`, `lines`, `wasi`, `enforce`, `wire`.

pub(crate) mod enforce;
pub(crate) mod limits;
mod lines;
pub(crate) mod log;
mod meter;
pub(crate) mod room;
pub(crate) mod stop;
pub(crate) mod wasi;
pub(crate) mod wire;
