//! Network interfaces: addresses in a subnet, with security groups, attached to at most one instance.

use serde::{Deserialize, Serialize};

use super::address::{self, Address};
use super::group;
use super::instance::{self, Instance};
use super::kind::{Kind, all, change, erase, fresh, need, put};
use super::listing::{describe, describing};
use super::subnet::Subnet;
use super::tags::{self, tag_specification};
use super::types;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::params::Params;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource, timestamp};

pub(super) const ACTIONS: &[Action] = &[
    Action::new(
        "CreateNetworkInterface",
        tag_specification!(
            "SubnetId! Description PrivateIpAddress PrivateIpAddresses.N{Primary:b PrivateIpAddress!} \
             SecondaryPrivateIpAddressCount:i SecurityGroupId.N ClientToken* InterfaceType=interface"
        ),
        create,
    ),
    Action::new("DescribeNetworkInterfaces", describing!("NetworkInterfaceId.N"), describe::<Interface>),
    Action::new("DeleteNetworkInterface", "NetworkInterfaceId! DryRun:b", delete),
    Action::new("AttachNetworkInterface", "NetworkInterfaceId! InstanceId! DeviceIndex!:i DryRun:b", attach),
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

/// What the ids of attachments begin with that belong to AWS.
const MANAGED: &str = "ela-attach-";

/// A network interface.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Interface {
    interface_id: String,
    pub(super) subnet_id: String,
    pub(super) vpc_id: String,
    pub(super) zone: String,
    /// The primary one first.
    pub(super) addresses: Vec<String>,
    /// Given at launch, for as long as the instance runs.
    pub(super) public_ip: Option<String>,
    pub(super) groups: Vec<String>,
    description: String,
    pub(super) source_dest_check: bool,
    mac: String,
    phase: Phase,
    attachment: Option<Attachment>,
    /// The NAT gateway that AWS made it for. Nobody else may use it.
    #[serde(default)]
    nat_gateway_id: Option<String>,
}

/// An interface in an instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attachment {
    attachment_id: String,
    pub(super) instance_id: String,
    pub(super) device_index: i64,
    pub(super) delete_on_termination: bool,
    at: i64,
    /// `detached` means that the interface is free again.
    phase: Phase,
}

impl Resource for Interface {
    const KIND: &'static str = "ec2:network-interface";
    fn id(&self) -> &str {
        &self.interface_id
    }
}

impl Kind for Interface {
    const PREFIX: &'static str = "eni-";
    const TYPE: &'static str = "network-interface";
    const MISSING: &'static str = "InvalidNetworkInterfaceID.NotFound";
    const MALFORMED: &'static str = "InvalidNetworkInterfaceId.Malformed";
    const IDS: &'static str = "NetworkInterfaceId";
    const SET: &'static str = "networkInterfaceSet";
    const PAGES_WITH_IDS: bool = false;
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("network-interface-id", "networkInterfaceId"),
        ("subnet-id", "subnetId"),
        ("vpc-id", "vpcId"),
        ("availability-zone", "availabilityZone"),
        ("description", "description"),
        ("group-id", "groupSet.groupId"),
        ("group-name", "groupSet.groupName"),
        ("mac-address", "macAddress"),
        ("owner-id", "ownerId"),
        ("private-ip-address", "privateIpAddress"),
        ("private-dns-name", "privateDnsName"),
        ("addresses.private-ip-address", "privateIpAddressesSet.privateIpAddress"),
        ("addresses.primary", "privateIpAddressesSet.primary"),
        ("addresses.association.public-ip", "privateIpAddressesSet.association.publicIp"),
        ("association.allocation-id", "association.allocationId"),
        ("association.association-id", "association.associationId"),
        ("association.public-ip", "association.publicIp"),
        ("attachment.attachment-id", "attachment.attachmentId"),
        ("attachment.instance-id", "attachment.instanceId"),
        ("attachment.device-index", "attachment.deviceIndex"),
        ("attachment.status", "attachment.status"),
        ("attachment.delete-on-termination", "attachment.deleteOnTermination"),
        ("interface-type", "interfaceType"),
        ("requester-managed", "requesterManaged"),
        ("source-dest-check", "sourceDestCheck"),
        ("status", "status"),
    ];

    fn show(&self, call: &Call) -> Node {
        let attachment = self.attachment(call.now()).map(|attachment| {
            attachment
                .show(call)
                .with("instanceId", &attachment.instance_id)
                .with("instanceOwnerId", &call.rules.account)
        });
        self.show_core(call, true)
            .with("attachment", attachment.or_else(|| self.show_nat_attachment()))
            .with("availabilityZone", &self.zone)
            .with("requesterManaged", self.is_managed())
            .with("tagSet", tags::show(call, &self.interface_id))
    }
}

