//! Routes. AWS has them only as parts of their table.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{self, RouteOrigin};
use kim_plugin::prelude::*;

use super::{
    by_ids, client, deleted, failed, filter, no_longer_exists, non_empty, not_visible_yet,
    route_table,
};
use crate::kinds::{Route, route_id};

pub(crate) async fn create(inputs: Route, token: &str) -> Result<State<Route>, Failure> {
    let request = client()?
        .create_route()
        .route_table_id(&inputs.route_table_id)
        .set_destination_cidr_block(inputs.destination_cidr_block.clone())
        .set_destination_ipv6_cidr_block(inputs.destination_ipv6_cidr_block.clone())
        .set_destination_prefix_list_id(inputs.destination_prefix_list_id.clone())
        .set_gateway_id(inputs.gateway_id.clone())
        .set_nat_gateway_id(inputs.nat_gateway_id.clone())
        .set_network_interface_id(inputs.network_interface_id.clone())
        .set_instance_id(inputs.instance_id.clone())
        .set_vpc_peering_connection_id(inputs.vpc_peering_connection_id.clone())
        .set_transit_gateway_id(inputs.transit_gateway_id.clone())
        .set_egress_only_internet_gateway_id(inputs.egress_only_internet_gateway_id.clone())
        .set_vpc_endpoint_id(inputs.vpc_endpoint_id.clone());
    match request.send().await.map_err(failed) {
        Ok(_) => {
            let id = inputs.id();
            Ok(State {
                properties: Route {
                    route_id: id.clone(),
                    state: Some("active".to_owned()),
                    ..inputs
                },
                id,
            })
        }
        // A table has one route for a destination: the conflict may be with the route that an
        // earlier call created.
        Err(conflict @ Failure::Conflict(_)) => find(token, inputs).await?.ok_or(conflict),
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn settle(id: &str, inputs: Route, _: Route) -> Result<Progress<Route>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(id: &str, inputs: Route, _: Route) -> Result<Progress<Route>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("route", id), Ok)
}

pub(crate) async fn read(asked: Vec<Live<Route>>) -> Result<Vec<Option<State<Route>>>, Failure> {
    let client = client()?;
    let ids = asked.iter().map(|live| route_id(&live.id)).collect::<Result<Vec<_>, _>>()?;
    let mut tables = Vec::new();
    for filter in by_ids("route-table-id", ids.iter().map(|(table, _)| *table)) {
        tables.extend(route_table::described(&client, filter).await?);
    }
    let found = ids.iter().zip(&asked).map(|((table, destination), live)| {
        let route = route_in(&tables, table, destination)?;
        Some(state(table, route, live.properties.as_ref()))
    });
    Ok(found.collect())
}

pub(crate) async fn delete(id: &str, _: Route) -> Result<Deletion, Failure> {
    let (table, destination) = route_id(id)?;
    let request = client()?.delete_route().route_table_id(table);
    let request = match destination {
        list if list.starts_with("pl-") => request.destination_prefix_list_id(list),
        block if block.contains(':') => request.destination_ipv6_cidr_block(block),
        block => request.destination_cidr_block(block),
    };
    deleted(request.send().await.map_err(failed))
}

