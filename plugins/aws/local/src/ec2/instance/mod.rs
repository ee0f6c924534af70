//! Instances: what they are, how they are shown, and how they end. Launching is in `launch`, starting and stopping
//! in `power`, changing in `modify`.

mod launch;
mod modify;
mod power;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::interface::{self, Interface, private_dns_name};
use super::kind::{Kind, all, change, erase, need, put};
use super::listing::{Page, describing, select};
use super::profile::Association;
use super::volume::Volume;
use super::{group, regions, tags, types};
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource, timestamp};

pub(super) const ACTIONS: &[Action] = &[
    Action::new("RunInstances", launch::SHAPE, launch::run),
    Action::new("DescribeInstances", describing!("InstanceId.N"), describe),
    Action::new("DescribeInstanceStatus", describing!("InstanceId.N IncludeAllInstances:b"), describe_status),
    Action::new("StartInstances", "InstanceId!.N DryRun:b", power::start),
    Action::new("StopInstances", "InstanceId!.N Force:b DryRun:b", power::stop),
    Action::new("RebootInstances", "InstanceId!.N DryRun:b", power::reboot),
    Action::new("TerminateInstances", "InstanceId!.N DryRun:b", power::terminate),
    Action::new("ModifyInstanceAttribute", modify::SHAPE, modify::modify),
    Action::new("DescribeInstanceAttribute", "InstanceId! Attribute! DryRun:b", modify::describe),
    Action::new("ModifyInstanceMetadataOptions", modify::METADATA, modify::metadata),
    Action::new("MonitorInstances", "InstanceId!.N DryRun:b", |call| modify::monitor(call, true)),
    Action::new("UnmonitorInstances", "InstanceId!.N DryRun:b", |call| modify::monitor(call, false)),
    Action::new("DescribeInstanceCreditSpecifications", describing!("InstanceId.N"), modify::describe_credits),
];

/// How long a terminated instance stays visible.
const REMEMBERED: i64 = 60 * 60 * 1000;

/// An instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Instance {
    instance_id: String,
    reservation_id: String,
    launch_index: i64,
    image_id: String,
    pub(super) instance_type: String,
    architecture: String,
    key_name: Option<String>,
    pub(super) zone: String,
    pub(super) vpc_id: String,
    subnet_id: String,
    client_token: Option<String>,
    phase: Phase,
    reason: Option<(String, String)>,
    user_data: Option<String>,
    pub(super) profile: Option<Association>,
    metadata: Metadata,
    placement_group: Option<String>,
    partition: Option<i64>,
    tenancy: String,
    monitoring: bool,
    ebs_optimized: bool,
    no_termination: bool,
    no_stop: bool,
    shutdown_behavior: String,
    credits: Option<String>,
    pub(super) root_device: String,
    launched: i64,
    /// All interfaces and volumes that ever were attached; whether they still are, they know themselves.
    interface_ids: Vec<String>,
    volume_ids: Vec<String>,
}

/// How the instance reaches its metadata service.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Metadata {
    tokens: String,
    hop_limit: i64,
    endpoint: String,
    ipv6: String,
    tags: String,
}

/// A termination that runs, or an instance that is to be forgotten.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ending {
    instance_id: String,
    due: i64,
    is_settled: bool,
}

impl Resource for Ending {
    const KIND: &'static str = "ec2:ending";
    fn id(&self) -> &str {
        &self.instance_id
    }
}

impl Resource for Instance {
    const KIND: &'static str = "ec2:instance";
    fn id(&self) -> &str {
        &self.instance_id
    }
}

