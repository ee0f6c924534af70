//! Lookups of roles.

use std::sync::Arc;

use crate::error::{Answer, AwsError};
use crate::iam::rows::role::Role;
use crate::iam::rules::{check_name, last_segment, no_such};
use crate::reading;
use crate::service::Call;
use crate::world::GLOBAL;

/// Returns the role of an ARN, once it is old enough for other services to see it.
pub fn visible_role(call: &Call, arn: &str) -> Option<Arc<Role>> {
    seen_role(call, last_segment(arn)).filter(|role| role.arn == arn)
}

/// Returns the role of a name, once it is old enough for readers to see it.
pub(crate) fn seen_role(call: &Call, name: &str) -> Option<Arc<Role>> {
    reading::seen(call, GLOBAL, name)
}

/// Returns the role that a request names, for calls that change it.
pub(crate) fn need_role(call: &Call) -> Result<Role, AwsError> {
    let name = check_name(call, "RoleName", 64)?;
    let found: Option<Arc<Role>> = call.world.get(GLOBAL, name);
    found.map(|role| Role::clone(&role)).ok_or_else(|| no_such("role", name))
}

/// Returns the role that a request names, for calls that read.
///
/// A new role may not be visible yet.
pub(crate) fn need_seen_role(call: &Call) -> Result<Arc<Role>, AwsError> {
    let name = check_name(call, "RoleName", 64)?;
    seen_role(call, name).ok_or_else(|| no_such("role", name))
}

/// Writes a changed role.
pub(crate) fn put_role(call: &mut Call, role: Role) -> Answer {
    call.world.put(GLOBAL, role);
    Ok(node! {})
}
