//! Managed policies. An update creates a version, and first deletes the oldest one if there are
//! five.

use aws_sdk_iam::Client;
use kim_plugin::prelude::*;
use kim_plugin::schema::Form;
use kim_plugin_aws::{
    Step, account, answer, failure, failure_at, next_of_delete, policy, region, tags,
};

use super::{client, has_token, is_taken, outgoing, taken, visible};
use crate::Policy;
use crate::policy::{arn, rules, superfluous};

impl Kind for Policy {
    async fn create(inputs: Policy, token: &str) -> Result<State<Policy>, Failure> {
        let iam = client()?;
        let request = iam
            .create_policy()
            .policy_name(&inputs.policy_name)
            .policy_document(&inputs.policy_document)
            .description(&inputs.description)
            .path(&inputs.path)
            .set_tags(Some(outgoing(tags::with_token(&inputs.tags, token))?));
        match request.send().await.map_err(failure_at("policy_document")) {
            Ok(created) => {
                let missing =
                    || Failure::Other("IAM created a policy without returning its ARN".to_owned());
                let created = created.policy.ok_or_else(missing)?;
                let arn = created.arn.ok_or_else(missing)?;
                let policy_id = created.policy_id.unwrap_or_default();
                let default_version_id = created.default_version_id.unwrap_or_default();
                let properties =
                    Policy { arn: arn.clone(), policy_id, default_version_id, ..inputs };
                Ok(State { id: arn, properties })
            }
            Err(failure) if is_taken(&failure) => {
                let arn = arn_of(&inputs)?;
                let created = get(&iam, &arn, Some(token)).await?.map(|state| (state, true));
                // Names are unique regardless of the path, so a policy of this name may have
                // another ARN.
                let found = match created {
                    Some(created) => Some(created),
                    None => get(&iam, &arn, None).await?.map(|state| (state, false)),
                };
                taken("policy", &inputs.policy_name, found)
            }
            Err(other) => Err(other),
        }
    }

    async fn read(policies: Vec<Live<Policy>>) -> Result<Vec<Option<State<Policy>>>, Failure> {
        let iam = client()?;
        let mut found = Vec::with_capacity(policies.len());
        for asked in policies {
            found.push(get(&iam, &asked.id, None).await?);
        }
        Ok(found)
    }

    async fn update(id: &str, inputs: Policy, _: Policy) -> Result<Progress<Policy>, Failure> {
        let iam = client()?;
        let Some(State { properties: live, .. }) = get(&iam, id, None).await? else {
            return Err(Failure::NotFound(format!("the policy '{id}'")));
        };
        let mut step = Step::default();
        let changes = tags::changes(&live.tags, &inputs.tags);
        if !changes.remove.is_empty() && step.begins() {
            let request = iam.untag_policy().policy_arn(id).set_tag_keys(Some(changes.remove));
            request.send().await.map_err(failure_at("tags"))?;
        }
        if !changes.set.is_empty() && step.begins() {
            let request = iam.tag_policy().policy_arn(id).set_tags(Some(outgoing(changes.set)?));
            request.send().await.map_err(failure_at("tags"))?;
        }
        let mut default_version_id = live.default_version_id;
        if !Form::Policy.same(&live.policy_document, &inputs.policy_document) {
            let added = add_version(&iam, &mut step, id, &inputs.policy_document).await?;
            default_version_id = added.unwrap_or(default_version_id);
        }
        let properties =
            Policy { arn: live.arn, policy_id: live.policy_id, default_version_id, ..inputs };
        Ok(step.progress(State { id: id.to_owned(), properties }))
    }

    async fn delete(id: &str, _: Policy) -> Result<Deletion, Failure> {
        let iam = client()?;
        let Some(versions) = versions(&iam, id).await? else { return Ok(Deletion::Gone) };
        if let Some((version, _)) = versions.iter().find(|(_, in_force)| !in_force) {
            answer(iam.delete_policy_version().policy_arn(id).version_id(version).send().await)?;
            return Ok(next_of_delete());
        }
        answer(iam.delete_policy().policy_arn(id).send().await)?;
        Ok(Deletion::Gone)
    }

