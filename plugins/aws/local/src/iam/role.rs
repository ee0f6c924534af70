//! Roles: their names, trust policies, session length, tags.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::document::{Document, Use, counted_length};
use super::profile::InstanceProfile;
use super::tags::{self, Tags};
use super::{
    arn, check_description, check_name, check_path, check_unique, fresh_id, in_use, invalid, limit, listed, no_such,
    under_prefix,
};
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::params::percent_encode;
use crate::reading;
use crate::service::{Action, Call};
use crate::world::{GLOBAL, Resource, timestamp};

pub(super) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateRole",
        "RoleName! AssumeRolePolicyDocument! Path Description MaxSessionDuration:i PermissionsBoundary Tags.N{Key! Value!}",
        create,
    ),
    Action::new("GetRole", "RoleName!", get),
    Action::new("ListRoles", "PathPrefix Marker MaxItems:i", list),
    Action::new("UpdateRole", "RoleName! Description MaxSessionDuration:i", update),
    Action::new("UpdateRoleDescription", "RoleName! Description!", update_description),
    Action::new("UpdateAssumeRolePolicy", "RoleName! PolicyDocument!", update_trust),
    Action::new("DeleteRole", "RoleName!", delete),
    Action::new("TagRole", "RoleName! Tags!.N{Key! Value!}", tag),
    Action::new("UntagRole", "RoleName! TagKeys!.N", untag),
    Action::new("ListRoleTags", "RoleName! Marker MaxItems:i", list_tags),
];

/// The most characters of a trust policy, white space apart.
const TRUST_LIMIT: usize = 2048;

/// A role, with the policies that are inline in it or attached to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    /// Unique in the account.
    pub name: String,
    /// `AROA…`.
    pub role_id: String,
    /// `arn:aws:iam::<account>:role<path><name>`.
    pub arn: String,
    /// `/` or `/a/b/`.
    pub path: String,
    /// The trust policy, as it was given.
    pub trust: String,
    /// For people.
    pub description: Option<String>,
    /// Seconds, 3,600 to 43,200.
    pub max_session: i64,
    /// The ARN of the policy that bounds what the role may do.
    pub boundary: Option<String>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// Inline policies: name → document, as it was given.
    pub inline: BTreeMap<String, String>,
    /// ARNs of the managed policies that are attached.
    pub attached: BTreeSet<String>,
}

impl Resource for Role {
    const KIND: &'static str = "iam:role";
    fn id(&self) -> &str {
        &self.name
    }
}

impl Role {
    /// As `GetRole` shows it; lists leave out tags and boundary, as AWS does.
    pub(super) fn show(&self, call: &Call, whole: bool) -> Node {
        let created = call.world.created::<Role>(GLOBAL, &self.name).unwrap_or_default();
        let boundary = self.boundary.as_ref().filter(|_| whole);
        let boundary = boundary.map(|arn| {
            node! { "PermissionsBoundaryType" => "Policy", "PermissionsBoundaryArn" => arn }
        });
        node! {
            "Path" => &self.path, "RoleName" => &self.name, "RoleId" => &self.role_id, "Arn" => &self.arn,
            "CreateDate" => timestamp(created),
            "AssumeRolePolicyDocument" => percent_encode(&self.trust, false),
            "Description" => self.description.as_ref(), "MaxSessionDuration" => self.max_session,
            "PermissionsBoundary" => boundary,
            "Tags" => if whole { tags::show(&self.tags) } else { Node::Nothing },
        }
    }
}

/// The role that a request names, for calls that change it.
pub(super) fn need(call: &Call) -> Result<Role, AwsError> {
    let name = check_name(call, "RoleName", 64)?;
    let found: Option<Arc<Role>> = call.world.get(GLOBAL, name);
    found.map(|role| Role::clone(&role)).ok_or_else(|| no_such("role", name))
}

/// The role that a request names, for calls that read: a new one may not be seen yet.
pub(super) fn need_seen(call: &Call) -> Result<Arc<Role>, AwsError> {
    let name = check_name(call, "RoleName", 64)?;
    super::seen_role(call, name).ok_or_else(|| no_such("role", name))
}

/// Writes a changed role.
pub(super) fn put(call: &mut Call, role: Role) -> Answer {
    call.world.put(GLOBAL, role);
    Ok(node! {})
}

