//! The desired graph: what the program declared, with names, edges and an order.
//!
//! Pure. Invariants: every URN occurs once; every dependency comes earlier in `order`.

mod build;
mod diagnose;
mod graph;
mod inherit;

pub(crate) use build::build;
pub(crate) use diagnose::wrong;
pub(crate) use graph::Desired;
