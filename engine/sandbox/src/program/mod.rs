//! Deployment programs: a component of the world `kim:program` as the engine's port [`Program`].
//!
//! Invariants: a run starts from nothing, so the same context gives the same declarations; a program that fails leaves
//! no declaration behind; after a call that was cut off or trapped nothing of that instance is used again.
//!
//! Each file uses only those before it: `bindings`, `logs`, `host`, `component`.

mod bindings;
pub(crate) mod component;
mod host;
mod logs;
