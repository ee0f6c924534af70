//! The actions of roles: names, trust policies, session length, tags.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Answer, AwsError, refuse};
use crate::iam::document::{Document, Purpose, counted_length};
use crate::iam::queries::policy::need_policy;
use crate::iam::queries::principal::unknown_principal;
use crate::iam::queries::role::{need_role, need_seen_role, put_role};
use crate::iam::rows::profile::InstanceProfile;
use crate::iam::rows::role::Role;
use crate::iam::rules::{
    check_description, check_name, check_path, check_unique, delete_conflict, entity_page,
    fresh_id, iam_arn, invalid_member, limit_exceeded, under_prefix,
};
use crate::iam::tags::{Tags, add_given_tags, given_tags, remove_named_tags, tag_items};
use crate::reading;
use crate::service::{Action, Call};
use crate::world::GLOBAL;

pub(crate) const ACTIONS: &[Action] = &[
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

fn check_trust(call: &Call, text: &str) -> Result<(), AwsError> {
    let malformed = |message: String| AwsError::new("MalformedPolicyDocument", message);
    let document = Document::parse(text, Purpose::Trust).map_err(malformed)?;
    if let Some(principal) = unknown_principal(call, &document) {
        return refuse(
            "MalformedPolicyDocument",
            format!("Invalid principal in policy: {principal}"),
        );
    }
    if counted_length(text) > TRUST_LIMIT {
        return limit_exceeded(format!("Cannot exceed quota for ACLSizePerRole: {TRUST_LIMIT}"));
    }
    Ok(())
}

fn check_session(call: &Call) -> Result<Option<i64>, AwsError> {
    let seconds = call.params().number("MaxSessionDuration");
    match seconds {
        Some(seconds) if !(3600..=43200).contains(&seconds) => invalid_member(
            "maxSessionDuration",
            &seconds.to_string(),
            "Member must have value between 3600 and 43200",
        ),
        seconds => Ok(seconds),
    }
}

fn create(call: &mut Call) -> Answer {
    let name = check_name(call, "RoleName", 64)?;
    let path = check_path(call)?;
    let description = check_description(call)?;
    let max_session = check_session(call)?.unwrap_or(3600);
    let tags = given_tags(call)?;
    let trust = call.text("AssumeRolePolicyDocument");
    check_trust(call, trust)?;
    check_unique(call.world, "Role", name, |role: &Role| &role.name)?;
    let boundary = match call.params().text("PermissionsBoundary") {
        Some(arn) => Some(need_policy(call, arn)?.arn),
        None => None,
    };
    let role = Role {
        name: name.to_owned(),
        role_id: fresh_id(call, "AROA"),
        arn: iam_arn(call, &format!("role{path}{name}")),
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
    let role = need_seen_role(call)?;
    // AWS reports the last use only of a role that was assumed; no role is assumed here.
    Ok(node! { "Role" => role.show(call, true).with("RoleLastUsed", node! {}) })
}

fn list(call: &mut Call) -> Answer {
    let mut items = Vec::new();
    for role in reading::seen_all::<Role>(call, GLOBAL) {
        if under_prefix(call, &role.path)? {
            items.push((role.name.clone(), role));
        }
    }
    entity_page(call, "Roles", items, |role| role.show(call, false))
}

fn update(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    if let Some(description) = check_description(call)? {
        role.description = Some(description).filter(|text| !text.is_empty());
    }
    role.max_session = check_session(call)?.unwrap_or(3600);
    put_role(call, role)
}

fn update_description(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    role.description = check_description(call)?.filter(|text| !text.is_empty());
    let shown = role.show(call, true);
    put_role(call, role)?;
    Ok(node! { "Role" => shown })
}

fn update_trust(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    let trust = call.text("PolicyDocument");
    check_trust(call, trust)?;
    role.trust = trust.to_owned();
    put_role(call, role)
}

fn delete(call: &mut Call) -> Answer {
    let role = need_role(call)?;
    let profiles = call.world.list::<InstanceProfile>(GLOBAL);
    if profiles.iter().any(|profile| profile.role.as_ref() == Some(&role.name)) {
        return delete_conflict("remove roles from instance profile");
    }
    if !role.attached.is_empty() {
        return delete_conflict("detach all policies");
    }
    if !role.inline.is_empty() {
        return delete_conflict("delete policies");
    }
    call.world.remove::<Role>(GLOBAL, &role.name);
    Ok(node! {})
}

fn tag(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    add_given_tags(call, &mut role.tags)?;
    put_role(call, role)
}

fn untag(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    remove_named_tags(call, &mut role.tags);
    put_role(call, role)
}

fn list_tags(call: &mut Call) -> Answer {
    let tags: Tags = need_seen_role(call)?.tags.clone();
    entity_page(call, "Tags", tag_items(&tags), |tag| tag)
}
