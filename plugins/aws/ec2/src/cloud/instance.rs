//! Instances: create, read and delete. `change` updates them.

mod change;
mod launch;

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, Filter, IamInstanceProfileSpecification, InstanceStateName, MonitoringState,
};
use kim_plugin::prelude::*;
use kim_plugin::schema::Form;

use super::{
    arn, by_ids, by_token, client, expect_part, failed, filter, non_empty, not_visible_yet, pages,
    visible, volume,
};
use crate::kinds::{Instance, MetadataOptions, RootVolume};

pub(crate) use change::update;
pub(crate) use launch::create;

/// The longest pause before the next read, in milliseconds.
const AGAIN_MS: u32 = 2_000;

/// Reports whether the instance is running.
pub(crate) async fn settle(
    id: &str,
    inputs: Instance,
    _: Instance,
) -> Result<Progress<Instance>, Failure> {
    let client = client()?;
    let Some(instance) = find_by_id(&client, id).await? else { return not_visible_yet() };
    match state_name(&instance) {
        Some(InstanceStateName::Running) => {
            let state = full(&client, instance, &inputs).await?;
            Ok(Progress::Done(state))
        }
        None | Some(InstanceStateName::Pending) => Ok(Progress::again(AGAIN_MS, "pending")),
        Some(other) => {
            let (other, why) = (other.as_str().to_owned(), reason(&instance));
            let state = full(&client, instance, &inputs).await?;
            Err(state.partial(format!("{id} is {other} right after its start: {why}")))
        }
    }
}

pub(crate) async fn read(
    asked: Vec<Live<Instance>>,
) -> Result<Vec<Option<State<Instance>>>, Failure> {
    let client = client()?;
    let mut instances = Vec::new();
    for filter in by_ids("instance-id", asked.iter().map(|live| live.id.as_str())) {
        instances.extend(described(&client, filter).await?);
    }
    instances.retain(|instance| !is_gone(instance));
    let mut roots = roots(&client, &instances).await?;
    let mut found = super::indexed(instances, types::Instance::instance_id);
    let states = asked.into_iter().map(|live| {
        let instance = found.remove(&live.id)?;
        let root = root_id(&instance).and_then(|id| roots.remove(id));
        Some(state(instance, root, live.properties.as_ref()))
    });
    states.map(Option::transpose).collect()
}

pub(crate) async fn delete(id: &str, _: Instance) -> Result<Deletion, Failure> {
    let client = client()?;
    let Some(instance) = find_by_id(&client, id).await? else { return Ok(Deletion::Gone) };
    match state_name(&instance) {
        Some(InstanceStateName::Terminated) => Ok(Deletion::Gone),
        Some(InstanceStateName::ShuttingDown) => Ok(Deletion::again(AGAIN_MS, "shutting down")),
        _ => terminate(&client, id).await,
    }
}

