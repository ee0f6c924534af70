//! What is recorded of a stack, and the only ways in which it changes.
//!
//! Invariants: at most one current copy of a URN; a copy is named by its [`CopyId`]; every change
//! goes through [`State::apply`], which a store repeats on its tables, so that memory and disk
//! never disagree.

mod change;
mod record;
pub(crate) mod run;
mod stack_state;
pub(crate) mod succession;
pub(crate) mod token;
pub(crate) mod validate;

pub use change::StateChange;
pub(crate) use record::{ADOPTED, CREATED_LATE, OTHER_INPUTS};
pub use record::{Action, CopyId, Doubt, Intent, Record, StackId, Standing, Unfinished};
pub use stack_state::State;
pub use validate::validate;
