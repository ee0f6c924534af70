//! Subnets.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, AttributeBooleanValue, Filter, ResourceType, SubnetState};
use kim_plugin::prelude::*;
use kim_plugin_aws::Step;

use super::{
    SOON_MS, arn, blockers, by_ids, by_token, client, deleted, expect_part, failed, filter,
    in_order, indexed, no_longer_exists, not_visible_yet, pages, retag, tagged, visible,
};
use crate::kinds::Subnet;

pub(crate) async fn create(inputs: Subnet, token: &str) -> Result<State<Subnet>, Failure> {
    let client = client()?;
    let answer = client
        .create_subnet()
        .vpc_id(&inputs.vpc_id)
        .cidr_block(&inputs.cidr_block)
        .set_availability_zone(inputs.availability_zone.clone())
        .tag_specifications(tagged(ResourceType::Subnet, &inputs.tags, token))
        .send()
        .await
        .map_err(failed);
    match answer {
        Ok(answer) => state(expect_part(answer.subnet, "CreateSubnet")?),
        // Address blocks cannot overlap: the conflict may be with the subnet that an earlier call
        // created.
        Err(conflict @ Failure::Conflict(_)) => find(token, inputs).await?.ok_or(conflict),
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn settle(
    id: &str,
    inputs: Subnet,
    _: Subnet,
) -> Result<Progress<Subnet>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: Subnet,
    _: Subnet,
) -> Result<Progress<Subnet>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("subnet", id), Ok)
}

pub(crate) async fn read(asked: Vec<Live<Subnet>>) -> Result<Vec<Option<State<Subnet>>>, Failure> {
    let client = client()?;
    let mut states = Vec::new();
    for filter in by_ids("subnet-id", asked.iter().map(|live| live.id.as_str())) {
        for subnet in described(&client, filter).await? {
            states.push(state(subnet)?);
        }
    }
    Ok(in_order(asked, indexed(states, |state| Some(&state.id)), |state, _| state))
}

pub(crate) async fn delete(id: &str, _: Subnet) -> Result<Deletion, Failure> {
    let client = client()?;
    let answer = client.delete_subnet().subnet_id(id).send().await.map_err(failed);
    blockers::interfaces(&client, vec![filter("subnet-id", [id])], deleted(answer)).await
}

pub(crate) async fn find(token: &str, _: Subnet) -> Result<Option<State<Subnet>>, Failure> {
    described(&client()?, by_token(token)).await?.pop().map(state).transpose()
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(id: &str, inputs: Subnet) -> Result<Option<Progress<Subnet>>, Failure> {
    let client = client()?;
    let Some(subnet) = described(&client, filter("subnet-id", [id])).await?.pop() else {
        return Ok(None);
    };
    if subnet.state() == Some(&SubnetState::Pending) {
        return Ok(Some(Progress::again(SOON_MS, "pending")));
    }
    let mut step = Step::default();
    retag(&client, &mut step, id, subnet.tags(), &inputs.tags).await?;
    if subnet.map_public_ip_on_launch() != Some(inputs.map_public_ip_on_launch) && step.begins() {
        let value = AttributeBooleanValue::builder().value(inputs.map_public_ip_on_launch).build();
        client
            .modify_subnet_attribute()
            .subnet_id(id)
            .map_public_ip_on_launch(value)
            .send()
            .await
            .map_err(failed)?;
    }
    let mut state = state(subnet)?;
    state.properties.tags = inputs.tags;
    state.properties.map_public_ip_on_launch = inputs.map_public_ip_on_launch;
    Ok(Some(step.progress(state)))
}

async fn described(client: &Client, filter: Filter) -> Result<Vec<types::Subnet>, Failure> {
    Ok(pages!(client.describe_subnets().filters(filter), subnets))
}

fn state(subnet: types::Subnet) -> Result<State<Subnet>, Failure> {
    let tags = visible(subnet.tags());
    let id = expect_part(subnet.subnet_id, "DescribeSubnets")?;
    let arn = match subnet.subnet_arn {
        Some(arn) => arn,
        None => arn(subnet.owner_id.as_deref(), &format!("subnet/{id}"))?,
    };
    let properties = Subnet {
        vpc_id: subnet.vpc_id.unwrap_or_default(),
        cidr_block: subnet.cidr_block.unwrap_or_default(),
        availability_zone: subnet.availability_zone,
        map_public_ip_on_launch: subnet.map_public_ip_on_launch.unwrap_or_default(),
        tags,
        arn,
        subnet_id: id.clone(),
        availability_zone_id: subnet.availability_zone_id,
    };
    Ok(State { id, properties })
}
