//! The actions of tags of lifecycle policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dlm::queries::{missing_lifecycle_policy, need_lifecycle_policy};
use crate::dlm::rows::LifecyclePolicy;
use crate::dlm::rules::{invalid_request, url_list};
use crate::dlm::views::show_policy_tags;
use crate::error::{Answer, AwsError};
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action {
        name: "TagResource",
        route: "POST /tags/{ResourceArn}",
        reads: "ResourceArn! Tags!:j",
        run: tag,
    },
    Action {
        name: "UntagResource",
        route: "DELETE /tags/{ResourceArn}",
        reads: "ResourceArn! tagKeys!:j",
        run: untag,
    },
    Action {
        name: "ListTagsForResource",
        route: "GET /tags/{ResourceArn}",
        reads: "ResourceArn!",
        run: list,
    },
];

/// The most tags of a policy.
const MAX_POLICY_TAGS: usize = 50;

/// Returns the request's `Tags`, a map.
pub(crate) fn requested_policy_tags(call: &Call) -> Result<BTreeMap<String, String>, AwsError> {
    let Some(given) = call.params().get("Tags") else { return Ok(BTreeMap::new()) };
    let mut tags = BTreeMap::new();
    for (key, value) in given.members() {
        let Some(value) = value.value() else {
            return invalid_request(format!("Tags: the value of {key} is not text"));
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "+,-./:;<=_".contains(c);
        if key.is_empty() || key.len() > 128 || !key.chars().all(allowed) || key.starts_with("aws:")
        {
            return invalid_request(format!(
                "Tags: the key '{key}' must have 1 to 128 of [a-zA-Z+-=._:/] and not begin with aws:"
            ));
        }
        if value.chars().count() > 256 {
            return invalid_request(format!(
                "Tags: the value of {key} has more than 256 characters"
            ));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    if tags.is_empty() || tags.len() > MAX_POLICY_TAGS || given.value().is_some() {
        return invalid_request(format!(
            "Tags must be a map of 1 to {MAX_POLICY_TAGS} tags, not {}",
            tags.len()
        ));
    }
    Ok(tags)
}

fn need_by_arn(call: &Call) -> Result<Arc<LifecyclePolicy>, AwsError> {
    let arn = call.text("ResourceArn");
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", "aws", "dlm", _, _, rest] = parts[..] else {
        return invalid_request(format!("'{arn}' is not the ARN of a policy"));
    };
    let Some(id) = rest.strip_prefix("policy/") else {
        return invalid_request(format!("'{arn}' is not the ARN of a policy"));
    };
    let policy = need_lifecycle_policy(call, id)?;
    if policy.arn == arn { Ok(policy) } else { Err(missing_lifecycle_policy(arn)) }
}

fn change_tags(call: &mut Call, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Answer {
    let mut policy = LifecyclePolicy::clone(&*need_by_arn(call)?);
    change(&mut policy.tags);
    if policy.tags.len() > MAX_POLICY_TAGS {
        return invalid_request(format!(
            "The policy would have {} tags, it may have {MAX_POLICY_TAGS}",
            policy.tags.len()
        ));
    }
    call.world.put(call.request.region.as_str(), policy);
    Ok(node! {})
}

fn tag(call: &mut Call) -> Answer {
    let given = requested_policy_tags(call)?;
    change_tags(call, |tags| tags.extend(given))
}

fn untag(call: &mut Call) -> Answer {
    let keys = url_list(call.params(), "tagKeys");
    change_tags(call, |tags| tags.retain(|key, _| !keys.contains(&key.as_str())))
}

fn list(call: &mut Call) -> Answer {
    Ok(node! { "Tags" => show_policy_tags(&need_by_arn(call)?.tags) })
}
