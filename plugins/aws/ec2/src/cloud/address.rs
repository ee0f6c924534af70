//! Elastic IP addresses and their association with a network interface.
//!
//! Invariant: an association with an interface that AWS manages (of a NAT gateway or a load
//! balancer) is not a property of the address.

use std::collections::BTreeSet;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, DomainType, Filter, ResourceType};
use kim_plugin::prelude::*;
use kim_plugin_aws::{Step, after_undo, next_of_delete};

use super::{
    by_ids, by_token, client, expect_part, failed, filter, indexed, no_longer_exists, non_empty,
    not_visible_yet, pages, retag, tagged, visible,
};
use crate::kinds::Address;

/// The longest pause before the next read of a released address, in milliseconds.
const LEAVING_MS: u32 = 2_000;

pub(crate) async fn create(inputs: Address, token: &str) -> Result<State<Address>, Failure> {
    let client = client()?;
    // AllocateAddress takes no token: an address that an earlier call allocated is found by its
    // tag.
    if let Some(found) = described(&client, by_token(token)).await?.pop() {
        let own = own_interfaces(&client, std::slice::from_ref(&found)).await?;
        return state(found, &own);
    }
    let tags = tagged(ResourceType::ElasticIp, &inputs.tags, token);
    let request = client.allocate_address().domain(DomainType::Vpc).tag_specifications(tags);
    let answer = request.send().await.map_err(failed)?;
    let id = expect_part(answer.allocation_id, "AllocateAddress")?;
    let properties = Address {
        network_interface_id: None,
        tags: inputs.tags,
        allocation_id: id.clone(),
        public_ip: answer.public_ip.unwrap_or_default(),
        association_id: None,
    };
    Ok(State { id, properties })
}

