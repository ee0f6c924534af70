//! Why a component cannot be used, in words for people.
//!
//! Invariant: what is wrong with which component, and what to do next.

/// Why a component cannot be used.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct LoadError {
    /// What is wrong with which component, and what to do next.
    pub message: String,
}

impl LoadError {
    pub(crate) fn new(message: impl Into<String>) -> LoadError {
        LoadError { message: message.into() }
    }
}
