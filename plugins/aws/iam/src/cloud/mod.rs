//! The operations of the kinds in IAM.
//!
//! Invariants: no operation waits. Each reads the cloud first, so it can be repeated at any point.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use kim_plugin::{Failure, State};
use kim_plugin_aws::tags::{self, Tags};

mod attachment;
mod instance_profile;
mod policy;
mod role;
mod role_policy;

/// Returns a client of IAM.
fn client() -> Result<Client, Failure> {
    kim_plugin_aws::client!(aws_sdk_iam)
}

fn outgoing(tags: Vec<(String, String)>) -> Result<Vec<Tag>, Failure> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    tags.into_iter()
        .map(tag)
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::Other(error.to_string()))
}

fn visible(tags: &[Tag]) -> Tags {
    tags::visible(tags.iter().map(|tag| (tag.key(), tag.value())))
}

fn has_token(tags: &[Tag], token: &str) -> bool {
    tags.iter().any(|tag| tag.key() == tags::TOKEN && tag.value() == token)
}

/// Returns true if a create was refused because the name is taken.
///
/// Other conflicts, such as a quota, return false.
fn is_taken(failure: &Failure) -> bool {
    matches!(failure, Failure::Conflict(why) if why.starts_with("EntityAlreadyExists"))
}

/// Returns the result of a create whose name is taken.
///
/// It is the resource that the same token created earlier, else a failure. `found` is the resource
/// of that name, and true if it has the token.
fn taken<K>(kind: &str, name: &str, found: Option<(State<K>, bool)>) -> Result<State<K>, Failure> {
    match found {
        Some((state, true)) => Ok(state),
        Some((_, false)) => {
            let advice = "choose another name, or import it";
            Err(Failure::Conflict(format!(
                "the {kind} '{name}' exists and was not created by this create; {advice}"
            )))
        }
        // Its token is not known yet. It may have been created by this token, so this is not a
        // conflict.
        None => Err(Failure::Transient(format!(
            "the {kind} '{name}' exists, but IAM does not show it yet"
        ))),
    }
}

/// Returns the failure of a call about a part of a role.
///
/// What is not found may be known later: IAM shows a new role everywhere only after seconds.
fn not_visible_yet(failure: Failure) -> Failure {
    match failure {
        Failure::NotFound(why) => Failure::NotYet(why),
        other => other,
    }
}
