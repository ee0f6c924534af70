//! The operations of the kind in DLM.
//!
//! Invariant: an update starts from the live details, so that properties that the kind does not
//! model survive.

use std::collections::HashMap;

use aws_sdk_dlm::Client;
use aws_sdk_dlm::types::{self, PolicyDetails, ResourceTypeValues, SettablePolicyStateValues, Tag};
use kim_plugin::prelude::*;
use kim_plugin_aws::{Step, answer, failure, tags};

use crate::rules::rules;
use crate::{CreateRule, LifecyclePolicy, RetainRule, Schedule, TargetTag};

impl Kind for LifecyclePolicy {
    async fn create(
        inputs: LifecyclePolicy,
        token: &str,
    ) -> Result<State<LifecyclePolicy>, Failure> {
        let dlm = client()?;
        // CreateLifecyclePolicy takes no token: a policy that an earlier call created is found by
        // its tag.
        if let Some(found) = find(&dlm, token, &inputs).await? {
            return Ok(found);
        }
        let request = dlm
            .create_lifecycle_policy()
            .description(&inputs.description)
            .state(SettablePolicyStateValues::from(inputs.state.as_str()))
            .execution_role_arn(&inputs.execution_role_arn)
            .policy_details(details(PolicyDetails::builder().build(), &inputs))
            .set_tags(Some(tags::with_token(&inputs.tags, token).into_iter().collect()));
        let created = request.send().await.map_err(failure)?;
        let policy_id = created
            .policy_id
            .ok_or_else(|| Failure::Other("DLM created a policy without an id".to_owned()))?;
        Ok(State { id: policy_id.clone(), properties: LifecyclePolicy { policy_id, ..inputs } })
    }

    async fn settle(
        id: &str,
        inputs: LifecyclePolicy,
        _: LifecyclePolicy,
    ) -> Result<Progress<LifecyclePolicy>, Failure> {
        Ok(match get(&client()?, id).await? {
            Some(live) => Progress::Done(state(id, live, Some(&inputs))),
            None => return Err(Failure::NotYet("DLM does not show it yet".to_owned())),
        })
    }

    async fn read(
        policies: Vec<Live<LifecyclePolicy>>,
    ) -> Result<Vec<Option<State<LifecyclePolicy>>>, Failure> {
        let dlm = client()?;
        let mut found = Vec::with_capacity(policies.len());
        for asked in policies {
            let live = get(&dlm, &asked.id).await?;
            found.push(live.map(|live| state(&asked.id, live, asked.properties.as_ref())));
        }
        Ok(found)
    }

    async fn update(
        id: &str,
        inputs: LifecyclePolicy,
        _: LifecyclePolicy,
    ) -> Result<Progress<LifecyclePolicy>, Failure> {
        let dlm = client()?;
        let Some(live) = get(&dlm, id).await? else {
            return Err(Failure::NotFound(format!("the policy '{id}'")));
        };
        let now = state(id, live.clone(), Some(&inputs)).properties;
        let wanted =
            LifecyclePolicy { policy_id: now.policy_id.clone(), arn: now.arn.clone(), ..inputs };
        let mut step = Step::default();
        let changes = tags::changes(&now.tags, &wanted.tags);
        if !changes.remove.is_empty() && step.begins() {
            let request =
                dlm.untag_resource().resource_arn(&wanted.arn).set_tag_keys(Some(changes.remove));
            request.send().await.map_err(failure)?;
        }
        if !changes.set.is_empty() && step.begins() {
            let set = changes.set.into_iter().collect();
            dlm.tag_resource()
                .resource_arn(&wanted.arn)
                .set_tags(Some(set))
                .send()
                .await
                .map_err(failure)?;
        }
        // Last: a time that AWS chose differs each time, and keeps nothing else waiting.
        if (LifecyclePolicy { tags: wanted.tags.clone(), ..now }) != wanted && step.begins() {
            let before = live.policy_details.unwrap_or_else(|| PolicyDetails::builder().build());
            let request = dlm
                .update_lifecycle_policy()
                .policy_id(id)
                .description(&wanted.description)
                .state(SettablePolicyStateValues::from(wanted.state.as_str()))
                .execution_role_arn(&wanted.execution_role_arn)
                .policy_details(details(before, &wanted));
            request.send().await.map_err(failure)?;
        }
        Ok(step.progress(State { id: id.to_owned(), properties: wanted }))
    }

    async fn delete(id: &str, _: LifecyclePolicy) -> Result<Deletion, Failure> {
        answer(client()?.delete_lifecycle_policy().policy_id(id).send().await)?;
        Ok(Deletion::Gone)
    }

    async fn find(
        token: &str,
        inputs: LifecyclePolicy,
    ) -> Result<Option<State<LifecyclePolicy>>, Failure> {
        find(&client()?, token, &inputs).await
    }

    fn check(inputs: &Inputs) -> Vec<Violation> {
        rules(inputs)
    }
}

fn client() -> Result<Client, Failure> {
    kim_plugin_aws::client!(aws_sdk_dlm)
}

async fn get(dlm: &Client, id: &str) -> Result<Option<types::LifecyclePolicy>, Failure> {
    Ok(answer(dlm.get_lifecycle_policy().policy_id(id).send().await)?
        .and_then(|found| found.policy))
}

/// Returns the policy with a token.
///
/// DLM lists all policies, with their tags, in one answer.
async fn find(
    dlm: &Client,
    token: &str,
    known: &LifecyclePolicy,
) -> Result<Option<State<LifecyclePolicy>>, Failure> {
    let policies = answer(dlm.get_lifecycle_policies().send().await)?
        .and_then(|found| found.policies)
        .unwrap_or_default();
    let has_token = |tags: Option<&HashMap<String, String>>| {
        tags.and_then(|tags| tags.get(tags::TOKEN)).is_some_and(|found| found == token)
    };
    let Some(id) = policies
        .into_iter()
        .find(|policy| has_token(policy.tags()))
        .and_then(|policy| policy.policy_id)
    else {
        return Ok(None);
    };
    Ok(get(dlm, &id).await?.map(|live| state(&id, live, Some(known))))
}

