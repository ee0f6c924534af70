//! Network interfaces.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, AttachmentStatus, AttributeBooleanValue, AttributeValue, Filter, InstanceStateName,
    ResourceType,
};
use kim_plugin::prelude::*;
use kim_plugin_aws::Step;

use super::{
    SOON_MS, arn, by_ids, by_token, client, deleted, expect_part, failed, filter, in_order,
    indexed, instance, no_longer_exists, non_empty, not_visible_yet, pages, retag, same_set,
    tagged, visible,
};
use crate::kinds::NetworkInterface;

/// The longest pause before the next read of a detachment, in milliseconds.
const DETACHING_MS: u32 = 2_000;

pub(crate) async fn create(
    inputs: NetworkInterface,
    token: &str,
) -> Result<State<NetworkInterface>, Failure> {
    let groups = (!inputs.security_group_ids.is_empty()).then(|| inputs.security_group_ids.clone());
    let answer = client()?
        .create_network_interface()
        .subnet_id(inputs.subnet_id)
        .set_private_ip_address(inputs.private_ip)
        .set_groups(groups)
        .set_description(non_empty(Some(&inputs.description)))
        .client_token(token)
        .tag_specifications(tagged(ResourceType::NetworkInterface, &inputs.tags, token))
        .send()
        .await
        .map_err(failed)?;
    state(expect_part(answer.network_interface, "CreateNetworkInterface")?)
}

pub(crate) async fn settle(
    id: &str,
    inputs: NetworkInterface,
    _: NetworkInterface,
) -> Result<Progress<NetworkInterface>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: NetworkInterface,
    _: NetworkInterface,
) -> Result<Progress<NetworkInterface>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("network interface", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<NetworkInterface>>,
) -> Result<Vec<Option<State<NetworkInterface>>>, Failure> {
    let client = client()?;
    let mut states = Vec::new();
    for filter in by_ids("network-interface-id", asked.iter().map(|live| live.id.as_str())) {
        for interface in described(&client, filter).await? {
            states.push(state(interface)?);
        }
    }
    Ok(in_order(asked, indexed(states, |state| Some(&state.id)), |state, _| state))
}

pub(crate) async fn delete(id: &str, _: NetworkInterface) -> Result<Deletion, Failure> {
    let client = client()?;
    let Some(interface) = described(&client, filter("network-interface-id", [id])).await?.pop()
    else {
        return Ok(Deletion::Gone);
    };
    match interface.attachment() {
        Some(attachment) if attachment.status() != Some(&AttachmentStatus::Detached) => {
            detach(&client, id, attachment).await
        }
        _ => deleted(
            client.delete_network_interface().network_interface_id(id).send().await.map_err(failed),
        ),
    }
}

pub(crate) async fn find(
    token: &str,
    _: NetworkInterface,
) -> Result<Option<State<NetworkInterface>>, Failure> {
    described(&client()?, by_token(token)).await?.pop().map(state).transpose()
}

/// Makes one step of the detachment from an instance.
///
/// The primary interface is detached only by the instance's deletion.
async fn detach(
    client: &Client,
    id: &str,
    attachment: &types::NetworkInterfaceAttachment,
) -> Result<Deletion, Failure> {
    if attachment.status() == Some(&AttachmentStatus::Detaching) {
        return Ok(Deletion::again(DETACHING_MS, "detaching"));
    }
    let holder = attachment.instance_id().unwrap_or("something that is not an instance");
    if attachment.device_index() == Some(0) {
        return match holder_state(client, attachment).await? {
            Some(InstanceStateName::ShuttingDown) => {
                Ok(Deletion::again(DETACHING_MS, format!("{holder} is shutting down")))
            }
            None | Some(InstanceStateName::Terminated) => delete_released(client, id, holder).await,
            Some(_) => Err(Failure::Conflict(format!(
                "{id} is the primary interface of {holder}; delete that instance first"
            ))),
        };
    }
    let attachment = expect_part(attachment.attachment_id(), "DescribeNetworkInterfaces")?;
    client.detach_network_interface().attachment_id(attachment).send().await.map_err(failed)?;
    Ok(Deletion::again(DETACHING_MS, format!("detaching from {holder}")))
}

