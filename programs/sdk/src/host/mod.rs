//! The engine's side, as the program calls it: the WIT bindings in a component, a recorder in a
//! native build.

#[cfg(target_family = "wasm")]
pub mod component;
#[cfg(not(target_family = "wasm"))]
pub(crate) mod recorder;

#[cfg(target_family = "wasm")]
pub(crate) use component::imports::*;
#[cfg(not(target_family = "wasm"))]
pub(crate) use recorder::*;