fn number(n: Option<i64>) -> Option<i32> {
    n.and_then(|n| i32::try_from(n).ok())
}

/// Returns the live details with the values of the inputs.
fn details(live: PolicyDetails, inputs: &LifecyclePolicy) -> PolicyDetails {
    let mut details = live;
    let old = details.schedules.take().unwrap_or_default();
    let tag = |tag: &TargetTag| Tag::builder().key(&tag.key).value(&tag.value).build();
    details.resource_types = Some(
        inputs.resource_types.iter().map(|ty| ResourceTypeValues::from(ty.as_str())).collect(),
    );
    details.target_tags = Some(inputs.target_tags.iter().map(tag).collect());
    details.schedules =
        Some(inputs.schedules.iter().map(|inputs| schedule(&old, inputs)).collect());
    details
}

/// Returns a schedule with the values of the inputs.
///
/// Other values are those of the schedule of the same name in `old`.
fn schedule(old: &[types::Schedule], inputs: &Schedule) -> types::Schedule {
    let before = old.iter().find(|old| old.name() == Some(&inputs.name)).cloned();
    let mut schedule =
        before.unwrap_or_else(|| types::Schedule::builder().name(&inputs.name).build());
    let mut create =
        schedule.create_rule.take().unwrap_or_else(|| types::CreateRule::builder().build());
    create.interval = number(inputs.create_rule.interval);
    let unit = types::IntervalUnitValues::from(inputs.create_rule.interval_unit.as_str());
    create.interval_unit = create.interval.is_some().then_some(unit);
    create.cron_expression = inputs.create_rule.cron_expression.clone();
    // Without a time in the inputs, the time that AWS chose stays.
    create.times = match (&inputs.create_rule.times, create.interval) {
        (_, None) => None,
        (Some(times), _) => Some(times.clone()).filter(|times| !times.is_empty()),
        (None, Some(_)) => create.times,
    };
    let retain = types::RetainRule::builder()
        .set_count(number(inputs.retain_rule.count))
        .set_interval(number(inputs.retain_rule.interval))
        .set_interval_unit(
            inputs
                .retain_rule
                .interval_unit
                .as_deref()
                .map(types::RetentionIntervalUnitValues::from),
        );
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    schedule.create_rule = Some(create);
    schedule.retain_rule = Some(retain.build());
    schedule.copy_tags = Some(inputs.copy_tags);
    schedule.tags_to_add =
        (!inputs.tags_to_add.is_empty()).then(|| inputs.tags_to_add.iter().map(tag).collect());
    schedule
}

fn state(
    id: &str,
    live: types::LifecyclePolicy,
    known: Option<&LifecyclePolicy>,
) -> State<LifecyclePolicy> {
    let details = live.policy_details.unwrap_or_else(|| PolicyDetails::builder().build());
    let target = |tag: &Tag| TargetTag {
        key: tag.key().unwrap_or_default().to_owned(),
        value: tag.value().unwrap_or_default().to_owned(),
    };
    let mut target_tags: Vec<TargetTag> = details.target_tags().iter().map(target).collect();
    // A set: the order of `known` is kept if the tags are the same, so that order is not a
    // difference.
    if let Some(known) = known
        && known.target_tags.len() == target_tags.len()
        && known.target_tags.iter().all(|tag| target_tags.contains(tag))
    {
        target_tags.clone_from(&known.target_tags);
    }
    let properties = LifecyclePolicy {
        description: live.description.unwrap_or_default(),
        state: live.state.map_or_else(|| "ENABLED".to_owned(), |state| state.as_str().to_owned()),
        execution_role_arn: live.execution_role_arn.unwrap_or_default(),
        resource_types: details.resource_types().iter().map(|ty| ty.as_str().to_owned()).collect(),
        target_tags,
        schedules: details.schedules().iter().map(read_schedule).collect(),
        tags: tags::visible(live.tags.unwrap_or_default()),
        policy_id: id.to_owned(),
        arn: live.policy_arn.unwrap_or_default(),
    };
    State { id: id.to_owned(), properties }
}

fn read_schedule(live: &types::Schedule) -> Schedule {
    let create = live.create_rule();
    let retain = live.retain_rule();
    let times = create.map(types::CreateRule::times).filter(|times| !times.is_empty());
    let pair =
        |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
    Schedule {
        name: live.name().unwrap_or_default().to_owned(),
        create_rule: CreateRule {
            interval: create.and_then(types::CreateRule::interval).map(i64::from),
            // The only unit. AWS omits it with a cron expression.
            interval_unit: "HOURS".to_owned(),
            times: times.map(<[String]>::to_vec),
            cron_expression: create.and_then(types::CreateRule::cron_expression).map(str::to_owned),
        },
        retain_rule: RetainRule {
            count: retain
                .and_then(types::RetainRule::count)
                .filter(|count| *count > 0)
                .map(i64::from),
            interval: retain
                .and_then(types::RetainRule::interval)
                .filter(|interval| *interval > 0)
                .map(i64::from),
            interval_unit: retain
                .and_then(types::RetainRule::interval_unit)
                .map(|unit| unit.as_str().to_owned()),
        },
        copy_tags: live.copy_tags().unwrap_or_default(),
        tags_to_add: live.tags_to_add().iter().filter_map(pair).collect(),
    }
}
