//! The port for state: where runs are journaled and resources recorded.

use async_trait::async_trait;

use crate::state::run::{RunEnd, RunEntry, RunId, RunStart, StackSummary};
use crate::state::{StackId, State, StateChange};

/// A store of stacks. Nothing above it may assume a file.
#[async_trait]
pub trait Store: Send + Sync {
    /// Returns the stacks of a project, by name.
    async fn stacks(&self, project: &str) -> Result<Vec<StackSummary>, StoreError>;
    /// Makes a new stack.
    async fn create_stack(&self, stack: &StackId) -> Result<(), StoreError>;
    /// Removes a stack and its history. Refused while it holds resources, unless `force`.
    async fn remove_stack(&self, stack: &StackId, force: bool) -> Result<(), StoreError>;
    /// Returns everything recorded of a stack.
    async fn load(&self, stack: &StackId) -> Result<State, StoreError>;
    /// Begins a run: takes the stack's lock (one writer a stack; the lock of a dead holder is taken over) and opens an
    /// entry in the history.
    async fn begin(&self, stack: &StackId, run: RunStart) -> Result<RunId, StoreError>;
    /// Makes changes durable, all or none, before it returns. Calls at the same time may share a commit.
    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError>;
    /// Ends a run and releases the lock.
    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError>;
    /// Returns the last runs, newest first.
    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError>;
}

/// Why a store did not do something.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such stack.
    #[error("there is no stack '{stack}' in project '{project}'{}", if known.is_empty() { String::new() } else { format!("; there are: {}", known.join(", ")) })]
    NoSuchStack {
        /// The project.
        project: String,
        /// The stack asked for.
        stack: String,
        /// The stacks that there are.
        known: Vec<String>,
    },
    /// There is one already.
    #[error("stack '{0}' already exists")]
    StackExists(StackId),
    /// It still holds resources.
    #[error("stack '{stack}' still holds {resources} resources")]
    NotEmpty {
        /// The stack.
        stack: StackId,
        /// How many.
        resources: u64,
    },
    /// Another run holds the lock.
    #[error("stack '{stack}' is locked by {holder} since {since}: another run is changing it. Wait until it has ended")]
    Locked {
        /// The stack.
        stack: StackId,
        /// Who: `user@host, process 123, up`.
        holder: String,
        /// Since when, RFC 3339.
        since: String,
        /// Whether the holder is known to be alive (on this machine).
        alive: bool,
    },
    /// The store cannot be used (missing folder, read-only, full disk, newer version, corrupt, …).
    #[error("{0}")]
    Unusable(String),
    /// A secret cannot be sealed or opened (no passphrase, wrong passphrase).
    #[error("{0}")]
    Secrets(String),
}
