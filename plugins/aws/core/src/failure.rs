//! The conversion of an AWS error to a typed failure.
//!
//! What a code means is in `meaning`.
//!
//! Invariant: an error that may leave something changed is `Transient` or `Other`. All other
//! failures mean that nothing happened, `TokenUsed` at least in this call.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use kim_plugin::{Failure, Path, aws};

use crate::meaning::{Meaning, meaning};

/// Returns the failure for an SDK call's error: `.send().await.map_err(failure)?`.
pub fn failure<E>(error: SdkError<E, HttpResponse>) -> Failure
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let context = |error: &SdkError<E, HttpResponse>| DisplayErrorContext(error).to_string();
    match &error {
        SdkError::ConstructionFailure(_) => Failure::invalid(Path::root(), context(&error)),
        SdkError::DispatchFailure(dispatch) => {
            let source = dispatch.as_connector_error().and_then(std::error::Error::source);
            match source.and_then(|source| source.downcast_ref::<aws::Failure>()) {
                Some(typed) => typed.clone().into(),
                None => Failure::Other(context(&error)),
            }
        }
        SdkError::ServiceError(service) => {
            let (status, body) = raw(service.raw());
            match service.err().code() {
                Some(code) => classify(status, code, service.err().message().unwrap_or_default()),
                None => unreadable(status, body),
            }
        }
        SdkError::ResponseError(response) => {
            let (status, body) = raw(response.raw());
            unreadable(status, body)
        }
        _ => Failure::Transient(context(&error)),
    }
}

/// Returns a function like [`failure`] that names the input at `path`.
///
/// It names the input if AWS reports an invalid one without its name.
pub fn failure_at<E>(path: &'static str) -> impl Fn(SdkError<E, HttpResponse>) -> Failure
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    move |error| failure(error).at(path)
}

