//! Keys. `settle` and `update` both move the key towards the inputs.

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeySpec, KeyState, KeyUsageType, Tag};
use kim_plugin::prelude::*;
use kim_plugin::schema::Form;
use kim_plugin_aws::{Step, after_undo, answer, failure, failure_at, policy, tags};

use super::client;
use crate::Key;
use crate::key::{price, rules};

/// The name of a key's only policy.
const POLICY_NAME: &str = "default";

impl Kind for Key {
    async fn create(inputs: Key, token: &str) -> Result<State<Key>, Failure> {
        let kms = client()?;
        // CreateKey takes no token: a key that an earlier call created is found by its tag.
        if let Some(id) = find(&kms, token).await?
            && let Some(state) = read(&kms, &id, Some(&inputs)).await?
        {
            return Ok(state);
        }
        let request = kms
            .create_key()
            .description(&inputs.description)
            .set_policy(inputs.policy.clone())
            .bypass_policy_lockout_safety_check(inputs.bypass_policy_lockout_safety_check)
            .key_usage(KeyUsageType::from(inputs.key_usage.as_str()))
            .key_spec(KeySpec::from(inputs.key_spec.as_str()))
            .multi_region(inputs.multi_region)
            .set_tags(Some(outgoing(tags::with_token(&inputs.tags, token))?));
        let created = request.send().await.map_err(failure_at("policy"))?;
        let created = created
            .key_metadata
            .ok_or_else(|| Failure::Other("KMS created a key without metadata".to_owned()))?;
        let (key_id, arn) = (created.key_id, created.arn.unwrap_or_default());
        Ok(State { id: key_id.clone(), properties: Key { key_id, arn, ..inputs } })
    }

    async fn settle(id: &str, inputs: Key, _: Key) -> Result<Progress<Key>, Failure> {
        let progress = converge(id, inputs, true).await?;
        progress.ok_or_else(|| Failure::NotYet("KMS does not show it yet".to_owned()))
    }

    async fn read(keys: Vec<Live<Key>>) -> Result<Vec<Option<State<Key>>>, Failure> {
        let kms = client()?;
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(read(&kms, &key.id, key.properties.as_ref()).await?);
        }
        Ok(found)
    }

    async fn update(id: &str, inputs: Key, before: Key) -> Result<Progress<Key>, Failure> {
        let progress = converge(id, inputs, before.enabled).await?;
        progress.ok_or_else(|| Failure::NotFound(format!("the key '{id}'")))
    }

    async fn delete(id: &str, key: Key) -> Result<Deletion, Failure> {
        let kms = client()?;
        if describe(&kms, id).await?.is_none() {
            return Ok(Deletion::Gone);
        }
        // An incomplete record has no window. AWS's default, also 30 days, then holds.
        let days = i32::try_from(key.pending_window_in_days).ok().filter(|days| *days > 0);
        let scheduled =
            kms.schedule_key_deletion().key_id(id).set_pending_window_in_days(days).send().await;
        answer(scheduled)?;
        Ok(Deletion::Gone)
    }

    async fn find(token: &str, inputs: Key) -> Result<Option<State<Key>>, Failure> {
        let kms = client()?;
        match find(&kms, token).await? {
            Some(id) => read(&kms, &id, Some(&inputs)).await,
            None => Ok(None),
        }
    }

    fn check(inputs: &Inputs) -> Vec<Violation> {
        rules(inputs)
    }

    fn price(inputs: &Inputs) -> Option<Price> {
        price(inputs)
    }
}

fn outgoing(tags: Vec<(String, String)>) -> Result<Vec<Tag>, Failure> {
    let tag = |(key, value)| Tag::builder().tag_key(key).tag_value(value).build();
    tags.into_iter()
        .map(tag)
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::Other(error.to_string()))
}

/// Returns the key's metadata, or `None` if it is deleted or pending deletion.
async fn describe(
    kms: &Client,
    id: &str,
) -> Result<Option<aws_sdk_kms::types::KeyMetadata>, Failure> {
    let found =
        answer(kms.describe_key().key_id(id).send().await)?.and_then(|found| found.key_metadata);
    let leaving = [KeyState::PendingDeletion, KeyState::PendingReplicaDeletion];
    Ok(found.filter(|key| !key.key_state().is_some_and(|state| leaving.contains(state))))
}

