//! How a security group rule is shown.

use std::sync::Arc;

use crate::ec2::queries::security_group::group_name;
use crate::ec2::rows::security_group_rule::{Peer, SecurityGroupRule, Traffic};
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;

impl Show for SecurityGroupRule {
    const IDS: &'static str = "SecurityGroupRuleId";
    const SET: &'static str = "securityGroupRuleSet";
    const LEAVES_OUT: &'static [&'static str] = &[];
    const FILTERS: &'static [(&'static str, &'static str)] =
        &[("group-id", "groupId"), ("security-group-rule-id", "securityGroupRuleId")];

    fn show(&self, call: &Call) -> Node {
        let owner = || call.settings.account.clone();
        let referenced = match &self.peer {
            Peer::Group(id) => Some(node! { "groupId" => id, "userId" => owner() }),
            _ => None,
        };
        node! {
            "securityGroupRuleId" => &self.rule_id, "groupId" => &self.group_id, "groupOwnerId" => owner(),
            "isEgress" => self.egress, "ipProtocol" => &self.traffic.protocol, "fromPort" => self.traffic.from,
            "toPort" => self.traffic.to, "cidrIpv4" => self.peer.v4(), "cidrIpv6" => self.peer.v6(),
            "referencedGroupInfo" => referenced, "description" => self.description.clone(),
            "securityGroupRuleArn" => call.arn(&format!("security-group-rule/{}", self.rule_id)),
            "tagSet" => show_tags(call, &self.rule_id),
        }
    }
}

/// Returns the rules of one direction as a group shows them.
///
/// Peers with the same traffic are shown together.
pub(crate) fn show_permissions(
    call: &Call,
    rules: &[Arc<SecurityGroupRule>],
    egress: bool,
) -> Node {
    let mut kinds: Vec<&Traffic> = Vec::new();
    let rules: Vec<&Arc<SecurityGroupRule>> =
        rules.iter().filter(|rule| rule.egress == egress).collect();
    for rule in &rules {
        if !kinds.contains(&&rule.traffic) {
            kinds.push(&rule.traffic);
        }
    }
    Node::list(kinds.into_iter().map(|traffic| {
        let peers = |pick: &dyn Fn(&SecurityGroupRule) -> Option<Node>| {
            let same = rules.iter().filter(|rule| rule.traffic == *traffic);
            Node::list(same.filter_map(|rule| pick(rule)))
        };
        let has_ports = traffic.protocol != "-1";
        node! {
            "ipProtocol" => &traffic.protocol,
            "fromPort" => has_ports.then_some(traffic.from), "toPort" => has_ports.then_some(traffic.to),
            "groups" => peers(&|rule| match &rule.peer {
                Peer::Group(id) => Some(node! {
                    "groupId" => id, "userId" => &call.settings.account, "description" => rule.description.clone(),
                    "groupName" => Node::hidden(group_name(call, id)),
                }),
                _ => None,
            }),
            "ipRanges" => peers(&|rule| Some(
                node! { "cidrIp" => rule.peer.v4()?, "description" => rule.description.clone() }
            )),
            "ipv6Ranges" => peers(&|rule| Some(
                node! { "cidrIpv6" => rule.peer.v6()?, "description" => rule.description.clone() }
            )),
            "prefixListIds" => Node::List(vec![]),
        }
    }))
}

/// Returns a rule as `RevokeSecurityGroup…` shows it.
pub(crate) fn show_revoked(rule: &SecurityGroupRule) -> Node {
    let referenced = if let Peer::Group(id) = &rule.peer { Some(id) } else { None };
    node! {
        "securityGroupRuleId" => &rule.rule_id, "groupId" => &rule.group_id, "isEgress" => rule.egress,
        "ipProtocol" => &rule.traffic.protocol, "fromPort" => rule.traffic.from, "toPort" => rule.traffic.to,
        "cidrIpv4" => rule.peer.v4(), "cidrIpv6" => rule.peer.v6(), "referencedGroupId" => referenced,
        "description" => rule.description.clone(),
    }
}
