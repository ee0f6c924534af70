//! kim's engine: from what a program declared to what the cloud holds, in one direction.
//!
//! ```text
//! program ──▶ graph ──check──▶ ──live──▶ ──diff──▶ plan ──apply──▶ state
//! ```
//!
//! Invariants: deciding ([`graph`], [`check`], [`diff`], [`plan`]) is pure and synchronous; doing ([`live`], [`apply`]) is
//! async and decides nothing. The engine knows no wasmtime, no SQL, no terminal and no AWS: it has the three ports of
//! [`ports`] and a stream of [`event`]s.

pub mod event;
pub mod plan;
pub mod ports;
pub mod stack;
pub mod state;

pub use kim_model as model;
pub use stack::{Error, Interrupt, Options, Prepared, Stack};
