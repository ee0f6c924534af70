//! Internet gateways and their attachment.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, Filter, ResourceType};
use kim_plugin::prelude::*;
use kim_plugin_aws::{Step, after_undo, next_of_delete};

use super::{
    blockers, by_ids, by_token, client, deleted, expect_part, failed, filter, in_order, indexed,
    no_longer_exists, not_visible_yet, pages, retag, tagged, visible,
};
use crate::kinds::InternetGateway;

pub(crate) async fn create(
    inputs: InternetGateway,
    token: &str,
) -> Result<State<InternetGateway>, Failure> {
    let client = client()?;
    // CreateInternetGateway takes no token: a gateway that an earlier call created is found by its
    // tag.
    if let Some(found) = described(&client, by_token(token)).await?.pop() {
        return state(found);
    }
    let tags = tagged(ResourceType::InternetGateway, &inputs.tags, token);
    let answer =
        client.create_internet_gateway().tag_specifications(tags).send().await.map_err(failed)?;
    state(expect_part(answer.internet_gateway, "CreateInternetGateway")?)
}

pub(crate) async fn settle(
    id: &str,
    inputs: InternetGateway,
    _: InternetGateway,
) -> Result<Progress<InternetGateway>, Failure> {
    converge(id, inputs, None).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: InternetGateway,
    before: InternetGateway,
) -> Result<Progress<InternetGateway>, Failure> {
    let before = before.vpc_id.as_deref();
    converge(id, inputs, before).await?.map_or_else(|| no_longer_exists("internet gateway", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<InternetGateway>>,
) -> Result<Vec<Option<State<InternetGateway>>>, Failure> {
    let client = client()?;
    let mut states = Vec::new();
    for filter in by_ids("internet-gateway-id", asked.iter().map(|live| live.id.as_str())) {
        for gateway in described(&client, filter).await? {
            states.push(state(gateway)?);
        }
    }
    Ok(in_order(asked, indexed(states, |state| Some(&state.id)), |state, _| state))
}

pub(crate) async fn delete(id: &str, _: InternetGateway) -> Result<Deletion, Failure> {
    let client = client()?;
    let Some(gateway) = described(&client, filter("internet-gateway-id", [id])).await?.pop() else {
        return Ok(Deletion::Gone);
    };
    if let Some(vpc) = attached(&gateway) {
        let detached = detach(&client, id, vpc).await.map(|()| next_of_delete());
        // Public addresses block the detachment. Those of a terminated instance do so for a moment.
        let public = vec![filter("vpc-id", [vpc]), filter("association.public-ip", ["*"])];
        return blockers::interfaces(&client, public, detached).await;
    }
    deleted(client.delete_internet_gateway().internet_gateway_id(id).send().await.map_err(failed))
}

pub(crate) async fn find(
    token: &str,
    _: InternetGateway,
) -> Result<Option<State<InternetGateway>>, Failure> {
    described(&client()?, by_token(token)).await?.pop().map(state).transpose()
}

/// Makes one step towards the inputs.
///
/// `before` is the VPC that the gateway was attached to before the first step: if AWS refuses the
/// new one, the gateway is attached to that again. Returns `None` if the resource is not visible.
async fn converge(
    id: &str,
    inputs: InternetGateway,
    before: Option<&str>,
) -> Result<Option<Progress<InternetGateway>>, Failure> {
    let client = client()?;
    let Some(gateway) = described(&client, filter("internet-gateway-id", [id])).await?.pop() else {
        return Ok(None);
    };
    let mut step = Step::default();
    retag(&client, &mut step, id, gateway.tags(), &inputs.tags).await?;
    let (live, wanted) = (attached(&gateway), inputs.vpc_id.as_deref());
    if live != wanted {
        if let Some(vpc) = live
            && step.begins()
        {
            detach(&client, id, vpc).await?;
        }
        if let Some(vpc) = wanted
            && step.begins()
        {
            match (attach(&client, id, vpc).await, before) {
                (Err(refusal), Some(before)) if refusal.is_refusal() => {
                    let undone = attach(&client, id, before).await;
                    let as_before = format!("{id} is attached to {before} again, as before");
                    return Err(after_undo(refusal, undone, &as_before));
                }
                (outcome, _) => outcome?,
            }
        }
    }
    let mut state = state(gateway)?;
    state.properties.tags = inputs.tags;
    state.properties.vpc_id = inputs.vpc_id;
    Ok(Some(step.progress(state)))
}

async fn attach(client: &Client, id: &str, vpc: &str) -> Result<(), Failure> {
    let request = client.attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc);
    request.send().await.map_err(failed)?;
    Ok(())
}

async fn detach(client: &Client, id: &str, vpc: &str) -> Result<(), Failure> {
    match client
        .detach_internet_gateway()
        .internet_gateway_id(id)
        .vpc_id(vpc)
        .send()
        .await
        .map_err(failed)
    {
        Ok(_) | Err(Failure::NotFound(_)) => Ok(()),
        Err(failure) => Err(failure),
    }
}

async fn described(
    client: &Client,
    filter: Filter,
) -> Result<Vec<types::InternetGateway>, Failure> {
    Ok(pages!(client.describe_internet_gateways().filters(filter), internet_gateways))
}

/// Returns the VPC to which a gateway is attached or being attached.
fn attached(gateway: &types::InternetGateway) -> Option<&str> {
    let leaving = |state: &str| matches!(state, "detaching" | "detached");
    let stays = |a: &&types::InternetGatewayAttachment| {
        !a.state().is_some_and(|state| leaving(state.as_str()))
    };
    gateway.attachments().iter().find(stays).and_then(|attachment| attachment.vpc_id())
}

fn state(gateway: types::InternetGateway) -> Result<State<InternetGateway>, Failure> {
    let vpc_id = attached(&gateway).map(str::to_owned);
    let tags = visible(gateway.tags());
    let id = expect_part(gateway.internet_gateway_id, "DescribeInternetGateways")?;
    Ok(State { properties: InternetGateway { vpc_id, tags, internet_gateway_id: id.clone() }, id })
}
