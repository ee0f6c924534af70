//! VPCs. The main route tables and default groups of a batch take one call each. Each of the two
//! DNS attributes takes a call for each VPC.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, AttributeBooleanValue, Filter, ResourceType, Tenancy, VpcAttributeName, VpcState,
};
use kim_plugin::prelude::*;
use kim_plugin_aws::Step;

use super::{
    SOON_MS, arn, blockers, by_ids, by_token, client, deleted, expect_part, failed, filter,
    in_order, indexed, no_longer_exists, not_visible_yet, pages, retag, tagged, visible,
};
use crate::kinds::Vpc;

/// The properties of a VPC that DescribeVpcs does not return.
#[derive(Clone, Default)]
struct Attributes {
    dns_support: bool,
    dns_hostnames: bool,
    main_route_table_id: Option<String>,
    default_security_group_id: Option<String>,
}

pub(crate) async fn create(inputs: Vpc, token: &str) -> Result<State<Vpc>, Failure> {
    let client = client()?;
    // CreateVpc takes no token: a VPC that an earlier call created is found by its tag.
    if let Some(found) = described(&client, by_token(token)).await?.pop() {
        return state(found, Attributes { dns_support: true, ..Attributes::default() });
    }
    let answer = client
        .create_vpc()
        .cidr_block(inputs.cidr_block)
        .instance_tenancy(Tenancy::from(inputs.instance_tenancy.as_str()))
        .tag_specifications(tagged(ResourceType::Vpc, &inputs.tags, token))
        .send()
        .await
        .map_err(failed)?;
    state(
        expect_part(answer.vpc, "CreateVpc")?,
        Attributes { dns_support: true, ..Attributes::default() },
    )
}

pub(crate) async fn settle(id: &str, inputs: Vpc, _: Vpc) -> Result<Progress<Vpc>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(id: &str, inputs: Vpc, _: Vpc) -> Result<Progress<Vpc>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("VPC", id), Ok)
}

pub(crate) async fn read(asked: Vec<Live<Vpc>>) -> Result<Vec<Option<State<Vpc>>>, Failure> {
    let client = client()?;
    let mut vpcs = Vec::new();
    for filter in by_ids("vpc-id", asked.iter().map(|live| live.id.as_str())) {
        vpcs.extend(described(&client, filter).await?);
    }
    let states = states(&client, vpcs).await?;
    Ok(in_order(asked, indexed(states, |state| Some(&state.id)), |state, _| state))
}

pub(crate) async fn delete(id: &str, _: Vpc) -> Result<Deletion, Failure> {
    let client = client()?;
    let answer = deleted(client.delete_vpc().vpc_id(id).send().await.map_err(failed));
    blockers::in_vpc(&client, id, answer).await
}

