//! The port for state: a store records resources and the journal of runs.

use async_trait::async_trait;
use kim_model::Remedy;

use crate::state::run::{RunEnd, RunEntry, RunId, RunStart, StackSummary};
use crate::state::{StackId, State, StateChange};

/// A store of stacks. Its users may not assume a file.
///
/// Its methods may be called concurrently, and from several processes. `kim_engine::testing`
/// (feature `testing`) has its contract as suites of tests, `store_contract!` and
/// `durable_store_contract!`.
#[async_trait]
pub trait Store: Send + Sync {
    /// Returns the stacks of a project, in the order of their names.
    async fn stacks(&self, project: &str) -> Result<Vec<StackSummary>, StoreError>;
    /// Creates an empty stack, with a `stack_id` that no other stack has or had.
    ///
    /// # Errors
    /// Returns [`StoreError::StackExists`] if the project has a stack of that name.
    async fn create_stack(&self, stack: &StackId) -> Result<(), StoreError>;
    /// Removes a stack and its history.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`] while a run holds the lock, and [`StoreError::NotEmpty`] if
    /// the stack holds resources and `force` is false. An open intent with a token may have created
    /// a resource, so it counts as one; so does a doubt. A component does not.
    async fn remove_stack(&self, stack: &StackId, force: bool) -> Result<(), StoreError>;
    /// Returns everything recorded of a stack.
    async fn load(&self, stack: &StackId) -> Result<State, StoreError>;
    /// Begins a run: takes the stack's lock and opens an entry in the history.
    ///
    /// A stack has one writer. The lock of a holder that is known to be dead is taken over. If the
    /// future is dropped, the run does not keep the lock.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`] if another run holds the lock.
    async fn begin(&self, stack: &StackId, run: RunStart) -> Result<RunId, StoreError>;
    /// Removes a stack's lock, even of a living holder, and returns the holder.
    ///
    /// For a holder that is dead but cannot be recognised as dead. Its run may still record
    /// outcomes until another run begins on the stack. Returns `None` if there was no lock.
    ///
    /// # Errors
    /// Returns [`StoreError::NoSuchStack`] if there is no such stack.
    async fn unlock(&self, stack: &StackId) -> Result<Option<String>, StoreError>;
    /// Records changes, all or none, as [`State::apply`] applies them.
    ///
    /// They are durable when it returns. A list without changes records nothing and only checks
    /// that the run may still record.
    ///
    /// Calls at the same time may share a commit. Dropping the future may or may not cancel it.
    ///
    /// # Errors
    /// Returns [`StoreError::TakenOver`], and records nothing, once another run has begun on the
    /// stack after this one, also after that other run has ended. Returns an error as well if the
    /// run has ended.
    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError>;
    /// Ends a run and releases the lock. Called at most once for a run.
    ///
    /// # Errors
    /// Returns [`StoreError::TakenOver`], and records nothing, as [`Store::commit`] does.
    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError>;
    /// Returns the last runs of a stack, newest first, at most `limit`.
    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError>;
}

/// Why a store failed or refused an operation.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such stack.
    #[error("there is no stack '{stack}' in project '{project}'{}", if known.is_empty() { String::new() } else { format!("; there are: {}", known.join(", ")) })]
    NoSuchStack {
        /// The project.
        project: String,
        /// The stack asked for.
        stack: String,
        /// The stacks that exist.
        known: Vec<String>,
    },
    /// The stack exists already.
    #[error("stack '{0}' already exists")]
    StackExists(StackId),
    /// The stack still holds resources.
    #[error("stack '{stack}' still holds {resources} resources")]
    NotEmpty {
        /// The stack.
        stack: StackId,
        /// How many; components do not count.
        resources: u64,
    },
    /// Another run holds the lock.
    #[error(
        "stack '{stack}' is locked by {holder} since {since}: another run is changing it. Wait until it has ended"
    )]
    Locked {
        /// The stack.
        stack: StackId,
        /// The holder for people: `user@host, process 123, up`.
        holder: String,
        /// The time when the lock was taken, RFC 3339.
        since: String,
        /// True if the holder is known to be alive (on this machine).
        alive: bool,
    },
    /// Another run began on the stack after this one.
    ///
    /// This run lost its lock, also if the other one has ended since.
    #[error(
        "another run took stack '{stack}' over: {taker}, begun {since}. This run records nothing more and calls nothing more"
    )]
    TakenOver {
        /// The stack.
        stack: StackId,
        /// The first run that began after this one, for people: `user@host, up`.
        taker: String,
        /// The time when it began, RFC 3339.
        since: String,
    },
    /// The store cannot be used.
    ///
    /// For example: missing folder, read-only, full disk, newer version, corrupt.
    #[error("{0}")]
    Unusable(String),
    /// A secret cannot be sealed or opened (no passphrase, wrong passphrase).
    #[error("{0}")]
    Secrets(String),
}

impl StoreError {
    /// Returns what the user may do about it beyond what the message says.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            StoreError::TakenOver { .. } => Some(Remedy::SeeTakingRun),
            _ => None,
        }
    }
}
