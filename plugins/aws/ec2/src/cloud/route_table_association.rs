//! Associations of subnets with route tables. AWS has them only as parts of a table, and gives an
//! association another id on every change. Their id here is that of the subnet.

use aws_sdk_ec2::types::{self, RouteTableAssociationStateCode};
use kim_plugin::prelude::*;

use super::{
    SOON_MS, by_ids, client, deleted, expect_part, failed, no_longer_exists, not_visible_yet,
    route_table,
};
use crate::kinds::RouteTableAssociation;

pub(crate) async fn create(
    inputs: RouteTableAssociation,
    token: &str,
) -> Result<State<RouteTableAssociation>, Failure> {
    let request = client()?
        .associate_route_table()
        .subnet_id(&inputs.subnet_id)
        .route_table_id(&inputs.route_table_id);
    match request.send().await.map_err(failed) {
        Ok(answer) => {
            let association_id = expect_part(answer.association_id, "AssociateRouteTable")?;
            let properties = RouteTableAssociation { association_id, ..inputs };
            Ok(State { id: properties.subnet_id.clone(), properties })
        }
        // A subnet has one table: the conflict may be with the association that an earlier call
        // created.
        Err(conflict @ Failure::Conflict(_)) => find(token, inputs).await?.ok_or(conflict),
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn settle(
    id: &str,
    inputs: RouteTableAssociation,
    _: RouteTableAssociation,
) -> Result<Progress<RouteTableAssociation>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: RouteTableAssociation,
    _: RouteTableAssociation,
) -> Result<Progress<RouteTableAssociation>, Failure> {
    converge(id, inputs)
        .await?
        .map_or_else(|| no_longer_exists("the route table association of", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<RouteTableAssociation>>,
) -> Result<Vec<Option<State<RouteTableAssociation>>>, Failure> {
    let found = of_subnets(asked.iter().map(|live| live.id.as_str())).await?;
    Ok(asked
        .iter()
        .map(|live| found.iter().find(|a| a.subnet_id() == Some(&live.id)).map(state))
        .collect())
}

pub(crate) async fn delete(id: &str, _: RouteTableAssociation) -> Result<Deletion, Failure> {
    let found = of_subnets([id]).await?;
    let Some(association) =
        found.first().and_then(|association| association.route_table_association_id())
    else {
        return Ok(Deletion::Gone);
    };
    deleted(
        client()?
            .disassociate_route_table()
            .association_id(association)
            .send()
            .await
            .map_err(failed),
    )
}

/// Returns the association of the inputs' subnet, if it has their table.
///
/// An association has no tags, so the token is not used.
pub(crate) async fn find(
    _: &str,
    inputs: RouteTableAssociation,
) -> Result<Option<State<RouteTableAssociation>>, Failure> {
    let found = of_subnets([inputs.subnet_id.as_str()]).await?;
    let matching = found
        .iter()
        .find(|association| association.route_table_id() == Some(&inputs.route_table_id));
    Ok(matching.map(state))
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(
    id: &str,
    inputs: RouteTableAssociation,
) -> Result<Option<Progress<RouteTableAssociation>>, Failure> {
    let found = of_subnets([id]).await?;
    let Some(association) = found.first() else { return Ok(None) };
    let live = state(association);
    if live.properties.route_table_id == inputs.route_table_id {
        let arriving = code(association) == Some(&RouteTableAssociationStateCode::Associating);
        return Ok(Some(if arriving {
            Progress::again(SOON_MS, "associating")
        } else {
            Progress::Done(live)
        }));
    }
    let answer = client()?
        .replace_route_table_association()
        .association_id(live.properties.association_id)
        .route_table_id(&inputs.route_table_id)
        .send()
        .await
        .map_err(failed)?;
    let association_id = expect_part(answer.new_association_id, "ReplaceRouteTableAssociation")?;
    let properties = RouteTableAssociation { association_id, ..inputs };
    Ok(Some(Progress::Done(State { id: id.to_owned(), properties })))
}

/// Returns the associations of these subnets, complete or in flight.
async fn of_subnets<'a>(
    subnets: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<types::RouteTableAssociation>, Failure> {
    let client = client()?;
    let mut found = Vec::new();
    let wanted: Vec<&str> = subnets.into_iter().collect();
    for filter in by_ids("association.subnet-id", wanted.iter().copied()) {
        let tables = route_table::described(&client, filter).await?;
        found.extend(tables.into_iter().flat_map(|table| table.associations.unwrap_or_default()));
    }
    let stays = |association: &types::RouteTableAssociation| {
        use RouteTableAssociationStateCode::{Disassociated, Disassociating, Failed};
        !matches!(code(association), Some(Disassociated | Disassociating | Failed))
    };
    found.retain(|a| stays(a) && a.subnet_id().is_some_and(|subnet| wanted.contains(&subnet)));
    Ok(found)
}

fn code(association: &types::RouteTableAssociation) -> Option<&RouteTableAssociationStateCode> {
    association.association_state().and_then(|state| state.state())
}

fn state(association: &types::RouteTableAssociation) -> State<RouteTableAssociation> {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let properties = RouteTableAssociation {
        subnet_id: text(association.subnet_id()),
        route_table_id: text(association.route_table_id()),
        association_id: text(association.route_table_association_id()),
    };
    State { id: properties.subnet_id.clone(), properties }
}