pub(crate) async fn find(token: &str, _: Vpc) -> Result<Option<State<Vpc>>, Failure> {
    let client = client()?;
    let found = described(&client, by_token(token)).await?;
    Ok(states(&client, found).await?.pop())
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(id: &str, inputs: Vpc) -> Result<Option<Progress<Vpc>>, Failure> {
    let client = client()?;
    let Some(vpc) = described(&client, filter("vpc-id", [id])).await?.pop() else {
        return Ok(None);
    };
    if vpc.state() == Some(&VpcState::Pending) {
        return Ok(Some(Progress::again(SOON_MS, "pending")));
    }
    let mut step = Step::default();
    retag(&client, &mut step, id, vpc.tags(), &inputs.tags).await?;
    let Some(mut state) = states(&client, vec![vpc]).await?.pop() else { return Ok(None) };
    let properties = &mut state.properties;
    // Host names need DNS support. So it is enabled before them and disabled after them.
    if inputs.enable_dns_support && !properties.enable_dns_support && step.begins() {
        set(&client, id, Dns::Support, true).await?;
    }
    if inputs.enable_dns_hostnames != properties.enable_dns_hostnames && step.begins() {
        set(&client, id, Dns::Hostnames, inputs.enable_dns_hostnames).await?;
    }
    if !inputs.enable_dns_support && properties.enable_dns_support && step.begins() {
        set(&client, id, Dns::Support, false).await?;
    }
    properties.enable_dns_support = inputs.enable_dns_support;
    properties.enable_dns_hostnames = inputs.enable_dns_hostnames;
    properties.tags = inputs.tags;
    Ok(Some(step.progress(state)))
}

enum Dns {
    Support,
    Hostnames,
}

async fn set(client: &Client, id: &str, attribute: Dns, on: bool) -> Result<(), Failure> {
    let request = client.modify_vpc_attribute().vpc_id(id);
    let value = AttributeBooleanValue::builder().value(on).build();
    let request = match attribute {
        Dns::Support => request.enable_dns_support(value),
        Dns::Hostnames => request.enable_dns_hostnames(value),
    };
    request.send().await.map_err(failed)?;
    Ok(())
}

async fn described(client: &Client, filter: Filter) -> Result<Vec<types::Vpc>, Failure> {
    Ok(pages!(client.describe_vpcs().filters(filter), vpcs))
}

/// Returns the states of VPCs, with what DescribeVpcs does not return.
async fn states(client: &Client, vpcs: Vec<types::Vpc>) -> Result<Vec<State<Vpc>>, Failure> {
    let ids: Vec<String> = vpcs.iter().filter_map(|vpc| vpc.vpc_id.clone()).collect();
    let mut tables = BTreeMap::new();
    let mut groups = BTreeMap::new();
    for of_vpcs in by_ids("vpc-id", ids.iter().map(String::as_str)) {
        let main = client
            .describe_route_tables()
            .filters(of_vpcs.clone())
            .filters(filter("association.main", ["true"]));
        tables.extend(
            pages!(main, route_tables)
                .into_iter()
                .filter_map(|table| Some((table.vpc_id?, table.route_table_id?))),
        );
        let default = client
            .describe_security_groups()
            .filters(of_vpcs)
            .filters(filter("group-name", ["default"]));
        groups.extend(
            pages!(default, security_groups)
                .into_iter()
                .filter_map(|group| Some((group.vpc_id?, group.group_id?))),
        );
    }
    let mut states = Vec::new();
    for vpc in vpcs {
        let id = vpc.vpc_id.clone().unwrap_or_default();
        // The VPC may have been deleted since it was described.
        let Some(dns_support) = dns(client, &id, VpcAttributeName::EnableDnsSupport).await? else {
            continue;
        };
        let Some(dns_hostnames) = dns(client, &id, VpcAttributeName::EnableDnsHostnames).await?
        else {
            continue;
        };
        let attributes = Attributes {
            dns_support,
            dns_hostnames,
            main_route_table_id: tables.remove(&id),
            default_security_group_id: groups.remove(&id),
        };
        states.push(state(vpc, attributes)?);
    }
    Ok(states)
}

/// Returns a DNS attribute, or `None` if the VPC does not exist.
async fn dns(
    client: &Client,
    id: &str,
    attribute: VpcAttributeName,
) -> Result<Option<bool>, Failure> {
    let answer = client.describe_vpc_attribute().vpc_id(id).attribute(attribute).send().await;
    let answer = match answer.map_err(failed) {
        Ok(answer) => answer,
        Err(Failure::NotFound(_)) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let value = answer.enable_dns_support.or(answer.enable_dns_hostnames);
    Ok(Some(value.and_then(|value| value.value).unwrap_or_default()))
}

fn state(vpc: types::Vpc, attributes: Attributes) -> Result<State<Vpc>, Failure> {
    let tags = visible(vpc.tags());
    let id = expect_part(vpc.vpc_id, "DescribeVpcs")?;
    let properties = Vpc {
        cidr_block: vpc.cidr_block.unwrap_or_default(),
        enable_dns_support: attributes.dns_support,
        enable_dns_hostnames: attributes.dns_hostnames,
        instance_tenancy: vpc
            .instance_tenancy
            .map_or_else(|| "default".to_owned(), |tenancy| tenancy.as_str().to_owned()),
        tags,
        arn: arn(vpc.owner_id.as_deref(), &format!("vpc/{id}"))?,
        vpc_id: id.clone(),
        main_route_table_id: attributes.main_route_table_id,
        default_security_group_id: attributes.default_security_group_id,
    };
    Ok(State { id, properties })
}
