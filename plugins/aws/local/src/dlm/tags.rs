//! Tags of lifecycle policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::policy::{LifecyclePolicy, listed, missing, need};
use super::wrong;
use crate::error::{Answer, AwsError};
use crate::node::Node;
use crate::service::{Action, Call};

pub(super) const ACTIONS: &[Action] = &[
    Action { name: "TagResource", route: "POST /tags/{ResourceArn}", reads: "ResourceArn! Tags!:j", run: tag },
    Action { name: "UntagResource", route: "DELETE /tags/{ResourceArn}", reads: "ResourceArn! tagKeys!:j", run: untag },
    Action { name: "ListTagsForResource", route: "GET /tags/{ResourceArn}", reads: "ResourceArn!", run: list },
];

/// The most tags of a policy.
const LIMIT: usize = 50;

/// The request's `Tags`, a map.
pub(super) fn requested(call: &Call) -> Result<BTreeMap<String, String>, AwsError> {
    let Some(given) = call.params().get("Tags") else { return Ok(BTreeMap::new()) };
    let mut tags = BTreeMap::new();
    for (key, value) in given.members() {
        let Some(value) = value.value() else { return wrong(format!("Tags: the value of {key} is not text")) };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "+,-./:;<=_".contains(c);
        if key.is_empty() || key.len() > 128 || !key.chars().all(allowed) || key.starts_with("aws:") {
            return wrong(format!(
                "Tags: the key '{key}' must have 1 to 128 of [a-zA-Z+-=._:/] and not begin with aws:"
            ));
        }
        if value.chars().count() > 256 {
            return wrong(format!("Tags: the value of {key} has more than 256 characters"));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    if tags.is_empty() || tags.len() > LIMIT || given.value().is_some() {
        return wrong(format!("Tags must be a map of 1 to {LIMIT} tags, not {}", tags.len()));
    }
    Ok(tags)
}

/// As a member of a policy.
pub(super) fn show(tags: &BTreeMap<String, String>) -> Node {
    Node::Object(tags.iter().map(|(key, value)| (key.clone().into(), Node::from(value))).collect())
}

fn need_by_arn(call: &Call) -> Result<Arc<LifecyclePolicy>, AwsError> {
    let arn = call.text("ResourceArn");
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", "aws", "dlm", _, _, rest] = parts[..] else {
        return wrong(format!("'{arn}' is not the ARN of a policy"));
    };
    let Some(id) = rest.strip_prefix("policy/") else { return wrong(format!("'{arn}' is not the ARN of a policy")) };
    let policy = need(call, id)?;
    if policy.arn == arn { Ok(policy) } else { Err(missing(arn)) }
}

fn change(call: &mut Call, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Answer {
    let mut policy = LifecyclePolicy::clone(&*need_by_arn(call)?);
    change(&mut policy.tags);
    if policy.tags.len() > LIMIT {
        return wrong(format!("The policy would have {} tags, it may have {LIMIT}", policy.tags.len()));
    }
    call.world.put(call.request.region.as_str(), policy);
    Ok(node! {})
}

fn tag(call: &mut Call) -> Answer {
    let given = requested(call)?;
    change(call, |tags| tags.extend(given))
}

fn untag(call: &mut Call) -> Answer {
    let keys = listed(call.params(), "tagKeys");
    change(call, |tags| tags.retain(|key, _| !keys.contains(&key.as_str())))
}

fn list(call: &mut Call) -> Answer {
    Ok(node! { "Tags" => show(&need_by_arn(call)?.tags) })
}
