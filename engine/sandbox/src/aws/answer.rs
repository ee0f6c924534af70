//! What an answer of AWS says by its code. Pure.

use crate::net::message::Answer;

/// The codes by which AWS's services refuse a request for being one too many.
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

/// Whether it refuses a request for being one too many.
pub(super) fn is_throttling(answer: &Answer) -> bool {
    let code = || error_code(answer);
    answer.status == 429 || (answer.status >= 400 && code().is_some_and(|code| THROTTLING.contains(&code.as_str())))
}

/// The code of an error answer: from a header, from XML or from JSON. Only words are codes.
pub(super) fn error_code(answer: &Answer) -> Option<String> {
    let text = String::from_utf8_lossy(&answer.body[..answer.body.len().min(8192)]).into_owned();
    let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest.trim_start_matches([' ', ':', '"']).to_owned());
    let raw = match answer.header("x-amzn-errortype") {
        Some(code) => code.to_owned(),
        None => after("<Code>").or_else(|| after("\"__type\"")).or_else(|| after("\"code\""))?,
    };
    let end = raw.find(['<', '"', ':']).unwrap_or(raw.len());
    let code = raw[..end].rsplit('#').next().unwrap_or_default().trim();
    let word = !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    word.then(|| code.to_owned())
}
