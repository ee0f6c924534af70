//! The actions on what a role may do.
//!
//! These are about inline policies, attached managed policies and the permissions boundary.

use crate::error::{Answer, AwsError};
use crate::iam::document::counted_length;
use crate::iam::queries::policy::need_policy;
use crate::iam::queries::role::{need_role, need_seen_role, put_role};
use crate::iam::rules::{
    check_identity_document, check_name, check_policy_arn, entity_page, limit_exceeded, no_such,
    under_prefix,
};
use crate::node::Node;
use crate::params::percent_encode;
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("PutRolePolicy", "RoleName! PolicyName! PolicyDocument!", put_inline),
    Action::new("GetRolePolicy", "RoleName! PolicyName!", get_inline),
    Action::new("ListRolePolicies", "RoleName! Marker MaxItems:i", list_inline),
    Action::new("DeleteRolePolicy", "RoleName! PolicyName!", delete_inline),
    Action::new("AttachRolePolicy", "RoleName! PolicyArn!", attach),
    Action::new("DetachRolePolicy", "RoleName! PolicyArn!", detach),
    Action::new(
        "ListAttachedRolePolicies",
        "RoleName! PathPrefix Marker MaxItems:i",
        list_attached,
    ),
    Action::new("PutRolePermissionsBoundary", "RoleName! PermissionsBoundary!", put_boundary),
    Action::new("DeleteRolePermissionsBoundary", "RoleName!", delete_boundary),
];

/// The most characters of all inline policies of a role together.
///
/// White space does not count.
const INLINE_LIMIT: usize = 10_240;

/// The most managed policies on a role.
const ATTACHED_LIMIT: usize = 10;

fn put_inline(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    let name = check_name(call, "PolicyName", 128)?;
    let text = call.text("PolicyDocument");
    check_identity_document(text)?;
    role.inline.insert(name.to_owned(), text.to_owned());
    if role.inline.values().map(|text| counted_length(text)).sum::<usize>() > INLINE_LIMIT {
        return limit_exceeded(format!(
            "Maximum policy size of {INLINE_LIMIT} bytes exceeded for role {}",
            role.name
        ));
    }
    put_role(call, role)
}

fn get_inline(call: &mut Call) -> Answer {
    let role = need_seen_role(call)?;
    let name = check_name(call, "PolicyName", 128)?;
    let text = role.inline.get(name).ok_or_else(|| no_such("role policy", name))?;
    Ok(
        node! { "RoleName" => &role.name, "PolicyName" => name, "PolicyDocument" => percent_encode(text, false) },
    )
}

fn list_inline(call: &mut Call) -> Answer {
    let role = need_seen_role(call)?;
    let items = role.inline.keys().map(|name| (name.clone(), name)).collect();
    entity_page(call, "PolicyNames", items, |name: &String| Node::from(name))
}

fn delete_inline(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    let name = check_name(call, "PolicyName", 128)?;
    role.inline.remove(name).ok_or_else(|| no_such("role policy", name))?;
    put_role(call, role)
}

fn attach(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    let policy = need_policy(call, call.text("PolicyArn"))?;
    role.attached.insert(policy.arn);
    if call.settings.quotas && role.attached.len() > ATTACHED_LIMIT {
        return limit_exceeded(format!(
            "Cannot exceed quota for PoliciesPerRole: {ATTACHED_LIMIT}"
        ));
    }
    put_role(call, role)
}

fn detach(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    let arn = call.text("PolicyArn");
    check_policy_arn(arn)?;
    if !role.attached.remove(arn) {
        let message = format!("Policy {arn} was not found.");
        return Err(AwsError::new("NoSuchEntity", message).status(404));
    }
    put_role(call, role)
}

fn list_attached(call: &mut Call) -> Answer {
    let role = need_seen_role(call)?;
    let mut items = Vec::new();
    for arn in &role.attached {
        let policy = need_policy(call, arn)?;
        if under_prefix(call, &policy.path)? {
            items.push((
                policy.name.clone(),
                node! { "PolicyName" => &policy.name, "PolicyArn" => arn },
            ));
        }
    }
    entity_page(call, "AttachedPolicies", items, |policy| policy)
}

fn put_boundary(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    role.boundary = Some(need_policy(call, call.text("PermissionsBoundary"))?.arn);
    put_role(call, role)
}

fn delete_boundary(call: &mut Call) -> Answer {
    let mut role = need_role(call)?;
    if role.boundary.take().is_none() {
        let message = format!("Role {} does not have a permissions boundary.", role.name);
        return Err(AwsError::new("NoSuchEntity", message).status(404));
    }
    put_role(call, role)
}
