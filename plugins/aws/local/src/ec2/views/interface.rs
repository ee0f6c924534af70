//! How a network interface is shown, by itself and in its instance.

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
                .with("instanceOwnerId", &call.settings.account)
        });
        self.show_core(call, true)
            .with("attachment", attachment.or_else(|| self.show_nat_attachment()))
            .with("availabilityZone", &self.zone)
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
    /// `ids` adds the ids of elastic addresses.
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
        let attachment = self.attachment(call.now()).map(|attachment| attachment.show(call));
        self.show_core(call, false).with("attachment", attachment)
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
        let elastic = elastic.as_ref().filter(|_| ids);
        let association = elastic.and_then(|address| address.association.as_ref());
        Some(node! {
            "publicIp" => public_ip, "ipOwnerId" => owner, "publicDnsName" => dns,
            "allocationId" => elastic.map(|address| address.id()),
            "associationId" => association.map(|association| &association.association_id),
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
