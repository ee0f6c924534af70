//! The tags that requests ask for, and the rules for them.

use std::collections::BTreeMap;

use crate::ec2::rows::kind::Kind;
use crate::ec2::rows::tags::ResourceTags;
use crate::error::{AwsError, refuse};
use crate::params::Params;
use crate::service::Call;

/// The shape of tags in a create call.
macro_rules! tag_specification {
    ($rest:literal) => {
        concat!($rest, " TagSpecification.N{ResourceType! Tag.N{Key! Value}} DryRun:b")
    };
}

pub(crate) use tag_specification;

/// The most tags that a resource may have.
const MAX_TAGS: usize = 50;

/// Tags by the type of the resource that they are for.
pub(crate) type RequestedTags = BTreeMap<String, BTreeMap<String, String>>;

/// Returns the tags that a request asks for, by the types that it creates.
pub(crate) fn requested_tags(call: &Call, types: &[&str]) -> Result<RequestedTags, AwsError> {
    let mut requested = RequestedTags::new();
    for specification in call.params().list("TagSpecification") {
        let resource_type = specification.text("ResourceType").unwrap_or_default();
        if !types.contains(&resource_type) {
            let message = format!(
                "'{resource_type}' is not a valid taggable resource type for this operation."
            );
            return refuse("InvalidParameterValue", message);
        }
        let tags = read_tags(specification)?;
        if requested.insert(resource_type.to_owned(), tags).is_some() {
            return refuse(
                "InvalidParameterValue",
                format!("Two TagSpecifications are for {resource_type}"),
            );
        }
    }
    Ok(requested)
}

/// Reads a list of tags, and rejects keys and values that EC2 does not take.
pub(crate) fn read_tags(params: &Params) -> Result<BTreeMap<String, String>, AwsError> {
    let mut tags = BTreeMap::new();
    for tag in params.list("Tag") {
        let (key, value) =
            (tag.text("Key").unwrap_or_default(), tag.text("Value").unwrap_or_default());
        check_tag(key, value)?;
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return refuse(
                "InvalidParameterValue",
                format!("Duplicate tag key '{key}' specified."),
            );
        }
    }
    check_tag_count(&tags)?;
    Ok(tags)
}

fn check_tag(key: &str, value: &str) -> Result<(), AwsError> {
    if key.is_empty() || key.chars().count() > 128 {
        return refuse(
            "InvalidParameterValue",
            format!("Tag key '{key}' must have 1 to 128 characters."),
        );
    }
    if value.chars().count() > 256 {
        return refuse(
            "InvalidParameterValue",
            format!("The value of tag '{key}' exceeds the maximum of 256 characters."),
        );
    }
    if key.to_lowercase().starts_with("aws:") {
        let message =
            format!("Tag keys starting with 'aws:' are reserved for internal use: '{key}'");
        return refuse("InvalidParameterValue", message);
    }
    Ok(())
}

/// Rejects more tags than a resource may have.
pub(crate) fn check_tag_count(tags: &BTreeMap<String, String>) -> Result<(), AwsError> {
    if tags.len() > MAX_TAGS {
        return refuse(
            "TagLimitExceeded",
            format!("The maximum number of tags for a resource is {MAX_TAGS}."),
        );
    }
    Ok(())
}

/// Gives a new resource the requested tags of its type.
pub(crate) fn put_tags<R: Kind>(call: &mut Call, id: &str, requested: &RequestedTags) {
    if let Some(tags) = requested.get(R::TYPE).filter(|tags| !tags.is_empty()) {
        let row = ResourceTags {
            id: id.to_owned(),
            resource_type: R::TYPE.to_owned(),
            tags: tags.clone(),
        };
        call.world.put(call.request.region.as_str(), row);
    }
}
