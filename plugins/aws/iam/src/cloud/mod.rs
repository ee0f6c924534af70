//! What the kinds do in IAM.
//!
//! Invariants: no operation waits; each looks at the cloud first and can be repeated at any point.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use kim_plugin::{Failure, State};
use kim_plugin_aws::tags::{self, Tags};

mod attachment;
mod instance_profile;
mod policy;
mod role;
mod role_policy;

/// A client of IAM.
fn client() -> Result<Client, Failure> {
    kim_plugin_aws::client!(aws_sdk_iam)
}

fn outgoing(tags: Vec<(String, String)>) -> Result<Vec<Tag>, Failure> {
    let tag = |(key, value)| Tag::builder().key(key).value(value).build();
    tags.into_iter().map(tag).collect::<Result<_, _>>().map_err(|error| Failure::Other(error.to_string()))
}

fn visible(tags: &[Tag]) -> Tags {
    tags::visible(tags.iter().map(|tag| (tag.key(), tag.value())))
}

fn has_token(tags: &[Tag], token: &str) -> bool {
    tags.iter().any(|tag| tag.key() == tags::TOKEN && tag.value() == token)
}

/// Whether a create was refused because the name is taken (and not because of a quota, say).
fn is_taken(failure: &Failure) -> bool {
    matches!(failure, Failure::Conflict(why) if why.starts_with("EntityAlreadyExists"))
}

/// What a create answers where the name is taken: what the same token made before, or who is in the way. `found` is
/// what a read says of the name, with whether it carries our token.
fn taken<K>(kind: &str, name: &str, found: Option<(State<K>, bool)>) -> Result<State<K>, Failure> {
    match found {
        Some((state, true)) => Ok(state),
        Some((_, false)) => {
            let advice = "choose another name, or import it";
            Err(Failure::Conflict(format!("the {kind} '{name}' exists and is not of this create; {advice}")))
        }
        // Whose it is cannot be told yet, so nobody may conclude that nothing was created.
        None => Err(Failure::Transient(format!("the {kind} '{name}' exists, but IAM does not show it yet"))),
    }
}

/// What a call about a part of something means when IAM does not know the whole: a role made a moment ago may not be
/// visible everywhere yet.
fn not_visible_yet(failure: Failure) -> Failure {
    match failure {
        Failure::NotFound(why) => Failure::Transient(format!("{why} (IAM shows what is new only after seconds)")),
        other => other,
    }
}
