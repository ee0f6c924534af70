//! From a component to compiled code that can be instantiated: once on a machine.
//!
//! Invariant: no wasmtime engine is made anywhere else. Each file uses only those before it: `config`, `cache`, `wasm`,
//! `world`, `sandbox`.

pub(crate) mod cache;
mod config;
pub(crate) mod sandbox;
pub(crate) mod wasm;
pub(crate) mod world;
