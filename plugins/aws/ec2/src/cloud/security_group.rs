//! Security groups. The group's permissions show whether AWS's default egress rule still exists.
//! Only if a rule of the program could be mistaken for it, the rules themselves are read (those of
//! kim have a token).

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, Filter, IpPermission, IpRange, Ipv6Range, ResourceType};
use kim_plugin::prelude::*;
use kim_plugin_aws::Step;

use super::{
    SOON_MS, arn, blockers, by_ids, by_token, client, deleted, expect_part, failed, filter,
    in_order, indexed, no_longer_exists, not_visible_yet, pages, retag, security_group_rule,
    tagged, visible,
};
use crate::kinds::SecurityGroup;

pub(crate) async fn create(
    inputs: SecurityGroup,
    token: &str,
) -> Result<State<SecurityGroup>, Failure> {
    let client = client()?;
    let name = inputs.name.clone().unwrap_or_else(|| generated_name(token));
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
            let id = expect_part(answer.group_id, "CreateSecurityGroup")?;
            let arn = match answer.security_group_arn {
                Some(arn) => arn,
                None => arn(None, &format!("security-group/{id}"))?,
            };
            let properties = SecurityGroup {
                name: Some(name),
                keep_default_egress: true,
                group_id: id.clone(),
                arn,
                ..inputs
            };
            Ok(State { id, properties })
        }
        // Names are unique: the conflict may be with the group that an earlier call created.
        Err(conflict @ Failure::Conflict(_)) => find(token, inputs).await?.ok_or(conflict),
        Err(failure) => Err(failure),
    }
}

/// Returns a group name that is unique for each token.
fn generated_name(token: &str) -> String {
    format!(
        "kim-{}",
        token.chars().filter(char::is_ascii_alphanumeric).take(24).collect::<String>()
    )
}

pub(crate) async fn settle(
    id: &str,
    inputs: SecurityGroup,
    _: SecurityGroup,
) -> Result<Progress<SecurityGroup>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: SecurityGroup,
    _: SecurityGroup,
) -> Result<Progress<SecurityGroup>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("security group", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<SecurityGroup>>,
) -> Result<Vec<Option<State<SecurityGroup>>>, Failure> {
    let client = client()?;
    let mut groups = Vec::new();
    for filter in by_ids("group-id", asked.iter().map(|live| live.id.as_str())) {
        groups.extend(described(&client, filter).await?);
    }
    let mut states = Vec::new();
    for group in groups {
        let recorded = asked.iter().find(|live| Some(live.id.as_str()) == group.group_id());
        let kept = recorded
            .and_then(|live| live.properties.as_ref())
            .is_none_or(|group| group.keep_default_egress);
        states.push(full_state(&client, group, kept).await?);
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

pub(crate) async fn find(
    token: &str,
    _: SecurityGroup,
) -> Result<Option<State<SecurityGroup>>, Failure> {
    let client = client()?;
    match described(&client, by_token(token)).await?.pop() {
        Some(group) => Ok(Some(full_state(&client, group, true).await?)),
        None => Ok(None),
    }
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(
    id: &str,
    inputs: SecurityGroup,
) -> Result<Option<Progress<SecurityGroup>>, Failure> {
    let client = client()?;
    let Some(group) = described(&client, filter("group-id", [id])).await?.pop() else {
        return Ok(None);
    };
    let mut step = Step::default();
    retag(&client, &mut step, id, group.tags(), &inputs.tags).await?;
    let mut state = full_state(&client, group, inputs.keep_default_egress).await?;
    match (state.properties.keep_default_egress, inputs.keep_default_egress) {
        (true, false) if step.begins() => {
            revoke_defaults(&client, id).await?;
            // The next call reads it again: AWS may still show a removed rule.
            return Ok(Some(Progress::again(SOON_MS, "taking the default egress rule away")));
        }
        (false, true) if step.begins() => {
            let request =
                client.authorize_security_group_egress().group_id(id).ip_permissions(everything());
            request.send().await.map_err(failed)?;
            state.properties.keep_default_egress = true;
        }
        _ => {}
    }
    state.properties.tags = inputs.tags;
    Ok(Some(step.progress(state)))
}

fn everything() -> IpPermission {
    IpPermission::builder()
        .ip_protocol("-1")
        .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
        .build()
}

/// Removes AWS's default egress rules.
///
/// They allow all traffic over IPv4, and over IPv6 if the VPC has it.
async fn revoke_defaults(client: &Client, id: &str) -> Result<(), Failure> {
    let rules = default_rules(client, id).await?;
    if !rules.is_empty() {
        let request = client
            .revoke_security_group_egress()
            .group_id(id)
            .set_security_group_rule_ids(Some(rules));
        request.send().await.map_err(failed)?;
    }
    Ok(())
}

/// Returns the ids of the rules that allow all egress and that kim did not create.
async fn default_rules(client: &Client, id: &str) -> Result<Vec<String>, Failure> {
    let rules = security_group_rule::described(client, filter("group-id", [id])).await?;
    let default = |rule: &types::SecurityGroupRule| {
        let open = rule.cidr_ipv4() == Some("0.0.0.0/0") || rule.cidr_ipv6() == Some("::/0");
        let everything = rule.is_egress() == Some(true) && rule.ip_protocol() == Some("-1");
        let has_token =
            rule.tags().iter().any(|tag| tag.key() == Some(kim_plugin_aws::tags::TOKEN));
        open && everything && !has_token
    };
    Ok(rules.into_iter().filter(default).filter_map(|rule| rule.security_group_rule_id).collect())
}

/// Returns the ids of other groups whose rules refer to this one.
async fn referring(client: &Client, id: &str) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for name in ["ip-permission.group-id", "egress.ip-permission.group-id"] {
        let groups = described(client, filter(name, [id])).await?;
        found.extend(
            groups.into_iter().filter_map(|group| group.group_id).filter(|other| other != id),
        );
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

async fn described(client: &Client, filter: Filter) -> Result<Vec<types::SecurityGroup>, Failure> {
    Ok(pages!(client.describe_security_groups().filters(filter), security_groups))
}

/// Returns a group's state.
///
/// `kept` is the recorded `keep_default_egress`.
async fn full_state(
    client: &Client,
    group: types::SecurityGroup,
    kept: bool,
) -> Result<State<SecurityGroup>, Failure> {
    let open = |permission: &IpPermission| {
        permission.ip_protocol() == Some("-1")
            && (permission
                .ip_ranges()
                .iter()
                .any(|range: &IpRange| range.cidr_ip() == Some("0.0.0.0/0"))
                || permission
                    .ipv6_ranges()
                    .iter()
                    .any(|range: &Ipv6Range| range.cidr_ipv6() == Some("::/0")))
    };
    let open = group.ip_permissions_egress().iter().any(open);
    let tags = visible(group.tags());
    let id = expect_part(group.group_id, "DescribeSecurityGroups")?;
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
