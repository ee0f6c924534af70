//! Elastic addresses. They come from 198.18.0.0/15, which no network routes.

use std::net::Ipv4Addr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::gateway::Gateway;
use super::instance;
use super::interface::Interface;
use super::kind::{Kind, all, change, erase, fresh, need, put, quota};
use super::listing::{describe, select};
use super::tags::{self, tag_specification};
use super::vpc;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::Resource;

pub(super) const ACTIONS: &[Action] = &[
    Action::new("AllocateAddress", tag_specification!("Domain=vpc NetworkBorderGroup"), allocate),
    Action::new("DescribeAddresses", "PublicIp.N AllocationId.N Filter.N{Name! Value.N} DryRun:b", describe::<Address>),
    Action::new(
        "AssociateAddress",
        "AllocationId PublicIp InstanceId NetworkInterfaceId PrivateIpAddress AllowReassociation:b DryRun:b",
        associate,
    ),
    Action::new("DisassociateAddress", "AssociationId PublicIp DryRun:b", disassociate),
    Action::new(
        "DescribeAddressesAttribute",
        "AllocationId.N Attribute=domain-name MaxResults:i NextToken DryRun:b",
        describe_attribute,
    ),
    Action::new("ReleaseAddress", "AllocationId PublicIp NetworkBorderGroup DryRun:b", release),
];

/// An elastic address.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Address {
    allocation_id: String,
    pub(super) public_ip: String,
    pub(super) association: Option<Association>,
}

/// Where an address leads to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Association {
    pub(super) association_id: String,
    pub(super) interface_id: String,
    pub(super) private_ip: String,
}

impl Resource for Address {
    const KIND: &'static str = "ec2:elastic-ip";
    fn id(&self) -> &str {
        &self.allocation_id
    }
}

impl Kind for Address {
    const PREFIX: &'static str = "eipalloc-";
    const TYPE: &'static str = "elastic-ip";
    const MISSING: &'static str = "InvalidAllocationID.NotFound";
    const IDS: &'static str = "AllocationId";
    const SET: &'static str = "addressesSet";
    const PAGED: bool = false;
    const NAMES: Option<(&'static str, &'static str, &'static str)> =
        Some(("PublicIp", "publicIp", "InvalidAddress.NotFound"));
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("allocation-id", "allocationId"),
        ("association-id", "associationId"),
        ("instance-id", "instanceId"),
        ("network-interface-id", "networkInterfaceId"),
        ("network-interface-owner-id", "networkInterfaceOwnerId"),
        ("network-border-group", "networkBorderGroup"),
        ("private-ip-address", "privateIpAddress"),
        ("public-ip", "publicIp"),
    ];

    fn show(&self, call: &Call) -> Node {
        let association = self.association.as_ref();
        let instance =
            interface_of(call, self).and_then(|interface| interface.instance_id(call.now()).map(str::to_owned));
        node! {
            "allocationId" => &self.allocation_id, "publicIp" => &self.public_ip, "domain" => "vpc",
            "associationId" => association.map(|one| &one.association_id), "instanceId" => instance,
            "networkInterfaceId" => association.map(|one| &one.interface_id),
            "networkInterfaceOwnerId" => association.map(|_| &call.rules.account),
            "privateIpAddress" => association.map(|one| &one.private_ip),
            "publicIpv4Pool" => "amazon", "networkBorderGroup" => call.region(),
            "tagSet" => tags::show(call, &self.allocation_id),
        }
    }
}

/// A public address that nothing has.
pub(super) fn fresh_public_ip(call: &Call) -> String {
    let base = u32::from(Ipv4Addr::new(198, 18, 0, 0));
    let taken: Vec<String> = all::<Address>(call)
        .iter()
        .map(|address| address.public_ip.clone())
        .chain(all::<Interface>(call).iter().filter_map(|interface| interface.public_ip.clone()))
        .collect();
    loop {
        let offset = u32::from_str_radix(&call.world.fresh_hex(8), 16).unwrap_or(1) % (1 << 17);
        let candidate = Ipv4Addr::from(base + offset).to_string();
        if !taken.contains(&candidate) {
            return candidate;
        }
    }
}

