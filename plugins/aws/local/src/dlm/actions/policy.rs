//! The actions of lifecycle policies.

use std::sync::Arc;

use crate::dlm::actions::tags::requested_policy_tags;
use crate::dlm::details::{Details, Targets, check_details, details};
use crate::dlm::queries::{missing_lifecycle_policy, need_lifecycle_policy};
use crate::dlm::rows::LifecyclePolicy;
use crate::dlm::rules::{invalid_request, url_list};
use crate::error::{Answer, AwsError};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::{iam, reading};

pub(crate) const ACTIONS: &[Action] = &[
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
        // In a URL, a list of one element is read as text.
        reads: "policyIds:j state=ENABLED|DISABLED|ERROR resourceTypes:j targetTags:j tagsToAdd:j defaultPolicyType=VOLUME|INSTANCE|ALL",
        run: list,
    },
    Action {
        name: "GetLifecyclePolicy",
        route: "GET /policies/{PolicyId}",
        reads: "PolicyId!",
        run: get,
    },
    Action {
        name: "UpdateLifecyclePolicy",
        route: "PATCH /policies/{PolicyId}",
        reads: concat!(
            "PolicyId! ExecutionRoleArn Description State=ENABLED|DISABLED PolicyDetails{",
            details!(),
            "}"
        ),
        run: update,
    },
    Action {
        name: "DeleteLifecyclePolicy",
        route: "DELETE /policies/{PolicyId}",
        reads: "PolicyId!",
        run: delete,
    },
];

/// The most policies of a region.
const MAX_POLICIES: usize = 100;

fn check_role(call: &Call, arn: &str) -> Result<(), AwsError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    if !matches!(parts[..], ["arn", "aws", "iam", "", _, rest] if rest.starts_with("role/")) {
        return invalid_request(format!("ExecutionRoleArn '{arn}' is not the ARN of a role"));
    }
    if iam::visible_role(call, arn).is_none() {
        return invalid_request(format!("ExecutionRoleArn: the role {arn} does not exist"));
    }
    Ok(())
}

fn check_policy_description(text: &str) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " _-".contains(c);
    if text.is_empty() || text.len() > 500 || !text.chars().all(allowed) {
        return invalid_request(format!(
            "Description must have 1 to 500 of [0-9A-Za-z _-], not '{text}'"
        ));
    }
    Ok(())
}

/// Rejects a policy that conflicts with another one of the region.
///
/// Two policies conflict if they would create snapshots of the same tags on the same schedule.
fn check_conflicts(call: &Call, id: &str, targets: &Targets) -> Result<(), AwsError> {
    let others = call.world.list::<LifecyclePolicy>(call.region());
    let conflict =
        others.iter().find(|other| other.policy_id != id && other.targets.conflict(targets));
    conflict.map_or(Ok(()), |other| {
        let id = &other.policy_id;
        invalid_request(format!(
            "A schedule creates at the same time as one of policy {id}, for the same target tags"
        ))
    })
}

fn read_details(call: &Call, id: &str) -> Result<Option<Details>, AwsError> {
    let Some(params) = call.params().get("PolicyDetails") else { return Ok(None) };
    let details = check_details(call.region(), params)?;
    check_conflicts(call, id, &details.targets)?;
    Ok(Some(details))
}

fn create(call: &mut Call) -> Answer {
    let (role, description) = (call.text("ExecutionRoleArn"), call.text("Description"));
    check_role(call, role)?;
    check_policy_description(description)?;
    let tags = requested_policy_tags(call)?;
    let Some(Details { shown, targets }) = read_details(call, "")? else {
        return invalid_request("PolicyDetails is required");
    };
    if call.settings.quotas
        && call.world.list::<LifecyclePolicy>(call.region()).len() >= MAX_POLICIES
    {
        let message = format!("The region has {MAX_POLICIES} policies already");
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
    let id = need_lifecycle_policy(call, call.text("PolicyId"))?.policy_id.clone();
    let policy = reading::seen::<LifecyclePolicy>(call, call.region(), &id)
        .ok_or_else(|| missing_lifecycle_policy(&id))?;
    Ok(node! { "Policy" => policy.show(call) })
}

fn update(call: &mut Call) -> Answer {
    let params = call.params();
    let mut policy = LifecyclePolicy::clone(&*need_lifecycle_policy(call, call.text("PolicyId"))?);
    if let Some(role) = params.text("ExecutionRoleArn") {
        check_role(call, role)?;
        policy.role = role.to_owned();
    }
    if let Some(description) = params.text("Description") {
        check_policy_description(description)?;
        policy.description = description.to_owned();
    }
    if let Some(state) = params.text("State") {
        policy.state = state.to_owned();
    }
    if let Some(Details { shown, targets }) = read_details(call, &policy.policy_id)? {
        if targets.policy_type() != policy.targets.policy_type() {
            return invalid_request("The PolicyType of a policy cannot be changed");
        }
        (policy.details, policy.targets) = (shown, targets);
    }
    policy.modified = call.now();
    call.world.put(call.request.region.as_str(), policy);
    Ok(node! {})
}

fn delete(call: &mut Call) -> Answer {
    let id = need_lifecycle_policy(call, call.text("PolicyId"))?.policy_id.clone();
    call.world.remove::<LifecyclePolicy>(call.request.region.as_str(), &id);
    Ok(node! {})
}

fn list(call: &mut Call) -> Answer {
    let params = call.params();
    let ids = url_list(params, "policyIds");
    for id in &ids {
        need_lifecycle_policy(call, id)?;
    }
    let types = url_list(params, "resourceTypes");
    if types.len() > 1 || types.iter().any(|name| !matches!(*name, "VOLUME" | "INSTANCE")) {
        return invalid_request("resourceTypes must be one of VOLUME, INSTANCE");
    }
    let tags = |node: &Node, path: &str| -> Vec<String> {
        let (keys, values) =
            (node.leaves(&format!("{path}.Key")), node.leaves(&format!("{path}.Value")));
        keys.into_iter().zip(values).map(|(key, value)| format!("{key}={value}")).collect()
    };
    let has = |policy: &LifecyclePolicy, filter: &str, path: &str| {
        let found = tags(&policy.details, path);
        url_list(params, filter).iter().all(|wanted| found.iter().any(|tag| tag == wanted))
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
    Ok(
        node! { "Policies" => Node::list(policies.iter().filter(wanted).map(|policy| policy.summary())) },
    )
}
