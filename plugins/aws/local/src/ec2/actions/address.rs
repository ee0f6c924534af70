//! The actions of elastic addresses.
//!
//! The addresses are in 198.18.0.0/15, which no network routes.

use crate::ec2::queries::address::{
    associated_interface, fresh_public_ip, leads_to_managed_interface, named_address,
};
use crate::ec2::queries::instance::primary_interface;
use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::queries::vpc::default_vpc;
use crate::ec2::rows::address::{Address, AddressAssociation};
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::internet_gateway::InternetGateway;
use crate::ec2::rows::kind::{all, change, erase, fresh, need, put, quota};
use crate::ec2::views::listing::{Listing, TagFilters, describe, select_as};
use crate::error::{Answer, AwsError, refuse};
use crate::service::{Action, Call};
use crate::world::Resource;

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("AllocateAddress", tag_specification!("Domain=vpc NetworkBorderGroup"), allocate),
    Action::new(
        "DescribeAddresses",
        "PublicIp.N AllocationId.N Filter.N{Name! Value.N} DryRun:b",
        describe::<Address>,
    ),
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

/// Disassociates the addresses of an interface that is deleted.
///
/// They stay allocated.
pub(crate) fn disassociate_interface(call: &mut Call, interface_id: &str) {
    for address in all::<Address>(call) {
        if address
            .association
            .as_ref()
            .is_some_and(|association| association.interface_id == interface_id)
        {
            put(call, Address { association: None, ..Address::clone(&address) });
        }
    }
}

fn allocate(call: &mut Call) -> Answer {
    if call.params().text("NetworkBorderGroup").is_some_and(|group| group != call.region()) {
        return refuse(
            "InvalidParameterValue",
            "The network border group is not one of this region.",
        );
    }
    let requested = requested_tags(call, &["elastic-ip"])?;
    quota(call, all::<Address>(call).len(), 5, "AddressLimitExceeded", "addresses")?;
    let (allocation_id, public_ip) = (fresh::<Address>(call), fresh_public_ip(call));
    put(
        call,
        Address {
            allocation_id: allocation_id.clone(),
            public_ip: public_ip.clone(),
            association: None,
        },
    );
    put_tags::<Address>(call, &allocation_id, &requested);
    Ok(node! {
        "publicIp" => public_ip, "allocationId" => allocation_id, "domain" => "vpc", "publicIpv4Pool" => "amazon",
        "networkBorderGroup" => call.region(),
    })
}

fn associate(call: &mut Call) -> Answer {
    let address = named_address(call)?;
    let params = call.params();
    let interface = match (params.text("NetworkInterfaceId"), params.text("InstanceId")) {
        (Some(id), None) => need::<Interface>(call, id)?,
        (None, Some(id)) => primary_interface(call, id)?,
        (None, None) => {
            return refuse(
                "MissingParameter",
                "Either instance ID or network interface id must be specified",
            );
        }
        _ => {
            return refuse(
                "InvalidParameterCombination",
                "Specify an instance or a network interface, not both",
            );
        }
    };
    if interface.is_managed() || leads_to_managed_interface(call, &address) {
        return not_permitted();
    }
    let private_ip =
        params.text("PrivateIpAddress").unwrap_or(interface.primary_address()).to_owned();
    if !interface.addresses.contains(&private_ip) {
        let message =
            format!("The network interface {} has no address {private_ip}", interface.id());
        return refuse("InvalidParameterValue", message);
    }
    if !all::<InternetGateway>(call)
        .iter()
        .any(|gateway| gateway.vpc_id.as_ref() == Some(&interface.vpc_id))
    {
        let message =
            format!("Network {} is not attached to any internet gateway", interface.vpc_id);
        return refuse("Gateway.NotAttached", message);
    }
    let is_same_end = |association: &AddressAssociation| {
        association.interface_id == interface.id() && association.private_ip == private_ip
    };
    if let Some(present) =
        address.association.as_ref().filter(|association| is_same_end(association))
    {
        return Ok(node! { "return" => true, "associationId" => &present.association_id });
    }
    let addresses = all::<Address>(call);
    let other = addresses.iter().find(|other| other.association.as_ref().is_some_and(is_same_end));
    // Unless the request forbids it, the address moves, and takes the place of another one.
    if params.flag("AllowReassociation") == Some(false)
        && (address.association.is_some() || other.is_some())
    {
        let message = format!(
            "resource {} is already associated with associate-id {}",
            address.allocation_id,
            address
                .association
                .as_ref()
                .map_or("another address", |association| &association.association_id)
        );
        return refuse("Resource.AlreadyAssociated", message);
    }
    if let Some(other) = other {
        put(call, Address { association: None, ..Address::clone(other) });
    }
    let association_id = associate_address(call, address.id(), interface.id(), &private_ip)?;
    Ok(node! { "return" => true, "associationId" => association_id })
}

