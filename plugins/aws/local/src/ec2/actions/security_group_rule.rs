//! The actions of security groups' rules.
//!
//! Invariant: no two rules of a group and direction allow the same.

use std::sync::Arc;

use crate::ec2::queries::security_group::{check_group_text, named_security_group};
use crate::ec2::queries::security_group_rule::rules_of_group;
use crate::ec2::queries::tags::{put_tags, requested_tags};
use crate::ec2::rows::cidr::{Block, canonical_v6};
use crate::ec2::rows::kind::{Kind, all, change, erase, fresh, invalid, need, put, quota};
use crate::ec2::rows::security_group::SecurityGroup;
use crate::ec2::rows::security_group_rule::{Peer, SecurityGroupRule, Traffic};
use crate::ec2::views::listing::{describe, describing};
use crate::ec2::views::security_group_rule::show_revoked;
use crate::ec2::views::show::Show;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::params::Params;
use crate::service::{Action, Call};

/// The shape of a request that describes rules.
///
/// It has permissions, and whatever else the action reads, such as the group.
macro_rules! permission_shape {
    ($($rest:literal),*) => {
        concat!(
            "IpPermissions.N{IpProtocol! FromPort:i ToPort:i IpRanges.N{CidrIp! Description} ",
            "Ipv6Ranges.N{CidrIpv6! Description} Groups.N{GroupId GroupName UserId VpcId Description}} DryRun:b",
            $(" ", $rest),*
        )
    };
}

/// The shape of a request that describes rules, or one rule without a list.
///
/// The parameters of that rule are at the top of the request, as before permissions came in lists.
macro_rules! permission_shape_or_one {
    ($($rest:literal),*) => {
        permission_shape!(
            "IpProtocol FromPort:i ToPort:i CidrIp SourceSecurityGroupName SourceSecurityGroupOwnerId"
            $(, $rest)*
        )
    };
}

const AUTHORIZE_INGRESS: &str = permission_shape_or_one!(
    "GroupId GroupName",
    "TagSpecification.N{ResourceType! Tag.N{Key! Value}}"
);

const AUTHORIZE_EGRESS: &str =
    permission_shape_or_one!("GroupId!", "TagSpecification.N{ResourceType! Tag.N{Key! Value}}");

const REVOKE_INGRESS: &str = permission_shape_or_one!("GroupId GroupName", "SecurityGroupRuleId.N");

const REVOKE_EGRESS: &str = permission_shape_or_one!("GroupId!", "SecurityGroupRuleId.N");

const DESCRIPTIONS: &str = permission_shape!(
    "GroupId GroupName",
    "SecurityGroupRuleDescription.N{SecurityGroupRuleId! Description}"
);

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("AuthorizeSecurityGroupIngress", AUTHORIZE_INGRESS, |call| authorize(call, false)),
    Action::new("AuthorizeSecurityGroupEgress", AUTHORIZE_EGRESS, |call| authorize(call, true)),
    Action::new("RevokeSecurityGroupIngress", REVOKE_INGRESS, |call| revoke(call, false)),
    Action::new("RevokeSecurityGroupEgress", REVOKE_EGRESS, |call| revoke(call, true)),
    Action::new(
        "DescribeSecurityGroupRules",
        describing!("SecurityGroupRuleId.N"),
        describe::<SecurityGroupRule>,
    ),
    Action::new(
        "ModifySecurityGroupRules",
        "GroupId! SecurityGroupRule!.N{SecurityGroupRuleId! SecurityGroupRule!{IpProtocol! FromPort:i ToPort:i \
         CidrIpv4 CidrIpv6 ReferencedGroupId Description}} DryRun:b",
        modify,
    ),
    Action::new("UpdateSecurityGroupRuleDescriptionsIngress", DESCRIPTIONS, |call| {
        update_descriptions(call, false)
    }),
    Action::new("UpdateSecurityGroupRuleDescriptionsEgress", DESCRIPTIONS, |call| {
        update_descriptions(call, true)
    }),
];

/// A rule that a request describes.
struct WantedRule {
    traffic: Traffic,
    peer: Peer,
    description: Option<String>,
}

/// Inserts a rule for all traffic, as new groups have.
pub(crate) fn insert_open_rule(call: &mut Call, group_id: &str, egress: bool, peer: Peer) {
    let traffic = Traffic { protocol: "-1".to_owned(), from: -1, to: -1 };
    let (rule_id, group_id) = (fresh::<SecurityGroupRule>(call), group_id.to_owned());
    put(call, SecurityGroupRule { rule_id, group_id, egress, traffic, peer, description: None });
}