fn check_trust(call: &Call, text: &str) -> Result<(), AwsError> {
    let malformed = |message: String| AwsError::new("MalformedPolicyDocument", message);
    let document = Document::parse(text, Use::Trust).map_err(malformed)?;
    if let Some(principal) = super::principal::unknown(call, &document) {
        return refuse("MalformedPolicyDocument", format!("Invalid principal in policy: {principal}"));
    }
    if counted_length(text) > TRUST_LIMIT {
        return limit(format!("Cannot exceed quota for ACLSizePerRole: {TRUST_LIMIT}"));
    }
    Ok(())
}

fn check_session(call: &Call) -> Result<Option<i64>, AwsError> {
    let seconds = call.params().number("MaxSessionDuration");
    match seconds {
        Some(seconds) if !(3600..=43200).contains(&seconds) => {
            invalid("maxSessionDuration", &seconds.to_string(), "Member must have value between 3600 and 43200")
        }
        seconds => Ok(seconds),
    }
}

fn create(call: &mut Call) -> Answer {
    let name = check_name(call, "RoleName", 64)?;
    let path = check_path(call)?;
    let description = check_description(call)?;
    let max_session = check_session(call)?.unwrap_or(3600);
    let tags = tags::requested(call)?;
    let trust = call.text("AssumeRolePolicyDocument");
    check_trust(call, trust)?;
    check_unique(call.world, "Role", name, |role: &Role| &role.name)?;
    let boundary = match call.params().text("PermissionsBoundary") {
        Some(arn) => Some(super::policy::need(call, arn)?.arn),
        None => None,
    };
    let role = Role {
        name: name.to_owned(),
        role_id: fresh_id(call, "AROA"),
        arn: arn(call, &format!("role{path}{name}")),
        path,
        trust: trust.to_owned(),
        description,
        max_session,
        boundary,
        tags,
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
    };
    call.world.put(GLOBAL, role.clone());
    Ok(node! { "Role" => role.show(call, true) })
}

fn get(call: &mut Call) -> Answer {
    let role = need_seen(call)?;
    // AWS says when a role was last used only of one that was; here nobody assumes roles.
    Ok(node! { "Role" => role.show(call, true).with("RoleLastUsed", node! {}) })
}

fn list(call: &mut Call) -> Answer {
    let mut items = Vec::new();
    for role in reading::seen_all::<Role>(call, GLOBAL) {
        if under_prefix(call, &role.path)? {
            items.push((role.name.clone(), role.show(call, false)));
        }
    }
    listed(call, "Roles", items)
}

fn update(call: &mut Call) -> Answer {
    let mut role = need(call)?;
    if let Some(description) = check_description(call)? {
        role.description = Some(description).filter(|text| !text.is_empty());
    }
    role.max_session = check_session(call)?.unwrap_or(3600);
    put(call, role)
}

fn update_description(call: &mut Call) -> Answer {
    let mut role = need(call)?;
    role.description = check_description(call)?.filter(|text| !text.is_empty());
    let shown = role.show(call, true);
    put(call, role)?;
    Ok(node! { "Role" => shown })
}

fn update_trust(call: &mut Call) -> Answer {
    let mut role = need(call)?;
    let trust = call.text("PolicyDocument");
    check_trust(call, trust)?;
    role.trust = trust.to_owned();
    put(call, role)
}

fn delete(call: &mut Call) -> Answer {
    let role = need(call)?;
    let profiles = call.world.list::<InstanceProfile>(GLOBAL);
    if profiles.iter().any(|profile| profile.role.as_ref() == Some(&role.name)) {
        return in_use("remove roles from instance profile");
    }
    if !role.attached.is_empty() {
        return in_use("detach all policies");
    }
    if !role.inline.is_empty() {
        return in_use("delete policies");
    }
    call.world.remove::<Role>(GLOBAL, &role.name);
    Ok(node! {})
}

fn tag(call: &mut Call) -> Answer {
    let mut role = need(call)?;
    tags::add(call, &mut role.tags)?;
    put(call, role)
}

fn untag(call: &mut Call) -> Answer {
    let mut role = need(call)?;
    tags::remove(call, &mut role.tags);
    put(call, role)
}

fn list_tags(call: &mut Call) -> Answer {
    let tags: Tags = need_seen(call)?.tags.clone();
    listed(call, "Tags", tags::items(&tags))
}
