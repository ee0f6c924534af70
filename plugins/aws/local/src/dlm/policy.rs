//! Lifecycle policies: their row and how they are made, changed, found and removed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::details::{self, Details, Targets, details};
use super::{tags, wrong};
use crate::error::{Answer, AwsError};
use crate::iam;
use crate::node::Node;
use crate::params::Params;
use crate::reading;
use crate::service::{Action, Call};
use crate::world::{Resource, timestamp};

pub(super) const ACTIONS: &[Action] = &[
    Action {
        name: "CreateLifecyclePolicy",
        route: "POST /policies",
        reads: concat!(
            "ExecutionRoleArn! Description! State!=ENABLED|DISABLED Tags:j PolicyDetails!{",
            details!(),
            "}"
        ),
        run: create,
    },
    Action {
        name: "GetLifecyclePolicies",
        route: "GET /policies",
        // Lists in a URL are read as text when they have one element.
        reads: "policyIds:j state=ENABLED|DISABLED|ERROR resourceTypes:j targetTags:j tagsToAdd:j defaultPolicyType=VOLUME|INSTANCE|ALL",
        run: list,
    },
    Action { name: "GetLifecyclePolicy", route: "GET /policies/{PolicyId}", reads: "PolicyId!", run: get },
    Action {
        name: "UpdateLifecyclePolicy",
        route: "PATCH /policies/{PolicyId}",
        reads: concat!("PolicyId! ExecutionRoleArn Description State=ENABLED|DISABLED PolicyDetails{", details!(), "}"),
        run: update,
    },
    Action { name: "DeleteLifecyclePolicy", route: "DELETE /policies/{PolicyId}", reads: "PolicyId!", run: delete },
];

/// The most policies of a region.
const LIMIT: usize = 100;

/// A lifecycle policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LifecyclePolicy {
    /// `policy-…`.
    pub policy_id: String,
    /// `arn:aws:dlm:<region>:<account>:policy/<policy_id>`.
    pub arn: String,
    /// For people.
    pub description: String,
    /// `ENABLED` or `DISABLED`.
    pub state: String,
    /// The role that DLM acts as.
    pub role: String,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// The details as they are shown.
    pub details: Node,
    targets: Targets,
    modified: i64,
}

impl Resource for LifecyclePolicy {
    const KIND: &'static str = "dlm:policy";
    fn id(&self) -> &str {
        &self.policy_id
    }
}

impl LifecyclePolicy {
    fn show(&self, call: &Call) -> Node {
        let created = call.world.created::<LifecyclePolicy>(call.region(), &self.policy_id).unwrap_or_default();
        node! {
            "PolicyId" => &self.policy_id, "Description" => &self.description, "State" => &self.state,
            "StatusMessage" => &self.state, "ExecutionRoleArn" => &self.role, "DateCreated" => timestamp(created),
            "DateModified" => timestamp(self.modified), "PolicyDetails" => self.details.clone(),
            "Tags" => tags::show(&self.tags), "PolicyArn" => &self.arn, "DefaultPolicy" => false,
        }
    }

    fn summary(&self) -> Node {
        node! {
            "PolicyId" => &self.policy_id, "Description" => &self.description, "State" => &self.state,
            "Tags" => tags::show(&self.tags), "PolicyType" => self.targets.policy_type(), "DefaultPolicy" => false,
        }
    }
}

/// The policy of an id.
pub(super) fn need(call: &Call, id: &str) -> Result<Arc<LifecyclePolicy>, AwsError> {
    let digits = id.strip_prefix("policy-").unwrap_or_default();
    let hex = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if digits.is_empty() || !hex || id.len() > 64 {
        return wrong(format!("'{id}' is not a policy id, such as policy-0123456789abcdef0"));
    }
    call.world.get(call.region(), id).ok_or_else(|| missing(id))
}

/// `ResourceNotFoundException`.
pub(super) fn missing(id: &str) -> AwsError {
    AwsError::new("ResourceNotFoundException", format!("Policy {id} does not exist.")).status(404)
}

fn check_role(call: &Call, arn: &str) -> Result<(), AwsError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    if !matches!(parts[..], ["arn", "aws", "iam", "", _, rest] if rest.starts_with("role/")) {
        return wrong(format!("ExecutionRoleArn '{arn}' is not the ARN of a role"));
    }
    if iam::visible_role(call, arn).is_none() {
        return wrong(format!("ExecutionRoleArn: the role {arn} does not exist"));
    }
    Ok(())
}

fn check_description(text: &str) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " _-".contains(c);
    if text.is_empty() || text.len() > 500 || !text.chars().all(allowed) {
        return wrong(format!("Description must have 1 to 500 of [0-9A-Za-z _-], not '{text}'"));
    }
    Ok(())
}

