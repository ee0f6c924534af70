//! Instance profiles. `create` creates an empty one; `settle` adds the role.

use aws_sdk_iam::{Client, types};
use kim_plugin::prelude::*;
use kim_plugin_aws::{Step, after_undo, answer, failure, failure_at, next_of_delete, tags};

use super::{client, has_token, is_taken, not_visible_yet, outgoing, taken, visible};
use crate::InstanceProfile;
use crate::instance_profile::rules;

impl Kind for InstanceProfile {
    async fn create(
        inputs: InstanceProfile,
        token: &str,
    ) -> Result<State<InstanceProfile>, Failure> {
        let iam = client()?;
        let request = iam
            .create_instance_profile()
            .instance_profile_name(&inputs.instance_profile_name)
            .path(&inputs.path)
            .set_tags(Some(outgoing(tags::with_token(&inputs.tags, token))?));
        match request.send().await.map_err(failure) {
            Ok(created) => {
                let missing = || {
                    Failure::Other(
                        "IAM created an instance profile without returning it".to_owned(),
                    )
                };
                let created = created.instance_profile.ok_or_else(missing)?;
                let (arn, instance_profile_id) = (created.arn, created.instance_profile_id);
                let id = inputs.instance_profile_name.clone();
                Ok(State { id, properties: InstanceProfile { arn, instance_profile_id, ..inputs } })
            }
            Err(failure) if is_taken(&failure) => {
                let live = get(&iam, &inputs.instance_profile_name).await?;
                let found = live.map(|live| (has_token(live.tags(), token), live));
                let found = found.map(|(has_token, live)| (state(live), has_token));
                taken("instance profile", &inputs.instance_profile_name, found)
            }
            Err(other) => Err(other),
        }
    }

    async fn settle(
        id: &str,
        inputs: InstanceProfile,
        _: InstanceProfile,
    ) -> Result<Progress<InstanceProfile>, Failure> {
        let progress = converge(id, inputs, None).await?;
        progress.ok_or_else(|| Failure::NotYet("IAM does not show it yet".to_owned()))
    }

    async fn read(
        profiles: Vec<Live<InstanceProfile>>,
    ) -> Result<Vec<Option<State<InstanceProfile>>>, Failure> {
        let iam = client()?;
        let mut found = Vec::with_capacity(profiles.len());
        for asked in profiles {
            found.push(get(&iam, &asked.id).await?.map(state));
        }
        Ok(found)
    }

    async fn update(
        id: &str,
        inputs: InstanceProfile,
        before: InstanceProfile,
    ) -> Result<Progress<InstanceProfile>, Failure> {
        let progress = converge(id, inputs, before.role_name.as_deref()).await?;
        progress.ok_or_else(|| Failure::NotFound(format!("the instance profile '{id}'")))
    }

    async fn delete(id: &str, _: InstanceProfile) -> Result<Deletion, Failure> {
        let iam = client()?;
        let Some(live) = get(&iam, id).await? else { return Ok(Deletion::Gone) };
        if let Some(role) = live.roles().first() {
            let request = iam
                .remove_role_from_instance_profile()
                .instance_profile_name(id)
                .role_name(role.role_name());
            answer(request.send().await)?;
            return Ok(next_of_delete());
        }
        answer(iam.delete_instance_profile().instance_profile_name(id).send().await)?;
        Ok(Deletion::Gone)
    }

    async fn find(
        token: &str,
        inputs: InstanceProfile,
    ) -> Result<Option<State<InstanceProfile>>, Failure> {
        let live = get(&client()?, &inputs.instance_profile_name).await?;
        Ok(live.filter(|live| has_token(live.tags(), token)).map(state))
    }

    fn check(inputs: &Inputs) -> Vec<Violation> {
        rules(inputs)
    }
}

async fn get(iam: &Client, name: &str) -> Result<Option<types::InstanceProfile>, Failure> {
    let found = answer(iam.get_instance_profile().instance_profile_name(name).send().await)?;
    Ok(found.and_then(|found| found.instance_profile))
}

fn state(live: types::InstanceProfile) -> State<InstanceProfile> {
    let properties = InstanceProfile {
        role_name: live.roles().first().map(|role| role.role_name().to_owned()),
        tags: visible(live.tags()),
        instance_profile_name: live.instance_profile_name.clone(),
        path: live.path,
        arn: live.arn,
        instance_profile_id: live.instance_profile_id,
    };
    State { id: live.instance_profile_name, properties }
}

/// Moves the profile's role and tags towards the inputs.
///
/// `before` is the role that the profile had before the first step. Returns `None` if IAM does not
/// show the profile.
async fn converge(
    id: &str,
    inputs: InstanceProfile,
    before: Option<&str>,
) -> Result<Option<Progress<InstanceProfile>>, Failure> {
    let iam = client()?;
    let Some(live) = get(&iam, id).await? else { return Ok(None) };
    let (mut step, live) = (Step::default(), state(live).properties);
    if live.role_name != inputs.role_name {
        let (old, new) = (live.role_name.as_deref(), inputs.role_name.as_deref());
        exchange_role(&iam, &mut step, id, old, new, before).await?;
    }
    let changes = tags::changes(&live.tags, &inputs.tags);
    if !changes.remove.is_empty() && step.begins() {
        let request = iam
            .untag_instance_profile()
            .instance_profile_name(id)
            .set_tag_keys(Some(changes.remove));
        request.send().await.map_err(failure_at("tags"))?;
    }
    if !changes.set.is_empty() && step.begins() {
        let request = iam
            .tag_instance_profile()
            .instance_profile_name(id)
            .set_tags(Some(outgoing(changes.set)?));
        request.send().await.map_err(failure_at("tags"))?;
    }
    let properties =
        InstanceProfile { arn: live.arn, instance_profile_id: live.instance_profile_id, ..inputs };
    Ok(Some(step.progress(State { id: id.to_owned(), properties })))
}

/// Exchanges the profile's role.
///
/// A profile has one role at most, so the old one is removed first. If IAM refuses the new one, the
/// profile gets the role that it had `before`.
async fn exchange_role(
    iam: &Client,
    step: &mut Step,
    id: &str,
    old: Option<&str>,
    new: Option<&str>,
    before: Option<&str>,
) -> Result<(), Failure> {
    if let Some(old) = old
        && step.begins()
    {
        // Nothing is removed for a role that IAM does not know, or does not know yet.
        if let Some(new) = new {
            iam.get_role().role_name(new).send().await.map_err(failure).map_err(not_visible_yet)?;
        }
        let request = iam.remove_role_from_instance_profile().instance_profile_name(id);
        answer(request.role_name(old).send().await)?;
    }
    if let Some(new) = new
        && step.begins()
    {
        match (add_role(iam, id, new).await.map_err(not_visible_yet), before) {
            (Err(refusal), Some(before)) if refusal.is_refusal() => {
                let undone = add_role(iam, id, before).await;
                let as_before = format!("the profile has the role '{before}' again, as before");
                return Err(after_undo(refusal, undone, &as_before));
            }
            (outcome, _) => outcome?,
        }
    }
    Ok(())
}

async fn add_role(iam: &Client, id: &str, role: &str) -> Result<(), Failure> {
    let request = iam.add_role_to_instance_profile().instance_profile_name(id).role_name(role);
    request.send().await.map_err(failure_at("role_name"))?;
    Ok(())
}
