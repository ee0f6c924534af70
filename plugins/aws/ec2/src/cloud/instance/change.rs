//! Updates of an instance in place. Some changes need a stop: the instance is stopped, changed and
//! started.
//!
//! Invariant: an update can be cut off at any point, also between the stop and the start. So a tag
//! of kim on the instance records the restart before the stop. An instance that kim did not stop
//! stays stopped. One that kim stopped for a change that AWS refuses is started again as it was.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{
    self, AttributeBooleanValue, AttributeValue, EbsInstanceBlockDeviceSpecification,
    HttpTokensState, IamInstanceProfileAssociationState, InstanceAttributeName,
    InstanceBlockDeviceMappingSpecification, InstanceMetadataEndpointState,
    InstanceMetadataTagsState, InstanceStateName, SecureBlobAttributeValue,
};
use aws_smithy_types::base64;
use kim_plugin::prelude::*;
use kim_plugin_aws::{Step, after_undo};

use super::{
    AGAIN_MS, find_by_id, full, is_gone, is_monitored, is_profile, metadata, profile, profile_name,
    root_id, root_mapping, roots, state_name,
};
use crate::cloud::{
    client, failed, filter, no_longer_exists, pages, remove_tag, retag, same_set, set_tag, to_i32,
    volume,
};
use crate::kinds::{Instance, RootVolume};

/// The tag of an instance that kim stopped and has to start again.
const RESTART: &str = "kim:restart";

pub(crate) async fn update(
    id: &str,
    inputs: Instance,
    recorded: Instance,
) -> Result<Progress<Instance>, Failure> {
    let client = client()?;
    let Some(instance) = find_by_id(&client, id).await?.filter(|instance| !is_gone(instance))
    else {
        return no_longer_exists("instance", id);
    };
    if let Some(status @ (InstanceStateName::Pending | InstanceStateName::Stopping)) =
        state_name(&instance)
    {
        return Ok(Progress::again(AGAIN_MS, status.as_str()));
    }
    let mut step = Step::default();
    let status = match change(&client, &mut step, id, &instance, &inputs, &recorded).await {
        Err(refusal) if refusal.is_refusal() && is_stopped_by_kim(&instance) => {
            return Err(start_as_before(&client, id, &instance, &inputs, &recorded, refusal).await);
        }
        outcome => outcome?,
    };
    if let Some(status) = status {
        return Ok(Progress::again(AGAIN_MS, status));
    }
    if let Some(next) = step.next() {
        return Ok(next);
    }
    // Read again, with the changes and their effects on other properties.
    let Some(instance) = find_by_id(&client, id).await? else {
        return no_longer_exists("instance", id);
    };
    Ok(Progress::Done(full(&client, instance, &inputs).await?))
}

/// Makes the next change.
///
/// Returns the status of a change in flight, or `None` if all are done or left.
async fn change(
    client: &Client,
    step: &mut Step,
    id: &str,
    live: &types::Instance,
    inputs: &Instance,
    recorded: &Instance,
) -> Result<Option<String>, Failure> {
    match without_stop(client, step, id, live, inputs, recorded).await? {
        Some(status) => Ok(Some(status)),
        None => with_stop(client, step, id, live, inputs, recorded).await,
    }
}

/// Returns true if kim stopped an instance and has to start it again.
fn is_stopped_by_kim(live: &types::Instance) -> bool {
    is_marked(live) && state_name(live) == Some(&InstanceStateName::Stopped)
}

/// Returns true if kim has to start an instance that it stops.
fn is_marked(live: &types::Instance) -> bool {
    live.tags().iter().any(|tag| tag.key() == Some(RESTART))
}

/// Starts an instance that kim stopped for what AWS refuses.
///
/// Returns the refusal.
///
/// What was changed since the stop is changed back first: `recorded` is how the instance was before
/// this run.
async fn start_as_before(
    client: &Client,
    id: &str,
    live: &types::Instance,
    inputs: &Instance,
    recorded: &Instance,
    refusal: Failure,
) -> Failure {
    let undo = async {
        for change in changes(client, id, live, recorded, inputs).await? {
            apply(client, id, change).await?;
        }
        client.start_instances().instance_ids(id).send().await.map_err(failed)?;
        remove_tag(client, id, RESTART).await
    };
    after_undo(refusal, undo.await, &format!("{id} runs again as before"))
}

