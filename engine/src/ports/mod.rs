//! The three ports of the engine: where programs, providers and stores plug in.

pub(crate) mod memory;
mod program;
mod provider;
mod store;

/// The attribute for implementations of the ports.
///
/// Their methods are async, and are called through `dyn`.
pub use async_trait::async_trait;
pub use program::{Program, ProgramError, Ran, RunContext, Transforms};
pub use provider::{
    Deletion, LONGEST_ID, Live, LiveState, MOST_LEVELS, Price, Progress, Provider, Violation,
};
pub use store::{Store, StoreError};

// The types of the history, which stores take and return. Their module is below the ports.
pub use crate::state::run::{RunEnd, RunEntry, RunId, RunStart, StackSummary, StepEntry};
