//! Deployment programs: the world `kim:program` as the engine's port [`Program`].
//!
//! Invariants:
//! - Each run is a fresh instance, so the same context gives the same declarations.
//! - A program that fails leaves no declarations.
//! - An instance is not used again after a call that trapped or reached a limit.
//!
//! Each file uses only those before it: `bindings`, `logs`, `host`, `component`.

mod bindings;
pub(crate) mod component;
pub(crate) mod host;
mod logs;