async fn terminate(client: &Client, id: &str) -> Result<Deletion, Failure> {
    match client.terminate_instances().instance_ids(id).send().await.map_err(failed) {
        Ok(_) => Ok(Deletion::again(AGAIN_MS, "shutting down")),
        Err(Failure::NotFound(_)) => Ok(Deletion::Gone),
        Err(Failure::Refused(message)) if message.starts_with("OperationNotPermitted") => {
            Err(Failure::Refused(format!(
                "{message}; if it is protected, run an update with disable_api_termination = false first"
            )))
        }
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn find(
    token: &str,
    inputs: Instance,
) -> Result<Option<State<Instance>>, Failure> {
    let client = client()?;
    let alive =
        described(&client, by_token(token)).await?.into_iter().find(|instance| !is_gone(instance));
    match alive {
        Some(instance) => Ok(Some(full(&client, instance, &inputs).await?)),
        None => Ok(None),
    }
}

/// Returns an instance, also if it was just terminated.
pub(super) async fn find_by_id(
    client: &Client,
    id: &str,
) -> Result<Option<types::Instance>, Failure> {
    Ok(described(client, filter("instance-id", [id])).await?.pop())
}

async fn described(client: &Client, filter: Filter) -> Result<Vec<types::Instance>, Failure> {
    let reservations = pages!(client.describe_instances().filters(filter), reservations);
    let mut instances = Vec::new();
    for reservation in reservations {
        instances.extend(reservation.instances.unwrap_or_default());
    }
    Ok(instances)
}

/// Returns an instance's state.
pub(super) fn state_name(instance: &types::Instance) -> Option<&InstanceStateName> {
    instance.state().and_then(|state| state.name())
}

/// Returns true if an instance is terminated.
///
/// It stays visible for about an hour.
fn is_gone(instance: &types::Instance) -> bool {
    matches!(
        state_name(instance),
        Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated)
    )
}

/// Returns AWS's reason for an instance's state.
fn reason(instance: &types::Instance) -> String {
    let message = instance
        .state_reason()
        .and_then(|reason| reason.message())
        .or(instance.state_transition_reason());
    non_empty(message).unwrap_or_else(|| "AWS gives no reason".to_owned())
}

/// Returns the mapping of the instance's root volume.
fn root_mapping(instance: &types::Instance) -> Option<&types::EbsInstanceBlockDevice> {
    let root = instance.root_device_name()?;
    let mapping = instance
        .block_device_mappings()
        .iter()
        .find(|mapping| mapping.device_name() == Some(root))?;
    mapping.ebs()
}

fn root_id(instance: &types::Instance) -> Option<&str> {
    root_mapping(instance)?.volume_id()
}

async fn roots(
    client: &Client,
    instances: &[types::Instance],
) -> Result<BTreeMap<String, types::Volume>, Failure> {
    let mut volumes = Vec::new();
    for filter in by_ids("volume-id", instances.iter().filter_map(root_id)) {
        volumes.extend(volume::described(client, filter).await?);
    }
    Ok(super::indexed(volumes, types::Volume::volume_id))
}

/// Returns an instance's state with its root volume.
async fn full(
    client: &Client,
    instance: types::Instance,
    recorded: &Instance,
) -> Result<State<Instance>, Failure> {
    let root = roots(client, std::slice::from_ref(&instance)).await?.into_values().next();
    state(instance, root, Some(recorded))
}

/// Returns an instance's state.
///
/// Properties that AWS does not return, or only for one instance a call, are as recorded.
fn state(
    instance: types::Instance,
    root: Option<types::Volume>,
    recorded: Option<&Instance>,
) -> Result<State<Instance>, Failure> {
    let id = expect_part(instance.instance_id(), "DescribeInstances")?.to_owned();
    let mut groups: Vec<String> = instance
        .security_groups()
        .iter()
        .filter_map(|group| group.group_id().map(str::to_owned))
        .collect();
    groups.sort_unstable();
    let placement = instance.placement();
    let properties = Instance {
        image_id: instance.image_id().unwrap_or_default().to_owned(),
        instance_type: instance
            .instance_type()
            .map_or_else(String::new, |kind| kind.as_str().to_owned()),
        subnet_id: non_empty(instance.subnet_id()),
        network_interface_id: primary_interface(&instance),
        security_group_ids: groups,
        private_ip: non_empty(instance.private_ip_address()),
        associate_public_ip_address: recorded
            .and_then(|instance| instance.associate_public_ip_address),
        availability_zone: placement.and_then(|placement| non_empty(placement.availability_zone())),
        placement_group: placement.and_then(|placement| non_empty(placement.group_name())),
        iam_instance_profile: profile_name(&instance),
        key_name: non_empty(instance.key_name()),
        user_data: recorded.and_then(|instance| instance.user_data.clone()),
        metadata_options: instance.metadata_options().map(metadata),
        root_volume: root.map(|volume| {
            let recorded = recorded.and_then(|instance| instance.root_volume.as_ref());
            root_volume(&volume, root_mapping(&instance), recorded)
        }),
        monitoring: is_monitored(&instance),
        ebs_optimized: instance.ebs_optimized(),
        disable_api_termination: recorded.is_some_and(|instance| instance.disable_api_termination),
        tags: visible(instance.tags()),
        arn: arn(owner(&instance), &format!("instance/{id}"))?,
        state: state_name(&instance).map_or_else(String::new, |state| state.as_str().to_owned()),
        private_dns_name: non_empty(instance.private_dns_name()),
        public_ip: non_empty(instance.public_ip_address()),
        public_dns_name: non_empty(instance.public_dns_name()),
        vpc_id: non_empty(instance.vpc_id()),
        root_volume_id: root_id(&instance).map(str::to_owned),
        instance_id: id.clone(),
    };
    Ok(State { id, properties })
}

fn owner(instance: &types::Instance) -> Option<&str> {
    instance.network_interfaces().first().and_then(|interface| interface.owner_id())
}

fn primary_interface(instance: &types::Instance) -> Option<String> {
    let index = |interface: &types::InstanceNetworkInterface| {
        interface.attachment().and_then(|a| a.device_index())
    };
    let primary =
        instance.network_interfaces().iter().find(|interface| index(interface) == Some(0))?;
    non_empty(primary.network_interface_id())
}

/// Returns the name of the instance profile: the last part of its ARN.
fn profile_name(instance: &types::Instance) -> Option<String> {
    let arn = instance.iam_instance_profile()?.arn()?;
    arn.rsplit('/').next().map(str::to_owned)
}

/// Returns true if two instance profiles are one, each by its name or its ARN.
fn is_profile(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Form::Arn.same(one, other),
        (one, other) => one == other,
    }
}

/// Returns the profile of a name or an ARN, as EC2 takes it.
fn profile(name: &str) -> IamInstanceProfileSpecification {
    let profile = IamInstanceProfileSpecification::builder();
    if name.starts_with("arn:") { profile.arn(name) } else { profile.name(name) }.build()
}

fn is_monitored(instance: &types::Instance) -> bool {
    let state = instance.monitoring().and_then(|monitoring| monitoring.state());
    matches!(state, Some(MonitoringState::Enabled | MonitoringState::Pending))
}

fn metadata(options: &types::InstanceMetadataOptionsResponse) -> MetadataOptions {
    let defaults = MetadataOptions::default();
    MetadataOptions {
        http_tokens: options
            .http_tokens()
            .map_or(defaults.http_tokens, |tokens| tokens.as_str().to_owned()),
        http_endpoint: options
            .http_endpoint()
            .map_or(defaults.http_endpoint, |state| state.as_str().to_owned()),
        http_put_response_hop_limit: options.http_put_response_hop_limit().map(i64::from),
        instance_metadata_tags: options
            .instance_metadata_tags()
            .map_or(defaults.instance_metadata_tags, |state| state.as_str().to_owned()),
    }
}

fn root_volume(
    volume: &types::Volume,
    mapping: Option<&types::EbsInstanceBlockDevice>,
    recorded: Option<&RootVolume>,
) -> RootVolume {
    let key = recorded.and_then(|root| root.kms_key_id.as_deref());
    RootVolume {
        size: volume.size().map(i64::from),
        volume_type: volume.volume_type().map_or_else(String::new, |kind| kind.as_str().to_owned()),
        iops: volume.iops().map(i64::from),
        throughput: volume::throughput(volume),
        encrypted: volume.encrypted(),
        kms_key_id: volume::key(key, volume.kms_key_id()),
        delete_on_termination: mapping
            .and_then(|mapping| mapping.delete_on_termination())
            .unwrap_or(true),
    }
}
