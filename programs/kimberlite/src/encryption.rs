//! The key that encrypts volumes and data.

use kim::prelude::*;
use kim_aws::{iam, kms};

use crate::cluster::Cluster;

/// Declares the key and its alias.
///
/// The key's policy is the only source of permissions, so its first statement lets the account
/// govern the key. A policy that named the nodes' role alone would lock out the key's creator. The
/// nodes may use the key and do no more.
pub(crate) fn declare(cluster: &Cluster, role: &iam::Role, scope: &Stack) -> kms::Key {
    let policy = match &cluster.key_policy {
        Some(policy) => Output::of(policy),
        None => own_policy(role),
    };
    let key = kms::Key::new("key")
        .description(format!("Kimberlite encryption key of {}", cluster.name))
        .policy(policy)
        .enable_key_rotation(true)
        .tags(cluster.tags("key"))
        .options(|o| o.protect_if(cluster.protect))
        .declare(scope);
    kms::Alias::new("key")
        .alias_name(format!("alias/{}", cluster.name))
        .target_key_id(key.id())
        .declare(scope);
    key
}

/// Returns the policy by which the account governs the key and the nodes use it.
fn own_policy(role: &iam::Role) -> Output<String> {
    Output::json(kim::json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AccountGoverns",
                "Effect": "Allow",
                "Principal": { "AWS": kim::concat!("arn:aws:iam::", account(role), ":root") },
                "Action": "kms:*",
                "Resource": "*",
            },
            {
                "Sid": "NodesUse",
                "Effect": "Allow",
                "Principal": { "AWS": role.arn() },
                "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
                "Resource": "*",
            },
        ],
    }))
}

/// Returns the account's number, from the role's ARN.
///
/// Every ARN of IAM has it: `arn:aws:iam::<account>:role/…`.
pub(crate) fn account(role: &iam::Role) -> Output<String> {
    role.arn().try_map(|arn: String| match arn.split(':').nth(4) {
        Some(account) if !account.is_empty() => Ok(account.to_owned()),
        _ => Err(kim::Error::new(format!("'{arn}' is no ARN of a role"))),
    })
}
