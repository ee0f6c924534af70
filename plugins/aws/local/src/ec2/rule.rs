//! Rules of security groups: one peer each, with an id each. Invariant: no two rules of a group and direction
//! allow the same.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cidr::{Block, canonical_v6};
use super::group::{self, Group, check_text};
use super::kind::{Kind, all, change, erase, fresh, invalid, need, put, quota};
use super::listing::{describe, describing};
use super::tags;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::params::Params;
use crate::service::{Action, Call};
use crate::world::Resource;

/// How a request describes rules: the group, permissions, and whatever else the action reads.
macro_rules! permissions {
    ($($rest:literal),*) => {
        concat!(
            "IpPermissions.N{IpProtocol! FromPort:i ToPort:i IpRanges.N{CidrIp! Description} ",
            "Ipv6Ranges.N{CidrIpv6! Description} Groups.N{GroupId GroupName UserId VpcId Description}} DryRun:b",
            $(" ", $rest),*
        )
    };
}

/// One rule in parameters at the top of the request, the way it was before permissions came in lists.
macro_rules! permissions_or_one {
    ($($rest:literal),*) => {
        permissions!(
            "IpProtocol FromPort:i ToPort:i CidrIp SourceSecurityGroupName SourceSecurityGroupOwnerId"
            $(, $rest)*
        )
    };
}

const AUTHORIZE_INGRESS: &str =
    permissions_or_one!("GroupId GroupName", "TagSpecification.N{ResourceType! Tag.N{Key! Value}}");
const AUTHORIZE_EGRESS: &str = permissions_or_one!("GroupId!", "TagSpecification.N{ResourceType! Tag.N{Key! Value}}");
const REVOKE_INGRESS: &str = permissions_or_one!("GroupId GroupName", "SecurityGroupRuleId.N");
const REVOKE_EGRESS: &str = permissions_or_one!("GroupId!", "SecurityGroupRuleId.N");
const DESCRIPTIONS: &str =
    permissions!("GroupId GroupName", "SecurityGroupRuleDescription.N{SecurityGroupRuleId! Description}");

pub(super) const ACTIONS: &[Action] = &[
    Action::new("AuthorizeSecurityGroupIngress", AUTHORIZE_INGRESS, |call| authorize(call, false)),
    Action::new("AuthorizeSecurityGroupEgress", AUTHORIZE_EGRESS, |call| authorize(call, true)),
    Action::new("RevokeSecurityGroupIngress", REVOKE_INGRESS, |call| revoke(call, false)),
    Action::new("RevokeSecurityGroupEgress", REVOKE_EGRESS, |call| revoke(call, true)),
    Action::new("DescribeSecurityGroupRules", describing!("SecurityGroupRuleId.N"), describe::<Rule>),
    Action::new(
        "ModifySecurityGroupRules",
        "GroupId! SecurityGroupRule!.N{SecurityGroupRuleId! SecurityGroupRule!{IpProtocol! FromPort:i ToPort:i \
         CidrIpv4 CidrIpv6 ReferencedGroupId Description}} DryRun:b",
        modify,
    ),
    Action::new("UpdateSecurityGroupRuleDescriptionsIngress", DESCRIPTIONS, |call| update_descriptions(call, false)),
    Action::new("UpdateSecurityGroupRuleDescriptionsEgress", DESCRIPTIONS, |call| update_descriptions(call, true)),
];

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    rule_id: String,
    pub(super) group_id: String,
    egress: bool,
    traffic: Traffic,
    pub(super) peer: Peer,
    description: Option<String>,
}

/// What a rule lets through. For `icmp` the ports are type and code; `-1` means all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Traffic {
    protocol: String,
    from: i64,
    to: i64,
}

/// Where traffic comes from or goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Peer {
    V4(String),
    V6(String),
    Group(String),
}

/// A rule that a request describes.
struct Wanted {
    traffic: Traffic,
    peer: Peer,
    description: Option<String>,
}

impl Resource for Rule {
    const KIND: &'static str = "ec2:security-group-rule";
    fn id(&self) -> &str {
        &self.rule_id
    }
}

