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
        ("instance-id", "instanceId"),
        ("instance-state-name", "instanceState.name"),
        ("instance-state-code", "instanceState.code"),
        ("instance-type", "instanceType"),
        ("image-id", "imageId"),
        ("client-token", "clientToken"),
        ("architecture", "architecture"),
        ("availability-zone", "placement.availabilityZone"),
        ("placement-group-name", "placement.groupName"),
        ("placement-partition-number", "placement.partitionNumber"),
        ("tenancy", "placement.tenancy"),
        ("vpc-id", "vpcId"),
        ("subnet-id", "subnetId"),
        ("key-name", "keyName"),
        ("launch-index", "amiLaunchIndex"),
        ("launch-time", "launchTime"),
        ("private-ip-address", "privateIpAddress"),
        ("private-dns-name", "privateDnsName"),
        ("ip-address", "ipAddress"),
        ("dns-name", "dnsName"),
        ("iam-instance-profile.arn", "iamInstanceProfile.arn"),
        ("iam-instance-profile.id", "iamInstanceProfile.id"),
        ("instance.group-id", "networkInterfaceSet.groupSet.groupId"),
        ("instance.group-name", "networkInterfaceSet.groupSet.groupName"),
        ("group-id", "groupSet.groupId"),
        ("group-name", "groupSet.groupName"),
        ("monitoring-state", "monitoring.state"),
        ("hypervisor", "hypervisor"),
        ("root-device-name", "rootDeviceName"),
        ("root-device-type", "rootDeviceType"),
        ("source-dest-check", "sourceDestCheck"),
        ("virtualization-type", "virtualizationType"),
        ("state-reason-code", "stateReason.code"),
        ("block-device-mapping.device-name", "blockDeviceMapping.deviceName"),
        ("block-device-mapping.volume-id", "blockDeviceMapping.ebs.volumeId"),
        ("block-device-mapping.status", "blockDeviceMapping.ebs.status"),
        ("network-interface.network-interface-id", "networkInterfaceSet.networkInterfaceId"),
        ("network-interface.subnet-id", "networkInterfaceSet.subnetId"),
        ("network-interface.vpc-id", "networkInterfaceSet.vpcId"),
        ("network-interface.group-id", "networkInterfaceSet.groupSet.groupId"),
        (
            "network-interface.addresses.private-ip-address",
            "networkInterfaceSet.privateIpAddressesSet.privateIpAddress",
        ),
        (
            "network-interface.attachment.attachment-id",
            "networkInterfaceSet.attachment.attachmentId",
        ),
        ("metadata-options.http-tokens", "metadataOptions.httpTokens"),
        ("metadata-options.http-endpoint", "metadataOptions.httpEndpoint"),
        ("reservation-id", "reservationId"),
        ("owner-id", "ownerId"),
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
        let reason = self.reason.as_ref().filter(|_| self.state(call.now()) != "running");
        node! {
            "instanceId" => &self.instance_id, "imageId" => &self.image_id, "instanceState" => self.show_state(call),
            "privateDnsName" => private_ip.as_deref().map(|ip| private_dns_name(call, ip)).unwrap_or_default(),
            "dnsName" => public_dns.unwrap_or_default(), "keyName" => self.key_name.clone(),
            "amiLaunchIndex" => self.launch_index, "instanceType" => &self.instance_type,
            "launchTime" => timestamp(self.launched), "placement" => self.show_placement(call),
            "monitoring" => node! { "state" => if self.monitoring { "enabled" } else { "disabled" } },
            "subnetId" => primary.map(|_| &self.subnet_id), "vpcId" => primary.map(|_| &self.vpc_id),
            "privateIpAddress" => private_ip, "ipAddress" => public_ip,
            "sourceDestCheck" => primary.map(|interface| interface.source_dest_check),
            "groupSet" => show_group_set(call, primary.iter().flat_map(|interface| &interface.groups)),
            "stateReason" => reason.map(|(code, message)| node! { "code" => code, "message" => message }),
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
