//! Daily snapshots of every volume.
//!
//! AWS's Data Lifecycle Manager takes them, with a role for it alone.

use kim::prelude::*;
use kim_aws::{dlm, iam};

use crate::cluster::{Backup, Cluster};
use crate::identity;

/// The tag by which the policy finds the volumes.
///
/// Every data volume carries it, even if there are no snapshots.
pub(crate) const TAG: &str = "Backup";

/// Declares the policy of the snapshots, and the role that takes them.
pub(crate) fn declare(cluster: &Cluster, backup: &Backup, scope: &Stack) {
    let name = format!("{}-backup", cluster.name);
    let role = iam::Role::new("backup")
        .role_name(&name)
        .assume_role_policy_document(identity::trust("dlm.amazonaws.com"))
        .tags(cluster.tags("backup"))
        .declare(scope);
    let permissions = iam::RolePolicy::new("backup")
        .role_name(role.role_name())
        .policy_name("snapshots")
        .policy_document(permissions())
        .declare(scope);
    dlm::LifecyclePolicy::new("backup")
        .description(format!("Kimberlite daily snapshots of {}", cluster.name))
        .state("ENABLED")
        .execution_role_arn(role.arn())
        .resource_types(["VOLUME"])
        .target_tags([dlm::TargetTag::new().key(TAG).value(&cluster.backup_tag)])
        .schedules([schedule(backup)])
        .tags(cluster.tags("backup"))
        .options(|o| o.depends_on(&permissions))
        .declare(scope);
}

fn schedule(backup: &Backup) -> dlm::Schedule {
    dlm::Schedule::new()
        .name("Daily snapshots")
        .create_rule(
            dlm::CreateRule::new()
                .interval(24)
                .interval_unit("HOURS")
                .times([backup.time.as_str()]),
        )
        .retain_rule(dlm::RetainRule::new().count(backup.keep))
        .copy_tags(true)
}

/// Returns the permissions of AWS's own policy for this role.
///
/// Permissions that snapshots of volumes do not need are left out.
fn permissions() -> kim::Value {
    kim::json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "ec2:CreateSnapshot", "ec2:CreateSnapshots", "ec2:DeleteSnapshot",
                    "ec2:DescribeInstances", "ec2:DescribeVolumes", "ec2:DescribeSnapshots",
                ],
                "Resource": "*",
            },
            { "Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "arn:aws:ec2:*::snapshot/*" },
        ],
    })
}
