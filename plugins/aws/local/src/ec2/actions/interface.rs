//! The actions of network interfaces.

use crate::ec2::actions::address::disassociate_interface;
use crate::ec2::catalog::instance_type::find_instance_type;
use crate::ec2::queries::instance::add_interface;
use crate::ec2::queries::interface::require_free;
use crate::ec2::queries::security_group::chosen_groups;
use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::interface::{Interface, InterfaceAttachment, MANAGED_ATTACHMENT};
use crate::ec2::rows::kind::{all, change, erase, fresh, invalid, need, put};
use crate::ec2::rows::subnet::Subnet;
use crate::ec2::views::listing::{describe, describing};
use crate::ec2::views::security_group::show_group_set;
use crate::ec2::views::show::Show;
use crate::error::{Answer, AwsError, refuse};
use crate::params::Params;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateNetworkInterface",
        tag_specification!(
            "SubnetId! Description PrivateIpAddress PrivateIpAddresses.N{Primary:b PrivateIpAddress!} \
             SecondaryPrivateIpAddressCount:i SecurityGroupId.N ClientToken* InterfaceType=interface"
        ),
        create,
    ),
    Action::new(
        "DescribeNetworkInterfaces",
        describing!("NetworkInterfaceId.N"),
        describe::<Interface>,
    ),
    Action::new("DeleteNetworkInterface", "NetworkInterfaceId! DryRun:b", delete),
    Action::new(
        "AttachNetworkInterface",
        "NetworkInterfaceId! InstanceId! DeviceIndex!:i DryRun:b",
        attach,
    ),
    Action::new("DetachNetworkInterface", "AttachmentId! Force:b DryRun:b", detach),
    Action::new(
        "ModifyNetworkInterfaceAttribute",
        "NetworkInterfaceId! Description{Value} SourceDestCheck{Value!:b} SecurityGroupId.N \
         Attachment{AttachmentId! DeleteOnTermination!:b} DryRun:b",
        modify,
    ),
    Action::new(
        "DescribeNetworkInterfaceAttribute",
        "NetworkInterfaceId! Attribute=description|groupSet|sourceDestCheck|attachment DryRun:b",
        describe_attribute,
    ),
];

/// Inserts an interface, and returns its id.
///
/// `params` are those that `CreateNetworkInterface` and the interfaces of `RunInstances` share.
pub(crate) fn insert_interface(
    call: &mut Call,
    params: &Params,
    subnet: &Subnet,
    groups: &[&str],
) -> Result<String, AwsError> {
    let groups = chosen_groups(call, &subnet.vpc_id, groups)?;
    let addresses = choose_addresses(call, params, subnet)?;
    let description = params.text("Description").unwrap_or_default().to_owned();
    let interface = Interface { groups, description, ..new_interface(call, subnet, addresses) };
    let interface_id = interface.interface_id.clone();
    put(call, interface);
    Ok(interface_id)
}

/// Inserts the interface of a NAT gateway, and returns its id and address.
///
/// The address was free. The interface has no groups.
pub(crate) fn insert_nat_interface(
    call: &mut Call,
    subnet: &Subnet,
    nat_gateway_id: &str,
) -> Result<(String, String), AwsError> {
    let addresses = subnet.free(call, 1, &[])?.iter().map(ToString::to_string).collect();
    let interface = Interface {
        description: format!("Interface for NAT Gateway {nat_gateway_id}"),
        source_dest_check: false,
        nat_gateway_id: Some(nat_gateway_id.to_owned()),
        ..new_interface(call, subnet, addresses)
    };
    let made = (interface.interface_id.clone(), interface.primary_address().to_owned());
    put(call, interface);
    Ok(made)
}

/// Returns a new interface that has only its place and its addresses.
fn new_interface(call: &Call, subnet: &Subnet, addresses: Vec<String>) -> Interface {
    let digits = call.world.fresh_hex(10);
    let octets: Vec<&str> = (0..5).map(|at| &digits[at * 2..at * 2 + 2]).collect();
    Interface {
        interface_id: fresh::<Interface>(call),
        subnet_id: subnet.subnet_id.clone(),
        vpc_id: subnet.vpc_id.clone(),
        zone: subnet.zone.clone(),
        addresses,
        public_ip: None,
        groups: Vec::new(),
        description: String::new(),
        source_dest_check: true,
        mac: format!("06:{}", octets.join(":")),
        phase: Phase::moving("pending", "available", call.due()),
        attachment: None,
        nat_gateway_id: None,
    }
}

