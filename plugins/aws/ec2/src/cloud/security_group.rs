//! Security groups. Whether the egress rule that AWS adds is still there shows in the group's permissions; only where the
//! program's own rules could be taken for it, the rules themselves are asked (ours carry a token).

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, Filter, IpPermission, IpRange, Ipv6Range, ResourceType};
use kim_plugin::prelude::*;

use super::{
    SOON_MS, answered, arn, blockers, by_ids, by_token, client, deleted, failed, filter, gone, in_order, indexed,
    pages, retag, security_group_rule, tagged, unseen, visible,
};
use crate::kinds::SecurityGroup;

pub(crate) async fn create(inputs: SecurityGroup, token: &str) -> Result<State<SecurityGroup>, Failure> {
    let client = client()?;
    let name = inputs.name.clone().unwrap_or_else(|| made_up(token));
    let answer = client
        .create_security_group()
        .group_name(&name)
        .description(&inputs.description)
        .set_vpc_id(inputs.vpc_id.clone())
        .tag_specifications(tagged(ResourceType::SecurityGroup, &inputs.tags, token))
        .send()
        .await
        .map_err(failed);
    match answer {
        Ok(answer) => {
            let id = answered(answer.group_id, "CreateSecurityGroup")?;
            let arn = match answer.security_group_arn {
                Some(arn) => arn,
                None => arn(None, &format!("security-group/{id}"))?,
            };
            let properties =
                SecurityGroup { name: Some(name), keep_default_egress: true, group_id: id.clone(), arn, ..inputs };
            Ok(State { id, properties })
        }
        // Names are unique: a repeated create finds its own group in the way.
        Err(conflict @ Failure::Conflict(_)) => find(token, inputs).await?.ok_or(conflict),
        Err(failure) => Err(failure),
    }
}

/// A name that no other group has, as long as no other create has the token.
fn made_up(token: &str) -> String {
    format!("kim-{}", token.chars().filter(char::is_ascii_alphanumeric).take(24).collect::<String>())
}

pub(crate) async fn settle(
    id: &str,
    inputs: SecurityGroup,
    _: SecurityGroup,
) -> Result<Progress<SecurityGroup>, Failure> {
    Ok(converge(id, inputs).await?.unwrap_or_else(unseen))
}

pub(crate) async fn update(
    id: &str,
    inputs: SecurityGroup,
    _: SecurityGroup,
) -> Result<Progress<SecurityGroup>, Failure> {
    converge(id, inputs).await?.map_or_else(|| gone("security group", id), Ok)
}

pub(crate) async fn read(asked: Vec<Live<SecurityGroup>>) -> Result<Vec<Option<State<SecurityGroup>>>, Failure> {
    let client = client()?;
    let mut groups = Vec::new();
    for filter in by_ids("group-id", asked.iter().map(|live| live.id.as_str())) {
        groups.extend(described(&client, filter).await?);
    }
    let mut states = Vec::new();
    for group in groups {
        let recorded = asked.iter().find(|live| Some(live.id.as_str()) == group.group_id());
        let kept = recorded.and_then(|live| live.properties.as_ref()).is_none_or(|group| group.keep_default_egress);
        states.push(seen(&client, group, kept).await?);
    }
    Ok(in_order(asked, indexed(states, |state| Some(&state.id)), |state, _| state))
}

pub(crate) async fn delete(id: &str, _: SecurityGroup) -> Result<Deletion, Failure> {
    let client = client()?;
    let answer = deleted(client.delete_security_group().group_id(id).send().await.map_err(failed));
    if let Err(Failure::Conflict(message)) = &answer {
        let others = referring(&client, id).await?;
        if !others.is_empty() {
            let others = others.join(", ");
            return Err(Failure::Conflict(format!("{message}; rules of {others} refer to it")));
        }
    }
    blockers::interfaces(&client, vec![filter("group-id", [id])], answer).await
}

pub(crate) async fn find(token: &str, _: SecurityGroup) -> Result<Option<State<SecurityGroup>>, Failure> {
    let client = client()?;
    match described(&client, by_token(token)).await?.pop() {
        Some(group) => Ok(Some(seen(&client, group, true).await?)),
        None => Ok(None),
    }
}

