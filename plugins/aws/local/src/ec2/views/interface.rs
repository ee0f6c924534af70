//! How a network interface is shown, by itself and in its instance.

use crate::ec2::queries::zone::zone_id;
use crate::ec2::rows::interface::{Interface, InterfaceAttachment, MANAGED_ATTACHMENT};
use crate::ec2::rows::kind::Kind;
use crate::ec2::views::security_group::show_group_set;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;
use crate::world::{Resource, timestamp};

impl Show for Interface {
    const IDS: &'static str = "NetworkInterfaceId";
    const SET: &'static str = "networkInterfaceSet";
    const PAGES_WITH_IDS: bool = false;
    const LEAVES_OUT: &'static [&'static str] = &[];
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("addresses.association.owner-id", "privateIpAddressesSet.association.ipOwnerId"),
        ("addresses.association.public-ip", "privateIpAddressesSet.association.publicIp"),
        ("addresses.primary", "privateIpAddressesSet.primary"),
        ("addresses.private-ip-address", "privateIpAddressesSet.privateIpAddress"),
        ("association.allocation-id", "association.allocationId"),
        ("association.association-id", "association.associationId"),
        ("association.ip-owner-id", "association.ipOwnerId"),
        ("association.public-dns-name", "association.publicDnsName"),
        ("association.public-ip", "association.publicIp"),
        ("attachment.attach-time", "attachment.attachTime"),
        ("attachment.attachment-id", "attachment.attachmentId"),
        ("attachment.delete-on-termination", "attachment.deleteOnTermination"),
        ("attachment.device-index", "attachment.deviceIndex"),
        ("attachment.instance-id", "attachment.instanceId"),
        ("attachment.instance-owner-id", "attachment.instanceOwnerId"),
        ("attachment.status", "attachment.status"),
        ("availability-zone", "availabilityZone"),
        ("availability-zone-id", "availabilityZoneId"),
        ("description", "description"),
        ("group-id", "groupSet.groupId"),
        ("group-name", "groupSet.groupName"),
        ("interface-type", "interfaceType"),
        ("ipv6-addresses.ipv6-address", "ipv6AddressesSet.ipv6Address"),
        ("mac-address", "macAddress"),
        ("network-interface-id", "networkInterfaceId"),
        ("operator.managed", "operator.managed"),
        ("operator.principal", "operator.principal"),
        ("owner-id", "ownerId"),
        ("private-dns-name", "privateDnsName"),
        ("private-ip-address", "privateIpAddress"),
        ("requester-id", "requesterId"),
        ("requester-managed", "requesterManaged"),
        ("source-dest-check", "sourceDestCheck"),
        ("status", "status"),
        ("subnet-id", "subnetId"),
        ("vpc-id", "vpcId"),
    ];

    fn show(&self, call: &Call) -> Node {
        let attachment = self.attachment(call.now()).map(|attachment| {
            attachment
                .show(call)
                .with("instanceId", &attachment.instance_id)
                .with("instanceOwnerId", &call.settings.account)
        });
        self.show_core(call, true)
            .with("attachment", attachment.or_else(|| self.show_nat_attachment()))
            .with("availabilityZone", &self.zone)
            .with("availabilityZoneId", zone_id(call, &self.zone))
            .with("requesterManaged", self.is_managed())
            .with("tagSet", show_tags(call, &self.interface_id))
    }
}

impl InterfaceAttachment {
    /// Returns the attachment, without the instance.
    pub(crate) fn show(&self, call: &Call) -> Node {
        node! {
            "attachmentId" => &self.attachment_id, "deviceIndex" => self.device_index, "networkCardIndex" => 0,
            "deleteOnTermination" => self.delete_on_termination, "attachTime" => timestamp(self.at),
            "status" => self.phase.at(call.now()),
        }
    }
}

impl Interface {
    /// Returns what `DescribeNetworkInterfaces` and an instance both show.
    ///
    /// `ids` adds the ids of elastic addresses; an instance does not show them.
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
            "description" => &self.description, "ownerId" => &call.settings.account, "status" => status,
            "macAddress" => &self.mac, "privateIpAddress" => primary, "privateDnsName" => private_dns_name(call, primary),
            "sourceDestCheck" => self.source_dest_check, "groupSet" => show_group_set(call, &self.groups),
            "privateIpAddressesSet" => Node::list(addresses), "ipv6AddressesSet" => Node::List(vec![]),
            "interfaceType" => if self.is_managed() { "nat_gateway" } else { "interface" },
            "association" => self.show_association(call, primary, ids),
        }
    }

    /// Returns the interface as its instance shows it.
    pub(crate) fn show_in_instance(&self, call: &Call) -> Node {
        let attachment = self.attachment(call.now()).map(|attachment| {
            let owner = Node::hidden(&call.settings.account);
            attachment
                .show(call)
                .with("instanceId", Node::hidden(&attachment.instance_id))
                .with("instanceOwnerId", owner)
        });
        self.show_core(call, false)
            .with("attachment", attachment)
            .with("availabilityZone", Node::hidden(&self.zone))
            .with("requesterManaged", Node::hidden(self.is_managed()))
            .with("tagSet", Node::hidden(show_tags(call, &self.interface_id)))
    }

    /// Returns the attachment of a NAT gateway's interface.
    ///
    /// AWS attached it (`amazon-aws`), not an instance.
    fn show_nat_attachment(&self) -> Option<Node> {
        self.nat_gateway_id.as_ref()?;
        Some(node! {
            "attachmentId" => self.interface_id.replace(Self::PREFIX, MANAGED_ATTACHMENT), "deviceIndex" => 1,
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
        let owner = if elastic.is_some() { &call.settings.account } else { "amazon" };
        let dns =
            format!("ec2-{}.{}.compute.amazonaws.com", public_ip.replace('.', "-"), call.region());
        let association = elastic.as_ref().and_then(|address| address.association.as_ref());
        let id = |id: Option<&str>| if ids { Node::from(id) } else { Node::hidden(id) };
        Some(node! {
            "publicIp" => public_ip, "ipOwnerId" => owner, "publicDnsName" => dns,
            "allocationId" => id(elastic.as_ref().map(|address| address.id())),
            "associationId" => id(association.map(|association| association.association_id.as_str())),
        })
    }
}

/// Returns a name such as `ip-10-0-0-5.eu-central-1.compute.internal`.
pub(crate) fn private_dns_name(call: &Call, address: &str) -> String {
    let domain = if call.region() == "us-east-1" {
        "ec2".to_owned()
    } else {
        format!("{}.compute", call.region())
    };
    format!("ip-{}.{domain}.internal", address.replace('.', "-"))
}
