//! The nodes: an interface, two volumes and an instance each.
//!
//! Invariants, each held by a test:
//! - A node's declarations follow from its number and the cluster's settings. A change of its
//!   first-boot script is ignored, because an instance runs the script once in its life. The
//!   members in the script are fixed while the cluster stands (`standing`).
//! - A node depends on the node before it, disks included. So a change that stops instances is
//!   applied to one node at a time. Each waits until the instance before it runs, not until that
//!   server has joined again.
//! - Interface and volumes are separate resources. So an instance that is stopped, changed or
//!   replaced gets its address and its disks back. What the database does after a restart is
//!   another matter (`standing`).
//! - Metadata needs a token, and is answered one hop away only. So no server on the node or behind
//!   it can be tricked into handing out the role's credentials.

use kim::prelude::*;
use kim_aws::{ec2, iam, kms};

use crate::backup;
use crate::cluster::{Cluster, Node, Volume};
use crate::config::Internet;
use crate::first_boot::{self, Boot};
use crate::network;

/// Canonical's account, from which Ubuntu's images come.
const CANONICAL: &str = "099720109477";

/// What all nodes share.
pub(crate) struct Around<'a> {
    pub(crate) network: &'a network::DeclaredNetwork,
    pub(crate) group: &'a ec2::SecurityGroup,
    pub(crate) key: Option<&'a kms::Key>,
    pub(crate) profile: &'a iam::InstanceProfile,
}

/// A declared node.
pub(crate) struct DeclaredNode {
    pub(crate) number: usize,
    pub(crate) interface: ec2::NetworkInterface,
    pub(crate) instance: ec2::Instance,
    pub(crate) log: ec2::Volume,
    pub(crate) projections: ec2::Volume,
    pub(crate) public: Option<ec2::Address>,
    attachments: [ec2::VolumeAttachment; 2],
}

/// Declares the nodes, in order.
pub(crate) fn declare(cluster: &Cluster, around: &Around<'_>, scope: &Stack) -> Vec<DeclaredNode> {
    let image = image(cluster, scope);
    let strategy = cluster.placement.strategy();
    // Another strategy gives another name, so the instances' own diff shows that they must move.
    let placement = ec2::PlacementGroup::new("nodes")
        .name(format!("{}-{strategy}", cluster.name))
        .strategy(strategy)
        .tags(cluster.tags("nodes"))
        .declare(scope);
    let mut nodes: Vec<DeclaredNode> = Vec::new();
    for node in &cluster.nodes {
        let builder = ec2::Instance::new(format!("node-{}", node.number))
            .image_id(image)
            .placement_group(placement.name())
            .options(|o| {
                let o = around.network.after_ways_out(o);
                match nodes.last() {
                    Some(before) => {
                        o.depends_on(&before.attachments[0]).depends_on(&before.attachments[1])
                    }
                    None => o,
                }
            });
        nodes.push(declare_node(cluster, node, builder, around, scope));
    }
    nodes
}

fn declare_node(
    cluster: &Cluster,
    node: &Node,
    instance: ec2::InstanceBuilder,
    around: &Around<'_>,
    scope: &Stack,
) -> DeclaredNode {
    let number = node.number;
    let name = format!("node-{number}");
    let interface = ec2::NetworkInterface::new(&name)
        .subnet_id(around.network.subnets[node.subnet])
        .private_ip(node.address)
        .security_group_ids([around.group.id()])
        .description(format!("Kimberlite node {number}"))
        .tags(cluster.tags(&name))
        .declare(scope);
    let public = (cluster.internet == Internet::Public).then(|| {
        ec2::Address::new(&name)
            .network_interface_id(interface.id())
            .tags(cluster.tags(&name))
            .options(|o| around.network.after_ways_out(o))
            .declare(scope)
    });
    let log = volume(cluster, node, "log", cluster.log, around, scope);
    let projections = volume(cluster, node, "projections", cluster.projections, around, scope);
    let instance = instance
        .instance_type(&cluster.instance_type)
        .network_interface_id(interface.id())
        .iam_instance_profile(around.profile.instance_profile_name())
        .key_name(cluster.key_pair.as_ref())
        .metadata_options(
            ec2::MetadataOptions::new().http_tokens("required").http_put_response_hop_limit(1),
        )
        .root_volume(
            ec2::RootVolume::new()
                .size(cluster.root_size)
                .encrypted(around.key.map(|_| true))
                .kms_key_id(around.key.map(|key| key.arn())),
        )
        .user_data(first_boot(cluster, node, &log, &projections, around))
        .tags(cluster.tags(&name))
        // The interface has one instance at a time. A newer image is for new nodes and replaces
        // none.
        .options(|o| {
            let o = o
                .delete_before_replace(true)
                .ignore_changes("image_id")
                .ignore_changes("user_data");
            public.iter().fold(o, |o, address| o.depends_on(address))
        })
        .declare(scope);
    let attachments = [
        attach(node, "log", &cluster.devices[0], &log, &instance, scope),
        attach(node, "projections", &cluster.devices[1], &projections, &instance, scope),
    ];
    DeclaredNode { number, interface, instance, log, projections, public, attachments }
}