/// Refuses a policy that would make snapshots of the same tags on the same schedule as another one.
fn check_conflicts(call: &Call, id: &str, targets: &Targets) -> Result<(), AwsError> {
    let others = call.world.list::<LifecyclePolicy>(call.region());
    let conflict = others.iter().find(|other| other.policy_id != id && other.targets.conflict(targets));
    conflict.map_or(Ok(()), |other| {
        let id = &other.policy_id;
        wrong(format!("A schedule creates at the same time as one of policy {id}, for the same target tags"))
    })
}

fn read_details(call: &Call, id: &str) -> Result<Option<Details>, AwsError> {
    let Some(params) = call.params().get("PolicyDetails") else { return Ok(None) };
    let details = details::read(call.region(), params)?;
    check_conflicts(call, id, &details.targets)?;
    Ok(Some(details))
}

fn create(call: &mut Call) -> Answer {
    let (role, description) = (call.text("ExecutionRoleArn"), call.text("Description"));
    check_role(call, role)?;
    check_description(description)?;
    let tags = tags::requested(call)?;
    let Some(Details { shown, targets }) = read_details(call, "")? else {
        return wrong("PolicyDetails is required");
    };
    if call.rules.quotas && call.world.list::<LifecyclePolicy>(call.region()).len() >= LIMIT {
        let message = format!("The region has {LIMIT} policies already");
        return Err(AwsError::new("LimitExceededException", message).status(429));
    }
    let policy_id = format!("policy-{}", call.world.fresh_hex(17));
    let policy = LifecyclePolicy {
        arn: call.arn(&format!("policy/{policy_id}")),
        policy_id: policy_id.clone(),
        description: description.to_owned(),
        state: call.text("State").to_owned(),
        role: role.to_owned(),
        tags,
        details: shown,
        targets,
        modified: call.now(),
    };
    call.world.put(call.request.region.as_str(), policy);
    Ok(node! { "PolicyId" => policy_id })
}

fn get(call: &mut Call) -> Answer {
    let id = need(call, call.text("PolicyId"))?.policy_id.clone();
    let policy = reading::seen::<LifecyclePolicy>(call, call.region(), &id).ok_or_else(|| missing(&id))?;
    Ok(node! { "Policy" => policy.show(call) })
}

fn update(call: &mut Call) -> Answer {
    let params = call.params();
    let mut policy = LifecyclePolicy::clone(&*need(call, call.text("PolicyId"))?);
    if let Some(role) = params.text("ExecutionRoleArn") {
        check_role(call, role)?;
        policy.role = role.to_owned();
    }
    if let Some(description) = params.text("Description") {
        check_description(description)?;
        policy.description = description.to_owned();
    }
    if let Some(state) = params.text("State") {
        policy.state = state.to_owned();
    }
    if let Some(Details { shown, targets }) = read_details(call, &policy.policy_id)? {
        if targets.policy_type() != policy.targets.policy_type() {
            return wrong("The PolicyType of a policy cannot be changed");
        }
        (policy.details, policy.targets) = (shown, targets);
    }
    policy.modified = call.now();
    call.world.put(call.request.region.as_str(), policy);
    Ok(node! {})
}

fn delete(call: &mut Call) -> Answer {
    let id = need(call, call.text("PolicyId"))?.policy_id.clone();
    call.world.remove::<LifecyclePolicy>(call.request.region.as_str(), &id);
    Ok(node! {})
}

/// A list in a URL, whether it has one element or more.
pub(super) fn listed<'a>(params: &'a Params, name: &str) -> Vec<&'a str> {
    params.text(name).map_or_else(|| params.texts(name), |one| vec![one])
}

fn list(call: &mut Call) -> Answer {
    let params = call.params();
    let ids = listed(params, "policyIds");
    for id in &ids {
        need(call, id)?;
    }
    let types = listed(params, "resourceTypes");
    if types.len() > 1 || types.iter().any(|name| !matches!(*name, "VOLUME" | "INSTANCE")) {
        return wrong("resourceTypes must be one of VOLUME, INSTANCE");
    }
    let tags = |node: &Node, path: &str| -> Vec<String> {
        let (keys, values) = (node.leaves(&format!("{path}.Key")), node.leaves(&format!("{path}.Value")));
        keys.into_iter().zip(values).map(|(key, value)| format!("{key}={value}")).collect()
    };
    let has = |policy: &LifecyclePolicy, filter: &str, path: &str| {
        let found = tags(&policy.details, path);
        listed(params, filter).iter().all(|wanted| found.iter().any(|tag| tag == wanted))
    };
    let wanted = |policy: &&Arc<LifecyclePolicy>| {
        (ids.is_empty() || ids.contains(&policy.policy_id.as_str()))
            && params.text("state").is_none_or(|state| state == policy.state)
            && (types.is_empty() || types.contains(&policy.targets.resource_type()))
            && has(policy, "targetTags", "TargetTags")
            && has(policy, "tagsToAdd", "Schedules.TagsToAdd")
            // There are no default policies here.
            && params.text("defaultPolicyType").is_none()
    };
    let policies = reading::seen_all::<LifecyclePolicy>(call, call.region());
    Ok(node! { "Policies" => Node::list(policies.iter().filter(wanted).map(|policy| policy.summary())) })
}
