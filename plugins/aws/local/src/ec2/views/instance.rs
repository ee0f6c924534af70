//! How an instance is shown.

use crate::ec2::catalog::instance_type::find_instance_type;
use crate::ec2::queries::zone::zone_id;
use crate::ec2::rows::instance::{Instance, MetadataOptions};
use crate::ec2::rows::profile_association::ProfileAssociation;
use crate::ec2::views::interface::private_dns_name;
use crate::ec2::views::security_group::show_group_set;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;
use crate::world::{Resource, timestamp};

impl Show for Instance {
    const IDS: &'static str = "InstanceId";
    const SET: &'static str = "instancesSet";
    const PAGES_WITH_IDS: bool = false;
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("affinity", "placement.affinity"),
        ("architecture", "architecture"),
        ("availability-zone", "placement.availabilityZone"),
        ("availability-zone-id", "placement.availabilityZoneId"),
        ("block-device-mapping.attach-time", "blockDeviceMapping.ebs.attachTime"),
        (
            "block-device-mapping.delete-on-termination",
            "blockDeviceMapping.ebs.deleteOnTermination",
        ),
        ("block-device-mapping.device-name", "blockDeviceMapping.deviceName"),
        ("block-device-mapping.status", "blockDeviceMapping.ebs.status"),
        ("block-device-mapping.volume-id", "blockDeviceMapping.ebs.volumeId"),
        ("boot-mode", "bootMode"),
        ("capacity-reservation-id", "capacityReservationId"),
        (
            "capacity-reservation-specification.capacity-reservation-preference",
            "capacityReservationSpecification.capacityReservationPreference",
        ),
        (
            "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id",
            "capacityReservationSpecification.capacityReservationTarget.capacityReservationId",
        ),
        (
            "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn",
            "capacityReservationSpecification.capacityReservationTarget.capacityReservationResourceGroupArn",
        ),
        ("client-token", "clientToken"),
        ("current-instance-boot-mode", "currentInstanceBootMode"),
        ("dns-name", "dnsName"),
        ("ebs-optimized", "ebsOptimized"),
        ("ena-support", "enaSupport"),
        ("enclave-options.enabled", "enclaveOptions.enabled"),
        ("group-id", "groupSet.groupId"),
        ("group-name", "groupSet.groupName"),
        ("hibernation-options.configured", "hibernationOptions.configured"),
        ("host-id", "placement.hostId"),
        ("hypervisor", "hypervisor"),
        ("iam-instance-profile.arn", "iamInstanceProfile.arn"),
        ("iam-instance-profile.id", "iamInstanceProfile.id"),
        ("image-id", "imageId"),
        ("instance-id", "instanceId"),
        ("instance-lifecycle", "instanceLifecycle"),
        ("instance-state-code", "instanceState.code"),
        ("instance-state-name", "instanceState.name"),
        ("instance-type", "instanceType"),
        ("instance.group-id", "groupSet.groupId"),
        ("instance.group-name", "groupSet.groupName"),
        ("ip-address", "ipAddress"),
        ("ipv6-address", "networkInterfaceSet.ipv6AddressesSet.ipv6Address"),
        ("kernel-id", "kernelId"),
        ("key-name", "keyName"),
        ("launch-index", "amiLaunchIndex"),
        ("launch-time", "launchTime"),
        ("maintenance-options.auto-recovery", "maintenanceOptions.autoRecovery"),
        ("metadata-options.http-endpoint", "metadataOptions.httpEndpoint"),
        ("metadata-options.http-protocol-ipv4", "metadataOptions.httpProtocolIpv4"),
        ("metadata-options.http-protocol-ipv6", "metadataOptions.httpProtocolIpv6"),
        ("metadata-options.http-put-response-hop-limit", "metadataOptions.httpPutResponseHopLimit"),
        ("metadata-options.http-tokens", "metadataOptions.httpTokens"),
        ("metadata-options.instance-metadata-tags", "metadataOptions.instanceMetadataTags"),
        ("metadata-options.state", "metadataOptions.state"),
        ("monitoring-state", "monitoring.state"),
        (
            "network-interface.addresses.association.allocation-id",
            "networkInterfaceSet.privateIpAddressesSet.association.allocationId",
        ),
        (
            "network-interface.addresses.association.association-id",
            "networkInterfaceSet.privateIpAddressesSet.association.associationId",
        ),
        (
            "network-interface.addresses.association.carrier-ip",
            "networkInterfaceSet.privateIpAddressesSet.association.carrierIp",
        ),
        (
            "network-interface.addresses.association.customer-owned-ip",
            "networkInterfaceSet.privateIpAddressesSet.association.customerOwnedIp",
        ),
        (
            "network-interface.addresses.association.ip-owner-id",
            "networkInterfaceSet.privateIpAddressesSet.association.ipOwnerId",
        ),
        (
            "network-interface.addresses.association.public-dns-name",
            "networkInterfaceSet.privateIpAddressesSet.association.publicDnsName",
        ),
        (
            "network-interface.addresses.association.public-ip",
            "networkInterfaceSet.privateIpAddressesSet.association.publicIp",
        ),
        (
            "network-interface.addresses.primary",
            "networkInterfaceSet.privateIpAddressesSet.primary",
        ),
        (
            "network-interface.addresses.private-dns-name",
            "networkInterfaceSet.privateIpAddressesSet.privateDnsName",
        ),
        (
            "network-interface.addresses.private-ip-address",
            "networkInterfaceSet.privateIpAddressesSet.privateIpAddress",
        ),
        (
            "network-interface.association.allocation-id",
            "networkInterfaceSet.association.allocationId",
        ),
        (
            "network-interface.association.association-id",
            "networkInterfaceSet.association.associationId",
        ),
        ("network-interface.association.carrier-ip", "networkInterfaceSet.association.carrierIp"),
        (
            "network-interface.association.customer-owned-ip",
            "networkInterfaceSet.association.customerOwnedIp",
        ),
        ("network-interface.association.ip-owner-id", "networkInterfaceSet.association.ipOwnerId"),
        (
            "network-interface.association.public-dns-name",
            "networkInterfaceSet.association.publicDnsName",
        ),
        ("network-interface.association.public-ip", "networkInterfaceSet.association.publicIp"),
        ("network-interface.attachment.attach-time", "networkInterfaceSet.attachment.attachTime"),
        (
            "network-interface.attachment.attachment-id",
            "networkInterfaceSet.attachment.attachmentId",
        ),
        (
            "network-interface.attachment.delete-on-termination",
            "networkInterfaceSet.attachment.deleteOnTermination",
        ),
        ("network-interface.attachment.device-index", "networkInterfaceSet.attachment.deviceIndex"),
        ("network-interface.attachment.instance-id", "networkInterfaceSet.attachment.instanceId"),
        (
            "network-interface.attachment.instance-owner-id",
            "networkInterfaceSet.attachment.instanceOwnerId",
        ),
        (
            "network-interface.attachment.network-card-index",
            "networkInterfaceSet.attachment.networkCardIndex",
        ),
        ("network-interface.attachment.status", "networkInterfaceSet.attachment.status"),
        ("network-interface.availability-zone", "networkInterfaceSet.availabilityZone"),
        ("network-interface.deny-all-igw-traffic", "networkInterfaceSet.denyAllIgwTraffic"),
        ("network-interface.description", "networkInterfaceSet.description"),
        ("network-interface.group-id", "networkInterfaceSet.groupSet.groupId"),
        ("network-interface.group-name", "networkInterfaceSet.groupSet.groupName"),
        (
            "network-interface.ipv4-prefixes.ipv4-prefix",
            "networkInterfaceSet.ipv4PrefixSet.ipv4Prefix",
        ),
        ("network-interface.ipv6-address", "networkInterfaceSet.ipv6AddressesSet.ipv6Address"),
        (
            "network-interface.ipv6-addresses.ipv6-address",
            "networkInterfaceSet.ipv6AddressesSet.ipv6Address",
        ),
        (
            "network-interface.ipv6-addresses.is-primary-ipv6",
            "networkInterfaceSet.ipv6AddressesSet.isPrimaryIpv6",
        ),
        ("network-interface.ipv6-native", "networkInterfaceSet.ipv6Native"),
        (
            "network-interface.ipv6-prefixes.ipv6-prefix",
            "networkInterfaceSet.ipv6PrefixSet.ipv6Prefix",
        ),
        ("network-interface.mac-address", "networkInterfaceSet.macAddress"),
        ("network-interface.network-interface-id", "networkInterfaceSet.networkInterfaceId"),
        ("network-interface.operator.managed", "networkInterfaceSet.operator.managed"),
        ("network-interface.operator.principal", "networkInterfaceSet.operator.principal"),
        ("network-interface.outpost-arn", "networkInterfaceSet.outpostArn"),
        ("network-interface.owner-id", "networkInterfaceSet.ownerId"),
        ("network-interface.private-dns-name", "networkInterfaceSet.privateDnsName"),
        ("network-interface.private-ip-address", "networkInterfaceSet.privateIpAddress"),
        ("network-interface.public-dns-name", "networkInterfaceSet.association.publicDnsName"),
        ("network-interface.requester-id", "networkInterfaceSet.requesterId"),
        ("network-interface.requester-managed", "networkInterfaceSet.requesterManaged"),
        ("network-interface.source-dest-check", "networkInterfaceSet.sourceDestCheck"),
        ("network-interface.status", "networkInterfaceSet.status"),
        ("network-interface.subnet-id", "networkInterfaceSet.subnetId"),
        ("network-interface.tag-key", "networkInterfaceSet.tagSet.key"),
        ("network-interface.tag-value", "networkInterfaceSet.tagSet.value"),
        ("network-interface.vpc-id", "networkInterfaceSet.vpcId"),
        (
            "network-performance-options.bandwidth-weighting",
            "networkPerformanceOptions.bandwidthWeighting",
        ),
        ("operator.managed", "operator.managed"),
        ("operator.principal", "operator.principal"),
        ("outpost-arn", "outpostArn"),
        ("owner-id", "ownerId"),
        ("placement-group-name", "placement.groupName"),
        ("placement-partition-number", "placement.partitionNumber"),
        ("platform", "platform"),
        ("platform-details", "platformDetails"),
        ("private-dns-name", "privateDnsName"),
        (
            "private-dns-name-options.enable-resource-name-dns-a-record",
            "privateDnsNameOptions.enableResourceNameDnsARecord",
        ),
        (
            "private-dns-name-options.enable-resource-name-dns-aaaa-record",
            "privateDnsNameOptions.enableResourceNameDnsAAAARecord",
        ),
        ("private-dns-name-options.hostname-type", "privateDnsNameOptions.hostnameType"),
        ("private-ip-address", "privateIpAddress"),
        ("product-code", "productCodes.productCode"),
        ("product-code.type", "productCodes.type"),
        ("ramdisk-id", "ramdiskId"),
        ("reason", "reason"),
        ("requester-id", "requesterId"),
        ("reservation-id", "reservationId"),
        ("root-device-name", "rootDeviceName"),
        ("root-device-type", "rootDeviceType"),
        ("source-dest-check", "sourceDestCheck"),
        ("spot-instance-request-id", "spotInstanceRequestId"),
        ("state-reason-code", "stateReason.code"),
        ("state-reason-message", "stateReason.message"),
        ("subnet-id", "subnetId"),
        ("tenancy", "placement.tenancy"),
        ("tpm-support", "tpmSupport"),
        ("usage-operation", "usageOperation"),
        ("usage-operation-update-time", "usageOperationUpdateTime"),
        ("virtualization-type", "virtualizationType"),
        ("vpc-id", "vpcId"),
    ];

    fn show(&self, call: &Call) -> Node {
        let interfaces = self.interfaces(call);
        let volumes = self.volumes(call);
        let primary = interfaces.iter().find(|interface| {
            interface.attachment(call.now()).is_some_and(|attachment| attachment.device_index == 0)
        });
        let private_ip = primary.map(|interface| interface.primary_address().to_owned());
        let public_ip = primary.and_then(|interface| interface.public_address(call));
        let public_dns = public_ip.as_ref().map(|ip| {
            format!("ec2-{}.{}.compute.amazonaws.com", ip.replace('.', "-"), call.region())
        });
        node! {
            "instanceId" => &self.instance_id, "reservationId" => Node::hidden(&self.reservation_id),
            "ownerId" => Node::hidden(&call.settings.account), "imageId" => &self.image_id, "instanceState" => self.show_state(call),
            "privateDnsName" => private_ip.as_deref().map(|ip| private_dns_name(call, ip)).unwrap_or_default(),
            "dnsName" => public_dns.unwrap_or_default(), "reason" => &self.transition_reason,
            "keyName" => self.key_name.clone(), "productCodes" => Node::List(vec![]),
            "amiLaunchIndex" => self.launch_index, "instanceType" => &self.instance_type,
            "launchTime" => timestamp(self.launched), "placement" => self.show_placement(call),
            "monitoring" => node! { "state" => if self.monitoring { "enabled" } else { "disabled" } },
            "subnetId" => primary.map(|_| &self.subnet_id), "vpcId" => primary.map(|_| &self.vpc_id),
            "privateIpAddress" => private_ip, "ipAddress" => public_ip,
            "sourceDestCheck" => primary.map(|interface| interface.source_dest_check),
            "groupSet" => show_group_set(call, primary.iter().flat_map(|interface| &interface.groups)),
            "stateReason" => self.show_state_reason(call),
            "architecture" => &self.architecture, "rootDeviceType" => "ebs", "rootDeviceName" => &self.root_device,
            "blockDeviceMapping" => Node::list(
                volumes.iter().map(|(volume, attachment)| attachment.show_in_instance(call, volume.id()))
            ),
            "virtualizationType" => "hvm", "clientToken" => self.client_token.as_deref().unwrap_or(""),
            "tagSet" => show_tags(call, &self.instance_id), "hypervisor" => "xen",
            "networkInterfaceSet" => Node::list(interfaces.iter().map(|interface| interface.show_in_instance(call))),
            "iamInstanceProfile" => self.profile.as_ref().map(ProfileAssociation::show_profile),
            "ebsOptimized" => self.ebs_optimized, "enaSupport" => true,
            "cpuOptions" => self.show_processors(), "metadataOptions" => self.metadata.show(),
            "platformDetails" => "Linux/UNIX", "usageOperation" => "RunInstances",
            "enclaveOptions" => node! { "enabled" => false }, "hibernationOptions" => node! { "configured" => false },
            "capacityReservationSpecification" => node! { "capacityReservationPreference" => "open" },
            "maintenanceOptions" => node! { "autoRecovery" => "default" },
            "privateDnsNameOptions" => node! {
                "hostnameType" => "ip-name", "enableResourceNameDnsARecord" => false, "enableResourceNameDnsAAAARecord" => false,
            },
        }
    }
}

