//! What a role may do: inline policies, attached managed policies, the permissions boundary.

use super::document::{Document, Use, counted_length};
use super::{check_name, limit, listed, no_such, policy, role, under_prefix};
use crate::error::{Answer, AwsError};
use crate::node::Node;
use crate::params::percent_encode;
use crate::service::{Action, Call};

pub(super) const ACTIONS: &[Action] = &[
    Action::new("PutRolePolicy", "RoleName! PolicyName! PolicyDocument!", put_inline),
    Action::new("GetRolePolicy", "RoleName! PolicyName!", get_inline),
    Action::new("ListRolePolicies", "RoleName! Marker MaxItems:i", list_inline),
    Action::new("DeleteRolePolicy", "RoleName! PolicyName!", delete_inline),
    Action::new("AttachRolePolicy", "RoleName! PolicyArn!", attach),
    Action::new("DetachRolePolicy", "RoleName! PolicyArn!", detach),
    Action::new("ListAttachedRolePolicies", "RoleName! PathPrefix Marker MaxItems:i", list_attached),
    Action::new("PutRolePermissionsBoundary", "RoleName! PermissionsBoundary!", put_boundary),
    Action::new("DeleteRolePermissionsBoundary", "RoleName!", delete_boundary),
];

/// The most characters of all inline policies of a role together, white space apart.
const INLINE_LIMIT: usize = 10_240;
/// The most managed policies on a role.
const ATTACHED_LIMIT: usize = 10;

fn put_inline(call: &mut Call) -> Answer {
    let mut role = role::need(call)?;
    let name = check_name(call, "PolicyName", 128)?;
    let text = call.text("PolicyDocument");
    check_document(text)?;
    role.inline.insert(name.to_owned(), text.to_owned());
    if role.inline.values().map(|text| counted_length(text)).sum::<usize>() > INLINE_LIMIT {
        return limit(format!("Maximum policy size of {INLINE_LIMIT} bytes exceeded for role {}", role.name));
    }
    role::put(call, role)
}

/// Refuses what is not an identity policy.
pub(super) fn check_document(text: &str) -> Result<(), AwsError> {
    let parsed = Document::parse(text, Use::Identity);
    parsed.map(|_| ()).map_err(|message| AwsError::new("MalformedPolicyDocument", message))
}

fn get_inline(call: &mut Call) -> Answer {
    let role = role::need_seen(call)?;
    let name = check_name(call, "PolicyName", 128)?;
    let text = role.inline.get(name).ok_or_else(|| no_such("role policy", name))?;
    Ok(node! { "RoleName" => &role.name, "PolicyName" => name, "PolicyDocument" => percent_encode(text, false) })
}

fn list_inline(call: &mut Call) -> Answer {
    let role = role::need_seen(call)?;
    let items = role.inline.keys().map(|name| (name.clone(), Node::from(name))).collect();
    listed(call, "PolicyNames", items)
}

fn delete_inline(call: &mut Call) -> Answer {
    let mut role = role::need(call)?;
    let name = check_name(call, "PolicyName", 128)?;
    role.inline.remove(name).ok_or_else(|| no_such("role policy", name))?;
    role::put(call, role)
}

fn attach(call: &mut Call) -> Answer {
    let mut role = role::need(call)?;
    let policy = policy::need(call, call.text("PolicyArn"))?;
    role.attached.insert(policy.arn);
    if call.rules.quotas && role.attached.len() > ATTACHED_LIMIT {
        return limit(format!("Cannot exceed quota for PoliciesPerRole: {ATTACHED_LIMIT}"));
    }
    role::put(call, role)
}

fn detach(call: &mut Call) -> Answer {
    let mut role = role::need(call)?;
    let arn = call.text("PolicyArn");
    policy::check_arn(arn)?;
    if !role.attached.remove(arn) {
        let message = format!("Policy {arn} was not found.");
        return Err(AwsError::new("NoSuchEntity", message).status(404));
    }
    role::put(call, role)
}

fn list_attached(call: &mut Call) -> Answer {
    let role = role::need_seen(call)?;
    let mut items = Vec::new();
    for arn in &role.attached {
        let policy = policy::need(call, arn)?;
        if under_prefix(call, &policy.path)? {
            items.push((policy.name.clone(), node! { "PolicyName" => &policy.name, "PolicyArn" => arn }));
        }
    }
    listed(call, "AttachedPolicies", items)
}

fn put_boundary(call: &mut Call) -> Answer {
    let mut role = role::need(call)?;
    role.boundary = Some(policy::need(call, call.text("PermissionsBoundary"))?.arn);
    role::put(call, role)
}

fn delete_boundary(call: &mut Call) -> Answer {
    let mut role = role::need(call)?;
    if role.boundary.take().is_none() {
        let message = format!("Role {} does not have a permissions boundary.", role.name);
        return Err(AwsError::new("NoSuchEntity", message).status(404));
    }
    role::put(call, role)
}
