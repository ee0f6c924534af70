//! Values against schemas: what a program gives, and what a plugin answers.
//!
//! Pure.

pub(crate) mod check;
pub mod conform;
pub mod suggest;

pub(crate) use suggest::nearest;