impl Kind for Rule {
    const PREFIX: &'static str = "sgr-";
    const TYPE: &'static str = "security-group-rule";
    const MISSING: &'static str = "InvalidSecurityGroupRuleId.NotFound";
    const MALFORMED: &'static str = "InvalidSecurityGroupRuleId.Malformed";
    const IDS: &'static str = "SecurityGroupRuleId";
    const SET: &'static str = "securityGroupRuleSet";
    const FILTERS: &'static [(&'static str, &'static str)] =
        &[("group-id", "groupId"), ("security-group-rule-id", "securityGroupRuleId")];

    fn show(&self, call: &Call) -> Node {
        let owner = || call.rules.account.clone();
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
            "tagSet" => tags::show(call, &self.rule_id),
        }
    }
}

impl Peer {
    fn v4(&self) -> Option<&str> {
        if let Peer::V4(cidr) = self { Some(cidr) } else { None }
    }

    fn v6(&self) -> Option<&str> {
        if let Peer::V6(cidr) = self { Some(cidr) } else { None }
    }
}

/// The rules of a group.
pub(super) fn of_group(call: &Call, group_id: &str) -> Vec<Arc<Rule>> {
    all::<Rule>(call).into_iter().filter(|rule| rule.group_id == group_id).collect()
}

/// A rule for all traffic, as new groups have.
pub(super) fn make_open(call: &mut Call, group_id: &str, egress: bool, peer: Peer) {
    let traffic = Traffic { protocol: "-1".to_owned(), from: -1, to: -1 };
    let (rule_id, group_id) = (fresh::<Rule>(call), group_id.to_owned());
    put(call, Rule { rule_id, group_id, egress, traffic, peer, description: None });
}

