//! The desired graph: what the program declared, with names, edges and an order.
//!
//! Pure. Invariants: every URN occurs once; every dependency comes earlier in `order`.

mod build;
mod diagnose;
mod follow;
mod graph;
mod inherit;
mod names;
mod origin;
mod types;

pub(crate) use build::build;
pub(crate) use diagnose::{are_enough, listed, wrong};
pub(crate) use graph::Desired;
pub(crate) use origin::explain_absent;
pub(crate) use types::UnknownTypes;