/// One step towards the inputs; none where it cannot be seen.
async fn converge(id: &str, inputs: SecurityGroup) -> Result<Option<Progress<SecurityGroup>>, Failure> {
    let client = client()?;
    let Some(group) = described(&client, filter("group-id", [id])).await?.pop() else { return Ok(None) };
    retag(&client, id, group.tags(), &inputs.tags).await?;
    let mut state = seen(&client, group, inputs.keep_default_egress).await?;
    match (state.properties.keep_default_egress, inputs.keep_default_egress) {
        (true, false) => {
            revoke_defaults(&client, id).await?;
            // Looked at again: what AWS still shows is not gone.
            return Ok(Some(Progress::again(SOON_MS, "taking the default egress rule away")));
        }
        (false, true) => {
            let request = client.authorize_security_group_egress().group_id(id).ip_permissions(everything());
            request.send().await.map_err(failed)?;
            state.properties.keep_default_egress = true;
        }
        _ => {}
    }
    state.properties.tags = inputs.tags;
    Ok(Some(Progress::Done(state)))
}

fn everything() -> IpPermission {
    IpPermission::builder().ip_protocol("-1").ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build()).build()
}

/// Takes away what AWS let out by itself: everything over IPv4, and over IPv6 where the VPC has it.
async fn revoke_defaults(client: &Client, id: &str) -> Result<(), Failure> {
    let rules = default_rules(client, id).await?;
    if !rules.is_empty() {
        let request = client.revoke_security_group_egress().group_id(id).set_security_group_rule_ids(Some(rules));
        request.send().await.map_err(failed)?;
    }
    Ok(())
}

/// The rules that let everything out and were not made by kim.
async fn default_rules(client: &Client, id: &str) -> Result<Vec<String>, Failure> {
    let rules = security_group_rule::described(client, filter("group-id", [id])).await?;
    let default = |rule: &types::SecurityGroupRule| {
        let open = rule.cidr_ipv4() == Some("0.0.0.0/0") || rule.cidr_ipv6() == Some("::/0");
        let everything = rule.is_egress() == Some(true) && rule.ip_protocol() == Some("-1");
        let ours = rule.tags().iter().any(|tag| tag.key() == Some(kim_plugin_aws::tags::TOKEN));
        open && everything && !ours
    };
    Ok(rules.into_iter().filter(default).filter_map(|rule| rule.security_group_rule_id).collect())
}

/// Other groups whose rules name this one.
async fn referring(client: &Client, id: &str) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for name in ["ip-permission.group-id", "egress.ip-permission.group-id"] {
        let groups = described(client, filter(name, [id])).await?;
        found.extend(groups.into_iter().filter_map(|group| group.group_id).filter(|other| other != id));
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

async fn described(client: &Client, filter: Filter) -> Result<Vec<types::SecurityGroup>, Failure> {
    Ok(pages!(client.describe_security_groups().filters(filter), security_groups))
}

/// A group's state; `kept` is what was recorded of its default egress rule.
async fn seen(client: &Client, group: types::SecurityGroup, kept: bool) -> Result<State<SecurityGroup>, Failure> {
    let open = |permission: &IpPermission| {
        permission.ip_protocol() == Some("-1")
            && (permission.ip_ranges().iter().any(|range: &IpRange| range.cidr_ip() == Some("0.0.0.0/0"))
                || permission.ipv6_ranges().iter().any(|range: &Ipv6Range| range.cidr_ipv6() == Some("::/0")))
    };
    let open = group.ip_permissions_egress().iter().any(open);
    let tags = visible(group.tags());
    let id = answered(group.group_id, "DescribeSecurityGroups")?;
    let keep_default_egress = open && (kept || !default_rules(client, &id).await?.is_empty());
    let arn = match group.security_group_arn {
        Some(arn) => arn,
        None => arn(group.owner_id.as_deref(), &format!("security-group/{id}"))?,
    };
    let properties = SecurityGroup {
        name: group.group_name,
        description: group.description.unwrap_or_default(),
        vpc_id: group.vpc_id,
        keep_default_egress,
        tags,
        group_id: id.clone(),
        arn,
    };
    Ok(State { id, properties })
}