fn parse_traffic(params: &Params) -> Result<Traffic, AwsError> {
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
    let one = params.number("FromPort").or(params.number("ToPort")).filter(|_| ports.is_none());
    if let Some(one) = one.filter(|_| protocol != "-1") {
        // Half a range would allow more than was asked for.
        let message = format!("Invalid value '{one}' for portRange: both ends must be given.");
        return refuse("InvalidParameterValue", message);
    }
    let (from, to) = match (protocol, ports) {
        ("tcp" | "udp", None) => {
            let message =
                "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.";
            return refuse("InvalidParameterValue", message);
        }
        ("tcp" | "udp", Some((from, to))) if 0 <= from && from <= to && to <= 65535 => (from, to),
        ("tcp" | "udp", Some((from, to))) => {
            return refuse(
                "InvalidParameterValue",
                format!("Invalid TCP/UDP port range ({from}:{to})"),
            );
        }
        ("icmp" | "icmpv6", Some((kind, code)))
            if !(-1..=255).contains(&kind)
                || !(-1..=255).contains(&code)
                || kind == -1 && code != -1 =>
        {
            return refuse(
                "InvalidParameterValue",
                format!("ICMP type ({kind}) or code ({code}) is out of range"),
            );
        }
        ("icmp" | "icmpv6", Some(both)) => both,
        _ => (-1, -1),
    };
    Ok(Traffic { protocol: protocol.to_owned(), from, to })
}

fn parse_v4(text: &str) -> Result<Peer, AwsError> {
    let block = Block::parse(text);
    block.map_or_else(
        || invalid("CidrIp", text, "CIDR block is malformed"),
        |block| Ok(Peer::V4(block.to_string())),
    )
}

fn parse_v6(text: &str) -> Result<Peer, AwsError> {
    canonical_v6(text).map_or_else(
        || invalid("CidrIpv6", text, "CIDR block is malformed"),
        |cidr| Ok(Peer::V6(cidr)),
    )
}

/// Returns a group as a peer; it must be in the same VPC.
fn peer_group(
    call: &Call,
    owner: &SecurityGroup,
    id: Option<&str>,
    name: Option<&str>,
) -> Result<Peer, AwsError> {
    let groups = all::<SecurityGroup>(call);
    let mut groups = groups.iter().filter(|group| group.vpc_id == owner.vpc_id);
    let found =
        groups.find(|group| id.map_or(name == Some(&group.name), |id| id == group.group_id));
    let wanted = id.or(name).unwrap_or_default();
    let message =
        || format!("The security group '{wanted}' does not exist in VPC '{}'", owner.vpc_id);
    let found = found.ok_or_else(|| AwsError::new("InvalidGroup.NotFound", message()))?;
    Ok(Peer::Group(found.group_id.clone()))
}

fn rule_description(params: &Params) -> Result<Option<String>, AwsError> {
    let text = params.text("Description").filter(|text| !text.is_empty());
    text.map(|text| check_group_text("Description", text)).transpose()?;
    Ok(text.map(str::to_owned))
}

/// Returns the rules that a request describes, one for each peer.
fn wanted_rules(call: &Call, group: &SecurityGroup) -> Result<Vec<WantedRule>, AwsError> {
    let params = call.params();
    let mut all = Vec::new();
    for permission in params.list("IpPermissions") {
        let traffic = parse_traffic(permission)?;
        let before = all.len();
        for range in permission.list("IpRanges") {
            let peer = parse_v4(range.text("CidrIp").unwrap_or_default())?;
            all.push(WantedRule {
                traffic: traffic.clone(),
                peer,
                description: rule_description(range)?,
            });
        }
        for range in permission.list("Ipv6Ranges") {
            let peer = parse_v6(range.text("CidrIpv6").unwrap_or_default())?;
            all.push(WantedRule {
                traffic: traffic.clone(),
                peer,
                description: rule_description(range)?,
            });
        }
        for pair in permission.list("Groups") {
            check_own_account(call, pair.text("UserId"))?;
            let peer = peer_group(call, group, pair.text("GroupId"), pair.text("GroupName"))?;
            all.push(WantedRule {
                traffic: traffic.clone(),
                peer,
                description: rule_description(pair)?,
            });
        }
        if all.len() == before {
            let message = "A permission needs at least one of ipRanges, ipv6Ranges and groups";
            return refuse("MissingParameter", message);
        }
    }
    if params.get("IpProtocol").is_some() || params.get("SourceSecurityGroupName").is_some() {
        all.push(short_form(call, group)?);
    }
    let is_repeated = |at: usize, wanted_rule: &WantedRule| {
        all[..at]
            .iter()
            .any(|other| other.traffic == wanted_rule.traffic && other.peer == wanted_rule.peer)
    };
    if all.iter().enumerate().any(|(at, wanted_rule)| is_repeated(at, wanted_rule)) {
        return refuse(
            "InvalidParameterValue",
            "The same permission must not appear multiple times",
        );
    }
    Ok(all)
}

