//! The security group of the nodes, and each of its rules as a resource.
//!
//! Invariant: the nodes reach each other. Any other source reaches a port only if the configuration
//! names it.

use kim::prelude::*;
use kim_aws::ec2::{SecurityGroup, SecurityGroupRule};

use crate::cluster::{Cluster, Sources};
use crate::network;

/// The port for clients.
pub(crate) const CLIENTS: u16 = 7000;
/// The port between nodes.
pub(crate) const PEERS: u16 = 7001;
/// The port for Prometheus.
pub(crate) const METRICS: u16 = 9090;
/// The port for administrators.
const SSH: u16 = 22;

pub(crate) fn declare(
    cluster: &Cluster,
    network: &network::DeclaredNetwork,
    scope: &Stack,
) -> SecurityGroup {
    let group = SecurityGroup::new("nodes")
        .name(format!("{}-nodes", cluster.name))
        .description("Kimberlite cluster nodes")
        .vpc_id(network.vpc)
        .tags(cluster.tags("nodes"))
        .declare(scope);
    // The only rule for this port: a host that reaches it is a member of the cluster. The group's
    // own id is an output of the group, so the configuration cannot name it as a source.
    rule("peers-self", PEERS, "Nodes of the cluster", cluster, &group)
        .source_security_group_id(group.id())
        .declare(scope);
    let open = [
        ("clients", CLIENTS, "Clients", &cluster.access.clients),
        ("metrics", METRICS, "Monitoring", &cluster.access.metrics),
        ("ssh", SSH, "Administrators", &cluster.access.ssh),
    ];
    for (name, port, description, sources) in open {
        for source in sources {
            // The name says the source, so to drop one source leaves the rules of the others alone.
            let rule = match source {
                Sources::Block(block) => {
                    rule(&format!("{name}-{block}"), port, description, cluster, &group)
                        .cidr_ipv4(block.to_string())
                }
                Sources::Group(id) => {
                    rule(&format!("{name}-{id}"), port, description, cluster, &group)
                        .source_security_group_id(id)
                }
            };
            rule.declare(scope);
        }
    }
    group
}

fn rule(
    name: &str,
    port: u16,
    description: &str,
    cluster: &Cluster,
    group: &SecurityGroup,
) -> kim_aws::ec2::SecurityGroupRuleBuilder {
    SecurityGroupRule::new(name)
        .security_group_id(group.id())
        .direction("ingress")
        .protocol("tcp")
        .from_port(port)
        .to_port(port)
        .description(description)
        .tags(cluster.tags(name))
}
