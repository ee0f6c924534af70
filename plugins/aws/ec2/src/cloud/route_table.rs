//! Route tables.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, Filter, ResourceType};
use kim_plugin::prelude::*;
use kim_plugin_aws::Step;

use super::{
    by_ids, by_token, client, deleted, expect_part, failed, filter, in_order, indexed,
    no_longer_exists, not_visible_yet, pages, retag, tagged, visible,
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
    state(expect_part(answer.route_table, "CreateRouteTable")?)
}

pub(crate) async fn settle(
    id: &str,
    inputs: RouteTable,
    _: RouteTable,
) -> Result<Progress<RouteTable>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: RouteTable,
    _: RouteTable,
) -> Result<Progress<RouteTable>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("route table", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<RouteTable>>,
) -> Result<Vec<Option<State<RouteTable>>>, Failure> {
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

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(id: &str, inputs: RouteTable) -> Result<Option<Progress<RouteTable>>, Failure> {
    let client = client()?;
    let Some(table) = described(&client, filter("route-table-id", [id])).await?.pop() else {
        return Ok(None);
    };
    let mut step = Step::default();
    retag(&client, &mut step, id, table.tags(), &inputs.tags).await?;
    let mut state = state(table)?;
    state.properties.tags = inputs.tags;
    Ok(Some(step.progress(state)))
}

/// Returns route tables with their routes and associations.
///
/// `Route` and `RouteTableAssociation` read theirs from here.
pub(super) async fn described(
    client: &Client,
    filter: Filter,
) -> Result<Vec<types::RouteTable>, Failure> {
    Ok(pages!(client.describe_route_tables().filters(filter), route_tables))
}

fn state(table: types::RouteTable) -> Result<State<RouteTable>, Failure> {
    let tags = visible(table.tags());
    let id = expect_part(table.route_table_id, "DescribeRouteTables")?;
    let properties =
        RouteTable { vpc_id: table.vpc_id.unwrap_or_default(), tags, route_table_id: id.clone() };
    Ok(State { id, properties })
}