impl MetadataOptions {
    /// Returns the options as an instance shows them.
    pub(crate) fn show(&self) -> Node {
        node! {
            "state" => "applied", "httpTokens" => &self.tokens, "httpPutResponseHopLimit" => self.hop_limit,
            "httpEndpoint" => &self.endpoint, "httpProtocolIpv6" => &self.ipv6, "instanceMetadataTags" => &self.tags,
        }
    }
}

impl Instance {
    /// Returns the state with its code.
    pub(crate) fn show_state(&self, call: &Call) -> Node {
        show_instance_state(self.state(call.now()))
    }

    /// Returns why it is pending, or why it was stopped or terminated.
    fn show_state_reason(&self, call: &Call) -> Option<Node> {
        let (code, message) = match self.state(call.now()) {
            "running" => return None,
            "pending" => ("pending", "pending"),
            _ => self.reason.as_ref().map(|(code, message)| (code.as_str(), message.as_str()))?,
        };
        Some(node! { "code" => code, "message" => message })
    }

    fn show_placement(&self, call: &Call) -> Node {
        node! {
            "availabilityZone" => &self.zone, "availabilityZoneId" => zone_id(call, &self.zone),
            "groupName" => self.placement_group.as_deref().unwrap_or(""), "partitionNumber" => self.partition,
            "tenancy" => &self.tenancy,
        }
    }

    fn show_processors(&self) -> Option<Node> {
        let vcpus = find_instance_type(&self.instance_type).ok()?.vcpus;
        let threads = if self.architecture == "arm64" { 1 } else { vcpus.min(2) };
        Some(node! { "coreCount" => vcpus / threads, "threadsPerCore" => threads })
    }
}

/// Returns a state with its code.
pub(crate) fn show_instance_state(name: &str) -> Node {
    let code = match name {
        "pending" => 0,
        "running" => 16,
        "shutting-down" => 32,
        "terminated" => 48,
        "stopping" => 64,
        _ => 80,
    };
    node! { "code" => code, "name" => name }
}

/// Returns a reservation with its instances.
pub(crate) fn show_reservation(call: &Call, id: &str, instances: Vec<Node>) -> Node {
    node! {
        "reservationId" => id, "ownerId" => &call.settings.account, "groupSet" => Node::List(vec![]),
        "instancesSet" => Node::List(instances),
    }
}