/// Associates an address with a private address of an interface.
///
/// Returns the id of the association, which is new.
pub(crate) fn associate_address(
    call: &mut Call,
    allocation_id: &str,
    interface_id: &str,
    private_ip: &str,
) -> Result<String, AwsError> {
    let association_id = format!("eipassoc-{}", call.world.fresh_hex(17));
    let (interface_id, private_ip) = (interface_id.to_owned(), private_ip.to_owned());
    let association =
        AddressAssociation { association_id: association_id.clone(), interface_id, private_ip };
    change::<Address>(call, allocation_id, |address| address.association = Some(association))?;
    Ok(association_id)
}

fn not_permitted<T>() -> Result<T, AwsError> {
    refuse("AuthFailure", "You do not have permission to access the specified resource.")
}

/// The domain names of addresses.
///
/// There are 1 to 1,000 on a page. (botocore's model of the request)
const ATTRIBUTES: Listing =
    Listing { filters: &[], tags: TagFilters::No, page_sizes: Some(1..=1000) };

/// Returns addresses with their domain names; no address has one.
fn describe_attribute(call: &mut Call) -> Answer {
    let page = select_as::<Address>(
        call,
        &ATTRIBUTES,
        |_| true,
        |address| {
            node! { "allocationId" => address.id(), "publicIp" => &address.public_ip }
        },
    );
    Ok(page?.into_answer("addressSet"))
}

fn disassociate(call: &mut Call) -> Answer {
    let (id, ip) = (call.params().text("AssociationId"), call.params().text("PublicIp"));
    let addresses = all::<Address>(call);
    let address = match (id, ip) {
        (Some(id), None) => addresses.iter().find(|address| {
            address.association.as_ref().is_some_and(|association| association.association_id == id)
        }),
        (None, Some(ip)) => addresses.iter().find(|address| address.public_ip == ip),
        _ => {
            return refuse(
                "MissingParameter",
                "The request must contain the parameter associationId or publicIp, not both",
            );
        }
    };
    let Some(address) = address else {
        let message =
            format!("The association ID '{}' does not exist", id.or(ip).unwrap_or_default());
        return refuse("InvalidAssociationID.NotFound", message);
    };
    if leads_to_managed_interface(call, address) {
        return not_permitted();
    }
    change::<Address>(call, address.id(), |address| address.association = None)?;
    Ok(node! { "return" => true })
}

fn release(call: &mut Call) -> Answer {
    let address = named_address(call)?;
    if call.params().text("NetworkBorderGroup").is_some_and(|group| group != call.region()) {
        return refuse(
            "InvalidAddress.NotFound",
            format!("Address '{}' not found.", address.public_ip),
        );
    }
    if leads_to_managed_interface(call, &address) {
        return not_permitted();
    }
    // In the default VPC, the release also disassociates the address.
    let default = default_vpc(call);
    let is_default =
        |interface: &Interface| default.as_ref().is_some_and(|vpc| vpc.vpc_id == interface.vpc_id);
    if associated_interface(call, &address).is_some_and(|interface| !is_default(&interface)) {
        return refuse(
            "InvalidIPAddress.InUse",
            format!("Address {} is in use.", address.public_ip),
        );
    }
    erase::<Address>(call, address.id());
    Ok(node! { "return" => true })
}
