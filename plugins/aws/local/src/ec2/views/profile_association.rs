//! How a profile association is shown.

use crate::ec2::rows::profile_association::ProfileAssociation;
use crate::node::Node;
use crate::world::timestamp;

impl ProfileAssociation {
    /// Returns the profile as an instance shows it.
    pub(crate) fn show_profile(&self) -> Node {
        node! { "arn" => &self.arn, "id" => &self.profile_id }
    }

    /// Returns the association with its instance and state.
    pub(crate) fn show(&self, instance_id: &str, state: &str) -> Node {
        node! {
            "associationId" => &self.association_id, "instanceId" => instance_id, "state" => state,
            "iamInstanceProfile" => self.show_profile(), "timestamp" => timestamp(self.at),
        }
    }
}
