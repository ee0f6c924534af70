//! Roles.

use aws_sdk_iam::{Client, types};
use kim_plugin::prelude::*;
use kim_plugin::schema::Form;
use kim_plugin_aws::{Step, answer, failure, failure_at, policy, tags};

use super::{client, has_token, is_taken, outgoing, taken, visible};
use crate::Role;
use crate::role::rules;

impl Kind for Role {
    async fn create(inputs: Role, token: &str) -> Result<State<Role>, Failure> {
        let iam = client()?;
        let request = iam
            .create_role()
            .role_name(&inputs.role_name)
            .assume_role_policy_document(&inputs.assume_role_policy_document)
            .description(&inputs.description)
            .max_session_duration(i32::try_from(inputs.max_session_duration).unwrap_or(i32::MAX))
            .path(&inputs.path)
            .set_permissions_boundary(inputs.permissions_boundary.clone())
            .set_tags(Some(outgoing(tags::with_token(&inputs.tags, token))?));
        match request.send().await.map_err(failure_at("assume_role_policy_document")) {
            Ok(created) => {
                let created = created.role.ok_or_else(|| {
                    Failure::Other("IAM created a role without returning it".to_owned())
                })?;
                let (arn, role_id) = (created.arn, created.role_id);
                Ok(State {
                    id: inputs.role_name.clone(),
                    properties: Role { arn, role_id, ..inputs },
                })
            }
            Err(failure) if is_taken(&failure) => {
                let live = get(&iam, &inputs.role_name).await?;
                let found = live.map(|live| (has_token(live.tags(), token), live));
                taken(
                    "role",
                    &inputs.role_name,
                    found.map(|(has_token, live)| (state(live), has_token)),
                )
            }
            Err(other) => Err(other),
        }
    }

    async fn read(roles: Vec<Live<Role>>) -> Result<Vec<Option<State<Role>>>, Failure> {
        let iam = client()?;
        let mut found = Vec::with_capacity(roles.len());
        for role in roles {
            found.push(get(&iam, &role.id).await?.map(state));
        }
        Ok(found)
    }

    async fn update(id: &str, inputs: Role, _: Role) -> Result<Progress<Role>, Failure> {
        let iam = client()?;
        let Some(live) = get(&iam, id).await? else {
            return Err(Failure::NotFound(format!("the role '{id}'")));
        };
        let live = state(live).properties;
        let mut step = Step::default();
        let is_described = live.description == inputs.description
            && live.max_session_duration == inputs.max_session_duration;
        if !is_described && step.begins() {
            let seconds = i32::try_from(inputs.max_session_duration).unwrap_or(i32::MAX);
            let request = iam
                .update_role()
                .role_name(id)
                .description(&inputs.description)
                .max_session_duration(seconds);
            request.send().await.map_err(failure)?;
        }
        match &inputs.permissions_boundary {
            unchanged if *unchanged == live.permissions_boundary => {}
            Some(arn) if step.begins() => {
                let request =
                    iam.put_role_permissions_boundary().role_name(id).permissions_boundary(arn);
                request.send().await.map_err(failure_at("permissions_boundary"))?;
            }
            None if step.begins() => {
                answer(iam.delete_role_permissions_boundary().role_name(id).send().await)?;
            }
            _ => {}
        }
        retag(&iam, &mut step, id, &live.tags, &inputs.tags).await?;
        // Last: a document that IAM spells anew each time keeps nothing else waiting.
        let trusts = (&live.assume_role_policy_document, &inputs.assume_role_policy_document);
        if !Form::Policy.same(trusts.0, trusts.1) && step.begins() {
            let request = iam.update_assume_role_policy().role_name(id);
            let request = request.policy_document(&inputs.assume_role_policy_document);
            request.send().await.map_err(failure_at("assume_role_policy_document"))?;
        }
        let properties = Role { arn: live.arn, role_id: live.role_id, ..inputs };
        Ok(step.progress(State { id: id.to_owned(), properties }))
    }

    async fn delete(id: &str, _: Role) -> Result<Deletion, Failure> {
        answer(client()?.delete_role().role_name(id).send().await)?;
        Ok(Deletion::Gone)
    }

    async fn find(token: &str, inputs: Role) -> Result<Option<State<Role>>, Failure> {
        let live = get(&client()?, &inputs.role_name).await?;
        Ok(live.filter(|live| has_token(live.tags(), token)).map(state))
    }

    fn check(inputs: &Inputs) -> Vec<Violation> {
        rules(inputs)
    }
}

async fn get(iam: &Client, name: &str) -> Result<Option<types::Role>, Failure> {
    Ok(answer(iam.get_role().role_name(name).send().await)?.and_then(|found| found.role))
}

fn state(live: types::Role) -> State<Role> {
    let trust = policy::percent_decoded(live.assume_role_policy_document().unwrap_or_default());
    let boundary =
        live.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
    let properties = Role {
        assume_role_policy_document: trust,
        description: live.description().unwrap_or_default().to_owned(),
        max_session_duration: live.max_session_duration().map_or(3600, i64::from),
        permissions_boundary: boundary.map(str::to_owned),
        tags: visible(live.tags()),
        path: live.path,
        arn: live.arn,
        role_id: live.role_id,
        role_name: live.role_name.clone(),
    };
    State { id: live.role_name, properties }
}

async fn retag(
    iam: &Client,
    step: &mut Step,
    id: &str,
    have: &tags::Tags,
    want: &tags::Tags,
) -> Result<(), Failure> {
    let changes = tags::changes(have, want);
    if !changes.remove.is_empty() && step.begins() {
        let request = iam.untag_role().role_name(id).set_tag_keys(Some(changes.remove));
        request.send().await.map_err(failure_at("tags"))?;
    }
    if !changes.set.is_empty() && step.begins() {
        let request = iam.tag_role().role_name(id).set_tags(Some(outgoing(changes.set)?));
        request.send().await.map_err(failure_at("tags"))?;
    }
    Ok(())
}
