//! What the kinds do in IAM.
//!
//! Invariants: no operation waits; each looks at the cloud first and can be repeated at any point.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use kim_plugin::Failure;
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

/// What a call about a part of something means when IAM does not know the whole: a role made a moment ago may not be
/// visible everywhere yet.
fn not_visible_yet(failure: Failure) -> Failure {
    match failure {
        Failure::NotFound(why) => Failure::Transient(format!("{why} (IAM shows what is new only after seconds)")),
        other => other,
    }
}