/// An interface that is going loses its address; the address stays allocated.
pub(super) fn forget_interface(call: &mut Call, interface_id: &str) {
    for address in all::<Address>(call) {
        if address.association.as_ref().is_some_and(|one| one.interface_id == interface_id) {
            put(call, Address { association: None, ..Address::clone(&address) });
        }
    }
}

fn allocate(call: &mut Call) -> Answer {
    if call.params().text("NetworkBorderGroup").is_some_and(|group| group != call.region()) {
        return refuse("InvalidParameterValue", "The network border group is not one of this region.");
    }
    let requested = tags::requested(call, &["elastic-ip"])?;
    quota(call, all::<Address>(call).len(), 5, "AddressLimitExceeded", "addresses")?;
    let (allocation_id, public_ip) = (fresh::<Address>(call), fresh_public_ip(call));
    put(call, Address { allocation_id: allocation_id.clone(), public_ip: public_ip.clone(), association: None });
    tags::put::<Address>(call, &allocation_id, &requested);
    Ok(node! {
        "publicIp" => public_ip, "allocationId" => allocation_id, "domain" => "vpc", "publicIpv4Pool" => "amazon",
        "networkBorderGroup" => call.region(),
    })
}

fn named(call: &Call) -> Result<Arc<Address>, AwsError> {
    match (call.params().text("AllocationId"), call.params().text("PublicIp")) {
        (Some(id), None) => need(call, id),
        (None, Some(ip)) => {
            let found = all::<Address>(call).into_iter().find(|address| address.public_ip == ip);
            found.ok_or_else(|| AwsError::new("InvalidAddress.NotFound", format!("Address '{ip}' not found.")))
        }
        (None, None) => refuse("MissingParameter", "The request must contain the parameter allocationId or publicIp"),
        _ => refuse("InvalidParameterCombination", "You may specify public IP or allocation id, but not both"),
    }
}

fn associate(call: &mut Call) -> Answer {
    let address = named(call)?;
    let params = call.params();
    let interface = match (params.text("NetworkInterfaceId"), params.text("InstanceId")) {
        (Some(id), None) => need::<Interface>(call, id)?,
        (None, Some(id)) => instance::primary_interface(call, id)?,
        (None, None) => {
            return refuse("MissingParameter", "Either instance ID or network interface id must be specified");
        }
        _ => return refuse("InvalidParameterCombination", "Specify an instance or a network interface, not both"),
    };
    if interface.is_managed() || is_managed(call, &address) {
        return not_yours();
    }
    let private_ip = params.text("PrivateIpAddress").unwrap_or(interface.primary_address()).to_owned();
    if !interface.addresses.contains(&private_ip) {
        let message = format!("The network interface {} has no address {private_ip}", interface.id());
        return refuse("InvalidParameterValue", message);
    }
    if !all::<Gateway>(call).iter().any(|gateway| gateway.vpc_id.as_ref() == Some(&interface.vpc_id)) {
        let message = format!("Network {} is not attached to any internet gateway", interface.vpc_id);
        return refuse("Gateway.NotAttached", message);
    }
    let leads_here = |one: &Association| one.interface_id == interface.id() && one.private_ip == private_ip;
    if let Some(present) = address.association.as_ref().filter(|one| leads_here(one)) {
        return Ok(node! { "return" => true, "associationId" => &present.association_id });
    }
    let addresses = all::<Address>(call);
    let other = addresses.iter().find(|other| other.association.as_ref().is_some_and(leads_here));
    // Unless it is forbidden, an address moves, and takes the place of another one.
    if params.flag("AllowReassociation") == Some(false) && (address.association.is_some() || other.is_some()) {
        let message = format!(
            "resource {} is already associated with associate-id {}",
            address.allocation_id,
            address.association.as_ref().map_or("another address", |one| &one.association_id)
        );
        return refuse("Resource.AlreadyAssociated", message);
    }
    if let Some(other) = other {
        put(call, Address { association: None, ..Address::clone(other) });
    }
    let association_id = lead(call, address.id(), interface.id(), &private_ip)?;
    Ok(node! { "return" => true, "associationId" => association_id })
}

