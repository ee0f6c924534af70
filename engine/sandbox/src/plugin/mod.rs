//! Provider plugins: a component of the world `kim:plugin` as the engine's port `Provider`.
//!
//! Invariants: every operation is a fresh instance from shared compiled code, so nothing is kept between calls and
//! operations run at the same time without a lock; a plugin reaches only what its schema names *and* its embedder
//! grants; an instance that trapped or was cut off is thrown away; a schema that cannot be worked with is refused.
//!
//! Each file uses only those before it: `bindings`, `permissions`, `shared`, `host`, `component`, `provider`.

mod bindings;
pub(crate) mod component;
mod host;
pub(crate) mod permissions;
mod provider;
pub(crate) mod shared;