impl Attachment {
    fn show(&self, call: &Call) -> Node {
        node! {
            "attachmentId" => &self.attachment_id, "deviceIndex" => self.device_index, "networkCardIndex" => 0,
            "deleteOnTermination" => self.delete_on_termination, "attachTime" => timestamp(self.at),
            "status" => self.phase.at(call.now()),
        }
    }
}

impl Interface {
    /// Whether AWS itself manages it, for a NAT gateway.
    pub(super) fn is_managed(&self) -> bool {
        self.nat_gateway_id.is_some()
    }

    /// What interfaces and the interfaces of instances show alike; `ids`: of an elastic address its ids as well.
    fn show_core(&self, call: &Call, ids: bool) -> Node {
        let is_used = self.attachment(call.now()).is_some() || self.is_managed();
        let status = if is_used { "in-use" } else { self.phase.at(call.now()) };
        let addresses = self.addresses.iter().enumerate().map(|(at, address)| {
            node! {
                "privateIpAddress" => address, "primary" => at == 0, "privateDnsName" => private_dns_name(call, address),
                "association" => self.show_association(call, address, ids),
            }
        });
        let primary = self.primary_address();
        node! {
            "networkInterfaceId" => &self.interface_id, "subnetId" => &self.subnet_id, "vpcId" => &self.vpc_id,
            "description" => &self.description, "ownerId" => &call.rules.account, "status" => status,
            "macAddress" => &self.mac, "privateIpAddress" => primary, "privateDnsName" => private_dns_name(call, primary),
            "sourceDestCheck" => self.source_dest_check, "groupSet" => group::show_set(call, &self.groups),
            "privateIpAddressesSet" => Node::list(addresses), "ipv6AddressesSet" => Node::List(vec![]),
            "interfaceType" => if self.is_managed() { "nat_gateway" } else { "interface" },
            "association" => self.show_association(call, primary, ids),
        }
    }

    /// The interface as its instance shows it.
    pub(super) fn show_in_instance(&self, call: &Call) -> Node {
        let attachment = self.attachment(call.now()).map(|attachment| attachment.show(call));
        self.show_core(call, false).with("attachment", attachment)
    }

    /// How the interface of a NAT gateway is attached: to something of AWS's own.
    fn show_nat_attachment(&self) -> Option<Node> {
        self.nat_gateway_id.as_ref()?;
        Some(node! {
            "attachmentId" => self.interface_id.replace(Self::PREFIX, MANAGED), "deviceIndex" => 1,
            "deleteOnTermination" => false, "instanceOwnerId" => "amazon-aws", "status" => "attached",
        })
    }

    fn show_association(&self, call: &Call, private_ip: &str, ids: bool) -> Option<Node> {
        let elastic = self.elastic(call, private_ip);
        let public_ip = match &elastic {
            Some(address) => address.public_ip.clone(),
            None if private_ip == self.primary_address() => self.launch_address(call)?,
            None => return None,
        };
        let owner = if elastic.is_some() { &call.rules.account } else { "amazon" };
        let dns = format!("ec2-{}.{}.compute.amazonaws.com", public_ip.replace('.', "-"), call.region());
        let elastic = elastic.as_ref().filter(|_| ids);
        let association = elastic.and_then(|address| address.association.as_ref());
        Some(node! {
            "publicIp" => public_ip, "ipOwnerId" => owner, "publicDnsName" => dns,
            "allocationId" => elastic.map(|address| address.id()),
            "associationId" => association.map(|one| &one.association_id),
        })
    }

    fn elastic(&self, call: &Call, private_ip: &str) -> Option<std::sync::Arc<Address>> {
        all::<Address>(call).into_iter().find(|address| {
            let association = address.association.as_ref();
            association.is_some_and(|one| one.interface_id == self.interface_id && one.private_ip == private_ip)
        })
    }

    /// A launch's public address exists while the instance runs.
    fn launch_address(&self, call: &Call) -> Option<String> {
        let instance = call.world.get::<Instance>(call.region(), self.instance_id(call.now())?)?;
        self.public_ip.clone().filter(|_| matches!(instance.state(call.now()), "pending" | "running" | "stopping"))
    }

    /// The public address of the primary address, elastic or given at launch.
    pub(super) fn public_address(&self, call: &Call) -> Option<String> {
        let elastic = self.elastic(call, self.primary_address()).map(|address| address.public_ip.clone());
        elastic.or_else(|| self.launch_address(call))
    }

    pub(super) fn primary_address(&self) -> &str {
        self.addresses.first().map_or("", String::as_str)
    }

    /// The attachment, unless it has ended.
    pub(super) fn attachment(&self, now: i64) -> Option<&Attachment> {
        self.attachment.as_ref().filter(|attachment| attachment.phase.at(now) != "detached")
    }

