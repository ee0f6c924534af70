//! A rule of a security group.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::{Found, text_or};

/// The properties of a rule's peer. Exactly one is set.
const PEERS: [&str; 4] = ["cidr_ipv4", "cidr_ipv6", "source_security_group_id", "prefix_list_id"];

/// A rule of a security group: allowed traffic from or to a peer.
///
/// Protocol, ports and description can be changed in place. A change of the peer creates a rule
/// before it deletes the old one. Exactly one peer is set.
#[derive(Clone, Debug, Resource)]
// The keys are of the error InvalidPermission.Duplicate:
// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.
#[kim(
    kind = "aws:ec2:SecurityGroupRule",
    id = "security_group_rule_id",
    read_batch = 200,
    unique = "security_group_id, direction, protocol, from_port, to_port, cidr_ipv4",
    unique = "security_group_id, direction, protocol, from_port, to_port, cidr_ipv6",
    unique = "security_group_id, direction, protocol, from_port, to_port, source_security_group_id",
    unique = "security_group_id, direction, protocol, from_port, to_port, prefix_list_id"
)]
pub struct SecurityGroupRule {
    /// The security group, `sg-…`.
    #[kim(immutable)]
    pub security_group_id: String,
    /// The direction: `ingress` (from the peer) or `egress` (to the peer).
    #[kim(immutable, one_of("ingress", "egress"))]
    pub direction: String,
    /// The protocol: `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    // `IpPermission` takes names and numbers, and EC2 answers the names that it knows (botocore's
    // model of EC2).
    #[kim(default = "tcp", form = "protocol", pattern = "tcp|udp|icmp|icmpv6|-1|[0-9]{1,3}")]
    pub protocol: String,
    /// The first port. For ICMP the type, -1 for all.
    #[kim(computed, input, volatile, range = -1..=65535)]
    pub from_port: Option<i64>,
    /// The last port. For ICMP the code, -1 for all.
    #[kim(computed, input, volatile, range = -1..=65535)]
    pub to_port: Option<i64>,
    /// The peer: an IPv4 block, such as `10.0.0.0/16`.
    #[kim(immutable, form = "cidr")]
    pub cidr_ipv4: Option<String>,
    /// The peer: an IPv6 block, such as `::/0`.
    #[kim(immutable, form = "cidr")]
    pub cidr_ipv6: Option<String>,
    /// The peer: the members of a security group, `sg-…`.
    ///
    /// It may be the group itself. For an egress rule it is the destination.
    // DeleteSecurityGroup fails while a rule of another group refers to it (EC2 API reference).
    #[kim(immutable, holds = "aws:ec2:SecurityGroup")]
    pub source_security_group_id: Option<String>,
    /// The peer: a prefix list, `pl-…`.
    #[kim(immutable)]
    pub prefix_list_id: Option<String>,
    /// The purpose.
    #[kim(len = ..=255, pattern = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*")]
    pub description: Option<String>,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The rule's id, `sgr-…`.
    #[kim(computed)]
    pub security_group_rule_id: String,
}

impl Kind for SecurityGroupRule {
    super::operations!(security_group_rule);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.exactly_one(inputs, &PEERS);
        found.ipv4(inputs, "cidr_ipv4");
        found.ipv6(inputs, "cidr_ipv6");
        found.tags(inputs);
        if let Some(protocol) = text_or(inputs, "protocol", "tcp") {
            ports(&mut found, inputs, &protocol);
        }
        found.into_violations()
    }
}

fn ports(found: &mut Found, inputs: &Inputs, protocol: &str) {
    let (from, to) = (inputs.get::<i64>("from_port"), inputs.get::<i64>("to_port"));
    if protocol.parse::<i64>().is_ok_and(|number| number > 255) {
        found.error(
            "protocol",
            format!("{protocol} is not a protocol number: 0 to 255, or -1 for all"),
        );
    }
    match protocol {
        "tcp" | "udp" | "6" | "17" => {
            for (name, port) in [("from_port", &from), ("to_port", &to)] {
                match port {
                    Absent => found.error(
                        name,
                        format!("{protocol} needs from_port and to_port; all ports are 0 to 65535"),
                    ),
                    Known(port) if *port < 0 => {
                        found.error(name, format!("{port} is not a {protocol} port: 0 to 65535"))
                    }
                    _ => {}
                }
            }
            if let (Known(from), Known(to)) = (from, to)
                && from > to
            {
                found.error(
                    "to_port",
                    format!("the last port ({to}) is less than the first ({from})"),
                );
            }
        }
        "icmp" | "icmpv6" | "1" | "58" => {
            for (name, number) in [("from_port", from), ("to_port", to)] {
                if let Known(number) = number
                    && number > 255
                {
                    found.error(
                        name,
                        format!("{number} is not an ICMP type or code: 0 to 255, or -1 for all"),
                    );
                }
            }
        }
        // AWS ignores the ports of other protocols: it allows all of them, and returns -1.
        _ => {
            for (name, port) in [("from_port", from), ("to_port", to)] {
                if matches!(port, Known(port) if port != -1) {
                    found.error(
                        name,
                        format!("protocol {protocol} has no ports: AWS would allow all of them"),
                    );
                }
            }
        }
    }
}
