//! Placement groups. Their id is their name.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    self, Filter, PlacementGroupState, PlacementStrategy, ResourceType, SpreadLevel,
};
use kim_plugin::prelude::*;
use kim_plugin_aws::Step;

use super::{
    SOON_MS, by_ids, by_token, client, deleted, expect_part, failed, filter, in_order, indexed,
    no_longer_exists, not_visible_yet, retag, tagged, to_i32, visible,
};
use crate::kinds::PlacementGroup;

pub(crate) async fn create(
    inputs: PlacementGroup,
    token: &str,
) -> Result<State<PlacementGroup>, Failure> {
    let answer = client()?
        .create_placement_group()
        .group_name(&inputs.name)
        .strategy(PlacementStrategy::from(inputs.strategy.as_str()))
        .set_partition_count(to_i32(inputs.partition_count))
        .set_spread_level(inputs.spread_level.as_deref().map(SpreadLevel::from))
        .tag_specifications(tagged(ResourceType::PlacementGroup, &inputs.tags, token))
        .send()
        .await
        .map_err(failed);
    match answer {
        Ok(answer) => {
            let made = answer.placement_group;
            let (group_id, arn) =
                made.map(|group| (group.group_id, group.group_arn)).unwrap_or_default();
            Ok(State {
                id: inputs.name.clone(),
                properties: PlacementGroup { group_id, arn, ..inputs },
            })
        }
        // Names are unique: the conflict may be with the group that an earlier call created.
        Err(conflict @ Failure::Conflict(_)) => find(token, inputs).await?.ok_or(conflict),
        Err(failure) => Err(failure),
    }
}

pub(crate) async fn settle(
    id: &str,
    inputs: PlacementGroup,
    _: PlacementGroup,
) -> Result<Progress<PlacementGroup>, Failure> {
    converge(id, inputs).await?.map_or_else(not_visible_yet, Ok)
}

pub(crate) async fn update(
    id: &str,
    inputs: PlacementGroup,
    _: PlacementGroup,
) -> Result<Progress<PlacementGroup>, Failure> {
    converge(id, inputs).await?.map_or_else(|| no_longer_exists("placement group", id), Ok)
}

pub(crate) async fn read(
    asked: Vec<Live<PlacementGroup>>,
) -> Result<Vec<Option<State<PlacementGroup>>>, Failure> {
    let client = client()?;
    let mut states = Vec::new();
    for filter in by_ids("group-name", asked.iter().map(|live| live.id.as_str())) {
        for group in described(&client, filter).await? {
            states.push(state(group)?);
        }
    }
    Ok(in_order(asked, indexed(states, |state| Some(&state.id)), |state, _| state))
}

pub(crate) async fn delete(id: &str, _: PlacementGroup) -> Result<Deletion, Failure> {
    let client = client()?;
    let groups = client
        .describe_placement_groups()
        .filters(filter("group-name", [id]))
        .send()
        .await
        .map_err(failed)?;
    match groups.placement_groups().first().and_then(|group| group.state()) {
        None | Some(PlacementGroupState::Deleted) => Ok(Deletion::Gone),
        Some(PlacementGroupState::Deleting) => Ok(Deletion::again(SOON_MS, "deleting")),
        Some(_) => {
            deleted(client.delete_placement_group().group_name(id).send().await.map_err(failed))
        }
    }
}

pub(crate) async fn find(
    token: &str,
    _: PlacementGroup,
) -> Result<Option<State<PlacementGroup>>, Failure> {
    described(&client()?, by_token(token)).await?.pop().map(state).transpose()
}

/// Makes one step towards the inputs.
///
/// Returns `None` if the resource is not visible.
async fn converge(
    id: &str,
    inputs: PlacementGroup,
) -> Result<Option<Progress<PlacementGroup>>, Failure> {
    let client = client()?;
    let Some(group) = described(&client, filter("group-name", [id])).await?.pop() else {
        return Ok(None);
    };
    if group.state() == Some(&PlacementGroupState::Pending) {
        return Ok(Some(Progress::again(SOON_MS, "pending")));
    }
    let mut step = Step::default();
    if let Some(number) = group.group_id() {
        retag(&client, &mut step, number, group.tags(), &inputs.tags).await?;
    }
    let mut state = state(group)?;
    state.properties.tags = inputs.tags;
    Ok(Some(step.progress(state)))
}

/// Returns the groups that are not deleted. DescribePlacementGroups has no pages.
async fn described(client: &Client, filter: Filter) -> Result<Vec<types::PlacementGroup>, Failure> {
    let answer = client.describe_placement_groups().filters(filter).send().await.map_err(failed)?;
    let mut groups = answer.placement_groups.unwrap_or_default();
    groups.retain(|group| {
        !matches!(group.state(), Some(PlacementGroupState::Deleting | PlacementGroupState::Deleted))
    });
    Ok(groups)
}

fn state(group: types::PlacementGroup) -> Result<State<PlacementGroup>, Failure> {
    let tags = visible(group.tags());
    let name = expect_part(group.group_name, "DescribePlacementGroups")?;
    let properties = PlacementGroup {
        name: name.clone(),
        strategy: group.strategy.map_or_else(String::new, |strategy| strategy.as_str().to_owned()),
        partition_count: group.partition_count.map(i64::from),
        spread_level: group.spread_level.map(|level| level.as_str().to_owned()),
        tags,
        group_id: group.group_id,
        arn: group.group_arn,
    };
    Ok(State { id: name, properties })
}
