//! Attachments of managed policies to roles. An attachment consists of its two ends, so `find`
//! needs no token.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::Client;
use kim_plugin::prelude::*;
use kim_plugin_aws::{answer, failure_at};

use super::{client, not_visible_yet};
use crate::RolePolicyAttachment;
use crate::attachment::{id, parts};

impl Kind for RolePolicyAttachment {
    async fn create(
        inputs: RolePolicyAttachment,
        _: &str,
    ) -> Result<State<RolePolicyAttachment>, Failure> {
        let request = client()?
            .attach_role_policy()
            .role_name(&inputs.role_name)
            .policy_arn(&inputs.policy_arn);
        request.send().await.map_err(failure_at("policy_arn")).map_err(not_visible_yet)?;
        Ok(state(&inputs.role_name, &inputs.policy_arn))
    }

    async fn read(
        attachments: Vec<Live<RolePolicyAttachment>>,
    ) -> Result<Vec<Option<State<RolePolicyAttachment>>>, Failure> {
        let iam = client()?;
        let mut roles = BTreeMap::new();
        let mut found = Vec::with_capacity(attachments.len());
        for asked in &attachments {
            let (role, arn) = parts(&asked.id)?;
            if !roles.contains_key(role) {
                roles.insert(role, attached(&iam, role).await?);
            }
            found.push(roles[role].contains(arn).then(|| state(role, arn)));
        }
        Ok(found)
    }

    async fn delete(id: &str, _: RolePolicyAttachment) -> Result<Deletion, Failure> {
        let (role, arn) = parts(id)?;
        answer(client()?.detach_role_policy().role_name(role).policy_arn(arn).send().await)?;
        Ok(Deletion::Gone)
    }

    async fn find(
        _: &str,
        inputs: RolePolicyAttachment,
    ) -> Result<Option<State<RolePolicyAttachment>>, Failure> {
        let attached = attached(&client()?, &inputs.role_name).await?;
        Ok(attached
            .contains(&inputs.policy_arn)
            .then(|| state(&inputs.role_name, &inputs.policy_arn)))
    }
}

fn state(role: &str, arn: &str) -> State<RolePolicyAttachment> {
    let attachment_id = id(role, arn);
    let (role_name, policy_arn) = (role.to_owned(), arn.to_owned());
    State {
        id: attachment_id.clone(),
        properties: RolePolicyAttachment { role_name, policy_arn, attachment_id },
    }
}

/// Returns the ARNs of the policies attached to a role.
///
/// Returns an empty set if the role does not exist.
async fn attached(iam: &Client, role: &str) -> Result<BTreeSet<String>, Failure> {
    let (mut arns, mut marker) = (BTreeSet::new(), None);
    loop {
        let page = answer(
            iam.list_attached_role_policies().role_name(role).set_marker(marker).send().await,
        )?;
        let Some(page) = page else { return Ok(arns) };
        arns.extend(
            page.attached_policies()
                .iter()
                .filter_map(|policy| policy.policy_arn().map(str::to_owned)),
        );
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(arns);
        }
    }
}
