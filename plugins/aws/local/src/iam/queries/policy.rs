//! Lookups of managed policies.

use std::sync::Arc;

use crate::error::AwsError;
use crate::iam::managed::{find_managed_policy, is_managed_arn};
use crate::iam::rows::policy::Policy;
use crate::iam::rows::role::Role;
use crate::iam::rules::check_policy_arn;
use crate::reading;
use crate::service::Call;
use crate::world::GLOBAL;

/// Returns the roles that a policy is attached to, and those that it bounds.
pub(crate) fn roles_with_policy(call: &Call, arn: &str) -> (Vec<Arc<Role>>, Vec<Arc<Role>>) {
    let roles = call.world.list::<Role>(GLOBAL);
    let attached = roles.iter().filter(|role| role.attached.contains(arn)).cloned().collect();
    let bounded = roles.into_iter().filter(|role| role.boundary.as_deref() == Some(arn)).collect();
    (attached, bounded)
}

/// Returns a policy by ARN, the account's own or one of AWS's.
pub(crate) fn need_policy(call: &Call, arn: &str) -> Result<Policy, AwsError> {
    check_policy_arn(arn)?;
    let own: Option<Arc<Policy>> = call.world.get(GLOBAL, arn);
    let found = own.map(|policy| Policy::clone(&policy)).or_else(|| find_managed_policy(arn));
    found.ok_or_else(|| missing_policy(arn))
}

/// Returns the policy that a request names, for calls that read.
///
/// A new policy may not be visible yet.
pub(crate) fn need_seen_policy(call: &Call) -> Result<Policy, AwsError> {
    let policy = need_policy(call, call.text("PolicyArn"))?;
    let hidden = !is_managed_arn(&policy.arn)
        && reading::seen::<Policy>(call, GLOBAL, &policy.arn).is_none();
    if hidden { Err(missing_policy(&policy.arn)) } else { Ok(policy) }
}

/// Returns the policy that a request names, for calls that change it.
///
/// It must be one of the account's own.
pub(crate) fn need_own_policy(call: &Call) -> Result<Policy, AwsError> {
    let policy = need_policy(call, call.text("PolicyArn"))?;
    if is_managed_arn(&policy.arn) {
        return Err(
            AwsError::new("AccessDenied", "Policy is outside your own account.").status(403)
        );
    }
    Ok(policy)
}

fn missing_policy(arn: &str) -> AwsError {
    AwsError::new("NoSuchEntity", format!("Policy {arn} does not exist or is not attachable."))
        .status(404)
}
