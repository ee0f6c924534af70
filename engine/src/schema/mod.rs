//! Checks values against schemas: inputs of a program, and answers of a plugin.
//!
//! Pure.

pub(crate) mod check;
pub mod conform;
pub mod suggest;

pub(crate) use suggest::{nearest, nearest_few};
