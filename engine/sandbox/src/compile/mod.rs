//! Compilation: from a component to code to instantiate, once per machine.
//!
//! Invariant: wasmtime engines are created only here. Each file uses only those before it:
//! `config`, `cache`, `wasm`, `size`, `world`, `sandbox`.

pub(crate) mod cache;
mod config;
pub(crate) mod sandbox;
mod size;
pub(crate) mod wasm;
pub(crate) mod world;
