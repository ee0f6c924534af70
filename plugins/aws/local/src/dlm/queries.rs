//! Lookups of lifecycle policies.

use std::sync::Arc;

use crate::dlm::rows::LifecyclePolicy;
use crate::dlm::rules::invalid_request;
use crate::error::AwsError;
use crate::service::Call;

/// Returns the policy of an id.
pub(crate) fn need_lifecycle_policy(
    call: &Call,
    id: &str,
) -> Result<Arc<LifecyclePolicy>, AwsError> {
    let digits = id.strip_prefix("policy-").unwrap_or_default();
    let hex = digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if digits.is_empty() || !hex || id.len() > 64 {
        return invalid_request(format!(
            "'{id}' is not a policy id, such as policy-0123456789abcdef0"
        ));
    }
    call.world.get(call.region(), id).ok_or_else(|| missing_lifecycle_policy(id))
}

/// Returns `ResourceNotFoundException`.
pub(crate) fn missing_lifecycle_policy(id: &str) -> AwsError {
    AwsError::new("ResourceNotFoundException", format!("Policy {id} does not exist.")).status(404)
}
