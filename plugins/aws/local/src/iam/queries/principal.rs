//! The principals of a policy.
//!
//! Roles must exist in this account; accounts need not exist. Services must have names like those
//! of services.

use crate::iam::document::Document;
use crate::iam::queries::role::{seen_role, visible_role};
use crate::iam::rows::role::Role;
use crate::service::Call;
use crate::world::GLOBAL;

/// Returns the first principal in a document that names nothing existing.
///
/// A new role counts as absent until it is visible.
pub(crate) fn unknown_principal(call: &Call, document: &Document) -> Option<String> {
    let mut principals = document.principals();
    let found = principals.find(|(kind, name)| match *kind {
        "AWS" => !is_aws_principal(call, name),
        "Service" => !is_service(name),
        // Identity providers and canonical ids are not known here.
        _ => name.is_empty(),
    });
    found.map(|(kind, name)| format!("\"{kind}\":\"{name}\""))
}

fn is_aws_principal(call: &Call, name: &str) -> bool {
    let account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if name == "*" || account(name) {
        return true;
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    match parts[..] {
        ["arn", "aws", "iam", "", owner, "root"] => account(owner),
        ["arn", "aws", "iam", "", _, rest] if rest.starts_with("role/") => {
            visible_role(call, name).is_some()
        }
        ["arn", "aws", "sts", "", owner, rest] => {
            let role = rest.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/'));
            owner == call.settings.account
                && role.is_some_and(|(role, _)| seen_role(call, role).is_some())
        }
        [id] if id.starts_with("AROA") => {
            call.world.list::<Role>(GLOBAL).iter().any(|role| role.role_id == id)
        }
        _ => false,
    }
}

fn is_service(name: &str) -> bool {
    let host = name.strip_suffix(".amazonaws.com").unwrap_or_default();
    !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte))
}
