//! Some of AWS's own managed policies.
//!
//! Their documents are abridged to the services that they open. Nothing here evaluates them.

use std::collections::BTreeMap;

use crate::iam::rows::policy::{Policy, PolicyVersion};

/// The policies: path, name, id, description and document.
const OFFERED: &[(&str, &str, &str, &str, &str)] = &[
    (
        "/",
        "AmazonEC2ReadOnlyAccess",
        "ANPAIGDT4SV4GSETWTBZK",
        "Provides read only access to Amazon EC2 via the AWS Management Console.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:Describe*","ec2:GetSecurityGroupsForVpc","elasticloadbalancing:Describe*","cloudwatch:ListMetrics","cloudwatch:GetMetricStatistics","cloudwatch:Describe*","autoscaling:Describe*"],"Resource":"*"}]}"#,
    ),
    (
        "/",
        "AmazonSSMManagedInstanceCore",
        "ANPAIXSHM2BNB2D3AXXRU",
        "The policy for Amazon EC2 Role to enable AWS Systems Manager service core functionality.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssm:*","ssmmessages:*","ec2messages:*"],"Resource":"*"}]}"#,
    ),
    (
        "/",
        "CloudWatchAgentServerPolicy",
        "ANPAIKYJ4GTIXKRBTS7BA",
        "Permissions required to use AmazonCloudWatchAgent on servers",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:PutMetricData","ec2:DescribeVolumes","ec2:DescribeTags","logs:PutLogEvents","logs:DescribeLogStreams","logs:DescribeLogGroups","logs:CreateLogStream","logs:CreateLogGroup"],"Resource":"*"}]}"#,
    ),
    (
        "/",
        "ReadOnlyAccess",
        "ANPAILL3HVNFSB6DCOWYQ",
        "Provides read-only access to AWS services and resources.",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dlm:Get*","dlm:List*","ec2:Describe*","ec2:Get*","iam:Get*","iam:List*","kms:Describe*","kms:Get*","kms:List*"],"Resource":"*"}]}"#,
    ),
    (
        "/service-role/",
        "AWSDataLifecycleManagerServiceRole",
        "ANPAIZRLOKFUFE7YXQOJS",
        "Provides appropriate permissions to AWS Data Lifecycle Manager to take actions on AWS resources",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ec2:CreateSnapshot","ec2:CreateSnapshots","ec2:DeleteSnapshot","ec2:DescribeInstances","ec2:DescribeVolumes","ec2:DescribeSnapshots"],"Resource":"*"},{"Effect":"Allow","Action":["ec2:CreateTags"],"Resource":"arn:aws:ec2:*::snapshot/*"}]}"#,
    ),
];

/// 2019-03-28, in milliseconds since 1970.
///
/// It is long enough ago for everything to be visible.
const SINCE: i64 = 1_553_731_200_000;

/// Returns true for the ARN of one of AWS's policies.
pub(crate) fn is_managed_arn(arn: &str) -> bool {
    arn.starts_with("arn:aws:iam::aws:policy/")
}

/// Returns AWS's policy of an ARN.
pub(crate) fn find_managed_policy(arn: &str) -> Option<Policy> {
    all_managed_policies().find(|policy| policy.arn == arn)
}

/// Returns all of AWS's policies that are offered here.
pub(crate) fn all_managed_policies() -> impl Iterator<Item = Policy> {
    OFFERED.iter().map(|(path, name, id, description, document)| Policy {
        name: (*name).to_owned(),
        policy_id: (*id).to_owned(),
        arn: format!("arn:aws:iam::aws:policy{path}{name}"),
        path: (*path).to_owned(),
        description: Some((*description).to_owned()),
        tags: BTreeMap::new(),
        versions: BTreeMap::from([(
            1,
            PolicyVersion { document: (*document).to_owned(), created: SINCE },
        )]),
        default: 1,
        next: 2,
        updated: SINCE,
    })
}