/// Returns the rule that parameters at the top of the request describe.
fn short_form(call: &Call, group: &SecurityGroup) -> Result<WantedRule, AwsError> {
    let params = call.params();
    check_own_account(call, params.text("SourceSecurityGroupOwnerId"))?;
    let (cidr, source) = (params.text("CidrIp"), params.text("SourceSecurityGroupName"));
    let (traffic, peer) = match (cidr, source) {
        (Some(cidr), None) => (parse_traffic(params)?, parse_v4(cidr)?),
        (None, Some(name)) if params.get("IpProtocol").is_none() => {
            let everything = Traffic { protocol: "-1".to_owned(), from: -1, to: -1 };
            (everything, peer_group(call, group, None, Some(name))?)
        }
        (None, Some(name)) => (parse_traffic(params)?, peer_group(call, group, None, Some(name))?),
        (None, None) => {
            return refuse("MissingParameter", "The request must contain the parameter cidrIp");
        }
        _ => {
            return refuse(
                "InvalidParameterCombination",
                "Specify a CIDR block or a source group, not both",
            );
        }
    };
    Ok(WantedRule { traffic, peer, description: None })
}

fn check_own_account(call: &Call, account: Option<&str>) -> Result<(), AwsError> {
    match account.filter(|account| *account != call.settings.account) {
        Some(other) => refuse(
            "InvalidGroup.NotFound",
            format!("No group of the account {other} is known here"),
        ),
        None => Ok(()),
    }
}