/// The rules of one direction as a group shows them: peers gathered by what they may do.
pub(super) fn permissions(call: &Call, rules: &[Arc<Rule>], egress: bool) -> Node {
    let mut kinds: Vec<&Traffic> = Vec::new();
    let rules: Vec<&Arc<Rule>> = rules.iter().filter(|rule| rule.egress == egress).collect();
    for rule in &rules {
        if !kinds.contains(&&rule.traffic) {
            kinds.push(&rule.traffic);
        }
    }
    Node::list(kinds.into_iter().map(|traffic| {
        let peers = |pick: &dyn Fn(&Rule) -> Option<Node>| {
            let same = rules.iter().filter(|rule| rule.traffic == *traffic);
            Node::list(same.filter_map(|rule| pick(rule)))
        };
        let has_ports = traffic.protocol != "-1";
        node! {
            "ipProtocol" => &traffic.protocol,
            "fromPort" => has_ports.then_some(traffic.from), "toPort" => has_ports.then_some(traffic.to),
            "groups" => peers(&|rule| match &rule.peer {
                Peer::Group(id) => Some(node! {
                    "groupId" => id, "userId" => &call.rules.account, "description" => rule.description.clone(),
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

fn traffic(params: &Params) -> Result<Traffic, AwsError> {
    let given = params.text("IpProtocol").unwrap_or_default().to_lowercase();
    let protocol = match given.as_str() {
        "-1" | "all" => "-1",
        "tcp" | "6" => "tcp",
        "udp" | "17" => "udp",
        "icmp" | "1" => "icmp",
        "icmpv6" | "58" => "icmpv6",
        number if number.parse::<u8>().is_ok() => number,
        unknown => {
            let message = format!("Invalid value '{unknown}' for IP protocol. Unknown protocol.");
            return refuse("InvalidParameterValue", message);
        }
    };
    let ports = params.number("FromPort").zip(params.number("ToPort"));
    let (from, to) = match (protocol, ports) {
        ("tcp" | "udp", None) => {
            let message = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.";
            return refuse("InvalidParameterValue", message);
        }
        ("tcp" | "udp", Some((from, to))) if 0 <= from && from <= to && to <= 65535 => (from, to),
        ("tcp" | "udp", Some((from, to))) => {
            return refuse("InvalidParameterValue", format!("Invalid TCP/UDP port range ({from}:{to})"));
        }
        ("icmp" | "icmpv6", Some((kind, code)))
            if !(-1..=255).contains(&kind) || !(-1..=255).contains(&code) || kind == -1 && code != -1 =>
        {
            return refuse("InvalidParameterValue", format!("ICMP type ({kind}) or code ({code}) is out of range"));
        }
        ("icmp" | "icmpv6", Some(both)) => both,
        _ => (-1, -1),
    };
    Ok(Traffic { protocol: protocol.to_owned(), from, to })
}

fn v4(text: &str) -> Result<Peer, AwsError> {
    let block = Block::parse(text);
    block.map_or_else(|| invalid("CidrIp", text, "CIDR block is malformed"), |block| Ok(Peer::V4(block.to_string())))
}

fn v6(text: &str) -> Result<Peer, AwsError> {
    canonical_v6(text).map_or_else(|| invalid("CidrIpv6", text, "CIDR block is malformed"), |cidr| Ok(Peer::V6(cidr)))
}

/// A group as a peer; it must be in the same VPC.
fn peer_group(call: &Call, owner: &Group, id: Option<&str>, name: Option<&str>) -> Result<Peer, AwsError> {
    let groups = all::<Group>(call);
    let mut groups = groups.iter().filter(|group| group.vpc_id == owner.vpc_id);
    let found = groups.find(|group| id.map_or(name == Some(&group.name), |id| id == group.group_id));
    let wanted = id.or(name).unwrap_or_default();
    let message = || format!("The security group '{wanted}' does not exist in VPC '{}'", owner.vpc_id);
    let found = found.ok_or_else(|| AwsError::new("InvalidGroup.NotFound", message()))?;
    Ok(Peer::Group(found.group_id.clone()))
}

fn description(params: &Params) -> Result<Option<String>, AwsError> {
    let text = params.text("Description").filter(|text| !text.is_empty());
    text.map(|text| check_text("Description", text)).transpose()?;
    Ok(text.map(str::to_owned))
}

/// The rules that a request describes, one for each peer.
fn wanted(call: &Call, group: &Group) -> Result<Vec<Wanted>, AwsError> {
    let params = call.params();
    let mut all = Vec::new();
    for permission in params.list("IpPermissions") {
        let traffic = traffic(permission)?;
        let before = all.len();
        for range in permission.list("IpRanges") {
            let peer = v4(range.text("CidrIp").unwrap_or_default())?;
            all.push(Wanted { traffic: traffic.clone(), peer, description: description(range)? });
        }
        for range in permission.list("Ipv6Ranges") {
            let peer = v6(range.text("CidrIpv6").unwrap_or_default())?;
            all.push(Wanted { traffic: traffic.clone(), peer, description: description(range)? });
        }
        for pair in permission.list("Groups") {
            own_account(call, pair.text("UserId"))?;
            let peer = peer_group(call, group, pair.text("GroupId"), pair.text("GroupName"))?;
            all.push(Wanted { traffic: traffic.clone(), peer, description: description(pair)? });
        }
        if all.len() == before {
            let message = "A permission needs at least one of ipRanges, ipv6Ranges and groups";
            return refuse("MissingParameter", message);
        }
    }
    if params.get("IpProtocol").is_some() || params.get("SourceSecurityGroupName").is_some() {
        all.push(short_form(call, group)?);
    }
    let is_repeated =
        |at: usize, one: &Wanted| all[..at].iter().any(|other| other.traffic == one.traffic && other.peer == one.peer);
    if all.iter().enumerate().any(|(at, one)| is_repeated(at, one)) {
        return refuse("InvalidParameterValue", "The same permission must not appear multiple times");
    }
    Ok(all)
}

/// One rule in parameters at the top of the request.
fn short_form(call: &Call, group: &Group) -> Result<Wanted, AwsError> {
    let params = call.params();
    own_account(call, params.text("SourceSecurityGroupOwnerId"))?;
    let (cidr, source) = (params.text("CidrIp"), params.text("SourceSecurityGroupName"));
    let (traffic, peer) = match (cidr, source) {
        (Some(cidr), None) => (traffic(params)?, v4(cidr)?),
        (None, Some(name)) if params.get("IpProtocol").is_none() => {
            let everything = Traffic { protocol: "-1".to_owned(), from: -1, to: -1 };
            (everything, peer_group(call, group, None, Some(name))?)
        }
        (None, Some(name)) => (traffic(params)?, peer_group(call, group, None, Some(name))?),
        (None, None) => return refuse("MissingParameter", "The request must contain the parameter cidrIp"),
        _ => return refuse("InvalidParameterCombination", "Specify a CIDR block or a source group, not both"),
    };
    Ok(Wanted { traffic, peer, description: None })
}

fn own_account(call: &Call, account: Option<&str>) -> Result<(), AwsError> {
    match account.filter(|account| *account != call.rules.account) {
        Some(other) => refuse("InvalidGroup.NotFound", format!("No group of the account {other} is known here")),
        None => Ok(()),
    }
}

fn authorize(call: &mut Call, egress: bool) -> Answer {
    let group = group::named(call)?;
    let wanted = wanted(call, &group)?;
    if wanted.is_empty() {
        return refuse("MissingParameter", "The request must contain the parameter ipPermissions");
    }
    let requested = tags::requested(call, &["security-group-rule"])?;
    let present: Vec<_> = of_group(call, &group.group_id).into_iter().filter(|rule| rule.egress == egress).collect();
    for one in &wanted {
        if present.iter().any(|rule| rule.traffic == one.traffic && rule.peer == one.peer) {
            return duplicate(one);
        }
    }
    quota(
        call,
        (present.len() + wanted.len()).saturating_sub(1),
        60,
        "RulesPerSecurityGroupLimitExceeded",
        "rules in a direction",
    )?;
    let mut made = Vec::new();
    for Wanted { traffic, peer, description } in wanted {
        let rule_id = fresh::<Rule>(call);
        put(
            call,
            Rule { rule_id: rule_id.clone(), group_id: group.group_id.clone(), egress, traffic, peer, description },
        );
        tags::put::<Rule>(call, &rule_id, &requested);
        made.push(need::<Rule>(call, &rule_id)?.show(call));
    }
    Ok(node! { "return" => true, "securityGroupRuleSet" => Node::List(made) })
}

fn duplicate<T>(Wanted { traffic, peer, .. }: &Wanted) -> Result<T, AwsError> {
    let (Peer::V4(peer) | Peer::V6(peer) | Peer::Group(peer)) = peer;
    let Traffic { protocol, from, to } = traffic;
    let message = format!(
        "the specified rule \"peer: {peer}, {}, from port: {from}, to port: {to}, ALLOW\" already exists",
        protocol.to_uppercase()
    );
    refuse("InvalidPermission.Duplicate", message)
}

fn revoke(call: &mut Call, egress: bool) -> Answer {
    let ids = call.params().texts("SecurityGroupRuleId");
    let group = group::named(call)?;
    let wanted = wanted(call, &group)?;
    if ids.is_empty() == wanted.is_empty() {
        let code = if ids.is_empty() { "MissingParameter" } else { "InvalidParameterCombination" };
        return refuse(code, "Name the rules by id or by permission, and not by both");
    }
    let present: Vec<_> = of_group(call, &group.group_id).into_iter().filter(|rule| rule.egress == egress).collect();
    let mut revoked: Vec<Arc<Rule>> = Vec::new();
    for id in ids {
        need::<Rule>(call, id)?;
        let found = present.iter().find(|rule| rule.rule_id == id);
        let message = || format!("The security group rule ID '{id}' does not exist in group {}", group.group_id);
        revoked.push(found.ok_or_else(|| AwsError::new(Rule::MISSING, message()))?.clone());
    }
    for one in &wanted {
        let found = present.iter().find(|rule| rule.traffic == one.traffic && rule.peer == one.peer);
        let message = "The specified rule does not exist in this security group.";
        revoked.push(found.ok_or_else(|| AwsError::new("InvalidPermission.NotFound", message))?.clone());
    }
    let shown: Vec<Node> = revoked.iter().map(|rule| show_revoked(rule)).collect();
    for rule in revoked {
        erase::<Rule>(call, &rule.rule_id);
    }
    Ok(node! {
        "return" => true, "unknownIpPermissionSet" => Node::List(vec![]),
        "revokedSecurityGroupRuleSet" => Node::List(shown),
    })
}

fn show_revoked(rule: &Rule) -> Node {
    let referenced = if let Peer::Group(id) = &rule.peer { Some(id) } else { None };
    node! {
        "securityGroupRuleId" => &rule.rule_id, "groupId" => &rule.group_id, "isEgress" => rule.egress,
        "ipProtocol" => &rule.traffic.protocol, "fromPort" => rule.traffic.from, "toPort" => rule.traffic.to,
        "cidrIpv4" => rule.peer.v4(), "cidrIpv6" => rule.peer.v6(), "referencedGroupId" => referenced,
        "description" => rule.description.clone(),
    }
}

fn modify(call: &mut Call) -> Answer {
    let group = need::<Group>(call, call.text("GroupId"))?;
    for change in call.params().list("SecurityGroupRule") {
        let rule_id = change.text("SecurityGroupRuleId").unwrap_or_default();
        let rule = need::<Rule>(call, rule_id)?;
        if rule.group_id != group.group_id {
            let message = format!("The security group rule ID '{rule_id}' does not exist in group {}", group.group_id);
            return refuse(Rule::MISSING, message);
        }
        let Some(wanted) = change.get("SecurityGroupRule") else { continue };
        let traffic = traffic(wanted)?;
        let peers = [
            wanted.text("CidrIpv4").map(v4),
            wanted.text("CidrIpv6").map(v6),
            wanted.text("ReferencedGroupId").map(|id| peer_group(call, &group, Some(id), None)),
        ];
        let mut peers = peers.into_iter().flatten();
        let (Some(peer), None) = (peers.next().transpose()?, peers.next()) else {
            let message = "A rule needs exactly one of CidrIpv4, CidrIpv6 and ReferencedGroupId";
            return refuse("InvalidParameterCombination", message);
        };
        let wanted = Wanted { traffic, peer, description: description(wanted)? };
        let same = |other: &Arc<Rule>| {
            other.rule_id != rule_id
                && other.egress == rule.egress
                && other.traffic == wanted.traffic
                && other.peer == wanted.peer
        };
        if of_group(call, &group.group_id).iter().any(same) {
            return duplicate(&wanted);
        }
        let Wanted { traffic, peer, description } = wanted;
        put(call, Rule { traffic, peer, description, ..Rule::clone(&rule) });
    }
    Ok(node! { "return" => true })
}

fn update_descriptions(call: &mut Call, egress: bool) -> Answer {
    let group = group::named(call)?;
    let rules = of_group(call, &group.group_id);
    let find = |is_meant: &dyn Fn(&Rule) -> bool| {
        let found = rules.iter().find(|rule| rule.egress == egress && is_meant(rule)).map(|rule| rule.rule_id.clone());
        let message = "The specified rule does not exist in this security group.";
        found.ok_or_else(|| AwsError::new("InvalidPermission.NotFound", message))
    };
    let mut changes: Vec<(String, Option<String>)> = Vec::new();
    for one in call.params().list("SecurityGroupRuleDescription") {
        let id = one.text("SecurityGroupRuleId").unwrap_or_default();
        need::<Rule>(call, id)?;
        changes.push((find(&|rule| rule.rule_id == id)?, description(one)?));
    }
    for one in wanted(call, &group)? {
        changes.push((find(&|rule| rule.traffic == one.traffic && rule.peer == one.peer)?, one.description));
    }
    if changes.is_empty() {
        return refuse("MissingParameter", "Name at least one rule");
    }
    for (rule_id, description) in changes {
        change::<Rule>(call, &rule_id, |rule| rule.description = description)?;
    }
    Ok(node! { "return" => true })
}
