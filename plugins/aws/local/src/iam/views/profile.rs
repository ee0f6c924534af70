//! How an instance profile is shown.

use std::sync::Arc;

use crate::iam::rows::profile::InstanceProfile;
use crate::iam::rows::role::Role;
use crate::iam::tags::show_tag_list;
use crate::node::Node;
use crate::service::Call;
use crate::world::{GLOBAL, timestamp};

impl InstanceProfile {
    /// Returns the profile with its role.
    pub(crate) fn show(&self, call: &Call) -> Node {
        let created = call.world.created::<InstanceProfile>(GLOBAL, &self.name).unwrap_or_default();
        let role: Option<Arc<Role>> =
            self.role.as_ref().and_then(|name| call.world.get(GLOBAL, name));
        node! {
            "Path" => &self.path, "InstanceProfileName" => &self.name, "InstanceProfileId" => &self.profile_id,
            "Arn" => &self.arn, "CreateDate" => timestamp(created),
            "Roles" => Node::list(role.map(|role| role.show(call, false))), "Tags" => show_tag_list(&self.tags),
        }
    }
}
