//! Tags of roles, policies and instance profiles.
//!
//! IAM's rules for tags, and how they are shown.

use std::collections::BTreeMap;

use crate::error::{AwsError, refuse};
use crate::iam::rules::{invalid_member, limit_exceeded};
use crate::node::Node;
use crate::service::Call;

/// The most tags that a resource may have.
const MAX_ENTITY_TAGS: usize = 50;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Returns the request's `Tags`.
///
/// Rejects keys that differ only in case.
pub(crate) fn given_tags(call: &Call) -> Result<Tags, AwsError> {
    let given = call.params().list("Tags");
    if given.len() > MAX_ENTITY_TAGS {
        return invalid_member(
            "tags",
            &format!("{} tags", given.len()),
            "Member must have length less than or equal to 50",
        );
    }
    let mut tags = Tags::new();
    for tag in given {
        let (key, value) =
            (tag.text("Key").unwrap_or_default(), tag.text("Value").unwrap_or_default());
        check_given_tag(key, value)?;
        if tags.keys().any(|other| other.to_lowercase() == key.to_lowercase()) {
            let message =
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
            return refuse("InvalidInput", message);
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    Ok(tags)
}

fn check_given_tag(key: &str, value: &str) -> Result<(), AwsError> {
    let allowed = |text: &str| {
        text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
    };
    if key.is_empty() || key.chars().count() > 128 || !allowed(key) {
        let wanted = "Member must have 1 to 128 letters, digits, spaces or any of _.:/=+-@";
        return invalid_member("tags.member.key", key, wanted);
    }
    if value.chars().count() > 256 || !allowed(value) {
        let wanted = "Member must have at most 256 letters, digits, spaces or any of _.:/=+-@";
        return invalid_member("tags.member.value", value, wanted);
    }
    if key.to_lowercase().starts_with("aws:") {
        return refuse(
            "InvalidInput",
            format!("Tag keys that begin with aws: are reserved: {key}"),
        );
    }
    Ok(())
}

/// Adds the request's tags to those that are there.
///
/// A key replaces an old one that differs only in case.
pub(crate) fn add_given_tags(call: &Call, tags: &mut Tags) -> Result<(), AwsError> {
    let given = given_tags(call)?;
    tags.retain(|old, _| {
        !given.keys().any(|new| new != old && new.to_lowercase() == old.to_lowercase())
    });
    tags.extend(given);
    if tags.len() > MAX_ENTITY_TAGS {
        return limit_exceeded(format!(
            "The number of tags has reached the maximum limit: {MAX_ENTITY_TAGS}."
        ));
    }
    Ok(())
}

/// Removes the tags of the request's `TagKeys`.
///
/// An absent key is not an error.
pub(crate) fn remove_named_tags(call: &Call, tags: &mut Tags) {
    let keys = call.params().texts("TagKeys");
    tags.retain(|key, _| !keys.contains(&key.as_str()));
}

/// Returns the list of tags; `Node::Nothing` if it is empty.
pub(crate) fn show_tag_list(tags: &Tags) -> Node {
    if tags.is_empty() {
        Node::Nothing
    } else {
        Node::list(tag_items(tags).into_iter().map(|(_, node)| node))
    }
}

/// Returns the tags for a `List…Tags` call, by key.
pub(crate) fn tag_items(tags: &Tags) -> Vec<(String, Node)> {
    tags.iter()
        .map(|(key, value)| (key.clone(), node! { "Key" => key, "Value" => value }))
        .collect()
}