/// Makes the changes that need no stop.
///
/// Returns the status of a change in flight, or `None` if all are done or left to the next call.
async fn without_stop(
    client: &Client,
    step: &mut Step,
    id: &str,
    live: &types::Instance,
    inputs: &Instance,
    recorded: &Instance,
) -> Result<Option<String>, Failure> {
    retag(client, step, id, live.tags(), &inputs.tags).await?;
    let groups: Vec<String> = live
        .security_groups()
        .iter()
        .filter_map(|group| group.group_id().map(str::to_owned))
        .collect();
    let has_groups =
        inputs.security_group_ids.is_empty() || same_set(&groups, &inputs.security_group_ids);
    if !has_groups && step.begins() {
        let request = client.modify_instance_attribute().instance_id(id);
        request.set_groups(Some(inputs.security_group_ids.clone())).send().await.map_err(failed)?;
    }
    if !is_profile(profile_name(live).as_deref(), inputs.iam_instance_profile.as_deref()) {
        exchange_profile(client, step, id, inputs.iam_instance_profile.as_deref()).await?;
    }
    if is_monitored(live) != inputs.monitoring && step.begins() {
        if inputs.monitoring {
            client.monitor_instances().instance_ids(id).send().await.map_err(failed)?;
        } else {
            client.unmonitor_instances().instance_ids(id).send().await.map_err(failed)?;
        }
    }
    // A read of the protection takes a call. It is made only if the record differs.
    if inputs.disable_api_termination != recorded.disable_api_termination
        && inputs.disable_api_termination != is_protected(client, id).await?
        && step.begins()
    {
        let on = AttributeBooleanValue::builder().value(inputs.disable_api_termination).build();
        client
            .modify_instance_attribute()
            .instance_id(id)
            .disable_api_termination(on)
            .send()
            .await
            .map_err(failed)?;
    }
    change_metadata(client, step, id, live, inputs).await?;
    match &inputs.root_volume {
        Some(root) => change_root(client, step, id, live, root).await,
        None => Ok(None),
    }
}

/// Returns true if AWS refuses to terminate an instance.
async fn is_protected(client: &Client, id: &str) -> Result<bool, Failure> {
    let request = client
        .describe_instance_attribute()
        .instance_id(id)
        .attribute(InstanceAttributeName::DisableApiTermination);
    let answer = request.send().await.map_err(failed)?;
    Ok(answer.disable_api_termination.and_then(|on| on.value).unwrap_or_default())
}

async fn exchange_profile(
    client: &Client,
    step: &mut Step,
    id: &str,
    wanted: Option<&str>,
) -> Result<(), Failure> {
    let request =
        client.describe_iam_instance_profile_associations().filters(filter("instance-id", [id]));
    let associations = pages!(request, iam_instance_profile_associations);
    let current = associations.iter().find(|association| {
        use IamInstanceProfileAssociationState::{Associated, Associating};
        matches!(association.state(), Some(Associated | Associating))
    });
    let live = current.and_then(|association| association.iam_instance_profile()?.arn());
    // The instance may not show yet what an earlier call changed.
    if is_profile(live, wanted) || !step.begins() {
        return Ok(());
    }
    let current = current.and_then(|association| association.association_id());
    let wanted = wanted.map(profile);
    match (current, wanted) {
        (Some(current), Some(wanted)) => {
            let request = client.replace_iam_instance_profile_association().association_id(current);
            request.iam_instance_profile(wanted).send().await.map_err(failed)?;
        }
        (None, Some(wanted)) => {
            let request = client.associate_iam_instance_profile().instance_id(id);
            request.iam_instance_profile(wanted).send().await.map_err(failed)?;
        }
        (Some(current), None) => {
            client
                .disassociate_iam_instance_profile()
                .association_id(current)
                .send()
                .await
                .map_err(failed)?;
        }
        (None, None) => {}
    }
    Ok(())
}

async fn change_metadata(
    client: &Client,
    step: &mut Step,
    id: &str,
    live: &types::Instance,
    inputs: &Instance,
) -> Result<(), Failure> {
    let (Some(wanted), Some(current)) =
        (&inputs.metadata_options, live.metadata_options().map(metadata))
    else {
        return Ok(());
    };
    let mut complete = wanted.clone();
    complete.http_put_response_hop_limit =
        wanted.http_put_response_hop_limit.or(current.http_put_response_hop_limit);
    if complete == current || !step.begins() {
        return Ok(());
    }
    let request = client
        .modify_instance_metadata_options()
        .instance_id(id)
        .http_tokens(HttpTokensState::from(wanted.http_tokens.as_str()))
        .http_endpoint(InstanceMetadataEndpointState::from(wanted.http_endpoint.as_str()))
        .set_http_put_response_hop_limit(to_i32(wanted.http_put_response_hop_limit))
        .instance_metadata_tags(InstanceMetadataTagsState::from(
            wanted.instance_metadata_tags.as_str(),
        ));
    request.send().await.map_err(failed)?;
    Ok(())
}

