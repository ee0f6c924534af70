//! How a role is shown.

use crate::iam::rows::role::Role;
use crate::iam::tags::show_tag_list;
use crate::node::Node;
use crate::params::percent_encode;
use crate::service::Call;
use crate::world::{GLOBAL, timestamp};

impl Role {
    /// Returns the role as `GetRole` shows it.
    ///
    /// Unless `whole`, it leaves out tags and boundary, as lists do on AWS.
    pub(crate) fn show(&self, call: &Call, whole: bool) -> Node {
        let created = call.world.created::<Role>(GLOBAL, &self.name).unwrap_or_default();
        let boundary = self.boundary.as_ref().filter(|_| whole);
        let boundary = boundary.map(|arn| {
            node! { "PermissionsBoundaryType" => "Policy", "PermissionsBoundaryArn" => arn }
        });
        node! {
            "Path" => &self.path, "RoleName" => &self.name, "RoleId" => &self.role_id, "Arn" => &self.arn,
            "CreateDate" => timestamp(created),
            "AssumeRolePolicyDocument" => percent_encode(&self.trust, false),
            "Description" => self.description.as_ref(), "MaxSessionDuration" => self.max_session,
            "PermissionsBoundary" => boundary,
            "Tags" => if whole { show_tag_list(&self.tags) } else { Node::Nothing },
        }
    }
}