async fn tags_of(kms: &Client, id: &str) -> Result<Vec<(String, String)>, Failure> {
    let (mut tags, mut marker) = (Vec::new(), None);
    loop {
        let page =
            kms.list_resource_tags().key_id(id).set_marker(marker).send().await.map_err(failure)?;
        tags.extend(
            page.tags().iter().map(|tag| (tag.tag_key().to_owned(), tag.tag_value().to_owned())),
        );
        marker = page.next_marker.filter(|_| page.truncated);
        if marker.is_none() {
            return Ok(tags);
        }
    }
}

/// Returns the id of the key with a token.
///
/// Ignores keys that are pending deletion.
async fn find(kms: &Client, token: &str) -> Result<Option<String>, Failure> {
    let mut marker = None;
    loop {
        let page = kms.list_keys().limit(1000).set_marker(marker).send().await.map_err(failure)?;
        for id in page.keys().iter().filter_map(|key| key.key_id()) {
            let tags = match tags_of(kms, id).await {
                Ok(tags) => tags,
                // A key that denies access, or was deleted meanwhile, was not created by this
                // token.
                Err(Failure::Denied(_) | Failure::NotFound(_)) => continue,
                Err(other) => return Err(other),
            };
            let has_token = tags.iter().any(|(key, value)| key == tags::TOKEN && value == token);
            if has_token && describe(kms, id).await?.is_some() {
                return Ok(Some(id.to_owned()));
            }
        }
        marker = page.next_marker.filter(|_| page.truncated);
        if marker.is_none() {
            return Ok(None);
        }
    }
}

/// Returns the key as KMS holds it.
///
/// `known` has what KMS does not tell.
async fn read(kms: &Client, id: &str, known: Option<&Key>) -> Result<Option<State<Key>>, Failure> {
    let Some(metadata) = describe(kms, id).await? else { return Ok(None) };
    let key_id = metadata.key_id().to_owned();
    let policy = answer(kms.get_key_policy().key_id(id).policy_name(POLICY_NAME).send().await)?;
    let policy = policy.and_then(|found| found.policy);
    let key_spec = metadata.key_spec().map_or("SYMMETRIC_DEFAULT", |spec| spec.as_str()).to_owned();
    let rotation = if key_spec == "SYMMETRIC_DEFAULT" {
        answer(kms.get_key_rotation_status().key_id(id).send().await)?
    } else {
        None
    };
    let rotation = rotation.filter(|rotation| rotation.key_rotation_enabled);
    let properties = Key {
        description: metadata.description().unwrap_or_default().to_owned(),
        policy,
        bypass_policy_lockout_safety_check: known
            .is_some_and(|known| known.bypass_policy_lockout_safety_check),
        key_usage: metadata
            .key_usage()
            .map_or("ENCRYPT_DECRYPT", |usage| usage.as_str())
            .to_owned(),
        key_spec,
        multi_region: metadata.multi_region().unwrap_or_default(),
        enabled: metadata.enabled(),
        enable_key_rotation: rotation.is_some(),
        rotation_period_in_days: rotation
            .and_then(|rotation| rotation.rotation_period_in_days)
            .map(i64::from),
        pending_window_in_days: known
            .map(|known| known.pending_window_in_days)
            .filter(|days| *days > 0)
            .unwrap_or(30),
        tags: tags::visible(tags_of(kms, id).await?),
        arn: metadata.arn().unwrap_or_default().to_owned(),
        key_id: key_id.clone(),
    };
    Ok(Some(State { id: key_id, properties }))
}

