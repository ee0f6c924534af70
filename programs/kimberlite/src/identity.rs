//! The nodes' permissions: a role, and the instance profile that carries it.
//!
//! Invariant: each permission names its resource if AWS knows one. ARNs are those of AWS's public
//! partition, `aws`, and not of China or GovCloud.

use kim::prelude::*;
use kim_aws::{iam, kms};

use crate::cluster::{Cluster, Tls};
use crate::encryption;

/// The namespace of the metrics. The role may write into no other.
pub(crate) const NAMESPACE: &str = "Kimberlite";

/// Declares the nodes' role.
pub(crate) fn role(cluster: &Cluster, scope: &Stack) -> iam::Role {
    iam::Role::new("node")
        .role_name(format!("{}-node", cluster.name))
        .assume_role_policy_document(trust("ec2.amazonaws.com"))
        .tags(cluster.tags("node"))
        .declare(scope)
}

/// Returns a trust policy, by which a service may assume a role.
pub(crate) fn trust(service: &str) -> kim::Value {
    kim::json!({
        "Version": "2012-10-17",
        "Statement": [
            { "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" },
        ],
    })
}

/// Declares the profile, once the role has its permissions.
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
    ];
    if cluster.monitoring.agent {
        statements.extend(metrics(cluster, role));
    }
    statements.extend(certificates(&cluster.tls));
    if cluster.access.session_manager {
        // The minimum by AWS's user guide of Session Manager. Its managed policy reads all
        // parameters, too.
        statements.push(kim::json!({
            "Sid": "SessionManager",
            "Effect": "Allow",
            "Action": [
                "ssm:UpdateInstanceInformation",
                "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
            ],
            "Resource": "*",
        }));
    }
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

/// Returns the permissions that CloudWatch's agent needs.
///
/// The agent sends Prometheus metrics as log events in the embedded metric format. CloudWatch
/// extracts the metrics from them.
fn metrics(cluster: &Cluster, role: &iam::Role) -> [kim::Value; 2] {
    [
        // AWS knows no narrower resource for this one, but the namespace can be narrowed.
        kim::json!({
            "Sid": "PublishMetrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": { "StringEquals": { "cloudwatch:namespace": NAMESPACE } },
        }),
        kim::json!({
            "Sid": "ShipMetrics",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": kim::concat!(
                "arn:aws:logs:", &cluster.region, ":", encryption::account(role), ":log-group:", log_group(cluster), ":*"
            ),
        }),
    ]
}

/// Returns the permissions that a node needs for its certificate.
fn certificates(tls: &Tls) -> Vec<kim::Value> {
    match tls {
        Tls::SelfSigned => Vec::new(),
        // With another template a node could create an authority of its own.
        Tls::PrivateCa { authority } => vec![
            kim::json!({
                "Sid": "IssueCertificates",
                "Effect": "Allow",
                "Action": "acm-pca:IssueCertificate",
                "Resource": authority,
                "Condition": {
                    "StringLike": { "acm-pca:TemplateArn": "arn:aws:acm-pca:*:*:template/EndEntityCertificate/V*" },
                },
            }),
            kim::json!({
                "Sid": "FetchCertificates",
                "Effect": "Allow",
                "Action": "acm-pca:GetCertificate",
                "Resource": authority,
            }),
        ],
        // What certbot's plugin for Route 53 needs: it lists zones, and polls until its change is
        // everywhere. It may change only the record that proves the name.
        Tls::LetsEncrypt { domain, zone, .. } => vec![
            kim::json!({
                "Sid": "FindTheZone",
                "Effect": "Allow",
                "Action": "route53:ListHostedZones",
                "Resource": "*",
            }),
            kim::json!({
                "Sid": "FollowTheChange",
                "Effect": "Allow",
                "Action": "route53:GetChange",
                "Resource": "arn:aws:route53:::change/*",
            }),
            kim::json!({
                "Sid": "ProveTheName",
                "Effect": "Allow",
                "Action": "route53:ChangeResourceRecordSets",
                "Resource": format!("arn:aws:route53:::hostedzone/{zone}"),
                "Condition": {
                    "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"] },
                    "ForAllValues:StringLike": {
                        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
                            format!("_acme-challenge.node-*.{domain}"),
                        ],
                    },
                },
            }),
        ],
    }
}

/// Returns the log group that carries the metrics.
pub(crate) fn log_group(cluster: &Cluster) -> String {
    format!("/kimberlite/{}/metrics", cluster.name)
}