/// Returns the answer of AWS, or `None` if the resource does not exist.
///
/// # Errors
/// All failures except [`Failure::NotFound`].
pub fn answer<T, E>(result: Result<T, SdkError<E, HttpResponse>>) -> Result<Option<T>, Failure>
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    match result.map_err(failure) {
        Ok(found) => Ok(Some(found)),
        Err(Failure::NotFound(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// A failure that can name an input.
pub trait At {
    /// Returns the failure with `path` as its invalid input, if it names none yet.
    #[must_use]
    fn at(self, path: &str) -> Self;
}

impl At for Failure {
    fn at(self, path: &str) -> Failure {
        match self {
            Failure::Invalid { path: root, message } if root.is_root() => {
                Failure::invalid(path.parse().unwrap_or_default(), message)
            }
            other => other,
        }
    }
}

fn raw(response: &HttpResponse) -> (u16, &[u8]) {
    (response.status().as_u16(), response.body().bytes().unwrap_or_default())
}

/// Returns the failure for an answer that is not the protocol's.
///
/// An example is a proxy's HTML page.
fn unreadable(status: u16, body: &[u8]) -> Failure {
    let start: String = String::from_utf8_lossy(&body[..body.len().min(200)])
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let message = format!("AWS answered HTTP {status} with something unreadable: {start:?}");
    match status {
        429 => Failure::Throttled(message),
        401 | 403 => Failure::Denied(message),
        // Includes 200: the request was carried out, but the answer is lost.
        200..=299 | 500..=599 => Failure::Transient(message),
        _ => Failure::Other(message),
    }
}

/// Returns the failure for an AWS error code. `message` is AWS's.
pub fn classify(status: u16, code: &str, message: &str) -> Failure {
    // The JSON protocols may write `namespace#Code` or `Code:http://…`.
    let code = code.rsplit('#').next().unwrap_or(code).split(':').next().unwrap_or(code);
    let text = match (code, message) {
        ("", "") => format!("AWS answered HTTP {status} without an error code"),
        ("", message) => message.to_owned(),
        (code, "") => code.to_owned(),
        (code, message) => format!("{code}: {message}"),
    };
    match meaning(status, code, message) {
        Some(Meaning::Throttled) => Failure::Throttled(text),
        Some(Meaning::Transient) => Failure::Transient(text),
        Some(Meaning::TokenUsed) => Failure::TokenUsed(text),
        Some(Meaning::Denied) => Failure::Denied(text),
        Some(Meaning::Conflict) => Failure::Conflict(text),
        Some(Meaning::NotYet) => Failure::NotYet(text),
        Some(Meaning::Refused) => Failure::Refused(text),
        Some(Meaning::NotFound) => Failure::NotFound(text),
        Some(Meaning::Invalid) => Failure::invalid(Path::root(), text),
        None => Failure::Other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_becomes_a_typed_failure() {
        let kinds = |failure: Failure| match failure {
            Failure::Throttled(_) => "throttled",
            Failure::Transient(_) => "transient",
            Failure::Unreachable(_) => "unreachable",
            Failure::Interrupted(_) => "interrupted",
            Failure::NotFound(_) => "not found",
            Failure::Conflict(_) => "conflict",
            Failure::NotYet(_) => "not yet",
            Failure::Refused(_) => "refused",
            Failure::TokenUsed(_) => "token used",
            Failure::Denied(_) => "denied",
            Failure::Invalid { .. } => "invalid",
            Failure::Partial { .. } => "partial",
            Failure::Other(_) => "other",
            Failure::Curable { .. } => "curable",
        };
        for (status, code, expected) in [
            (503, "RequestLimitExceeded", "throttled"),
            (400, "com.amazonaws.kms#ThrottlingException", "throttled"),
            (500, "InternalError", "transient"),
            (503, "SomethingNew", "transient"),
            (400, "InvalidVolume.NotFound", "not found"),
            (404, "NoSuchEntity", "not found"),
            (404, "NoSuchEntityException", "not found"),
            (400, "NotFoundException", "not found"),
            (404, "ResourceNotFoundException", "not found"),
            (400, "DependencyViolation", "conflict"),
            (409, "DeleteConflict", "conflict"),
            (409, "EntityAlreadyExists", "conflict"),
            (400, "VolumeInUse", "conflict"),
            (400, "AddressLimitExceeded", "refused"),
            (400, "NetworkInterfaceLimitExceeded", "refused"),
            (429, "LimitExceededException", "refused"),
            (429, "SomethingNew", "throttled"),
            (400, "OperationNotPermitted", "refused"),
            (409, "UnmodifiableEntity", "refused"),
            (500, "InsufficientInstanceCapacity", "conflict"),
            (503, "InvalidSomethingNew", "transient"),
            (400, "IncorrectModificationState", "not yet"),
            (400, "KMSInvalidStateException", "conflict"),
            (400, "IdempotentParameterMismatch", "token used"),
            (400, "IdempotentInstanceTerminated", "token used"),
            (403, "UnauthorizedOperation", "denied"),
            (403, "SignatureDoesNotMatch", "denied"),
            (403, "SomethingNew", "denied"),
            (400, "InvalidParameterValue", "invalid"),
            (400, "MalformedPolicyDocument", "invalid"),
            (400, "ValidationError", "invalid"),
            (400, "InvalidVolumeID.Malformed", "invalid"),
            (400, "UnknownVolumeType", "invalid"),
            (400, "SomethingNew", "other"),
        ] {
            assert_eq!(kinds(classify(status, code, "why")), expected, "{status} {code}");
        }
    }

    #[test]
    fn an_error_without_a_code_says_so() {
        let text = |code, message| classify(400, code, message).to_string();
        assert_eq!(text("", ""), "AWS answered HTTP 400 without an error code");
        assert_eq!(text("ns#", "no"), "no");
        assert_eq!(text("X", ""), "X");
    }

    #[test]
    fn an_unreadable_answer_shows_its_status_and_start() {
        let failure = unreadable(502, b"<html>\n  <body>bad gateway</body>");
        assert_eq!(
            failure,
            Failure::Transient(
                "AWS answered HTTP 502 with something unreadable: \"<html> <body>bad gateway</body>\"".to_owned()
            )
        );
    }

    #[test]
    fn only_the_first_path_becomes_the_invalid_input() {
        let root = Failure::invalid(Path::root(), "bad");
        assert_eq!(root.at("policy").at("name").to_string(), "policy: bad");
        assert_eq!(Failure::Other("x".to_owned()).at("policy"), Failure::Other("x".to_owned()));
    }
}