/// Returns the route of the inputs, if it has their target.
///
/// A route has no tags, so the token is not used.
pub(crate) async fn find(_: &str, inputs: Route) -> Result<Option<State<Route>>, Failure> {
    let table = inputs.route_table_id.clone();
    let tables =
        route_table::described(&client()?, filter("route-table-id", [table.as_str()])).await?;
    let route = route_in(&tables, &table, &inputs.destination());
    let found = route.map(|route| state(&table, route, Some(&inputs)));
    Ok(found.filter(|found| same_target(&found.properties, &inputs)))
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(id: &str, inputs: Route) -> Result<Option<Progress<Route>>, Failure> {
    let client = client()?;
    let (table, destination) = route_id(id)?;
    let tables = route_table::described(&client, filter("route-table-id", [table])).await?;
    let Some(route) = route_in(&tables, table, destination) else { return Ok(None) };
    let live = state(table, route, Some(&inputs));
    if same_target(&live.properties, &inputs) {
        return Ok(Some(Progress::Done(live)));
    }
    replace(&client, table, &inputs).await?;
    let properties = Route { route_id: id.to_owned(), state: Some("active".to_owned()), ..inputs };
    Ok(Some(Progress::Done(State { id: id.to_owned(), properties })))
}

async fn replace(client: &Client, table: &str, inputs: &Route) -> Result<(), Failure> {
    client
        .replace_route()
        .route_table_id(table)
        .set_destination_cidr_block(inputs.destination_cidr_block.clone())
        .set_destination_ipv6_cidr_block(inputs.destination_ipv6_cidr_block.clone())
        .set_destination_prefix_list_id(inputs.destination_prefix_list_id.clone())
        .set_gateway_id(inputs.gateway_id.clone())
        .set_nat_gateway_id(inputs.nat_gateway_id.clone())
        .set_network_interface_id(inputs.network_interface_id.clone())
        .set_instance_id(inputs.instance_id.clone())
        .set_vpc_peering_connection_id(inputs.vpc_peering_connection_id.clone())
        .set_transit_gateway_id(inputs.transit_gateway_id.clone())
        .set_egress_only_internet_gateway_id(inputs.egress_only_internet_gateway_id.clone())
        .set_vpc_endpoint_id(inputs.vpc_endpoint_id.clone())
        .send()
        .await
        .map_err(failed)?;
    Ok(())
}

fn route_in<'a>(
    tables: &'a [types::RouteTable],
    table: &str,
    destination: &str,
) -> Option<&'a types::Route> {
    let table = tables.iter().find(|candidate| candidate.route_table_id() == Some(table))?;
    table.routes().iter().find(|route| {
        // The table's local route into its VPC, and routes that a gateway propagates, are not
        // resources.
        let made = !matches!(
            route.origin(),
            Some(RouteOrigin::CreateRouteTable | RouteOrigin::EnableVgwRoutePropagation)
        );
        let blocks = [
            route.destination_cidr_block(),
            route.destination_ipv6_cidr_block(),
            route.destination_prefix_list_id(),
        ];
        made && blocks.contains(&Some(destination))
    })
}

fn same_target(left: &Route, right: &Route) -> bool {
    let targets = |route: &Route| {
        [
            route.gateway_id.clone(),
            route.nat_gateway_id.clone(),
            route.network_interface_id.clone(),
            route.instance_id.clone(),
            route.vpc_peering_connection_id.clone(),
            route.transit_gateway_id.clone(),
            route.egress_only_internet_gateway_id.clone(),
            route.vpc_endpoint_id.clone(),
        ]
    };
    targets(left) == targets(right)
}

fn state(table: &str, route: &types::Route, recorded: Option<&Route>) -> State<Route> {
    let gateway = non_empty(route.gateway_id());
    let (endpoint, gateway) = match gateway {
        Some(id) if id.starts_with("vpce-") => (Some(id), None),
        other => (None, other),
    };
    // AWS returns both the interface and its instance. The program named one of them.
    let (interface, instance) =
        match (non_empty(route.network_interface_id()), non_empty(route.instance_id())) {
            (Some(_), Some(instance))
                if recorded.is_some_and(|route| route.instance_id.is_some()) =>
            {
                (None, Some(instance))
            }
            (Some(interface), _) => (Some(interface), None),
            (None, instance) => (None, instance),
        };
    let mut properties = Route {
        route_table_id: table.to_owned(),
        destination_cidr_block: non_empty(route.destination_cidr_block()),
        destination_ipv6_cidr_block: non_empty(route.destination_ipv6_cidr_block()),
        destination_prefix_list_id: non_empty(route.destination_prefix_list_id()),
        gateway_id: gateway,
        nat_gateway_id: non_empty(route.nat_gateway_id()),
        network_interface_id: interface,
        instance_id: instance,
        vpc_peering_connection_id: non_empty(route.vpc_peering_connection_id()),
        transit_gateway_id: non_empty(route.transit_gateway_id()),
        egress_only_internet_gateway_id: non_empty(route.egress_only_internet_gateway_id()),
        vpc_endpoint_id: endpoint,
        route_id: String::new(),
        state: route.state().map(|state| state.as_str().to_owned()),
    };
    properties.route_id = properties.id();
    State { id: properties.route_id.clone(), properties }
}
