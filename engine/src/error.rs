//! Why an operation was not carried out.

use crate::event::{Diagnostic, counted};
use crate::ports::StoreError;
use crate::state::StackId;

/// Why an operation was not carried out (or not begun). A failed *step* is no error: it is in the
/// [`Summary`](crate::event::Summary).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program failed; nothing was changed.
    #[error("the program failed, so nothing was changed: {0}")]
    Program(String),
    /// The declarations are wrong; nothing was changed. Every error is listed.
    #[error("{}", .0.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Diagnostic>),
    /// A read of the live state failed; nothing was changed.
    #[error("{0}")]
    Live(String),
    /// The recorded state is not one that can be operated on. Every fault is listed.
    #[error("the recorded state is not valid, so nothing was changed: {}. Look at it with `kim stack export`, or go back to a backup of the state file", .0.join("; "))]
    InvalidState(Vec<String>),
    /// The stack's resources are in another cloud than the one at hand.
    #[error(
        "the resources of plugin {plugin} are in {recorded}, but this run would work on {now}; nothing was changed. Use the credentials, region or --local of that cloud, or destroy the stack there first"
    )]
    OtherPlace {
        /// The plugin.
        plugin: String,
        /// Where its resources are.
        recorded: String,
        /// Where it would work now.
        now: String,
    },
    /// Another run is changing the stack: its operations are under way.
    #[error("stack '{stack}' is locked by {holder}: another run is changing it. Wait until it has ended")]
    AtWork {
        /// The stack.
        stack: StackId,
        /// Who, as the store names the holder of its lock.
        holder: String,
    },
    /// An interrupted run left creates open, and the cloud may not be asked what they made.
    #[error(
        "an interrupted run left {} open, and only the cloud knows whether anything was made, so nothing was changed; run it without --offline",
        counted(*.0, "operation")
    )]
    Unsettled(usize),
    /// Another run changed the stack after the plan was made.
    #[error("another run changed the stack after this plan was made, so nothing was changed; plan again")]
    Moved,
    /// The plan is that of a preview, which may look at less than an up has to.
    #[error("a preview's plan is only looked at, so nothing was changed; plan an up, and apply that")]
    OnlyPreviewed,
    /// It was interrupted while it was planned.
    #[error("interrupted while the plan was made, so nothing was changed")]
    Interrupted,
}