/// Returns the addresses of a new interface, the primary one first.
///
/// They are the requested addresses, and as many free ones as the request counts.
fn choose_addresses(
    call: &Call,
    params: &Params,
    subnet: &Subnet,
) -> Result<Vec<String>, AwsError> {
    let mut primary = params.text("PrivateIpAddress");
    let mut secondary = Vec::new();
    for given in params.list("PrivateIpAddresses") {
        let address = given.text("PrivateIpAddress").unwrap_or_default();
        if given.flag("Primary") != Some(true) {
            secondary.push(address);
        } else if primary.replace(address).is_some() {
            return refuse(
                "InvalidParameterCombination",
                "Only one primary private IP address can be specified.",
            );
        }
    }
    let mut claimed = Vec::new();
    for address in primary.iter().chain(&secondary) {
        let address = subnet.claim(call, address)?;
        if claimed.contains(&address) {
            return refuse(
                "InvalidParameterValue",
                format!("The address {address} is given twice."),
            );
        }
        claimed.push(address);
    }
    let more = params.number("SecondaryPrivateIpAddressCount").unwrap_or(0);
    let Ok(more) = usize::try_from(more) else {
        return invalid("secondaryPrivateIpAddressCount", more, "It is a number of addresses.");
    };
    let free = subnet.free(call, more + usize::from(primary.is_none()), &claimed)?;
    let mut addresses: Vec<String> = claimed.iter().chain(&free).map(ToString::to_string).collect();
    if primary.is_none() && !claimed.is_empty() {
        // The first free address is the primary one; the requested ones come after it.
        let first = addresses.remove(claimed.len());
        addresses.insert(0, first);
    }
    Ok(addresses)
}

/// Attaches an interface; the caller has checked that this is allowed.
pub(crate) fn attach_interface(
    call: &mut Call,
    interface_id: &str,
    instance_id: &str,
    index: i64,
    delete_on_termination: bool,
) -> Result<String, AwsError> {
    let attachment = InterfaceAttachment {
        attachment_id: format!("eni-attach-{}", call.world.fresh_hex(17)),
        instance_id: instance_id.to_owned(),
        device_index: index,
        delete_on_termination,
        at: call.now(),
        phase: Phase::moving("attaching", "attached", call.due()),
    };
    let attachment_id = attachment.attachment_id.clone();
    change::<Interface>(call, interface_id, |interface| interface.attachment = Some(attachment))?;
    Ok(attachment_id)
}

/// Deletes or detaches the interface of a terminated instance.
pub(crate) fn detach_terminated(call: &mut Call, interface: &Interface) {
    let ends =
        interface.attachment.as_ref().is_some_and(|attachment| attachment.delete_on_termination);
    if ends {
        delete_interface(call, &interface.interface_id);
    } else {
        put(call, Interface { attachment: None, public_ip: None, ..interface.clone() });
    }
}

/// Removes an interface and disassociates its elastic addresses.
pub(crate) fn delete_interface(call: &mut Call, interface_id: &str) {
    disassociate_interface(call, interface_id);
    erase::<Interface>(call, interface_id);
}

fn create(call: &mut Call) -> Answer {
    let subnet = need::<Subnet>(call, call.text("SubnetId"))?;
    let requested = requested_tags(call, &["network-interface"])?;
    let interface_id =
        insert_interface(call, call.params(), &subnet, &call.params().texts("SecurityGroupId"))?;
    put_tags::<Interface>(call, &interface_id, &requested);
    let token = call.params().text("ClientToken").map(str::to_owned);
    Ok(
        node! { "networkInterface" => need::<Interface>(call, &interface_id)?.show(call), "clientToken" => token },
    )
}

fn delete(call: &mut Call) -> Answer {
    let interface = need::<Interface>(call, call.text("NetworkInterfaceId"))?;
    // To attach it is another error: InvalidNetworkInterface.InUse.
    if require_free(call, &interface).is_err() {
        let message = format!("Network interface '{}' is currently in use.", interface.id());
        return refuse("InvalidParameterValue", message);
    }
    delete_interface(call, &interface.interface_id);
    Ok(node! { "return" => true })
}

