//! How managed policies and their versions are shown.

use std::sync::Arc;

use crate::iam::queries::policy::roles_with_policy;
use crate::iam::rows::policy::{Policy, PolicyVersion};
use crate::iam::rows::role::Role;
use crate::iam::tags::show_tag_list;
use crate::node::Node;
use crate::params::percent_encode;
use crate::service::Call;
use crate::world::{GLOBAL, timestamp};

impl Policy {
    /// Returns the policy as `GetPolicy` shows it.
    ///
    /// Unless `whole`, it leaves out description and tags, as lists do on AWS.
    pub(crate) fn show(&self, call: &Call, whole: bool) -> Node {
        let created = call.world.created::<Policy>(GLOBAL, &self.arn).unwrap_or(self.updated);
        let (attached, bounding) = roles_with_policy(call, &self.arn);
        node! {
            "PolicyName" => &self.name, "PolicyId" => &self.policy_id, "Arn" => &self.arn, "Path" => &self.path,
            "DefaultVersionId" => format!("v{}", self.default),
            "AttachmentCount" => role_count(&attached), "PermissionsBoundaryUsageCount" => role_count(&bounding),
            "IsAttachable" => true, "Description" => self.description.as_ref().filter(|_| whole),
            "CreateDate" => timestamp(created), "UpdateDate" => timestamp(self.updated),
            "Tags" => if whole { show_tag_list(&self.tags) } else { Node::Nothing },
        }
    }
}

fn role_count(roles: &[Arc<Role>]) -> i64 {
    i64::try_from(roles.len()).unwrap_or(i64::MAX)
}

/// Returns a version; `whole` adds the document.
pub(crate) fn show_policy_version(
    policy: &Policy,
    number: u32,
    version: &PolicyVersion,
    whole: bool,
) -> Node {
    let document = whole.then(|| percent_encode(&version.document, false));
    node! {
        "Document" => document, "VersionId" => format!("v{number}"),
        "IsDefaultVersion" => number == policy.default, "CreateDate" => timestamp(version.created),
    }
}
