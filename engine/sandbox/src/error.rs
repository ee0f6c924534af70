//! Why a component cannot be used, as a message for users.
//!
//! Invariant: a message names the component, what is wrong with it, and what to do next.

/// Why a component, or what it runs in (the cache's folder, the WebAssembly engine), cannot be used.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// What is wrong, with which component, and what to do next.
    pub message: String,
}

impl LoadError {
    pub(crate) fn new(message: impl Into<String>) -> LoadError {
        LoadError { message: message.into() }
    }
}
