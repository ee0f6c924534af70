//! The person at the terminal: prompts, and interrupts.

pub(crate) mod ask;
pub(crate) mod signals;