fn volume(
    cluster: &Cluster,
    node: &Node,
    name: &str,
    volume: Volume,
    around: &Around<'_>,
    scope: &Stack,
) -> ec2::Volume {
    let name = format!("{name}-{}", node.number);
    ec2::Volume::new(&name)
        .availability_zone(&node.zone)
        .volume_type("gp3")
        .size(volume.size)
        .iops(volume.iops)
        .throughput(volume.throughput)
        .encrypted(around.key.map(|_| true))
        .kms_key_id(around.key.map(|key| key.arn()))
        .snapshot_id(cluster.restore.get(&name))
        .tags(cluster.tags(&name))
        .tag(backup::TAG, &cluster.backup_tag)
        // A snapshot is for a new volume. To name one, or to name none any more, replaces no
        // volume.
        .options(|o| o.protect_if(cluster.protect).ignore_changes("snapshot_id"))
        .declare(scope)
}

fn attach(
    node: &Node,
    name: &str,
    device: &str,
    volume: &ec2::Volume,
    instance: &ec2::Instance,
    scope: &Stack,
) -> ec2::VolumeAttachment {
    ec2::VolumeAttachment::new(format!("{name}-{}", node.number))
        .volume_id(volume.id())
        .instance_id(instance.id())
        .device_name(device)
        // A terminated instance releases its volumes by itself. Volumes of a running one are in
        // use.
        .options(|o| o.deleted_with(instance))
        .declare(scope)
}

/// Returns the first-boot script, once the ids in it are known.
fn first_boot(
    cluster: &Cluster,
    node: &Node,
    log: &ec2::Volume,
    projections: &ec2::Volume,
    around: &Around<'_>,
) -> Output<String> {
    let boot = Boot::of(cluster, node);
    let volumes = log.id().zip(projections.id());
    match around.key {
        Some(key) => volumes.zip(key.arn()).try_map(
            move |((log, projections), key): ((String, String), String)| {
                first_boot::render(&boot, &log, &projections, Some(&key))
            },
        ),
        None => volumes.try_map(move |(log, projections): (String, String)| {
            first_boot::render(&boot, &log, &projections, None)
        }),
    }
}

/// Returns the image of the configuration, or else the latest Ubuntu 22.04.
///
/// The latter is the image for the processor of the instance type.
fn image(cluster: &Cluster, scope: &Stack) -> Output<String> {
    if let Some(image) = &cluster.image {
        return Output::of(image);
    }
    let (ubuntu, aws) =
        if is_graviton(&cluster.instance_type) { ("arm64", "arm64") } else { ("amd64", "x86_64") };
    ec2::AmiLookup::new()
        .owner(CANONICAL)
        .name(format!("ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{ubuntu}-server-*"))
        .architecture(aws)
        .most_recent(true)
        .look_up(scope)
        .image_id()
}

/// Returns true if the instance type has a processor by AWS.
///
/// AWS writes a `g` behind the generation: c7g.xlarge, m6gd.large, t4g.small.
pub(crate) fn is_graviton(instance_type: &str) -> bool {
    let family = instance_type.split('.').next().unwrap_or_default();
    family == "a1" || family.trim_start_matches(|c: char| !c.is_ascii_digit()).contains('g')
}
