//! Managed policies: the account's own, and those that AWS offers (`managed`), which nobody may change.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::document::counted_length;
use super::role::Role;
use super::role_policy::check_document;
use super::tags::{self, Tags};
use super::{
    arn, check_description, check_name, check_path, check_unique, fresh_id, in_use, limit, listed, managed,
    under_prefix,
};
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::reading;
use crate::service::{Action, Call};
use crate::world::{GLOBAL, Resource, timestamp};

pub(super) const ACTIONS: &[Action] = &[
    Action::new("CreatePolicy", "PolicyName! PolicyDocument! Path Description Tags.N{Key! Value!}", create),
    Action::new("GetPolicy", "PolicyArn!", get),
    Action::new(
        "ListPolicies",
        "Scope=All|AWS|Local OnlyAttached:b PathPrefix PolicyUsageFilter=PermissionsPolicy|PermissionsBoundary Marker MaxItems:i",
        list,
    ),
    Action::new("DeletePolicy", "PolicyArn!", delete),
    Action::new("TagPolicy", "PolicyArn! Tags!.N{Key! Value!}", tag),
    Action::new("UntagPolicy", "PolicyArn! TagKeys!.N", untag),
    Action::new("ListPolicyTags", "PolicyArn! Marker MaxItems:i", list_tags),
    Action::new(
        "ListEntitiesForPolicy",
        "PolicyArn! EntityFilter=User|Role|Group|LocalManagedPolicy|AWSManagedPolicy PathPrefix PolicyUsageFilter=PermissionsPolicy|PermissionsBoundary Marker MaxItems:i",
        list_entities,
    ),
];

/// The most characters of a managed policy, white space apart.
const DOCUMENT_LIMIT: usize = 6144;

/// A managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Policy {
    pub(super) name: String,
    /// `ANPA…`.
    pub(super) policy_id: String,
    pub(super) arn: String,
    pub(super) path: String,
    pub(super) description: Option<String>,
    pub(super) tags: Tags,
    /// Number → version; `v3` is 3. At most five.
    pub(super) versions: BTreeMap<u32, Version>,
    /// The version that holds.
    pub(super) default: u32,
    /// The number of the next version; numbers are never used again.
    pub(super) next: u32,
    pub(super) updated: i64,
}

/// A version of a managed policy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) document: String,
    pub(super) created: i64,
}

impl Resource for Policy {
    const KIND: &'static str = "iam:policy";
    fn id(&self) -> &str {
        &self.arn
    }
}

impl Policy {
    /// As `GetPolicy` shows it; lists leave out description and tags, as AWS does.
    fn show(&self, call: &Call, whole: bool) -> Node {
        let created = call.world.created::<Policy>(GLOBAL, &self.arn).unwrap_or(self.updated);
        let (attached, bounding) = users(call, &self.arn);
        node! {
            "PolicyName" => &self.name, "PolicyId" => &self.policy_id, "Arn" => &self.arn, "Path" => &self.path,
            "DefaultVersionId" => format!("v{}", self.default),
            "AttachmentCount" => count(&attached), "PermissionsBoundaryUsageCount" => count(&bounding),
            "IsAttachable" => true, "Description" => self.description.as_ref().filter(|_| whole),
            "CreateDate" => timestamp(created), "UpdateDate" => timestamp(self.updated),
            "Tags" => if whole { tags::show(&self.tags) } else { Node::Nothing },
        }
    }
}

fn count(roles: &[Arc<Role>]) -> i64 {
    i64::try_from(roles.len()).unwrap_or(i64::MAX)
}

/// The roles that a policy is attached to, and those that it bounds.
fn users(call: &Call, arn: &str) -> (Vec<Arc<Role>>, Vec<Arc<Role>>) {
    let roles = call.world.list::<Role>(GLOBAL);
    let attached = roles.iter().filter(|role| role.attached.contains(arn)).cloned().collect();
    let bounded = roles.into_iter().filter(|role| role.boundary.as_deref() == Some(arn)).collect();
    (attached, bounded)
}

/// Refuses what is not the ARN of a policy.
pub(super) fn check_arn(arn: &str) -> Result<(), AwsError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let well_formed = matches!(parts[..], ["arn", "aws", "iam", "", _, rest] if rest.starts_with("policy/"));
    if !well_formed || !(20..=2048).contains(&arn.len()) {
        return refuse("InvalidInput", format!("ARN {arn} is not valid."));
    }
    Ok(())
}

/// A policy by ARN, the account's own or one of AWS's.
pub(super) fn need(call: &Call, arn: &str) -> Result<Policy, AwsError> {
    check_arn(arn)?;
    let own: Option<Arc<Policy>> = call.world.get(GLOBAL, arn);
    let found = own.map(|policy| Policy::clone(&policy)).or_else(|| managed::find(arn));
    found.ok_or_else(|| missing(arn))
}

/// The policy that a request names, for calls that read: a new one may not be seen yet.
pub(super) fn need_seen(call: &Call) -> Result<Policy, AwsError> {
    let policy = need(call, call.text("PolicyArn"))?;
    let hidden = !managed::is(&policy.arn) && reading::seen::<Policy>(call, GLOBAL, &policy.arn).is_none();
    if hidden { Err(missing(&policy.arn)) } else { Ok(policy) }
}

