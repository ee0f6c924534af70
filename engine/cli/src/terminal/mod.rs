//! The person at the terminal: asks, and listens for interrupts.

pub(crate) mod ask;
pub(crate) mod signals;
