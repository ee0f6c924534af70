//! Lookups of security group rules.

use std::sync::Arc;

use crate::ec2::rows::security_group_rule::SecurityGroupRule;
use crate::service::Call;

/// Returns the rules of a group.
pub(crate) fn rules_of_group(call: &Call, group_id: &str) -> Vec<Arc<SecurityGroupRule>> {
    call.world.list_of(call.region(), group_id)
}