/// Deletes an interface whose instance is terminated.
///
/// AWS may still report it as attached for a moment.
async fn delete_released(client: &Client, id: &str, holder: &str) -> Result<Deletion, Failure> {
    match deleted(
        client.delete_network_interface().network_interface_id(id).send().await.map_err(failed),
    ) {
        Err(Failure::Conflict(_)) => {
            Ok(Deletion::again(DETACHING_MS, format!("waiting until {holder} has released it")))
        }
        answer => answer,
    }
}

/// Returns the state of the instance that has the interface.
///
/// Returns `None` if the instance does not exist.
async fn holder_state(
    client: &Client,
    attachment: &types::NetworkInterfaceAttachment,
) -> Result<Option<InstanceStateName>, Failure> {
    let Some(holder) = attachment.instance_id() else { return Ok(None) };
    Ok(instance::find_by_id(client, holder).await?.as_ref().and_then(instance::state_name).cloned())
}

/// Returns true if the interface is free, or will be soon.
///
/// It will be free if its instance is shutting down or terminated.
pub(super) async fn is_leaving(client: &Client, id: &str) -> Result<bool, Failure> {
    let Some(interface) = described(client, filter("network-interface-id", [id])).await?.pop()
    else {
        return Ok(false);
    };
    let Some(attachment) = interface.attachment() else { return Ok(true) };
    if matches!(attachment.status(), Some(AttachmentStatus::Detaching | AttachmentStatus::Detached))
    {
        return Ok(true);
    }
    use InstanceStateName::{ShuttingDown, Terminated};
    Ok(matches!(holder_state(client, attachment).await?, None | Some(ShuttingDown | Terminated)))
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(
    id: &str,
    inputs: NetworkInterface,
) -> Result<Option<Progress<NetworkInterface>>, Failure> {
    let client = client()?;
    let Some(interface) = described(&client, filter("network-interface-id", [id])).await?.pop()
    else {
        return Ok(None);
    };
    if interface.status().is_some_and(|status| status.as_str() == "pending") {
        return Ok(Some(Progress::again(SOON_MS, "pending")));
    }
    let mut step = Step::default();
    retag(&client, &mut step, id, interface.tag_set(), &inputs.tags).await?;
    let mut state = state(interface)?;
    let live = &mut state.properties;
    // AWS accepts one attribute a call.
    let modify = || client.modify_network_interface_attribute().network_interface_id(id);
    if !inputs.security_group_ids.is_empty()
        && !same_set(&live.security_group_ids, &inputs.security_group_ids)
        && step.begins()
    {
        modify()
            .set_groups(Some(inputs.security_group_ids.clone()))
            .send()
            .await
            .map_err(failed)?;
        live.security_group_ids = inputs.security_group_ids;
    }
    if live.description != inputs.description && step.begins() {
        let text = AttributeValue::builder().value(&inputs.description).build();
        modify().description(text).send().await.map_err(failed)?;
        live.description = inputs.description;
    }
    if live.source_dest_check != inputs.source_dest_check && step.begins() {
        let check = AttributeBooleanValue::builder().value(inputs.source_dest_check).build();
        modify().source_dest_check(check).send().await.map_err(failed)?;
        live.source_dest_check = inputs.source_dest_check;
    }
    live.tags = inputs.tags;
    Ok(Some(step.progress(state)))
}

async fn described(
    client: &Client,
    filter: Filter,
) -> Result<Vec<types::NetworkInterface>, Failure> {
    Ok(pages!(client.describe_network_interfaces().filters(filter), network_interfaces))
}

fn state(interface: types::NetworkInterface) -> Result<State<NetworkInterface>, Failure> {
    let tags = visible(interface.tag_set());
    let groups =
        interface.groups().iter().filter_map(|group| group.group_id().map(str::to_owned)).collect();
    let id = expect_part(interface.network_interface_id, "DescribeNetworkInterfaces")?;
    let properties = NetworkInterface {
        subnet_id: interface.subnet_id.unwrap_or_default(),
        private_ip: interface.private_ip_address,
        security_group_ids: groups,
        description: interface.description.unwrap_or_default(),
        source_dest_check: interface.source_dest_check.unwrap_or(true),
        tags,
        arn: arn(interface.owner_id.as_deref(), &format!("network-interface/{id}"))?,
        network_interface_id: id.clone(),
        mac_address: interface.mac_address,
        private_dns_name: non_empty(interface.private_dns_name.as_deref()),
        availability_zone: interface.availability_zone,
        vpc_id: interface.vpc_id,
    };
    Ok(State { id, properties })
}
