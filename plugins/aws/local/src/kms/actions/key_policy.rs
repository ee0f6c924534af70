//! The actions of key policies.
//!
//! Each key has exactly one, named `default`. It must not lock out its account.

use crate::error::{Answer, AwsError, refuse};
use crate::iam::document::{Document, Purpose};
use crate::iam::unknown_principal;
use crate::kms::queries::{change_key, need_key};
use crate::kms::rules::{invalid_value, key_page};
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("GetKeyPolicy", "KeyId! PolicyName", get),
    Action::new("PutKeyPolicy", "KeyId! PolicyName Policy! BypassPolicyLockoutSafetyCheck:b", put),
    Action::new("ListKeyPolicies", "KeyId! Limit:i Marker", list),
];

/// The longest policy, in bytes.
const MAX_KEY_POLICY: usize = 32 * 1024;

/// Returns the policy of a key that was created without one.
///
/// The account may do everything.
pub(crate) fn default_key_policy(call: &Call) -> String {
    let account = &call.settings.account;
    format!(
        r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
    )
}

/// Rejects a policy that KMS does not accept.
///
/// Its form and its principals are checked, and that the caller could still change it.
pub(crate) fn check_key_policy(call: &Call, text: &str) -> Result<(), AwsError> {
    const MALFORMED: &str = "MalformedPolicyDocumentException";
    if text.is_empty() || text.len() > 131_072 {
        return invalid_value("policy", text, "Member must have 1 to 131072 characters");
    }
    if text.len() > MAX_KEY_POLICY {
        return refuse(
            "LimitExceededException",
            format!("The key policy has {} bytes, {MAX_KEY_POLICY} are allowed", text.len()),
        );
    }
    let document =
        Document::parse(text, Purpose::Key).map_err(|message| AwsError::new(MALFORMED, message))?;
    if let Some(principal) = unknown_principal(call, &document) {
        let message =
            format!("Policy contains a statement with one or more invalid principals: {principal}");
        return refuse(MALFORMED, message);
    }
    let bypassed = call.params().flag("BypassPolicyLockoutSafetyCheck") == Some(true);
    if !bypassed && !document.lets_root(&call.settings.account, "kms:PutKeyPolicy") {
        return refuse(
            MALFORMED,
            "The new key policy will not allow you to update the key policy in the future.",
        );
    }
    Ok(())
}

fn check_policy_name(call: &Call) -> Result<(), AwsError> {
    match call.params().text("PolicyName") {
        None | Some("default") => Ok(()),
        Some(name) => refuse(
            "NotFoundException",
            format!("No such policy exists: {name}; the only one is default"),
        ),
    }
}

fn get(call: &mut Call) -> Answer {
    let key = need_key(call, call.text("KeyId"), false)?;
    check_policy_name(call)?;
    Ok(node! { "Policy" => &key.policy, "PolicyName" => "default" })
}

fn put(call: &mut Call) -> Answer {
    need_key(call, call.text("KeyId"), false)?.changeable()?;
    check_policy_name(call)?;
    let policy = call.text("Policy");
    check_key_policy(call, policy)?;
    change_key(call, |key| key.policy = policy.to_owned())
}

fn list(call: &mut Call) -> Answer {
    need_key(call, call.text("KeyId"), false)?;
    let only = vec![("default".to_owned(), "default")];
    key_page(call, "PolicyNames", only, (100, 1000), Into::into)
}