    pub(super) fn instance_id(&self, now: i64) -> Option<&str> {
        self.attachment(now).map(|attachment| attachment.instance_id.as_str())
    }
}

/// `ip-10-0-0-5.eu-central-1.compute.internal`.
pub(super) fn private_dns_name(call: &Call, address: &str) -> String {
    let domain = if call.region() == "us-east-1" { "ec2".to_owned() } else { format!("{}.compute", call.region()) };
    format!("ip-{}.{domain}.internal", address.replace('.', "-"))
}

/// Makes an interface from the parameters that `CreateNetworkInterface` and the interfaces of `RunInstances` share.
pub(super) fn make(call: &mut Call, params: &Params, subnet: &Subnet, groups: &[&str]) -> Result<String, AwsError> {
    let groups = group::chosen(call, &subnet.vpc_id, groups)?;
    let addresses = choose_addresses(call, params, subnet)?;
    let description = params.text("Description").unwrap_or_default().to_owned();
    let interface = Interface { groups, description, ..blank(call, subnet, addresses) };
    let interface_id = interface.interface_id.clone();
    put(call, interface);
    Ok(interface_id)
}

/// Makes the interface of a NAT gateway, at an address that is free: its id and that address. It has no groups.
pub(super) fn make_for_nat(
    call: &mut Call,
    subnet: &Subnet,
    nat_gateway_id: &str,
) -> Result<(String, String), AwsError> {
    let addresses = subnet.free(call, 1, &[])?.iter().map(ToString::to_string).collect();
    let interface = Interface {
        description: format!("Interface for NAT Gateway {nat_gateway_id}"),
        source_dest_check: false,
        nat_gateway_id: Some(nat_gateway_id.to_owned()),
        ..blank(call, subnet, addresses)
    };
    let made = (interface.interface_id.clone(), interface.primary_address().to_owned());
    put(call, interface);
    Ok(made)
}