impl Kind for Instance {
    const PREFIX: &'static str = "i-";
    const TYPE: &'static str = "instance";
    const MISSING: &'static str = "InvalidInstanceID.NotFound";
    const MALFORMED: &'static str = "InvalidInstanceID.Malformed";
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
        ("network-interface.attachment.attachment-id", "networkInterfaceSet.attachment.attachmentId"),
        ("metadata-options.http-tokens", "metadataOptions.httpTokens"),
        ("metadata-options.http-endpoint", "metadataOptions.httpEndpoint"),
        ("reservation-id", "reservationId"),
        ("owner-id", "ownerId"),
    ];

    fn show(&self, call: &Call) -> Node {
        let interfaces = self.interfaces(call);
        let volumes = self.volumes(call);
        let primary = interfaces
            .iter()
            .find(|interface| interface.attachment(call.now()).is_some_and(|attachment| attachment.device_index == 0));
        let private_ip = primary.map(|interface| interface.primary_address().to_owned());
        let public_ip = primary.and_then(|interface| interface.public_address(call));
        let public_dns = public_ip
            .as_ref()
            .map(|ip| format!("ec2-{}.{}.compute.amazonaws.com", ip.replace('.', "-"), call.region()));
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
            "groupSet" => group::show_set(call, primary.iter().flat_map(|interface| &interface.groups)),
            "stateReason" => reason.map(|(code, message)| node! { "code" => code, "message" => message }),
            "architecture" => &self.architecture, "rootDeviceType" => "ebs", "rootDeviceName" => &self.root_device,
            "blockDeviceMapping" => Node::list(
                volumes.iter().map(|(volume, attachment)| attachment.show_in_instance(call, volume.id()))
            ),
            "virtualizationType" => "hvm", "clientToken" => self.client_token.as_deref().unwrap_or(""),
            "tagSet" => tags::show(call, &self.instance_id), "hypervisor" => "xen",
            "networkInterfaceSet" => Node::list(interfaces.iter().map(|interface| interface.show_in_instance(call))),
            "iamInstanceProfile" => self.profile.as_ref().map(Association::show_profile),
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

impl Metadata {
    fn show(&self) -> Node {
        node! {
            "state" => "applied", "httpTokens" => &self.tokens, "httpPutResponseHopLimit" => self.hop_limit,
            "httpEndpoint" => &self.endpoint, "httpProtocolIpv6" => &self.ipv6, "instanceMetadataTags" => &self.tags,
        }
    }
}

impl Instance {
    pub(super) fn state(&self, now: i64) -> &str {
        self.phase.at(now)
    }

    fn show_state(&self, call: &Call) -> Node {
        show_state(self.state(call.now()))
    }

    fn show_placement(&self, call: &Call) -> Node {
        node! {
            "availabilityZone" => &self.zone, "availabilityZoneId" => regions::zone_id(call, &self.zone),
            "groupName" => self.placement_group.as_deref().unwrap_or(""), "partitionNumber" => self.partition,
            "tenancy" => &self.tenancy,
        }
    }

    fn show_processors(&self) -> Option<Node> {
        let vcpus = types::find(&self.instance_type).ok()?.vcpus;
        let threads = if self.architecture == "arm64" { 1 } else { vcpus.min(2) };
        Some(node! { "coreCount" => vcpus / threads, "threadsPerCore" => threads })
    }

    /// Whether it counts as a member of a placement group.
    pub(super) fn is_in(&self, group: &str, now: i64) -> bool {
        self.placement_group.as_deref() == Some(group) && self.state(now) != "terminated"
    }

    /// The interfaces that are attached, in the order of their device index.
    pub(super) fn interfaces(&self, call: &Call) -> Vec<Arc<Interface>> {
        let interfaces = self.interface_ids.iter().filter_map(|id| call.world.get::<Interface>(call.region(), id));
        let mut attached: Vec<_> =
            interfaces.filter(|interface| interface.instance_id(call.now()) == Some(&self.instance_id)).collect();
        attached.sort_by_key(|interface| interface.attachment(call.now()).map(|attachment| attachment.device_index));
        attached
    }

    /// The volumes that are attached, with their attachments.
    pub(super) fn volumes(&self, call: &Call) -> Vec<(Arc<Volume>, Attachment)> {
        let volumes = self.volume_ids.iter().filter_map(|id| call.world.get::<Volume>(call.region(), id));
        let attached = volumes.filter_map(|volume| {
            let mut attachments = volume.attachments(call.now());
            let found = attachments.find(|attachment| attachment.instance_id == self.instance_id)?.clone();
            drop(attachments);
            Some((volume, found))
        });
        attached.collect()
    }
}

fn show_state(name: &str) -> Node {
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

/// The interface at device index 0.
pub(super) fn primary_interface(call: &Call, instance_id: &str) -> Result<Arc<Interface>, AwsError> {
    let instance = need::<Instance>(call, instance_id)?;
    let mut interfaces = instance.interfaces(call).into_iter();
    let primary =
        interfaces.next().filter(|_| matches!(instance.state(call.now()), "running" | "stopped" | "stopping"));
    let message = || format!("The instance '{instance_id}' is not in a valid state for this operation.");
    primary.ok_or_else(|| AwsError::new("InvalidInstanceID", message()))
}

pub(super) fn remember_interface(call: &mut Call, instance_id: &str, interface_id: &str) -> Result<(), AwsError> {
    change::<Instance>(call, instance_id, |instance| {
        instance.interface_ids.retain(|id| id != interface_id);
        instance.interface_ids.push(interface_id.to_owned());
    })
}

pub(super) fn remember_volume(call: &mut Call, instance_id: &str, volume_id: &str) -> Result<(), AwsError> {
    change::<Instance>(call, instance_id, |instance| {
        instance.volume_ids.retain(|id| id != volume_id);
        instance.volume_ids.push(volume_id.to_owned());
    })
}

/// Lets terminations that are due happen: interfaces and volumes go or become free; later the instance is forgotten.
pub(super) fn settle(call: &mut Call) {
    let region = call.region();
    for ending in call.world.list::<Ending>(region) {
        if ending.due > call.now() {
            continue;
        }
        if ending.is_settled {
            erase::<Instance>(call, &ending.instance_id);
            call.world.remove::<Ending>(region, &ending.instance_id);
            continue;
        }
        free_what_was_attached(call, &ending.instance_id);
        let due = ending.due + REMEMBERED;
        call.world.put(region, Ending { due, is_settled: true, ..Ending::clone(&ending) });
    }
}

fn free_what_was_attached(call: &mut Call, instance_id: &str) {
    for interface in all::<Interface>(call) {
        if interface.instance_id(call.now()) == Some(instance_id) {
            interface::leave(call, &interface);
        }
    }
    for volume in all::<Volume>(call) {
        let attachments = volume.attachments.iter();
        let Some(attachment) = attachments.clone().find(|attachment| attachment.instance_id == instance_id) else {
            continue;
        };
        if attachment.delete_on_termination {
            erase::<Volume>(call, volume.id());
        } else {
            let mut volume = Volume::clone(&volume);
            volume.attachments.retain(|attachment| attachment.instance_id != instance_id);
            put(call, volume);
        }
    }
}

fn describe(call: &mut Call) -> Answer {
    let Page { items, next } = select::<Instance>(call)?;
    let mut reservations: Vec<(String, Vec<Node>)> = Vec::new();
    for item in items {
        let Some(instance) = call.world.get::<Instance>(call.region(), &item.key) else { continue };
        match reservations.iter_mut().find(|(id, _)| *id == instance.reservation_id) {
            Some((_, instances)) => instances.push(item.node),
            None => reservations.push((instance.reservation_id.clone(), vec![item.node])),
        }
    }
    let shown = reservations.into_iter().map(|(id, instances)| show_reservation(call, &id, instances));
    Ok(node! { "reservationSet" => Node::list(shown.collect::<Vec<_>>()), "nextToken" => next })
}

fn show_reservation(call: &Call, id: &str, instances: Vec<Node>) -> Node {
    node! {
        "reservationId" => id, "ownerId" => &call.rules.account, "groupSet" => Node::List(vec![]),
        "instancesSet" => Node::List(instances),
    }
}

/// Running instances are well; `IncludeAllInstances` shows the others too.
fn describe_status(call: &mut Call) -> Answer {
    let all = call.params().flag("IncludeAllInstances") == Some(true);
    let mut page = select::<Instance>(call)?;
    page.items.retain(|item| all || item.node.leaves("instanceState.name") == ["running"]);
    for item in &mut page.items {
        let Some(instance) = call.world.get::<Instance>(call.region(), &item.key) else { continue };
        let is_running = instance.state(call.now()) == "running";
        let status = || {
            let status = if is_running { "ok" } else { "not-applicable" };
            let details = is_running.then(|| node! { "name" => "reachability", "status" => "passed" });
            node! { "status" => status, "details" => Node::list(details) }
        };
        item.node = node! {
            "instanceId" => &item.key, "availabilityZone" => &instance.zone, "instanceState" => instance.show_state(call),
            "instanceStatus" => status(), "systemStatus" => status(),
        };
    }
    Ok(page.into_answer("instanceStatusSet"))
}

/// Refuses unless the instance is in one of these states.
fn must_be(call: &Call, instance: &Instance, states: &[&str]) -> Result<(), AwsError> {
    let state = instance.state(call.now());
    if states.contains(&state) {
        return Ok(());
    }
    let message = format!(
        "The instance '{}' is not in a state from which it can do this: it is {state}, not {}.",
        instance.instance_id,
        states.join(" or ")
    );
    refuse("IncorrectInstanceState", message)
}
