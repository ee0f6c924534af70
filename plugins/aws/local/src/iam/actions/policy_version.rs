//! The actions of the versions of a managed policy.
//!
//! There are at most five versions, and one is the default.

use crate::error::{Answer, AwsError};
use crate::iam::queries::policy::{need_own_policy, need_seen_policy};
use crate::iam::rows::policy::{Policy, PolicyVersion};
use crate::iam::rules::{check_managed_document, entity_page, invalid_member, limit_exceeded};
use crate::iam::views::policy::show_policy_version;
use crate::service::{Action, Call};
use crate::world::GLOBAL;

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("CreatePolicyVersion", "PolicyArn! PolicyDocument! SetAsDefault:b", create),
    Action::new("GetPolicyVersion", "PolicyArn! VersionId!", get),
    Action::new("ListPolicyVersions", "PolicyArn! Marker MaxItems:i", list),
    Action::new("SetDefaultPolicyVersion", "PolicyArn! VersionId!", set_default),
    Action::new("DeletePolicyVersion", "PolicyArn! VersionId!", delete),
];

/// The most versions of a policy.
const MAX_VERSIONS: usize = 5;

/// Returns the version that `VersionId` names, with its number.
fn need_version<'a>(call: &Call, policy: &'a Policy) -> Result<(u32, &'a PolicyVersion), AwsError> {
    let id = call.text("VersionId");
    let Some(number) =
        id.strip_prefix('v').and_then(|number| number.parse::<u32>().ok()).filter(|n| *n > 0)
    else {
        return invalid_member(
            "versionId",
            id,
            "Member must satisfy regular expression pattern: v[1-9][0-9]*",
        );
    };
    let missing = || {
        let message =
            format!("Policy {} version {id} does not exist or is not attachable.", policy.arn);
        AwsError::new("NoSuchEntity", message).status(404)
    };
    policy.versions.get(&number).map(|version| (number, version)).ok_or_else(missing)
}

fn create(call: &mut Call) -> Answer {
    let mut policy = need_own_policy(call)?;
    let document = call.text("PolicyDocument");
    check_managed_document(document)?;
    if policy.versions.len() >= MAX_VERSIONS {
        return limit_exceeded(format!(
            "A managed policy can have up to {MAX_VERSIONS} versions. Before you create a new version, you must delete an existing version."
        ));
    }
    let (number, now) = (policy.next, call.now());
    let version = PolicyVersion { document: document.to_owned(), created: now };
    policy.versions.insert(number, version.clone());
    policy.next += 1;
    policy.updated = now;
    if call.params().flag("SetAsDefault") == Some(true) {
        policy.default = number;
    }
    let shown = show_policy_version(&policy, number, &version, false);
    call.world.put(GLOBAL, policy);
    Ok(node! { "PolicyVersion" => shown })
}

fn get(call: &mut Call) -> Answer {
    let policy = need_seen_policy(call)?;
    let (number, version) = need_version(call, &policy)?;
    Ok(node! { "PolicyVersion" => show_policy_version(&policy, number, version, true) })
}

fn list(call: &mut Call) -> Answer {
    let policy = need_seen_policy(call)?;
    // Newest first.
    let items = policy
        .versions
        .iter()
        .map(|(number, version)| (format!("{:010}", u32::MAX - number), (*number, version)));
    entity_page(call, "Versions", items.collect(), |(number, version)| {
        show_policy_version(&policy, number, version, false)
    })
}

fn set_default(call: &mut Call) -> Answer {
    let mut policy = need_own_policy(call)?;
    policy.default = need_version(call, &policy)?.0;
    policy.updated = call.now();
    call.world.put(GLOBAL, policy);
    Ok(node! {})
}

fn delete(call: &mut Call) -> Answer {
    let mut policy = need_own_policy(call)?;
    let (number, _) = need_version(call, &policy)?;
    if number == policy.default {
        let message = "Cannot delete the default version of a policy.";
        return Err(AwsError::new("DeleteConflict", message).status(409));
    }
    policy.versions.remove(&number);
    call.world.put(GLOBAL, policy);
    Ok(node! {})
}