async fn change_root(
    client: &Client,
    step: &mut Step,
    id: &str,
    live: &types::Instance,
    wanted: &RootVolume,
) -> Result<Option<String>, Failure> {
    let kept = root_mapping(live).and_then(|mapping| mapping.delete_on_termination());
    if let Some(device) = live.root_device_name()
        && kept.is_some_and(|kept| kept != wanted.delete_on_termination)
        && step.begins()
    {
        let ebs = EbsInstanceBlockDeviceSpecification::builder()
            .delete_on_termination(wanted.delete_on_termination);
        let mapping =
            InstanceBlockDeviceMappingSpecification::builder().device_name(device).ebs(ebs.build());
        let request = client
            .modify_instance_attribute()
            .instance_id(id)
            .block_device_mappings(mapping.build());
        request.send().await.map_err(failed)?;
    }
    let mut volumes = roots(client, std::slice::from_ref(live)).await?;
    let Some(volume) = root_id(live).and_then(|id| volumes.remove(id)) else { return Ok(None) };
    let shape = volume::VolumeSettings {
        volume_type: &wanted.volume_type,
        size: wanted.size,
        iops: wanted.iops,
        throughput: wanted.throughput,
    };
    let status = volume::reshape(client, step, &volume, shape, Path::key("root_volume")).await?;
    Ok(status.map(|status| format!("root volume: {status}")))
}

/// A change that AWS accepts only of a stopped instance.
enum Change {
    Type(String),
    UserData(Option<String>),
    EbsOptimized(bool),
}

/// Makes the changes that need a stop.
///
/// Returns the status of a change in flight, or `None` if all are done or left to the next call.
async fn with_stop(
    client: &Client,
    step: &mut Step,
    id: &str,
    live: &types::Instance,
    inputs: &Instance,
    recorded: &Instance,
) -> Result<Option<String>, Failure> {
    let changes = changes(client, id, live, inputs, recorded).await?;
    let marked = is_marked(live);
    let running = state_name(live) == Some(&InstanceStateName::Running);
    if running && !changes.is_empty() {
        match (step.begins(), marked) {
            (true, true) => {
                client.stop_instances().instance_ids(id).send().await.map_err(failed)?;
            }
            (true, false) => set_tag(client, id, RESTART).await?,
            (false, _) => {}
        }
        return Ok(Some("stopping".to_owned()));
    }
    for change in changes {
        if step.begins() {
            apply(client, id, change).await?;
        }
    }
    if !running && marked {
        if step.begins() {
            client.start_instances().instance_ids(id).send().await.map_err(failed)?;
        }
        return Ok(Some("starting".to_owned()));
    }
    if marked && step.begins() {
        remove_tag(client, id, RESTART).await?;
    }
    Ok(None)
}

/// Returns what differs of a live instance from the inputs.
///
/// `other` is the instance as it may be instead: if neither has user data, none is read.
async fn changes(
    client: &Client,
    id: &str,
    live: &types::Instance,
    inputs: &Instance,
    other: &Instance,
) -> Result<Vec<Change>, Failure> {
    let mut found = Vec::new();
    if live.instance_type().map(types::InstanceType::as_str) != Some(&inputs.instance_type) {
        found.push(Change::Type(inputs.instance_type.clone()));
    }
    if let Some(wanted) = inputs.ebs_optimized
        && live.ebs_optimized() != Some(wanted)
    {
        found.push(Change::EbsOptimized(wanted));
    }
    // A read of user data takes a call.
    if (inputs.user_data.is_some() || other.user_data.is_some())
        && user_data(client, id).await? != inputs.user_data.clone().unwrap_or_default().into_bytes()
    {
        found.push(Change::UserData(inputs.user_data.clone()));
    }
    Ok(found)
}

async fn user_data(client: &Client, id: &str) -> Result<Vec<u8>, Failure> {
    let request = client
        .describe_instance_attribute()
        .instance_id(id)
        .attribute(InstanceAttributeName::UserData);
    let answer = request.send().await.map_err(failed)?;
    let encoded = answer.user_data.and_then(|data| data.value).unwrap_or_default();
    // User data that is not base64 was not written by kim, and differs from the inputs.
    Ok(base64::decode(&encoded).unwrap_or_else(|_| encoded.into_bytes()))
}

async fn apply(client: &Client, id: &str, change: Change) -> Result<(), Failure> {
    let request = client.modify_instance_attribute().instance_id(id);
    let request = match change {
        Change::Type(kind) => request.instance_type(AttributeValue::builder().value(kind).build()),
        Change::EbsOptimized(on) => {
            request.ebs_optimized(AttributeBooleanValue::builder().value(on).build())
        }
        Change::UserData(text) => {
            let data = Blob::new(text.unwrap_or_default().into_bytes());
            request.user_data(SecureBlobAttributeValue::builder().value(data).build())
        }
    };
    request.send().await.map_err(failed)?;
    Ok(())
}
