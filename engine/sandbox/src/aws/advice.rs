//! Advice on answers that reject the caller rather than the request. Pure.
//!
//! It says what they mean and what to do about it.

use std::time::SystemTime;

use kim_model::Remedy;

use super::answer::{error_code, is_throttling};
use super::clock;
use crate::net::message::Answer;

/// Advice for the user about a request that failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Advice {
    /// What the failure means and what to do, as sentences.
    pub(crate) text: String,
    /// What else the user may do.
    pub(crate) remedy: Option<Remedy>,
}

impl From<&str> for Advice {
    fn from(text: &str) -> Advice {
        Advice { text: text.to_owned(), remedy: None }
    }
}

/// Why AWS rejects a caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Because {
    /// The credentials or the request expired, or the request's time is wrong.
    Time,
    /// AWS does not know the access key.
    Key,
    /// The signature is wrong: another secret or another time was used.
    Signature,
}

/// Returns why an answer rejects the caller, by its error code.
///
/// Returns `None` if the answer does not reject the caller.
fn because(answer: &Answer) -> Option<Because> {
    Some(match error_code(answer)?.as_str() {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "RequestInTheFuture" => Because::Time,
        "AuthFailure"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidAccessKeyId" => Because::Key,
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" => {
            Because::Signature
        }
        _ => return None,
    })
}

/// Returns true if AWS may have rejected a request because of its signed time.
pub(super) fn may_be_for_the_time(answer: &Answer) -> bool {
    answer.status >= 400 && because(answer).is_some()
}

/// Returns true if the credentials expired. Refreshing them may help.
pub(super) fn says_expired(answer: &Answer) -> bool {
    answer.status >= 400 && because(answer) == Some(Because::Time)
}

/// Returns advice about an answer that throttles or rejects the caller.
///
/// The advice is for the user. Returns `None` if the answer does neither.
pub(crate) fn advice(answer: &Answer) -> Option<Advice> {
    if answer.status < 400 {
        return None;
    }
    if is_throttling(answer) {
        let text = "AWS gets more requests than it accepts, from here or from others in the account. Wait a while, or do \
                    fewer at a time; AWS_MAX_ATTEMPTS allows more attempts";
        return Some(Advice { remedy: Some(Remedy::FewerSteps), ..text.into() });
    }
    let because = because(answer)?;
    if because != Because::Key
        && let Some(difference) = clock::difference(answer, SystemTime::now())
    {
        let text = format!("{difference}. Set the clock, and run it again");
        return Some(Advice { text, remedy: None });
    }
    Some(
        match because {
            Because::Time => {
                "The AWS credentials have expired. Get new ones (`aws sso login`, or set AWS_ACCESS_KEY_ID, \
                 AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew), and run it again"
            }
            Because::Key => {
                "AWS does not know this access key. Check AWS_ACCESS_KEY_ID (or the profile in AWS_PROFILE), \
                 AWS_SESSION_TOKEN if the key is temporary, and the region"
            }
            Because::Signature => {
                "The secret does not belong to the access key, or something in between changes requests. Check \
                 AWS_SECRET_ACCESS_KEY (or the profile in AWS_PROFILE), and the proxy if there is one"
            }
        }
        .into(),
    )
}
