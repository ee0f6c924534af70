//! What the nodes may do: a role with three permissions, and the instance profile that hands it to them.

use kim::prelude::*;
use kim_aws::{iam, kms};

use crate::cluster::Cluster;
use crate::encryption;

/// The namespace of the metrics; the role may write into no other.
pub(crate) const NAMESPACE: &str = "Kimberlite";

pub(crate) fn role(cluster: &Cluster, scope: &Stack) -> iam::Role {
    iam::Role::new("node")
        .role_name(format!("{}-node", cluster.name))
        .assume_role_policy_document(trust("ec2.amazonaws.com"))
        .tags(cluster.tags("node"))
        .declare(scope)
}

/// Who may take a role on.
pub(crate) fn trust(service: &str) -> kim::Value {
    kim::json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" },
        ],
    })
}

/// The profile, once the role can do what it is for.
pub(crate) fn profile(
    cluster: &Cluster,
    role: &iam::Role,
    key: Option<&kms::Key>,
    scope: &Stack,
) -> iam::InstanceProfile {
    let permissions = iam::RolePolicy::new("node")
        .role_name(role.role_name())
        .policy_name("kimberlite")
        .policy_document(permissions(cluster, role, key))
        .declare(scope);
    iam::InstanceProfile::new("node")
        .instance_profile_name(format!("{}-node", cluster.name))
        .role_name(role.role_name())
        .tags(cluster.tags("node"))
        .options(|o| o.depends_on(&permissions))
        .declare(scope)
}

fn permissions(cluster: &Cluster, role: &iam::Role, key: Option<&kms::Key>) -> kim::Value {
    let mut statements = vec![
        // AWS knows no narrower resource for these two.
        kim::json!({
            "Sid": "SeeTheCluster",
            "Effect": "Allow",
            "Action": ["ec2:DescribeInstances", "ec2:DescribeVolumes"],
            "Resource": "*",
            "Condition": { "StringEquals": { "aws:RequestedRegion": &cluster.region } },
        }),
        // Nor for this one; the namespace is what can be narrowed.
        kim::json!({
            "Sid": "PublishMetrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": { "StringEquals": { "cloudwatch:namespace": NAMESPACE } },
        }),
        // The agent sends Prometheus metrics as log events in the embedded metric format, from which CloudWatch takes them.
        kim::json!({
            "Sid": "ShipMetrics",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": kim::concat!(
                "arn:aws:logs:", &cluster.region, ":", encryption::account(role), ":log-group:", log_group(cluster), ":*"
            ),
        }),
    ];
    if let Some(key) = key {
        statements.insert(
            0,
            kim::json!({
                "Sid": "UseTheKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
                "Resource": key.arn(),
            }),
        );
    }
    kim::json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The log group that carries the metrics.
pub(crate) fn log_group(cluster: &Cluster) -> String {
    format!("/kimberlite/{}/metrics", cluster.name)
}