/// Has an address lead to an interface's private address, under a new association id.
pub(super) fn lead(
    call: &mut Call,
    allocation_id: &str,
    interface_id: &str,
    private_ip: &str,
) -> Result<String, AwsError> {
    let association_id = format!("eipassoc-{}", call.world.fresh_hex(17));
    let (interface_id, private_ip) = (interface_id.to_owned(), private_ip.to_owned());
    let association = Association { association_id: association_id.clone(), interface_id, private_ip };
    change::<Address>(call, allocation_id, |address| address.association = Some(association))?;
    Ok(association_id)
}

/// The interface that an address leads to.
fn interface_of(call: &Call, address: &Address) -> Option<Arc<Interface>> {
    call.world.get::<Interface>(call.region(), &address.association.as_ref()?.interface_id)
}

/// Whether an address leads to an interface that AWS manages: only what that is for may end it.
fn is_managed(call: &Call, address: &Address) -> bool {
    interface_of(call, address).is_some_and(|interface| interface.is_managed())
}

fn not_yours<T>() -> Result<T, AwsError> {
    refuse("AuthFailure", "You do not have permission to access the specified resource.")
}

/// The names of addresses: none has one.
fn describe_attribute(call: &mut Call) -> Answer {
    let page = select::<Address>(call)?;
    let shown = page.items.iter().map(|item| {
        let public_ip = item.node.leaves("publicIp").pop();
        node! { "allocationId" => &item.key, "publicIp" => public_ip }
    });
    Ok(node! { "addressSet" => Node::list(shown) })
}

fn disassociate(call: &mut Call) -> Answer {
    let (id, ip) = (call.params().text("AssociationId"), call.params().text("PublicIp"));
    let addresses = all::<Address>(call);
    let address = match (id, ip) {
        (Some(id), None) => {
            addresses.iter().find(|address| address.association.as_ref().is_some_and(|one| one.association_id == id))
        }
        (None, Some(ip)) => addresses.iter().find(|address| address.public_ip == ip),
        _ => {
            return refuse(
                "MissingParameter",
                "The request must contain the parameter associationId or publicIp, not both",
            );
        }
    };
    let Some(address) = address else {
        let message = format!("The association ID '{}' does not exist", id.or(ip).unwrap_or_default());
        return refuse("InvalidAssociationID.NotFound", message);
    };
    if is_managed(call, address) {
        return not_yours();
    }
    change::<Address>(call, address.id(), |address| address.association = None)?;
    Ok(node! { "return" => true })
}

fn release(call: &mut Call) -> Answer {
    let address = named(call)?;
    if call.params().text("NetworkBorderGroup").is_some_and(|group| group != call.region()) {
        return refuse("InvalidAddress.NotFound", format!("Address '{}' not found.", address.public_ip));
    }
    if is_managed(call, &address) {
        return not_yours();
    }
    // In the default VPC it is disassociated along the way.
    let default = vpc::default(call);
    let is_default = |interface: &Interface| default.as_ref().is_some_and(|vpc| vpc.vpc_id == interface.vpc_id);
    if interface_of(call, &address).is_some_and(|interface| !is_default(&interface)) {
        return refuse("InvalidIPAddress.InUse", format!("Address {} is in use.", address.public_ip));
    }
    erase::<Address>(call, address.id());
    Ok(node! { "return" => true })
}
