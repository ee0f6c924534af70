//! The error codes in AWS's answers. Pure.

use crate::net::message::Answer;

/// The error codes by which AWS's services throttle.
const THROTTLING: [&str; 12] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "SlowDown",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
];

/// Returns true if AWS throttled the request.
///
/// That is HTTP 429, or an error with a code of [`THROTTLING`].
pub(super) fn is_throttling(answer: &Answer) -> bool {
    let code = || error_code(answer);
    answer.status == 429
        || (answer.status >= 400 && code().is_some_and(|code| THROTTLING.contains(&code.as_str())))
}

/// Returns the error code of an answer, if it has one.
///
/// It is in the header `x-amzn-errortype`, else in the XML or JSON of the body. Only the first 8
/// KiB of the body are searched. A code consists of ASCII letters, digits and dots; anything else
/// is not a code.
pub(super) fn error_code(answer: &Answer) -> Option<String> {
    let text = String::from_utf8_lossy(&answer.body[..answer.body.len().min(8192)]).into_owned();
    let after = |mark: &str| {
        text.split_once(mark).map(|(_, rest)| rest.trim_start_matches([' ', ':', '"']).to_owned())
    };
    let raw = match answer.header("x-amzn-errortype") {
        Some(code) => code.to_owned(),
        None => after("<Code>").or_else(|| after("\"__type\"")).or_else(|| after("\"code\""))?,
    };
    let end = raw.find(['<', '"', ':']).unwrap_or(raw.len());
    let code = raw[..end].rsplit('#').next().unwrap_or_default().trim();
    let word = !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    word.then(|| code.to_owned())
}
