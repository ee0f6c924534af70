//! How an operation of a plugin fails: typed, so that the engine can tell what to do next.

use crate::path::Path;
use crate::value::Value;

/// A typed failure of a plugin's operation. Every message says what the cloud answered, without a secret.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Failure {
    /// The cloud refused for now because of too many calls: nothing happened, try again later.
    #[error("throttled: {0}")]
    Throttled(String),
    /// The network or the cloud failed on the way: it is not known whether anything happened. May be repeated after
    /// the token has been looked up.
    #[error("{0}")]
    Transient(String),
    /// Nothing happened, and to try again at once will hardly help: there is no way to the cloud, the run gave up, or
    /// the cloud refused the request as often as it may be sent.
    #[error("{0}")]
    Unreachable(String),
    /// The resource does not exist (any more).
    #[error("not found: {0}")]
    NotFound(String),
    /// Something else is in the way (a dependency, a duplicate, a state that does not allow it yet).
    #[error("conflict: {0}")]
    Conflict(String),
    /// Credentials are missing, wrong, or may not do this.
    #[error("denied: {0}")]
    Denied(String),
    /// An input is wrong; the path names it (root where none is to blame).
    #[error("{}{message}", if path.is_root() { String::new() } else { format!("{path}: ") })]
    Invalid {
        /// The input to blame.
        path: Path,
        /// What is wrong with it.
        message: String,
    },
    /// The create or update failed after something came to exist: it must be recorded.
    #[error("partly done: {message}")]
    Partial {
        /// The id of what exists, never empty.
        id: String,
        /// What is known of it.
        outputs: Value,
        /// Why it is not complete.
        message: String,
    },
    /// Anything else. It is not known whether anything happened.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// An input that is wrong.
    pub fn invalid(path: Path, message: impl Into<String>) -> Failure {
        Failure::Invalid { path, message: message.into() }
    }

    /// Whether the failure is known to mean that nothing changed in the cloud.
    pub fn nothing_happened(&self) -> bool {
        matches!(
            self,
            Failure::Throttled(_)
                | Failure::Unreachable(_)
                | Failure::NotFound(_)
                | Failure::Conflict(_)
                | Failure::Denied(_)
                | Failure::Invalid { .. }
        )
    }

    /// Whether trying again later may help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Failure::Throttled(_) | Failure::Transient(_))
    }
}

/// A message without the numbers that the system gives its errors: `(os error 2)` tells nobody anything.
///
/// ```
/// let said = "cannot read a: No such file (os error 2). Make it";
/// assert_eq!(kim_model::without_error_numbers(said), "cannot read a: No such file. Make it");
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
