//! The actions of managed policies.
//!
//! Those are the account's own, and AWS's (`managed`), which no request changes.

use std::collections::BTreeMap;

use crate::error::{Answer, AwsError};
use crate::iam::managed::all_managed_policies;
use crate::iam::queries::policy::{need_own_policy, need_seen_policy, roles_with_policy};
use crate::iam::rows::policy::{Policy, PolicyVersion};
use crate::iam::rules::{
    check_description, check_managed_document, check_name, check_path, check_unique,
    delete_conflict, entity_page, fresh_id, iam_arn, under_prefix,
};
use crate::iam::tags::{add_given_tags, given_tags, remove_named_tags, show_tag_list, tag_items};
use crate::node::Node;
use crate::reading;
use crate::service::{Action, Call};
use crate::world::GLOBAL;

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "CreatePolicy",
        "PolicyName! PolicyDocument! Path Description Tags.N{Key! Value!}",
        create,
    ),
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

fn create(call: &mut Call) -> Answer {
    let name = check_name(call, "PolicyName", 128)?;
    let path = check_path(call)?;
    let description = check_description(call)?;
    let tags = given_tags(call)?;
    let document = call.text("PolicyDocument");
    check_managed_document(document)?;
    check_unique(call.world, "A policy", name, |policy: &Policy| &policy.name)?;
    let now = call.now();
    let policy = Policy {
        name: name.to_owned(),
        policy_id: fresh_id(call, "ANPA"),
        arn: iam_arn(call, &format!("policy{path}{name}")),
        path,
        description,
        tags,
        versions: BTreeMap::from([(
            1,
            PolicyVersion { document: document.to_owned(), created: now },
        )]),
        default: 1,
        next: 2,
        updated: now,
    };
    call.world.put(GLOBAL, policy.clone());
    // AWS shows the description only on a later read.
    let tags = show_tag_list(&policy.tags);
    Ok(node! { "Policy" => policy.show(call, false).with("Tags", tags) })
}

fn get(call: &mut Call) -> Answer {
    let policy = need_seen_policy(call)?;
    Ok(node! { "Policy" => policy.show(call, true) })
}

fn list(call: &mut Call) -> Answer {
    let params = call.params();
    let scope = params.text("Scope").unwrap_or("All");
    let own =
        reading::seen_all::<Policy>(call, GLOBAL).into_iter().map(|policy| Policy::clone(&policy));
    let all =
        own.filter(|_| scope != "AWS").chain(all_managed_policies().filter(|_| scope != "Local"));
    let mut items = Vec::new();
    for policy in all {
        let (attached, bounding) = roles_with_policy(call, &policy.arn);
        let used = match params.text("PolicyUsageFilter") {
            Some("PermissionsPolicy") => !attached.is_empty(),
            Some(_) => !bounding.is_empty(),
            None => params.flag("OnlyAttached") != Some(true) || !attached.is_empty(),
        };
        if used && under_prefix(call, &policy.path)? {
            items.push((format!("{}\n{}", policy.name, policy.arn), policy));
        }
    }
    entity_page(call, "Policies", items, |policy| policy.show(call, false))
}

fn delete(call: &mut Call) -> Answer {
    let policy = need_own_policy(call)?;
    let (attached, bounding) = roles_with_policy(call, &policy.arn);
    if !attached.is_empty() || !bounding.is_empty() {
        let message = "Cannot delete a policy attached to entities.";
        return Err(AwsError::new("DeleteConflict", message).status(409));
    }
    if policy.versions.len() > 1 {
        return delete_conflict("delete all non-default versions of the policy");
    }
    call.world.remove::<Policy>(GLOBAL, &policy.arn);
    Ok(node! {})
}

fn tag(call: &mut Call) -> Answer {
    let mut policy = need_own_policy(call)?;
    add_given_tags(call, &mut policy.tags)?;
    call.world.put(GLOBAL, policy);
    Ok(node! {})
}

fn untag(call: &mut Call) -> Answer {
    let mut policy = need_own_policy(call)?;
    remove_named_tags(call, &mut policy.tags);
    call.world.put(GLOBAL, policy);
    Ok(node! {})
}

fn list_tags(call: &mut Call) -> Answer {
    let policy = need_seen_policy(call)?;
    entity_page(call, "Tags", tag_items(&policy.tags), |tag| tag)
}

fn list_entities(call: &mut Call) -> Answer {
    let policy = need_seen_policy(call)?;
    let (attached, bounding) = roles_with_policy(call, &policy.arn);
    let mut roles = match call.params().text("PolicyUsageFilter") {
        Some("PermissionsPolicy") => attached,
        Some(_) => bounding,
        None => [attached, bounding].concat(),
    };
    roles.retain(|_| matches!(call.params().text("EntityFilter"), None | Some("Role")));
    let mut items = Vec::new();
    for role in roles {
        if under_prefix(call, &role.path)? {
            items.push((
                role.name.clone(),
                node! { "RoleName" => &role.name, "RoleId" => &role.role_id },
            ));
        }
    }
    items.sort_by(|(one, _), (other, _)| one.cmp(other));
    items.dedup_by(|(one, _), (other, _)| one == other);
    let answer = entity_page(call, "PolicyRoles", items, |role| role)?;
    Ok(answer.with("PolicyGroups", Node::List(vec![])).with("PolicyUsers", Node::List(vec![])))
}
