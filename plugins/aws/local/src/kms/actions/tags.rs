//! The actions of tags of keys.

use std::collections::BTreeMap;

use crate::error::{Answer, AwsError, refuse};
use crate::kms::queries::{change_key, need_key};
use crate::kms::rules::{invalid_value, key_page};
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("TagResource", "KeyId! Tags!.N{TagKey! TagValue!}", tag),
    Action::new("UntagResource", "KeyId! TagKeys!.N", untag),
    Action::new("ListResourceTags", "KeyId! Limit:i Marker", list),
];

/// The most tags of a key.
const MAX_KEY_TAGS: usize = 50;

/// Returns the request's `Tags`.
pub(crate) fn requested_key_tags(call: &Call) -> Result<BTreeMap<String, String>, AwsError> {
    let mut tags = BTreeMap::new();
    for tag in call.params().list("Tags") {
        let (key, value) =
            (tag.text("TagKey").unwrap_or_default(), tag.text("TagValue").unwrap_or_default());
        if key.is_empty() || key.chars().count() > 128 {
            return invalid_value(
                "tags.member.tagKey",
                key,
                "Member must have 1 to 128 characters",
            );
        }
        if value.chars().count() > 256 {
            return invalid_value(
                "tags.member.tagValue",
                value,
                "Member must have at most 256 characters",
            );
        }
        let allowed = |text: &str| {
            text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c))
        };
        if key.to_lowercase().starts_with("aws:") || !allowed(key) || !allowed(value) {
            let message = format!(
                "The tag {key} has a reserved key (aws:), or characters that tags must not have"
            );
            return refuse("TagException", message);
        }
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return refuse("TagException", format!("The tag {key} is given twice"));
        }
    }
    if tags.len() > MAX_KEY_TAGS {
        return refuse(
            "TagException",
            format!("{} tags are given, a key may have {MAX_KEY_TAGS}", tags.len()),
        );
    }
    Ok(tags)
}

fn tag(call: &mut Call) -> Answer {
    let given = requested_key_tags(call)?;
    let key = need_key(call, call.text("KeyId"), false)?;
    key.changeable()?;
    let mut tags = key.tags.clone();
    tags.extend(given);
    if tags.len() > MAX_KEY_TAGS {
        return refuse(
            "LimitExceededException",
            format!("The key would have {} tags, it may have {MAX_KEY_TAGS}", tags.len()),
        );
    }
    change_key(call, |key| key.tags = tags)
}

fn untag(call: &mut Call) -> Answer {
    let keys = call.params().texts("TagKeys");
    change_key(call, |key| key.tags.retain(|name, _| !keys.contains(&name.as_str())))
}

fn list(call: &mut Call) -> Answer {
    let key = need_key(call, call.text("KeyId"), false)?;
    let items = key
        .tags
        .iter()
        .map(|(name, value)| (name.clone(), node! { "TagKey" => name, "TagValue" => value }));
    key_page(call, "Tags", items.collect(), (50, 50), |tag| tag)
}
