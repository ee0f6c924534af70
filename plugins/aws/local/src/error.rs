//! Refusals, and what an action returns.
//!
//! How a refusal looks on the wire is in `protocol`.

/// A refusal: AWS's own error code, a sentence for people, and the HTTP status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// The code that SDKs match on, such as `InvalidVolume.NotFound`.
    pub code: String,
    /// What happened, with the value that was refused; never a secret.
    pub message: String,
    /// The HTTP status, 400 for nearly every refusal.
    pub status: u16,
}

/// What an action returns: the tree of its answer, or a refusal.
pub type Answer = Result<crate::node::Node, AwsError>;

impl AwsError {
    /// Returns a refusal with HTTP status 400.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> AwsError {
        AwsError { code: code.into(), message: message.into(), status: 400 }
    }

    /// Returns the same refusal with another HTTP status.
    pub fn status(self, status: u16) -> AwsError {
        AwsError { status, ..self }
    }
}

/// Returns `Err(AwsError::new(code, message))`.
pub fn refuse<T>(code: &str, message: impl Into<String>) -> Result<T, AwsError> {
    Err(AwsError::new(code, message))
}