/// An interface as it begins, with nothing but its place and its addresses.
fn blank(call: &Call, subnet: &Subnet, addresses: Vec<String>) -> Interface {
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

/// The addresses that were asked for, and free ones for those that were only counted; the primary one first.
fn choose_addresses(call: &Call, params: &Params, subnet: &Subnet) -> Result<Vec<String>, AwsError> {
    let mut primary = params.text("PrivateIpAddress");
    let mut secondary = Vec::new();
    for one in params.list("PrivateIpAddresses") {
        let address = one.text("PrivateIpAddress").unwrap_or_default();
        if one.flag("Primary") != Some(true) {
            secondary.push(address);
        } else if primary.replace(address).is_some() {
            return refuse("InvalidParameterCombination", "Only one primary private IP address can be specified.");
        }
    }
    let mut claimed = Vec::new();
    for address in primary.iter().chain(&secondary) {
        let address = subnet.claim(call, address)?;
        if claimed.contains(&address) {
            return refuse("InvalidParameterValue", format!("The address {address} is given twice."));
        }
        claimed.push(address);
    }
    let more = usize::try_from(params.number("SecondaryPrivateIpAddressCount").unwrap_or(0)).unwrap_or(0);
    let free = subnet.free(call, more + usize::from(primary.is_none()), &claimed)?;
    let mut addresses: Vec<String> = claimed.iter().chain(&free).map(ToString::to_string).collect();
    if primary.is_none() && !claimed.is_empty() {
        // The first free one is the primary one; those that were asked for come after it.
        let first = addresses.remove(claimed.len());
        addresses.insert(0, first);
    }
    Ok(addresses)
}

/// Attaches an interface that is free; the caller has made sure that it may.
pub(super) fn join(
    call: &mut Call,
    interface_id: &str,
    instance_id: &str,
    index: i64,
    ends_with_it: bool,
) -> Result<String, AwsError> {
    let attachment = Attachment {
        attachment_id: format!("eni-attach-{}", call.world.fresh_hex(17)),
        instance_id: instance_id.to_owned(),
        device_index: index,
        delete_on_termination: ends_with_it,
        at: call.now(),
        phase: Phase::moving("attaching", "attached", call.due()),
    };
    let attachment_id = attachment.attachment_id.clone();
    change::<Interface>(call, interface_id, |interface| interface.attachment = Some(attachment))?;
    Ok(attachment_id)
}

/// The instance is gone: so is the interface, or it is free.
pub(super) fn leave(call: &mut Call, interface: &Interface) {
    let ends = interface.attachment.as_ref().is_some_and(|attachment| attachment.delete_on_termination);
    if ends {
        end(call, &interface.interface_id);
    } else {
        put(call, Interface { attachment: None, public_ip: None, ..interface.clone() });
    }
}

/// Removes an interface; its elastic addresses are free again.
pub(super) fn end(call: &mut Call, interface_id: &str) {
    address::forget_interface(call, interface_id);
    erase::<Interface>(call, interface_id);
}

/// Refuses an interface that is attached.
pub(super) fn must_be_free(call: &Call, interface: &Interface) -> Result<(), AwsError> {
    if interface.attachment(call.now()).is_none() && !interface.is_managed() {
        return Ok(());
    }
    let message = format!("Network interface '{}' is currently in use.", interface.interface_id);
    refuse("InvalidNetworkInterface.InUse", message)
}

fn create(call: &mut Call) -> Answer {
    let subnet = need::<Subnet>(call, call.text("SubnetId"))?;
    let requested = tags::requested(call, &["network-interface"])?;
    let interface_id = make(call, call.params(), &subnet, &call.params().texts("SecurityGroupId"))?;
    tags::put::<Interface>(call, &interface_id, &requested);
    let token = call.params().text("ClientToken").map(str::to_owned);
    Ok(node! { "networkInterface" => need::<Interface>(call, &interface_id)?.show(call), "clientToken" => token })
}

fn delete(call: &mut Call) -> Answer {
    let interface = need::<Interface>(call, call.text("NetworkInterfaceId"))?;
    must_be_free(call, &interface)?;
    end(call, &interface.interface_id);
    Ok(node! { "return" => true })
}

fn attach(call: &mut Call) -> Answer {
    let interface = need::<Interface>(call, call.text("NetworkInterfaceId"))?;
    let instance = need::<Instance>(call, call.text("InstanceId"))?;
    let index = call.params().number("DeviceIndex").unwrap_or_default();
    must_be_free(call, &interface)?;
    if !matches!(instance.state(call.now()), "running" | "stopped") {
        let message = format!("The instance '{}' is not in a valid state for this operation.", instance.id());
        return refuse("IncorrectInstanceState", message);
    }
    if interface.zone != instance.zone || interface.vpc_id != instance.vpc_id {
        let message = "You may not attach a network interface to an instance if they are not in the same availability zone and VPC";
        return refuse("InvalidParameterCombination", message);
    }
    let attached = instance.interfaces(call);
    let indices = attached.iter().filter_map(|other| other.attachment(call.now()).map(|one| one.device_index));
    if index < 1 || indices.clone().any(|taken| taken == index) {
        let message =
            format!("Instance '{}' already has an interface attached at device index '{index}'.", instance.id());
        return refuse("InvalidParameterValue", message);
    }
    let limit = types::find(&instance.instance_type)?.interfaces;
    if i64::try_from(attached.len()).unwrap_or(i64::MAX) >= limit {
        let message = format!("An instance of type {} takes at most {limit} interfaces", instance.instance_type);
        return refuse("AttachmentLimitExceeded", message);
    }
    let attachment_id = join(call, interface.id(), instance.id(), index, false)?;
    instance::remember_interface(call, instance.id(), interface.id())?;
    Ok(node! { "attachmentId" => attachment_id, "networkCardIndex" => 0 })
}

fn detach(call: &mut Call) -> Answer {
    let attachment_id = call.text("AttachmentId");
    if attachment_id.starts_with(MANAGED) {
        return refuse("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.");
    }
    let now = call.now();
    let interfaces = all::<Interface>(call);
    let found = interfaces.iter().find(|interface| {
        interface.attachment(now).is_some_and(|attachment| attachment.attachment_id == attachment_id)
    });
    let message = || format!("The networkInterface attachment ID '{attachment_id}' does not exist");
    let interface = found.ok_or_else(|| AwsError::new("InvalidAttachmentID.NotFound", message()))?;
    let due = call.due();
    let is_primary = interface.attachment(now).is_some_and(|attachment| attachment.device_index == 0);
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
    changed.source_dest_check = params.attribute_flag("SourceDestCheck").unwrap_or(changed.source_dest_check);
    if params.get("SecurityGroupId").is_some() {
        changed.groups = group::chosen(call, &interface.vpc_id, &params.texts("SecurityGroupId"))?;
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
        Some("description") => answer.with("description", node! { "value" => &interface.description }),
        Some("sourceDestCheck") => answer.with("sourceDestCheck", node! { "value" => interface.source_dest_check }),
        Some("groupSet") => answer.with("groupSet", group::show_set(call, &interface.groups)),
        Some(_) => {
            let attachment = interface.attachment(call.now());
            let shown = attachment.map(|one| one.show(call).with("instanceId", &one.instance_id));
            answer.with("attachment", shown)
        }
        None => return refuse("MissingParameter", "The request must contain the parameter attribute"),
    })
}
