//! NAT gateways. One that was deleted, or that could not be made, stays visible for about an hour: it is gone all the
//! same.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, Filter, NatGatewayState, ResourceType};
use kim_plugin::prelude::*;

use super::{
    answered, by_ids, by_token, client, failed, filter, gone, in_order, indexed, pages, retag, some, tagged, unseen,
    visible,
};
use crate::kinds::NatGateway;

/// How soon to look again at a gateway that comes or goes; either takes a minute or two.
const AGAIN_MS: u32 = 5_000;

pub(crate) async fn create(inputs: NatGateway, token: &str) -> Result<State<NatGateway>, Failure> {
    let request = client()?
        .create_nat_gateway()
        .subnet_id(inputs.subnet_id)
        .allocation_id(inputs.allocation_id)
        .client_token(token)
        .tag_specifications(tagged(ResourceType::Natgateway, &inputs.tags, token));
    match request.send().await.map_err(failed) {
        Ok(answer) => state(answered(answer.nat_gateway, "CreateNatGateway")?),
        // An address that was allocated a moment ago is not known here for some seconds; nothing was made.
        Err(Failure::NotFound(message)) if message.starts_with("InvalidElasticIpID") => {
            Err(Failure::Transient(message))
        }
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn settle(id: &str, inputs: NatGateway, _: NatGateway) -> Result<Progress<NatGateway>, Failure> {
    Ok(converge(id, inputs).await?.unwrap_or_else(unseen))
}

pub(crate) async fn update(id: &str, inputs: NatGateway, _: NatGateway) -> Result<Progress<NatGateway>, Failure> {
    converge(id, inputs).await?.map_or_else(|| gone("NAT gateway", id), Ok)
}

pub(crate) async fn read(asked: Vec<Live<NatGateway>>) -> Result<Vec<Option<State<NatGateway>>>, Failure> {
    let client = client()?;
    let mut states = Vec::new();
    for filter in by_ids("nat-gateway-id", asked.iter().map(|live| live.id.as_str())) {
        for gateway in described(&client, filter).await? {
            let failed = gateway.state() == Some(&NatGatewayState::Failed);
            // AWS removes by itself what it could not make.
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
        Some(NatGatewayState::Pending) => return Ok(Deletion::again(AGAIN_MS, "pending; it is deleted after that")),
        _ => {}
    }
    match client.delete_nat_gateway().nat_gateway_id(id).send().await.map_err(failed) {
        Ok(_) => Ok(Deletion::again(AGAIN_MS, "deleting")),
        Err(Failure::NotFound(_)) => Ok(Deletion::Gone),
        Err(failure) => Err(failure),
    }
}

/// What the token made, also where that failed: the failure is told when it is asked whether it is ready.
pub(crate) async fn find(token: &str, _: NatGateway) -> Result<Option<State<NatGateway>>, Failure> {
    let made = described(&client()?, by_token(token)).await?;
    made.into_iter().find(|gateway| !is_gone(gateway)).map(state).transpose()
}

/// One step towards the inputs; none where it cannot be seen.
async fn converge(id: &str, inputs: NatGateway) -> Result<Option<Progress<NatGateway>>, Failure> {
    let client = client()?;
    let Some(gateway) = described(&client, filter("nat-gateway-id", [id])).await?.pop() else { return Ok(None) };
    match gateway.state() {
        Some(NatGatewayState::Available) => {}
        None | Some(NatGatewayState::Pending) => return Ok(Some(Progress::again(AGAIN_MS, "pending"))),
        Some(other) => {
            let message = format!("{id} is {}: {}", other.as_str(), reason(&gateway));
            return Err(state(gateway)?.partial(message));
        }
    }
    retag(&client, id, gateway.tags(), &inputs.tags).await?;
    let mut state = state(gateway)?;
    state.properties.tags = inputs.tags;
    Ok(Some(Progress::Done(state)))
}

/// Why it failed, in AWS's words, and what helps.
fn reason(gateway: &types::NatGateway) -> String {
    let code = gateway.failure_code().unwrap_or_default();
    let told = some(gateway.failure_message()).unwrap_or_else(|| "AWS gives no reason".to_owned());
    match code {
        "Gateway.NotAttached" => format!("{told}; let it depend on the internet gateway of its VPC"),
        "Resource.AlreadyAssociated" => format!("{told}; give it an Address that nothing else uses"),
        _ => told,
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
    // Beside the primary address there may be secondary ones, which kim does not make.
    let addresses = gateway.nat_gateway_addresses();
    let address = addresses.iter().find(|address| address.is_primary() == Some(true)).or(addresses.first());
    let text = |part: fn(&types::NatGatewayAddress) -> Option<&str>| address.and_then(|address| some(part(address)));
    let properties = NatGateway {
        subnet_id: gateway.subnet_id().unwrap_or_default().to_owned(),
        allocation_id: text(types::NatGatewayAddress::allocation_id).unwrap_or_default(),
        tags,
        nat_gateway_id: gateway.nat_gateway_id().unwrap_or_default().to_owned(),
        state: gateway.state().map_or_else(String::new, |state| state.as_str().to_owned()),
        private_ip: text(types::NatGatewayAddress::private_ip),
        public_ip: text(types::NatGatewayAddress::public_ip),
        vpc_id: some(gateway.vpc_id()),
    };
    let id = answered(gateway.nat_gateway_id, "DescribeNatGateways")?;
    Ok(State { id, properties })
}
