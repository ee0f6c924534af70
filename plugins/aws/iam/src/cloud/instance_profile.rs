//! Instance profiles. `create` creates an empty one; `settle` adds the role.

use aws_sdk_iam::{Client, types};
use kim_plugin::prelude::*;
use kim_plugin_aws::{Step, answer, failure, failure_at, next_of_delete, tags};

use super::{client, has_token, is_taken, outgoing, taken, visible};
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
        converge(id, inputs).await
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
        _: InstanceProfile,
    ) -> Result<Progress<InstanceProfile>, Failure> {
        converge(id, inputs).await
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
async fn converge(id: &str, inputs: InstanceProfile) -> Result<Progress<InstanceProfile>, Failure> {
    let iam = client()?;
    let Some(live) = get(&iam, id).await? else {
        return Ok(Progress::again(1000, "not visible yet"));
    };
    let (mut step, live) = (Step::default(), state(live).properties);
    if live.role_name != inputs.role_name {
        if let Some(old) = &live.role_name
            && step.begins()
        {
            let request =
                iam.remove_role_from_instance_profile().instance_profile_name(id).role_name(old);
            answer(request.send().await)?;
        }
        if let Some(new) = &inputs.role_name
            && step.begins()
        {
            let request =
                iam.add_role_to_instance_profile().instance_profile_name(id).role_name(new);
            match request.send().await.map_err(failure_at("role_name")) {
                Ok(_) => {}
                Err(Failure::NotFound(_)) => {
                    return Ok(Progress::again(
                        1000,
                        format!("the role '{new}' is not visible yet"),
                    ));
                }
                Err(other) => return Err(other),
            }
        }
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
    Ok(step.progress(State { id: id.to_owned(), properties }))
}
