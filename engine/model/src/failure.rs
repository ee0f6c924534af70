//! The typed failures of a plugin's operations, from which the engine decides what to do next.

use crate::path::Path;
use crate::remedy::Remedy;
use crate::value::Value;

/// A typed failure of a plugin's operation.
///
/// Its message says what the cloud answered and holds no secret.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Failure {
    /// The cloud refused because of too many calls.
    ///
    /// Nothing happened. A later retry may succeed.
    #[error("throttled: {0}")]
    Throttled(String),
    /// The network or the cloud failed while the call was in flight.
    ///
    /// It is unknown whether anything happened. The call may be retried once a lookup by the token
    /// has shown what exists.
    #[error("{0}")]
    Transient(String),
    /// Nothing happened, and an immediate retry will hardly help.
    ///
    /// The cloud cannot be reached, or it refused the request as often as it may be sent.
    #[error("{0}")]
    Unreachable(String),
    /// The run was interrupted before the call was sent.
    ///
    /// Nothing happened. A retry may succeed; the run makes none. Plugins never return it.
    #[error("{0}")]
    Interrupted(String),
    /// The resource does not exist, or no longer exists.
    #[error("not found: {0}")]
    NotFound(String),
    /// The cloud refused because of the state of something else.
    ///
    /// Examples are a dependency, a duplicate, and a state that forbids the call for now.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The cloud refused because of something that passes by itself.
    ///
    /// Nothing happened. Examples are a role that another service does not know yet, and a new
    /// resource that no read shows yet. The engine repeats the call only while the run made
    /// progress lately.
    #[error("{0}")]
    NotYet(String),
    /// The cloud refused, and refuses until somebody changes something else.
    ///
    /// Nothing happened. Examples are termination protection and a default resource that cannot be
    /// deleted. No call is repeated, not even a delete.
    #[error("refused: {0}")]
    Refused(String),
    /// The token of a create was used before.
    ///
    /// It was sent with other inputs, or what it created was deleted since. This call did nothing.
    /// What the earlier one created may exist, or may still come to exist.
    #[error("its token was used before: {0}")]
    TokenUsed(String),
    /// The credentials are missing, wrong, or do not permit the call.
    #[error("denied: {0}")]
    Denied(String),
    /// An input is wrong.
    #[error("{}{message}", if path.is_root() { String::new() } else { format!("{path}: ") })]
    Invalid {
        /// The path of the wrong input; the root if it is not known which one is wrong.
        path: Path,
        /// What is wrong with the input.
        message: String,
    },
    /// A create or update failed although the resource exists.
    ///
    /// The engine must record the resource.
    #[error("partly done: {message}")]
    Partial {
        /// The id of the resource that exists; never empty.
        id: String,
        /// The properties that are known, a map.
        outputs: Value,
        /// Why the resource is not complete.
        message: String,
    },
    /// Any other failure. It is unknown whether anything happened.
    #[error("{0}")]
    Other(String),
    /// A failure that the plugin's host knows a remedy for.
    ///
    /// Plugins never return it.
    #[error("{failure}")]
    Curable {
        /// The failure itself, which is not one of these.
        failure: Box<Failure>,
        /// What the user may do about it.
        remedy: Remedy,
    },
}

impl Failure {
    /// Returns the failure for a wrong input.
    pub fn invalid(path: Path, message: impl Into<String>) -> Failure {
        Failure::Invalid { path, message: message.into() }
    }

    /// Returns the failure with a remedy.
    ///
    /// The remedy replaces an earlier one. `None` leaves the failure as it is.
    #[must_use]
    pub fn with_remedy(self, remedy: impl Into<Option<Remedy>>) -> Failure {
        match (self, remedy.into()) {
            (failure, None) => failure,
            (Failure::Curable { failure, .. }, Some(remedy)) => {
                Failure::Curable { failure, remedy }
            }
            (failure, Some(remedy)) => Failure::Curable { failure: Box::new(failure), remedy },
        }
    }

    /// Returns the failure with another message, which is made of its own.
    #[must_use]
    pub fn map_message(self, change: impl FnOnce(String) -> String) -> Failure {
        match self {
            Failure::Throttled(message) => Failure::Throttled(change(message)),
            Failure::Transient(message) => Failure::Transient(change(message)),
            Failure::Unreachable(message) => Failure::Unreachable(change(message)),
            Failure::Interrupted(message) => Failure::Interrupted(change(message)),
            Failure::NotFound(message) => Failure::NotFound(change(message)),
            Failure::Conflict(message) => Failure::Conflict(change(message)),
            Failure::NotYet(message) => Failure::NotYet(change(message)),
            Failure::Refused(message) => Failure::Refused(change(message)),
            Failure::TokenUsed(message) => Failure::TokenUsed(change(message)),
            Failure::Denied(message) => Failure::Denied(change(message)),
            Failure::Invalid { path, message } => Failure::invalid(path, change(message)),
            Failure::Partial { id, outputs, message } => {
                Failure::Partial { id, outputs, message: change(message) }
            }
            Failure::Other(message) => Failure::Other(change(message)),
            Failure::Curable { failure, remedy } => failure.map_message(change).with_remedy(remedy),
        }
    }

    /// Returns what the user may do about it, if that is known.
    pub fn remedy(&self) -> Option<&Remedy> {
        match self {
            Failure::Curable { remedy, .. } => Some(remedy),
            _ => None,
        }
    }

    /// Returns the failure itself.
    fn itself(&self) -> &Failure {
        match self {
            Failure::Curable { failure, .. } => failure.itself(),
            other => other,
        }
    }

    /// Returns true if the failure proves that nothing changed in the cloud.
    pub fn nothing_happened(&self) -> bool {
        matches!(
            self.itself(),
            Failure::Throttled(_)
                | Failure::Unreachable(_)
                | Failure::Interrupted(_)
                | Failure::NotFound(_)
                | Failure::Conflict(_)
                | Failure::NotYet(_)
                | Failure::Refused(_)
                | Failure::Denied(_)
                | Failure::Invalid { .. }
        )
    }

    /// Returns true if the token of a create was used before.
    pub fn is_token_used(&self) -> bool {
        matches!(self.itself(), Failure::TokenUsed(_))
    }

    /// Returns true if the cloud refused for something that passes by itself.
    pub fn is_not_yet(&self) -> bool {
        matches!(self.itself(), Failure::NotYet(_))
    }

    /// Returns true if something does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self.itself(), Failure::NotFound(_))
    }

    /// Returns true if the cloud refused for good.
    ///
    /// Nothing happened, and no retry helps.
    ///
    /// A plugin undoes then what it had begun.
    pub fn is_refusal(&self) -> bool {
        self.nothing_happened()
            && !self.is_retryable()
            && !self.is_not_yet()
            && !matches!(self.itself(), Failure::Unreachable(_))
    }

    /// Returns true if a later retry may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.itself(),
            Failure::Throttled(_) | Failure::Transient(_) | Failure::Interrupted(_)
        )
    }
}

/// Returns a message without the numbers of system errors.
///
/// A text such as `(os error 2)` helps no reader.
///
/// ```
/// let message = "cannot read a: No such file (os error 2). Make it";
/// assert_eq!(kim_model::without_error_numbers(message), "cannot read a: No such file. Make it");
/// ```
pub fn without_error_numbers(message: impl Into<String>) -> String {
    const MARK: &str = " (os error ";
    let mut message = message.into();
    while let Some(start) = message.find(MARK) {
        let end = message[start..].find(')').map_or(message.len(), |end| start + end + 1);
        message.replace_range(start..end, "");
    }
    message
}
