//! Rules of security groups, by rule id.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, Filter, IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType,
    SecurityGroupRuleRequest, SecurityGroupRuleUpdate, UserIdGroupPair,
};
use kim_plugin::prelude::*;
use kim_plugin::schema::Form;
use kim_plugin_aws::Step;

use super::{
    by_ids, by_token, client, deleted, expect_part, failed, filter, in_order, indexed,
    no_longer_exists, non_empty, not_visible_yet, pages, retag, tagged, to_i32, visible,
};
use crate::kinds::SecurityGroupRule;

pub(crate) async fn create(
    inputs: SecurityGroupRule,
    token: &str,
) -> Result<State<SecurityGroupRule>, Failure> {
    let client = client()?;
    let (group, permission) = (inputs.security_group_id.clone(), permission(&inputs));
    let tags = tagged(ResourceType::SecurityGroupRule, &inputs.tags, token);
    let rules = if inputs.direction == "egress" {
        let request =
            client.authorize_security_group_egress().group_id(group).ip_permissions(permission);
        request
            .tag_specifications(tags)
            .send()
            .await
            .map_err(failed)
            .map(|answer| answer.security_group_rules)
    } else {
        let request =
            client.authorize_security_group_ingress().group_id(group).ip_permissions(permission);
        request
            .tag_specifications(tags)
            .send()
            .await
            .map_err(failed)
            .map(|answer| answer.security_group_rules)
    };
    match rules {
        Ok(rules) => {
            state(expect_part(rules.and_then(|mut rules| rules.pop()), "AuthorizeSecurityGroup")?)
        }
        // No two rules are equal: the conflict may be with the rule that an earlier call created.
        Err(conflict @ Failure::Conflict(_)) => find(token, inputs).await?.ok_or(conflict),
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn settle(
    id: &str,
    inputs: SecurityGroupRule,
    _: SecurityGroupRule,
) -> Result<Progress<SecurityGroupRule>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: SecurityGroupRule,
    _: SecurityGroupRule,
) -> Result<Progress<SecurityGroupRule>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("security group rule", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<SecurityGroupRule>>,
) -> Result<Vec<Option<State<SecurityGroupRule>>>, Failure> {
    let client = client()?;
    let mut states = Vec::new();
    for filter in by_ids("security-group-rule-id", asked.iter().map(|live| live.id.as_str())) {
        for rule in described(&client, filter).await? {
            states.push(state(rule)?);
        }
    }
    Ok(in_order(asked, indexed(states, |state| Some(&state.id)), |state, _| state))
}

pub(crate) async fn delete(id: &str, rule: SecurityGroupRule) -> Result<Deletion, Failure> {
    let client = client()?;
    let (group, direction) = (rule.security_group_id, rule.direction);
    let answer = if direction == "egress" {
        let request =
            client.revoke_security_group_egress().group_id(group).security_group_rule_ids(id);
        request.send().await.map_err(failed).map(drop)
    } else {
        let request =
            client.revoke_security_group_ingress().group_id(group).security_group_rule_ids(id);
        request.send().await.map_err(failed).map(drop)
    };
    deleted(answer)
}

pub(crate) async fn find(
    token: &str,
    _: SecurityGroupRule,
) -> Result<Option<State<SecurityGroupRule>>, Failure> {
    described(&client()?, by_token(token)).await?.pop().map(state).transpose()
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(
    id: &str,
    inputs: SecurityGroupRule,
) -> Result<Option<Progress<SecurityGroupRule>>, Failure> {
    let client = client()?;
    let Some(rule) = described(&client, filter("security-group-rule-id", [id])).await?.pop() else {
        return Ok(None);
    };
    let mut step = Step::default();
    retag(&client, &mut step, id, rule.tags(), &inputs.tags).await?;
    let mut state = state(rule)?;
    let live = &mut state.properties;
    let ports = |live: Option<i64>, wanted: Option<i64>| wanted.is_some() && live != wanted;
    let differs = !Form::Protocol.same(&live.protocol, &inputs.protocol)
        || ports(live.from_port, inputs.from_port)
        || ports(live.to_port, inputs.to_port)
        || live.description.as_deref().unwrap_or_default()
            != inputs.description.as_deref().unwrap_or_default();
    if differs && step.begins() {
        let update = SecurityGroupRuleUpdate::builder()
            .security_group_rule_id(id)
            .security_group_rule(rule_request(&inputs));
        let request = client.modify_security_group_rules().group_id(&inputs.security_group_id);
        request.security_group_rules(update.build()).send().await.map_err(failed)?;
        live.protocol = inputs.protocol;
        live.from_port = inputs.from_port.or(Some(-1));
        live.to_port = inputs.to_port.or(Some(-1));
        live.description = inputs.description;
    }
    live.tags = inputs.tags;
    Ok(Some(step.progress(state)))
}

/// Returns the whole rule for a modification.
fn rule_request(rule: &SecurityGroupRule) -> SecurityGroupRuleRequest {
    let (from, to) = sent_ports(rule);
    SecurityGroupRuleRequest::builder()
        .ip_protocol(&rule.protocol)
        .set_from_port(from)
        .set_to_port(to)
        .set_cidr_ipv4(rule.cidr_ipv4.clone())
        .set_cidr_ipv6(rule.cidr_ipv6.clone())
        .set_referenced_group_id(rule.source_security_group_id.clone())
        .set_prefix_list_id(rule.prefix_list_id.clone())
        .set_description(rule.description.clone())
        .build()
}

/// Returns the ports to send.
///
/// ICMP needs a type and a code, -1 for all of them.
fn sent_ports(rule: &SecurityGroupRule) -> (Option<i32>, Option<i32>) {
    let is_icmp = ["icmp", "icmpv6"].iter().any(|icmp| Form::Protocol.same(icmp, &rule.protocol));
    let all_of_icmp = is_icmp.then_some(-1);
    (to_i32(rule.from_port).or(all_of_icmp), to_i32(rule.to_port).or(all_of_icmp))
}

fn permission(rule: &SecurityGroupRule) -> IpPermission {
    let (from, to) = sent_ports(rule);
    let description = rule.description.clone();
    let permission =
        IpPermission::builder().ip_protocol(&rule.protocol).set_from_port(from).set_to_port(to);
    let permission = if let Some(block) = &rule.cidr_ipv4 {
        permission.ip_ranges(IpRange::builder().cidr_ip(block).set_description(description).build())
    } else if let Some(block) = &rule.cidr_ipv6 {
        permission
            .ipv6_ranges(Ipv6Range::builder().cidr_ipv6(block).set_description(description).build())
    } else if let Some(group) = &rule.source_security_group_id {
        permission.user_id_group_pairs(
            UserIdGroupPair::builder().group_id(group).set_description(description).build(),
        )
    } else {
        let list = PrefixListId::builder().set_prefix_list_id(rule.prefix_list_id.clone());
        permission.prefix_list_ids(list.set_description(description).build())
    };
    permission.build()
}

/// Returns the rules that match a filter.
///
/// `SecurityGroup` reads its default rules here.
pub(super) async fn described(
    client: &Client,
    filter: Filter,
) -> Result<Vec<types::SecurityGroupRule>, Failure> {
    Ok(pages!(client.describe_security_group_rules().filters(filter), security_group_rules))
}

fn state(rule: types::SecurityGroupRule) -> Result<State<SecurityGroupRule>, Failure> {
    let tags = visible(rule.tags());
    let description = non_empty(rule.description());
    let id = expect_part(rule.security_group_rule_id, "DescribeSecurityGroupRules")?;
    let properties = SecurityGroupRule {
        security_group_id: rule.group_id.unwrap_or_default(),
        direction: if rule.is_egress == Some(true) { "egress" } else { "ingress" }.to_owned(),
        protocol: rule.ip_protocol.unwrap_or_default(),
        from_port: rule.from_port.map(i64::from),
        to_port: rule.to_port.map(i64::from),
        cidr_ipv4: rule.cidr_ipv4,
        cidr_ipv6: rule.cidr_ipv6,
        source_security_group_id: rule.referenced_group_info.and_then(|group| group.group_id),
        prefix_list_id: rule.prefix_list_id,
        description,
        tags,
        security_group_rule_id: id.clone(),
    };
    Ok(State { id, properties })
}