/// The policy that a request names, for calls that change it: one of the account's own.
pub(super) fn need_own(call: &Call) -> Result<Policy, AwsError> {
    let policy = need(call, call.text("PolicyArn"))?;
    if managed::is(&policy.arn) {
        return Err(AwsError::new("AccessDenied", "Policy is outside your own account.").status(403));
    }
    Ok(policy)
}

fn missing(arn: &str) -> AwsError {
    AwsError::new("NoSuchEntity", format!("Policy {arn} does not exist or is not attachable.")).status(404)
}

/// Refuses what is not a policy document, or a longer one than a managed policy may have.
pub(super) fn check_size(text: &str) -> Result<(), AwsError> {
    check_document(text)?;
    if counted_length(text) > DOCUMENT_LIMIT {
        return limit(format!("Cannot exceed quota for PolicySize: {DOCUMENT_LIMIT}"));
    }
    Ok(())
}

fn create(call: &mut Call) -> Answer {
    let name = check_name(call, "PolicyName", 128)?;
    let path = check_path(call)?;
    let description = check_description(call)?;
    let tags = tags::requested(call)?;
    let document = call.text("PolicyDocument");
    check_size(document)?;
    check_unique(call.world, "A policy", name, |policy: &Policy| &policy.name)?;
    let now = call.now();
    let policy = Policy {
        name: name.to_owned(),
        policy_id: fresh_id(call, "ANPA"),
        arn: arn(call, &format!("policy{path}{name}")),
        path,
        description,
        tags,
        versions: BTreeMap::from([(1, Version { document: document.to_owned(), created: now })]),
        default: 1,
        next: 2,
        updated: now,
    };
    call.world.put(GLOBAL, policy.clone());
    // AWS shows the description only on a later read.
    let tags = tags::show(&policy.tags);
    Ok(node! { "Policy" => policy.show(call, false).with("Tags", tags) })
}

fn get(call: &mut Call) -> Answer {
    let policy = need_seen(call)?;
    Ok(node! { "Policy" => policy.show(call, true) })
}

fn list(call: &mut Call) -> Answer {
    let params = call.params();
    let scope = params.text("Scope").unwrap_or("All");
    let own = reading::seen_all::<Policy>(call, GLOBAL).into_iter().map(|policy| Policy::clone(&policy));
    let all = own.filter(|_| scope != "AWS").chain(managed::all().filter(|_| scope != "Local"));
    let mut items = Vec::new();
    for policy in all {
        let (attached, bounding) = users(call, &policy.arn);
        let used = match params.text("PolicyUsageFilter") {
            Some("PermissionsPolicy") => !attached.is_empty(),
            Some(_) => !bounding.is_empty(),
            None => params.flag("OnlyAttached") != Some(true) || !attached.is_empty(),
        };
        if used && under_prefix(call, &policy.path)? {
            items.push((format!("{}\n{}", policy.name, policy.arn), policy.show(call, false)));
        }
    }
    listed(call, "Policies", items)
}

fn delete(call: &mut Call) -> Answer {
    let policy = need_own(call)?;
    let (attached, bounding) = users(call, &policy.arn);
    if !attached.is_empty() || !bounding.is_empty() {
        let message = "Cannot delete a policy attached to entities.";
        return Err(AwsError::new("DeleteConflict", message).status(409));
    }
    if policy.versions.len() > 1 {
        return in_use("delete all non-default versions of the policy");
    }
    call.world.remove::<Policy>(GLOBAL, &policy.arn);
    Ok(node! {})
}

fn tag(call: &mut Call) -> Answer {
    let mut policy = need_own(call)?;
    tags::add(call, &mut policy.tags)?;
    call.world.put(GLOBAL, policy);
    Ok(node! {})
}

fn untag(call: &mut Call) -> Answer {
    let mut policy = need_own(call)?;
    tags::remove(call, &mut policy.tags);
    call.world.put(GLOBAL, policy);
    Ok(node! {})
}

fn list_tags(call: &mut Call) -> Answer {
    let policy = need_seen(call)?;
    listed(call, "Tags", tags::items(&policy.tags))
}

fn list_entities(call: &mut Call) -> Answer {
    let policy = need_seen(call)?;
    let (attached, bounding) = users(call, &policy.arn);
    let mut roles = match call.params().text("PolicyUsageFilter") {
        Some("PermissionsPolicy") => attached,
        Some(_) => bounding,
        None => [attached, bounding].concat(),
    };
    roles.retain(|_| matches!(call.params().text("EntityFilter"), None | Some("Role")));
    let mut items = Vec::new();
    for role in roles {
        if under_prefix(call, &role.path)? {
            items.push((role.name.clone(), node! { "RoleName" => &role.name, "RoleId" => &role.role_id }));
        }
    }
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    items.dedup_by(|(one, _), (other, _)| one == other);
    let answer = listed(call, "PolicyRoles", items)?;
    Ok(answer.with("PolicyGroups", Node::List(vec![])).with("PolicyUsers", Node::List(vec![])))
}