fn attach(call: &mut Call) -> Answer {
    let interface = need::<Interface>(call, call.text("NetworkInterfaceId"))?;
    let instance = need::<Instance>(call, call.text("InstanceId"))?;
    let index = call.params().number("DeviceIndex").unwrap_or_default();
    require_free(call, &interface)?;
    if !matches!(instance.state(call.now()), "running" | "stopped") {
        let message =
            format!("The instance '{}' is not in a valid state for this operation.", instance.id());
        return refuse("IncorrectInstanceState", message);
    }
    // The VPC may be another since October 2023 ("Multi-VPC ENI attachments").
    if interface.zone != instance.zone {
        let message = "You may not attach a network interface to an instance if they are not in the same availability zone";
        return refuse("InvalidParameterCombination", message);
    }
    let attached = instance.interfaces(call);
    let indices = attached
        .iter()
        .filter_map(|other| other.attachment(call.now()).map(|attachment| attachment.device_index));
    if index < 1 || indices.clone().any(|taken| taken == index) {
        let message = format!(
            "Instance '{}' already has an interface attached at device index '{index}'.",
            instance.id()
        );
        return refuse("InvalidParameterValue", message);
    }
    let limit = find_instance_type(&instance.instance_type)?.interfaces;
    if i64::try_from(attached.len()).unwrap_or(i64::MAX) >= limit {
        let message = format!(
            "An instance of type {} takes at most {limit} interfaces",
            instance.instance_type
        );
        return refuse("AttachmentLimitExceeded", message);
    }
    let attachment_id = attach_interface(call, interface.id(), instance.id(), index, false)?;
    add_interface(call, instance.id(), interface.id())?;
    Ok(node! { "attachmentId" => attachment_id, "networkCardIndex" => 0 })
}

fn detach(call: &mut Call) -> Answer {
    let attachment_id = call.text("AttachmentId");
    if attachment_id.starts_with(MANAGED_ATTACHMENT) {
        return refuse(
            "OperationNotPermitted",
            "You are not allowed to manage 'ela-attach' attachments.",
        );
    }
    let now = call.now();
    let interfaces = all::<Interface>(call);
    let found = interfaces.iter().find(|interface| {
        interface
            .attachment(now)
            .is_some_and(|attachment| attachment.attachment_id == attachment_id)
    });
    let message = || format!("The networkInterface attachment ID '{attachment_id}' does not exist");
    let interface =
        found.ok_or_else(|| AwsError::new("InvalidAttachmentID.NotFound", message()))?;
    let due = call.due();
    let is_primary =
        interface.attachment(now).is_some_and(|attachment| attachment.device_index == 0);
    if is_primary {
        let message = "The network interface at device index 0 cannot be detached.";
        return refuse("OperationNotPermitted", message);
    }
    change::<Interface>(call, interface.id(), |interface| {
        if let Some(attachment) = &mut interface.attachment {
            attachment.phase = Phase::moving("detaching", "detached", due);
        }
    })?;
    Ok(node! { "return" => true })
}

fn modify(call: &mut Call) -> Answer {
    let params = call.params();
    let interface = need::<Interface>(call, call.text("NetworkInterfaceId"))?;
    let given = ["Description", "SourceDestCheck", "SecurityGroupId", "Attachment"];
    if given.iter().filter(|name| params.get(name).is_some()).count() != 1 {
        return refuse("InvalidParameterCombination", "Specify exactly one attribute to modify.");
    }
    let mut changed = Interface::clone(&interface);
    if let Some(description) = params.get("Description") {
        changed.description = description.text("Value").unwrap_or_default().to_owned();
    }
    changed.source_dest_check =
        params.attribute_flag("SourceDestCheck").unwrap_or(changed.source_dest_check);
    if params.get("SecurityGroupId").is_some() {
        changed.groups = chosen_groups(call, &interface.vpc_id, &params.texts("SecurityGroupId"))?;
    }
    if let Some(wanted) = params.get("Attachment") {
        let id = wanted.text("AttachmentId").unwrap_or_default();
        match &mut changed.attachment {
            Some(attachment) if attachment.attachment_id == id => {
                attachment.delete_on_termination = wanted.flag("DeleteOnTermination") == Some(true);
            }
            _ => {
                return refuse(
                    "InvalidAttachmentID.NotFound",
                    format!("The attachment '{id}' is not of this interface"),
                );
            }
        }
    }
    put(call, changed);
    Ok(node! { "return" => true })
}

fn describe_attribute(call: &mut Call) -> Answer {
    let interface = need::<Interface>(call, call.text("NetworkInterfaceId"))?;
    let answer = node! { "networkInterfaceId" => interface.id() };
    Ok(match call.params().text("Attribute") {
        Some("description") => {
            answer.with("description", node! { "value" => &interface.description })
        }
        Some("sourceDestCheck") => {
            answer.with("sourceDestCheck", node! { "value" => interface.source_dest_check })
        }
        Some("groupSet") => answer.with("groupSet", show_group_set(call, &interface.groups)),
        Some(_) => {
            let attachment = interface.attachment(call.now());
            let shown = attachment.map(|attachment| {
                attachment.show(call).with("instanceId", &attachment.instance_id)
            });
            answer.with("attachment", shown)
        }
        None => {
            return refuse("MissingParameter", "The request must contain the parameter attribute");
        }
    })
}
