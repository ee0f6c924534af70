//! Route tables.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, Filter, ResourceType};
use kim_plugin::prelude::*;

use super::{
    answered, by_ids, by_token, client, deleted, failed, filter, gone, in_order, indexed, pages, retag, tagged, unseen,
    visible,
};
use crate::kinds::RouteTable;

pub(crate) async fn create(inputs: RouteTable, token: &str) -> Result<State<RouteTable>, Failure> {
    let answer = client()?
        .create_route_table()
        .vpc_id(inputs.vpc_id)
        .client_token(token)
        .tag_specifications(tagged(ResourceType::RouteTable, &inputs.tags, token))
        .send()
        .await
        .map_err(failed)?;
    state(answered(answer.route_table, "CreateRouteTable")?)
}

pub(crate) async fn settle(id: &str, inputs: RouteTable, _: RouteTable) -> Result<Progress<RouteTable>, Failure> {
    Ok(converge(id, inputs).await?.unwrap_or_else(unseen))
}

pub(crate) async fn update(id: &str, inputs: RouteTable, _: RouteTable) -> Result<Progress<RouteTable>, Failure> {
    converge(id, inputs).await?.map_or_else(|| gone("route table", id), Ok)
}

pub(crate) async fn read(asked: Vec<Live<RouteTable>>) -> Result<Vec<Option<State<RouteTable>>>, Failure> {
    let client = client()?;
    let mut states = Vec::new();
    for filter in by_ids("route-table-id", asked.iter().map(|live| live.id.as_str())) {
        for table in described(&client, filter).await? {
            states.push(state(table)?);
        }
    }
    Ok(in_order(asked, indexed(states, |state| Some(&state.id)), |state, _| state))
}

pub(crate) async fn delete(id: &str, _: RouteTable) -> Result<Deletion, Failure> {
    deleted(client()?.delete_route_table().route_table_id(id).send().await.map_err(failed))
}

pub(crate) async fn find(token: &str, _: RouteTable) -> Result<Option<State<RouteTable>>, Failure> {
    described(&client()?, by_token(token)).await?.pop().map(state).transpose()
}

/// One step towards the inputs; none where it cannot be seen.
async fn converge(id: &str, inputs: RouteTable) -> Result<Option<Progress<RouteTable>>, Failure> {
    let client = client()?;
    let Some(table) = described(&client, filter("route-table-id", [id])).await?.pop() else { return Ok(None) };
    retag(&client, id, table.tags(), &inputs.tags).await?;
    let mut state = state(table)?;
    state.properties.tags = inputs.tags;
    Ok(Some(Progress::Done(state)))
}

/// Route tables with their routes and associations; `Route` and `RouteTableAssociation` read them from here.
pub(super) async fn described(client: &Client, filter: Filter) -> Result<Vec<types::RouteTable>, Failure> {
    Ok(pages!(client.describe_route_tables().filters(filter), route_tables))
}

fn state(table: types::RouteTable) -> Result<State<RouteTable>, Failure> {
    let tags = visible(table.tags());
    let id = answered(table.route_table_id, "DescribeRouteTables")?;
    let properties = RouteTable { vpc_id: table.vpc_id.unwrap_or_default(), tags, route_table_id: id.clone() };
    Ok(State { id, properties })
}
