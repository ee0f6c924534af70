//! How lifecycle policies are shown.

use std::collections::BTreeMap;

use crate::dlm::rows::LifecyclePolicy;
use crate::node::Node;
use crate::service::Call;
use crate::world::timestamp;

impl LifecyclePolicy {
    /// Returns the policy as `GetLifecyclePolicy` shows it.
    pub(crate) fn show(&self, call: &Call) -> Node {
        let created = call
            .world
            .created::<LifecyclePolicy>(call.region(), &self.policy_id)
            .unwrap_or_default();
        node! {
            "PolicyId" => &self.policy_id, "Description" => &self.description, "State" => &self.state,
            "StatusMessage" => &self.state, "ExecutionRoleArn" => &self.role, "DateCreated" => timestamp(created),
            "DateModified" => timestamp(self.modified), "PolicyDetails" => self.details.clone(),
            "Tags" => show_policy_tags(&self.tags), "PolicyArn" => &self.arn, "DefaultPolicy" => false,
        }
    }

    /// Returns the policy as `GetLifecyclePolicies` shows it.
    pub(crate) fn summary(&self) -> Node {
        node! {
            "PolicyId" => &self.policy_id, "Description" => &self.description, "State" => &self.state,
            "Tags" => show_policy_tags(&self.tags), "PolicyType" => self.targets.policy_type(), "DefaultPolicy" => false,
        }
    }
}

/// Returns the tags as a member of a policy.
pub(crate) fn show_policy_tags(tags: &BTreeMap<String, String>) -> Node {
    Node::Object(tags.iter().map(|(key, value)| (key.clone().into(), Node::from(value))).collect())
}
