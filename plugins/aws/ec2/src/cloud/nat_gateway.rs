//! NAT gateways. A deleted or failed one stays visible for about an hour. It counts as deleted.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, Filter, NatGatewayState, ResourceType};
use kim_plugin::prelude::*;
use kim_plugin_aws::Step;

use super::{
    by_ids, by_token, client, expect_part, failed, filter, in_order, indexed, no_longer_exists,
    non_empty, not_visible_yet, pages, retag, tagged, visible,
};
use crate::kinds::NatGateway;

/// The longest pause before the next read, in milliseconds.
///
/// A gateway takes a minute or two to appear and to disappear.
const AGAIN_MS: u32 = 5_000;

pub(crate) async fn create(inputs: NatGateway, token: &str) -> Result<State<NatGateway>, Failure> {
    let request = client()?
        .create_nat_gateway()
        .subnet_id(inputs.subnet_id)
        .allocation_id(inputs.allocation_id)
        .client_token(token)
        .tag_specifications(tagged(ResourceType::Natgateway, &inputs.tags, token));
    match request.send().await.map_err(failed) {
        Ok(answer) => state(expect_part(answer.nat_gateway, "CreateNatGateway")?),
        // A new address is not visible here for some seconds. Nothing was created.
        Err(Failure::NotFound(message)) if message.starts_with("InvalidElasticIpID") => {
            Err(Failure::Transient(message))
        }
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn settle(
    id: &str,
    inputs: NatGateway,
    _: NatGateway,
) -> Result<Progress<NatGateway>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: NatGateway,
    _: NatGateway,
) -> Result<Progress<NatGateway>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("NAT gateway", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<NatGateway>>,
) -> Result<Vec<Option<State<NatGateway>>>, Failure> {
    let client = client()?;
    let mut states = Vec::new();
    for filter in by_ids("nat-gateway-id", asked.iter().map(|live| live.id.as_str())) {
        for gateway in described(&client, filter).await? {
            let failed = gateway.state() == Some(&NatGatewayState::Failed);
            // AWS itself removes a failed gateway.
            if !failed && !is_gone(&gateway) {
                states.push(state(gateway)?);
            }
        }
    }
    Ok(in_order(asked, indexed(states, |state| Some(&state.id)), |state, _| state))
}

pub(crate) async fn delete(id: &str, _: NatGateway) -> Result<Deletion, Failure> {
    let client = client()?;
    let Some(gateway) = described(&client, filter("nat-gateway-id", [id])).await?.pop() else {
        return Ok(Deletion::Gone);
    };
    match gateway.state() {
        Some(NatGatewayState::Deleted) => return Ok(Deletion::Gone),
        Some(NatGatewayState::Deleting) => return Ok(Deletion::again(AGAIN_MS, "deleting")),
        Some(NatGatewayState::Pending) => {
            return Ok(Deletion::again(AGAIN_MS, "pending; it is deleted after that"));
        }
        _ => {}
    }
    match client.delete_nat_gateway().nat_gateway_id(id).send().await.map_err(failed) {
        Ok(_) => Ok(Deletion::again(AGAIN_MS, "deleting")),
        Err(Failure::NotFound(_)) => Ok(Deletion::Gone),
        Err(failure) => Err(failure),
    }
}

/// Returns the gateway that a token created, also if it failed.
///
/// `settle` reports the failure.
pub(crate) async fn find(token: &str, _: NatGateway) -> Result<Option<State<NatGateway>>, Failure> {
    let made = described(&client()?, by_token(token)).await?;
    made.into_iter().find(|gateway| !is_gone(gateway)).map(state).transpose()
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(id: &str, inputs: NatGateway) -> Result<Option<Progress<NatGateway>>, Failure> {
    let client = client()?;
    let Some(gateway) = described(&client, filter("nat-gateway-id", [id])).await?.pop() else {
        return Ok(None);
    };
    match gateway.state() {
        Some(NatGatewayState::Available) => {}
        None | Some(NatGatewayState::Pending) => {
            return Ok(Some(Progress::again(AGAIN_MS, "pending")));
        }
        Some(other) => {
            let message = format!("{id} is {}: {}", other.as_str(), reason(&gateway));
            return Err(state(gateway)?.partial(message));
        }
    }
    let mut step = Step::default();
    retag(&client, &mut step, id, gateway.tags(), &inputs.tags).await?;
    let mut state = state(gateway)?;
    state.properties.tags = inputs.tags;
    Ok(Some(step.progress(state)))
}

/// Returns AWS's reason for a failure, and advice.
fn reason(gateway: &types::NatGateway) -> String {
    let code = gateway.failure_code().unwrap_or_default();
    let message =
        non_empty(gateway.failure_message()).unwrap_or_else(|| "AWS gives no reason".to_owned());
    match code {
        "Gateway.NotAttached" => {
            format!("{message}; let it depend on the internet gateway of its VPC")
        }
        "Resource.AlreadyAssociated" => {
            format!("{message}; give it an Address that nothing else uses")
        }
        _ => message,
    }
}

fn is_gone(gateway: &types::NatGateway) -> bool {
    matches!(gateway.state(), Some(NatGatewayState::Deleting | NatGatewayState::Deleted))
}

async fn described(client: &Client, filter: Filter) -> Result<Vec<types::NatGateway>, Failure> {
    Ok(pages!(client.describe_nat_gateways().filter(filter), nat_gateways))
}

fn state(gateway: types::NatGateway) -> Result<State<NatGateway>, Failure> {
    let tags = visible(gateway.tags());
    // There may be secondary addresses, which kim does not create.
    let addresses = gateway.nat_gateway_addresses();
    let address =
        addresses.iter().find(|address| address.is_primary() == Some(true)).or(addresses.first());
    let text = |part: fn(&types::NatGatewayAddress) -> Option<&str>| {
        address.and_then(|address| non_empty(part(address)))
    };
    let properties = NatGateway {
        subnet_id: gateway.subnet_id().unwrap_or_default().to_owned(),
        allocation_id: text(types::NatGatewayAddress::allocation_id).unwrap_or_default(),
        tags,
        nat_gateway_id: gateway.nat_gateway_id().unwrap_or_default().to_owned(),
        state: gateway.state().map_or_else(String::new, |state| state.as_str().to_owned()),
        private_ip: text(types::NatGatewayAddress::private_ip),
        public_ip: text(types::NatGatewayAddress::public_ip),
        vpc_id: non_empty(gateway.vpc_id()),
    };
    let id = expect_part(gateway.nat_gateway_id, "DescribeNatGateways")?;
    Ok(State { id, properties })
}