fn authorize(call: &mut Call, egress: bool) -> Answer {
    let group = named_security_group(call)?;
    let wanted = wanted_rules(call, &group)?;
    if wanted.is_empty() {
        return refuse("MissingParameter", "The request must contain the parameter ipPermissions");
    }
    let requested = requested_tags(call, &["security-group-rule"])?;
    let present: Vec<_> = rules_of_group(call, &group.group_id)
        .into_iter()
        .filter(|rule| rule.egress == egress)
        .collect();
    for wanted_rule in &wanted {
        if present
            .iter()
            .any(|rule| rule.traffic == wanted_rule.traffic && rule.peer == wanted_rule.peer)
        {
            return duplicate(wanted_rule);
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
    for WantedRule { traffic, peer, description } in wanted {
        let rule_id = fresh::<SecurityGroupRule>(call);
        put(
            call,
            SecurityGroupRule {
                rule_id: rule_id.clone(),
                group_id: group.group_id.clone(),
                egress,
                traffic,
                peer,
                description,
            },
        );
        put_tags::<SecurityGroupRule>(call, &rule_id, &requested);
        made.push(need::<SecurityGroupRule>(call, &rule_id)?.show(call));
    }
    Ok(node! { "return" => true, "securityGroupRuleSet" => Node::List(made) })
}

fn duplicate<T>(WantedRule { traffic, peer, .. }: &WantedRule) -> Result<T, AwsError> {
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
    let group = named_security_group(call)?;
    let wanted = wanted_rules(call, &group)?;
    if ids.is_empty() == wanted.is_empty() {
        let code = if ids.is_empty() { "MissingParameter" } else { "InvalidParameterCombination" };
        return refuse(code, "Name the rules by id or by permission, and not by both");
    }
    let present: Vec<_> = rules_of_group(call, &group.group_id)
        .into_iter()
        .filter(|rule| rule.egress == egress)
        .collect();
    let mut revoked: Vec<Arc<SecurityGroupRule>> = Vec::new();
    for id in ids {
        need::<SecurityGroupRule>(call, id)?;
        let found = present.iter().find(|rule| rule.rule_id == id);
        let message = || {
            format!("The security group rule ID '{id}' does not exist in group {}", group.group_id)
        };
        revoked.push(
            found.ok_or_else(|| AwsError::new(SecurityGroupRule::MISSING, message()))?.clone(),
        );
    }
    for wanted_rule in &wanted {
        let found = present
            .iter()
            .find(|rule| rule.traffic == wanted_rule.traffic && rule.peer == wanted_rule.peer);
        let message = "The specified rule does not exist in this security group.";
        revoked.push(
            found.ok_or_else(|| AwsError::new("InvalidPermission.NotFound", message))?.clone(),
        );
    }
    let shown: Vec<Node> = revoked.iter().map(|rule| show_revoked(rule)).collect();
    for rule in revoked {
        erase::<SecurityGroupRule>(call, &rule.rule_id);
    }
    Ok(node! {
        "return" => true, "unknownIpPermissionSet" => Node::List(vec![]),
        "revokedSecurityGroupRuleSet" => Node::List(shown),
    })
}

fn modify(call: &mut Call) -> Answer {
    let group = need::<SecurityGroup>(call, call.text("GroupId"))?;
    for change in call.params().list("SecurityGroupRule") {
        let rule_id = change.text("SecurityGroupRuleId").unwrap_or_default();
        let rule = need::<SecurityGroupRule>(call, rule_id)?;
        if rule.group_id != group.group_id {
            let message = format!(
                "The security group rule ID '{rule_id}' does not exist in group {}",
                group.group_id
            );
            return refuse(SecurityGroupRule::MISSING, message);
        }
        let Some(wanted) = change.get("SecurityGroupRule") else { continue };
        let traffic = parse_traffic(wanted)?;
        let peers = [
            wanted.text("CidrIpv4").map(parse_v4),
            wanted.text("CidrIpv6").map(parse_v6),
            wanted.text("ReferencedGroupId").map(|id| peer_group(call, &group, Some(id), None)),
        ];
        let mut peers = peers.into_iter().flatten();
        let (Some(peer), None) = (peers.next().transpose()?, peers.next()) else {
            let message = "A rule needs exactly one of CidrIpv4, CidrIpv6 and ReferencedGroupId";
            return refuse("InvalidParameterCombination", message);
        };
        let wanted = WantedRule { traffic, peer, description: rule_description(wanted)? };
        let same = |other: &Arc<SecurityGroupRule>| {
            other.rule_id != rule_id
                && other.egress == rule.egress
                && other.traffic == wanted.traffic
                && other.peer == wanted.peer
        };
        if rules_of_group(call, &group.group_id).iter().any(same) {
            return duplicate(&wanted);
        }
        let WantedRule { traffic, peer, description } = wanted;
        put(
            call,
            SecurityGroupRule { traffic, peer, description, ..SecurityGroupRule::clone(&rule) },
        );
    }
    Ok(node! { "return" => true })
}

fn update_descriptions(call: &mut Call, egress: bool) -> Answer {
    let group = named_security_group(call)?;
    let rules = rules_of_group(call, &group.group_id);
    let find = |is_meant: &dyn Fn(&SecurityGroupRule) -> bool| {
        let found = rules
            .iter()
            .find(|rule| rule.egress == egress && is_meant(rule))
            .map(|rule| rule.rule_id.clone());
        let message = "The specified rule does not exist in this security group.";
        found.ok_or_else(|| AwsError::new("InvalidPermission.NotFound", message))
    };
    let mut changes: Vec<(String, Option<String>)> = Vec::new();
    for given in call.params().list("SecurityGroupRuleDescription") {
        let id = given.text("SecurityGroupRuleId").unwrap_or_default();
        need::<SecurityGroupRule>(call, id)?;
        changes.push((find(&|rule| rule.rule_id == id)?, rule_description(given)?));
    }
    for wanted_rule in wanted_rules(call, &group)? {
        changes.push((
            find(&|rule| rule.traffic == wanted_rule.traffic && rule.peer == wanted_rule.peer)?,
            wanted_rule.description,
        ));
    }
    if changes.is_empty() {
        return refuse("MissingParameter", "Name at least one rule");
    }
    for (rule_id, description) in changes {
        change::<SecurityGroupRule>(call, &rule_id, |rule| rule.description = description)?;
    }
    Ok(node! { "return" => true })
}
