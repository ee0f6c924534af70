//! Provider plugins: the world `kim:plugin` as the engine's port `Provider`.
//!
//! Invariants:
//! - Every operation runs in a fresh instance of shared compiled code. Nothing is kept between
//!   operations, and they overlap without a lock.
//! - A plugin reaches only what its schema requests *and* its embedder grants.
//! - An instance that trapped or reached a limit is dropped.
//! - A schema with errors is rejected.
//!
//! Each file uses only those before it: `bindings`, `answer`, `permissions`, `shared`, `host`,
//! `component`, `provider`.

mod answer;
mod bindings;
pub(crate) mod component;
mod host;
pub(crate) mod permissions;
mod provider;
pub(crate) mod shared;