    async fn find(token: &str, inputs: Policy) -> Result<Option<State<Policy>>, Failure> {
        get(&client()?, &arn_of(&inputs)?, Some(token)).await
    }

    fn check(inputs: &Inputs) -> Vec<Violation> {
        rules(inputs)
    }
}

fn arn_of(inputs: &Policy) -> Result<String, Failure> {
    Ok(arn(&region()?, &account()?, &inputs.path, &inputs.policy_name))
}

/// Returns the policy as IAM holds it.
///
/// A document that is equivalent to that of `known` has the spelling of `known`. With a token,
/// returns the policy only if it has the token.
async fn get(
    iam: &Client,
    arn: &str,
    token: Option<&str>,
) -> Result<Option<State<Policy>>, Failure> {
    let found =
        answer(iam.get_policy().policy_arn(arn).send().await)?.and_then(|found| found.policy);
    let Some(live) = found.filter(|live| token.is_none_or(|token| has_token(live.tags(), token)))
    else {
        return Ok(None);
    };
    let default_version_id = live.default_version_id().unwrap_or_default().to_owned();
    let version =
        iam.get_policy_version().policy_arn(arn).version_id(&default_version_id).send().await;
    let Some(version) = answer(version)?.and_then(|found| found.policy_version) else {
        return Ok(None);
    };
    let document = policy::percent_decoded(version.document().unwrap_or_default());
    let properties = Policy {
        policy_document: document,
        tags: visible(live.tags()),
        policy_name: live.policy_name.unwrap_or_default(),
        description: live.description.unwrap_or_default(),
        path: live.path.unwrap_or_else(|| "/".to_owned()),
        policy_id: live.policy_id.unwrap_or_default(),
        arn: arn.to_owned(),
        default_version_id,
    };
    Ok(Some(State { id: arn.to_owned(), properties }))
}

/// Returns the ids of a policy's versions, each with true if it is in force.
///
/// Returns `None` if the policy does not exist.
async fn versions(iam: &Client, arn: &str) -> Result<Option<Vec<(String, bool)>>, Failure> {
    let (mut versions, mut marker) = (Vec::new(), None);
    loop {
        let page =
            answer(iam.list_policy_versions().policy_arn(arn).set_marker(marker).send().await)?;
        let Some(page) = page else { return Ok(None) };
        let version = |v: &aws_sdk_iam::types::PolicyVersion| {
            Some((v.version_id()?.to_owned(), v.is_default_version()))
        };
        versions.extend(page.versions().iter().filter_map(version));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(Some(versions));
        }
    }
}

/// Puts a document in force and returns the id of its version.
///
/// Returns `None` if that is left to the next call.
async fn add_version(
    iam: &Client,
    step: &mut Step,
    arn: &str,
    document: &str,
) -> Result<Option<String>, Failure> {
    let versions = versions(iam, arn).await?.unwrap_or_default();
    if let Some(oldest) = superfluous(&versions)
        && step.begins()
    {
        answer(iam.delete_policy_version().policy_arn(arn).version_id(oldest).send().await)?;
    }
    if !step.begins() {
        return Ok(None);
    }
    let request =
        iam.create_policy_version().policy_arn(arn).policy_document(document).set_as_default(true);
    let created = request.send().await.map_err(failure_at("policy_document"))?;
    let version = created.policy_version.and_then(|version| version.version_id);
    match version {
        Some(version) => Ok(Some(version)),
        // The answer lacks the id, so another call reads it.
        None => {
            let found = iam.get_policy().policy_arn(arn).send().await.map_err(failure)?;
            Ok(found.policy.and_then(|policy| policy.default_version_id))
        }
    }
}
