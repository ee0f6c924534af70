//! One rule of a security group.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::{Found, text_or};

/// Whom a rule may be about; exactly one is given.
const PEERS: [&str; 4] = ["cidr_ipv4", "cidr_ipv6", "source_security_group_id", "prefix_list_id"];

/// Names that AWS has for protocols; it answers with the name whatever was asked.
const NAMED: [(&str, &str); 4] = [("6", "tcp"), ("17", "udp"), ("1", "icmp"), ("58", "icmpv6")];

/// One rule of a security group: who may reach it (`ingress`), or whom it may reach (`egress`). Protocol, ports and
/// description change in place; another peer is another rule, made before the old one goes.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:SecurityGroupRule", id = "security_group_rule_id", read_batch = 200)]
pub struct SecurityGroupRule {
    /// The group, `sg-…`.
    #[kim(immutable)]
    pub security_group_id: String,
    /// `ingress` (into the group) or `egress` (out of it).
    #[kim(immutable, one_of("ingress", "egress"))]
    pub direction: String,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or a protocol number.
    #[kim(default = "tcp", pattern = "tcp|udp|icmp|icmpv6|-1|[0-9]{1,3}")]
    pub protocol: String,
    /// The first port; of ICMP the type, -1 for all.
    #[kim(computed, input, range = -1..=65535)]
    pub from_port: Option<i64>,
    /// The last port; of ICMP the code, -1 for all.
    #[kim(computed, input, range = -1..=65535)]
    pub to_port: Option<i64>,
    /// An IPv4 block, canonical: `10.0.0.0/16`. One peer is given.
    #[kim(immutable)]
    pub cidr_ipv4: Option<String>,
    /// An IPv6 block, canonical: `::/0`.
    #[kim(immutable)]
    pub cidr_ipv6: Option<String>,
    /// Whatever is in this security group (of an egress rule: the destination), `sg-…`; may be the group itself.
    #[kim(immutable)]
    pub source_security_group_id: Option<String>,
    /// A prefix list, `pl-…`.
    #[kim(immutable)]
    pub prefix_list_id: Option<String>,
    /// What it is for.
    #[kim(len = ..=255, pattern = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]*")]
    pub description: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its id, `sgr-…`.
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
        found.all()
    }
}

fn ports(found: &mut Found, inputs: &Inputs, protocol: &str) {
    let (from, to) = (inputs.get::<i64>("from_port"), inputs.get::<i64>("to_port"));
    if let Some((number, name)) = NAMED.iter().find(|(number, _)| *number == protocol) {
        found.error("protocol", format!("AWS answers '{name}' for {number}; write {name}"));
    } else if protocol.parse::<i64>().is_ok_and(|number| number > 255) {
        found.error("protocol", format!("{protocol} is no protocol number: 0 to 255, or -1 for all"));
    }
    match protocol {
        "tcp" | "udp" | "6" | "17" => {
            for (name, port) in [("from_port", &from), ("to_port", &to)] {
                match port {
                    Absent => {
                        found.error(name, format!("{protocol} needs from_port and to_port; all ports are 0 to 65535"))
                    }
                    Known(port) if *port < 0 => found.error(name, format!("{port} is no {protocol} port: 0 to 65535")),
                    _ => {}
                }
            }
            if let (Known(from), Known(to)) = (from, to)
                && from > to
            {
                found.error("to_port", format!("the last port ({to}) comes before the first ({from})"));
            }
        }
        "icmp" | "icmpv6" | "1" | "58" => {
            for (name, number) in [("from_port", from), ("to_port", to)] {
                if let Known(number) = number
                    && number > 255
                {
                    found.error(name, format!("{number} is no ICMP type or code: 0 to 255, or -1 for all"));
                }
            }
        }
        // AWS takes no ports with other protocols: it covers all of them, and answers -1.
        _ => {
            for (name, port) in [("from_port", from), ("to_port", to)] {
                if matches!(port, Known(port) if port != -1) {
                    found.error(name, format!("protocol {protocol} has no ports: AWS would let all of them through"));
                }
            }
        }
    }
}