/// Moves the key from its live state to the inputs.
///
/// The result has what AWS accepted, although a read may not show it yet. `was_enabled` is the
/// key's state before the first step. Returns `None` if KMS does not show the key.
async fn converge(
    id: &str,
    inputs: Key,
    was_enabled: bool,
) -> Result<Option<Progress<Key>>, Failure> {
    let kms = client()?;
    let Some(State { properties: live, .. }) = read(&kms, id, Some(&inputs)).await? else {
        return Ok(None);
    };
    // A disabled key refuses changes of its rotation. So it is enabled before and disabled after.
    let rotation_changes = inputs.enable_key_rotation != live.enable_key_rotation
        || (inputs.enable_key_rotation
            && inputs.rotation_period_in_days.is_some()
            && inputs.rotation_period_in_days != live.rotation_period_in_days);
    let mut step = Step::default();
    if inputs.description != live.description && step.begins() {
        let request = kms.update_key_description().key_id(id).description(&inputs.description);
        request.send().await.map_err(failure_at("description"))?;
    }
    retag(&kms, &mut step, id, &live.tags, &inputs.tags).await?;
    // Between the two stands nothing but that change, so that nothing else leaves it enabled.
    if !live.enabled && (inputs.enabled || rotation_changes) && step.begins() {
        kms.enable_key().key_id(id).send().await.map_err(failure)?;
    }
    if rotation_changes && step.begins() {
        match rotate(&kms, id, &inputs).await {
            // It was enabled for this change alone.
            Err(refusal) if refusal.is_refusal() && !was_enabled && !inputs.enabled => {
                let undone = kms.disable_key().key_id(id).send().await.map_err(failure);
                let as_before = "the key is disabled again, as before";
                return Err(after_undo(refusal, undone.map(|_| ()), as_before));
            }
            outcome => outcome?,
        }
    }
    if !inputs.enabled && (live.enabled || rotation_changes) && step.begins() {
        kms.disable_key().key_id(id).send().await.map_err(failure)?;
    }
    // Last: a policy that KMS spells anew each time keeps nothing else waiting.
    let holds =
        |policy: &String| live.policy.as_ref().is_some_and(|live| Form::Policy.same(live, policy));
    if let Some(policy) = inputs.policy.as_ref().filter(|policy| !holds(policy))
        && step.begins()
    {
        let request = kms.put_key_policy().key_id(id).policy_name(POLICY_NAME).policy(policy);
        let request =
            request.bypass_policy_lockout_safety_check(inputs.bypass_policy_lockout_safety_check);
        request.send().await.map_err(failure_at("policy"))?;
    }
    let rotation_period_in_days = match inputs.enable_key_rotation {
        true => inputs.rotation_period_in_days.or(live.rotation_period_in_days).or(Some(365)),
        false => inputs.rotation_period_in_days,
    };
    let policy = inputs.policy.clone().or(live.policy);
    let properties = Key {
        policy,
        rotation_period_in_days,
        key_id: live.key_id.clone(),
        arn: live.arn,
        ..inputs
    };
    Ok(Some(step.progress(State { id: live.key_id, properties })))
}

async fn rotate(kms: &Client, id: &str, inputs: &Key) -> Result<(), Failure> {
    if inputs.enable_key_rotation {
        let days = inputs.rotation_period_in_days.and_then(|days| i32::try_from(days).ok());
        let request = kms.enable_key_rotation().key_id(id).set_rotation_period_in_days(days);
        request.send().await.map_err(failure_at("rotation_period_in_days"))?;
    } else {
        kms.disable_key_rotation().key_id(id).send().await.map_err(failure)?;
    }
    Ok(())
}

async fn retag(
    kms: &Client,
    step: &mut Step,
    id: &str,
    have: &tags::Tags,
    want: &tags::Tags,
) -> Result<(), Failure> {
    let changes = tags::changes(have, want);
    if !changes.remove.is_empty() && step.begins() {
        let request = kms.untag_resource().key_id(id).set_tag_keys(Some(changes.remove));
        request.send().await.map_err(failure_at("tags"))?;
    }
    if !changes.set.is_empty() && step.begins() {
        let request = kms.tag_resource().key_id(id).set_tags(Some(outgoing(changes.set)?));
        request.send().await.map_err(failure_at("tags"))?;
    }
    Ok(())
}
