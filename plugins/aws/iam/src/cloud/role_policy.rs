//! Policies inside roles. They have no tags, so `find` recognises a created policy by its names and
//! its content.

use aws_sdk_iam::Client;
use kim_plugin::prelude::*;
use kim_plugin::schema::Form;
use kim_plugin_aws::{answer, failure_at, policy};

use super::{client, not_visible_yet};
use crate::RolePolicy;
use crate::role_policy::{id, parts, rules};

impl Kind for RolePolicy {
    async fn create(inputs: RolePolicy, token: &str) -> Result<State<RolePolicy>, Failure> {
        // PutRolePolicy overwrites. A create must not overwrite a policy that it did not create.
        let iam = client()?;
        if let Some(live) = get(&iam, &inputs.role_name, &inputs.policy_name).await? {
            let id = live.id.clone();
            let taken = || {
                Failure::Conflict(format!(
                    "the policy '{id}' exists with another content; import it instead"
                ))
            };
            return Self::find(token, inputs).await?.ok_or_else(taken);
        }
        put(&iam, &inputs).await?;
        let role_policy_id = id(&inputs.role_name, &inputs.policy_name);
        Ok(State {
            id: role_policy_id.clone(),
            properties: RolePolicy { role_policy_id, ..inputs },
        })
    }

    async fn read(
        policies: Vec<Live<RolePolicy>>,
    ) -> Result<Vec<Option<State<RolePolicy>>>, Failure> {
        let iam = client()?;
        let mut found = Vec::with_capacity(policies.len());
        for asked in policies {
            let (role, policy) = parts(&asked.id)?;
            found.push(get(&iam, role, policy).await?);
        }
        Ok(found)
    }

    async fn update(
        id: &str,
        inputs: RolePolicy,
        _: RolePolicy,
    ) -> Result<Progress<RolePolicy>, Failure> {
        let iam = client()?;
        let live = get(&iam, &inputs.role_name, &inputs.policy_name).await?;
        if !live.is_some_and(|live| is_same(&live.properties, &inputs)) {
            put(&iam, &inputs).await?;
        }
        let properties = RolePolicy { role_policy_id: id.to_owned(), ..inputs };
        Ok(Progress::Done(State { id: id.to_owned(), properties }))
    }

    async fn delete(id: &str, _: RolePolicy) -> Result<Deletion, Failure> {
        let (role, policy) = parts(id)?;
        answer(client()?.delete_role_policy().role_name(role).policy_name(policy).send().await)?;
        Ok(Deletion::Gone)
    }

    async fn find(_: &str, inputs: RolePolicy) -> Result<Option<State<RolePolicy>>, Failure> {
        let live = get(&client()?, &inputs.role_name, &inputs.policy_name).await?;
        Ok(live.filter(|live| is_same(&live.properties, &inputs)))
    }

    fn check(inputs: &Inputs) -> Vec<Violation> {
        rules(inputs)
    }
}

fn is_same(one: &RolePolicy, other: &RolePolicy) -> bool {
    Form::Policy.same(&one.policy_document, &other.policy_document)
}

async fn put(iam: &Client, inputs: &RolePolicy) -> Result<(), Failure> {
    let request =
        iam.put_role_policy().role_name(&inputs.role_name).policy_name(&inputs.policy_name);
    let put = request.policy_document(&inputs.policy_document).send().await;
    put.map_err(failure_at("policy_document")).map_err(not_visible_yet)?;
    Ok(())
}

/// Returns the policy as IAM holds it.
async fn get(iam: &Client, role: &str, policy: &str) -> Result<Option<State<RolePolicy>>, Failure> {
    let Some(live) =
        answer(iam.get_role_policy().role_name(role).policy_name(policy).send().await)?
    else {
        return Ok(None);
    };
    let role_policy_id = id(&live.role_name, &live.policy_name);
    let properties = RolePolicy {
        policy_document: policy::percent_decoded(&live.policy_document),
        role_name: live.role_name,
        policy_name: live.policy_name,
        role_policy_id: role_policy_id.clone(),
    };
    Ok(Some(State { id: role_policy_id, properties }))
}
