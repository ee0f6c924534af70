//! kim's engine: from what a program declared to what the cloud holds, in one direction.
//!
//! ```text
//! program ──▶ graph ──check──▶ ──live──▶ ──diff──▶ plan ──apply──▶ state
//! ```
//!
//! Invariants: deciding (graph, check, diff, plan) is pure and synchronous; doing (live, apply) is
//! async and decides nothing. The engine knows no wasmtime, no SQL, no terminal and no AWS: it has the three ports of
//! [`ports`] and a stream of [`event`]s.

mod alias;
mod apply;
mod check;
mod decide;
mod diff;
pub mod event;
mod graph;
mod live;
mod lookup;
mod memory;
mod order;
pub mod plan;
pub mod ports;
mod prepare;
mod providers;
mod recover;
mod refresh;
mod resolve;
mod retry;
pub mod shape;
mod stack;
pub mod state;
mod target;
mod token;
mod validate;

pub use kim_model as model;
pub use memory::MemoryStore;
pub use stack::{Error, Interrupt, Options, Prepared, Stack};