pub(crate) async fn settle(
    id: &str,
    inputs: Address,
    _: Address,
) -> Result<Progress<Address>, Failure> {
    converge(id, inputs, None).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: Address,
    before: Address,
) -> Result<Progress<Address>, Failure> {
    let before = before.network_interface_id.as_deref().filter(|id| !id.is_empty());
    converge(id, inputs, before).await?.map_or_else(|| no_longer_exists("address", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<Address>>,
) -> Result<Vec<Option<State<Address>>>, Failure> {
    let client = client()?;
    let mut addresses = Vec::new();
    for filter in by_ids("allocation-id", asked.iter().map(|live| live.id.as_str())) {
        addresses.extend(described(&client, filter).await?);
    }
    let own = own_interfaces(&client, &addresses).await?;
    let mut found = indexed(addresses, types::Address::allocation_id);
    let states = asked.into_iter().map(|live| {
        let mut state = state(found.remove(&live.id)?, &own);
        if let Ok(state) = &mut state {
            report_ended_association(&mut state.properties, live.properties.as_ref());
        }
        Some(state)
    });
    states.map(Option::transpose).collect()
}

/// Reports an association that has ended as an empty text.
///
/// An absent property would mean to the engine that nothing changed.
fn report_ended_association(live: &mut Address, recorded: Option<&Address>) {
    let had = recorded.and_then(|recorded| recorded.network_interface_id.as_deref());
    if live.network_interface_id.is_none() && had.is_some_and(|interface| !interface.is_empty()) {
        live.network_interface_id = Some(String::new());
    }
}

pub(crate) async fn delete(id: &str, _: Address) -> Result<Deletion, Failure> {
    let client = client()?;
    let Some(address) = described(&client, filter("allocation-id", [id])).await?.pop() else {
        return Ok(Deletion::Gone);
    };
    if let Some(interface) = managed_interface(&client, &address).await? {
        let (holder, what) =
            (interface.network_interface_id().unwrap_or_default(), interface.description());
        return Err(Failure::Conflict(format!(
            "{id} is used by {holder} ({}); delete what that belongs to first",
            what.unwrap_or("an interface that AWS manages")
        )));
    }
    if let Some(association) = address.association_id() {
        disassociate(&client, association).await?;
        return Ok(next_of_delete());
    }
    match client.release_address().allocation_id(id).send().await.map_err(failed) {
        Ok(_) => Ok(Deletion::Gone),
        Err(Failure::NotFound(message)) if message.starts_with("InvalidAllocationID") => {
            Ok(Deletion::Gone)
        }
        // For a moment after the delete of a NAT gateway, AWS reports that its interface does not
        // exist: `InvalidNetworkInterfaceID.NotFound`.
        Err(Failure::NotFound(_)) => {
            Ok(Deletion::again(LEAVING_MS, "waiting until its last user has released it"))
        }
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn find(token: &str, _: Address) -> Result<Option<State<Address>>, Failure> {
    let client = client()?;
    let Some(address) = described(&client, by_token(token)).await?.pop() else { return Ok(None) };
    let own = own_interfaces(&client, std::slice::from_ref(&address)).await?;
    state(address, &own).map(Some)
}

/// Makes one step towards the inputs.
///
/// `before` is the interface that the address had before the first step: if AWS refuses the new
/// one, the address gets that again. Returns `None` if the resource is not visible.
async fn converge(
    id: &str,
    inputs: Address,
    before: Option<&str>,
) -> Result<Option<Progress<Address>>, Failure> {
    let client = client()?;
    let Some(address) = described(&client, filter("allocation-id", [id])).await?.pop() else {
        return Ok(None);
    };
    let mut step = Step::default();
    retag(&client, &mut step, id, address.tags(), &inputs.tags).await?;
    let own = own_interfaces(&client, std::slice::from_ref(&address)).await?;
    let mut state = state(address, &own)?;
    let live = &mut state.properties;
    if live.network_interface_id != inputs.network_interface_id {
        if let (Some(_), Some(association)) =
            (&live.network_interface_id, live.association_id.take())
            && step.begins()
        {
            disassociate(&client, &association).await?;
        }
        if let Some(interface) = &inputs.network_interface_id
            && step.begins()
        {
            live.association_id = match (associate(&client, id, interface).await, before) {
                (Err(refusal), Some(before)) if refusal.is_refusal() => {
                    let undone = associate(&client, id, before).await.map(|_| ());
                    let as_before = format!("{id} is associated with {before} again, as before");
                    return Err(after_undo(refusal, undone, &as_before));
                }
                (outcome, _) => outcome?,
            };
        }
        live.network_interface_id = inputs.network_interface_id;
    }
    live.tags = inputs.tags;
    Ok(Some(step.progress(state)))
}

/// Associates an address with an interface's primary private address.
///
/// Fails if either has another association. AWS's default is to end that one without an error.
async fn associate(client: &Client, id: &str, interface: &str) -> Result<Option<String>, Failure> {
    let request = client
        .associate_address()
        .allocation_id(id)
        .network_interface_id(interface)
        .allow_reassociation(false);
    match request.send().await.map_err(failed) {
        Ok(answer) => Ok(answer.association_id),
        Err(Failure::NotFound(message)) if message.starts_with("Gateway.NotAttached") => {
            Err(Failure::Conflict(format!(
                "{message}; a public address needs an internet gateway in the VPC: let this address depend on it"
            )))
        }
        Err(failure) => Err(failure),
    }
}

async fn disassociate(client: &Client, association: &str) -> Result<(), Failure> {
    match client.disassociate_address().association_id(association).send().await.map_err(failed) {
        Ok(_) | Err(Failure::NotFound(_)) => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// Returns the addresses that match a filter. DescribeAddresses has no pages.
async fn described(client: &Client, filter: Filter) -> Result<Vec<types::Address>, Failure> {
    let answer = client.describe_addresses().filters(filter).send().await.map_err(failed)?;
    Ok(answer.addresses.unwrap_or_default())
}

/// Returns the ids of the interfaces that may be a property of these addresses.
///
/// They exist, use one of the addresses, and are not managed by AWS.
async fn own_interfaces(
    client: &Client,
    addresses: &[types::Address],
) -> Result<BTreeSet<String>, Failure> {
    let used = interfaces(client, addresses).await?;
    let own = used.into_iter().filter(|interface| interface.requester_managed() != Some(true));
    Ok(own.filter_map(|interface| interface.network_interface_id).collect())
}

/// Returns the interface that uses an address, if AWS manages it.
async fn managed_interface(
    client: &Client,
    address: &types::Address,
) -> Result<Option<types::NetworkInterface>, Failure> {
    let used = interfaces(client, std::slice::from_ref(address)).await?;
    Ok(used.into_iter().find(|interface| interface.requester_managed() == Some(true)))
}

async fn interfaces(
    client: &Client,
    addresses: &[types::Address],
) -> Result<Vec<types::NetworkInterface>, Failure> {
    let mut found = Vec::new();
    for filter in by_ids(
        "network-interface-id",
        addresses.iter().filter_map(types::Address::network_interface_id),
    ) {
        found.extend(pages!(
            client.describe_network_interfaces().filters(filter),
            network_interfaces
        ));
    }
    Ok(found)
}

/// Returns an address's state. `own` are the interfaces that may be its property.
fn state(address: types::Address, own: &BTreeSet<String>) -> Result<State<Address>, Failure> {
    let tags = visible(address.tags());
    let interface =
        non_empty(address.network_interface_id()).filter(|interface| own.contains(interface));
    let id = expect_part(address.allocation_id, "DescribeAddresses")?;
    let properties = Address {
        network_interface_id: interface,
        tags,
        allocation_id: id.clone(),
        public_ip: address.public_ip.unwrap_or_default(),
        association_id: non_empty(address.association_id.as_deref()),
    };
    Ok(State { id, properties })
}
