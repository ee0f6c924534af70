//! The actions of placement groups.

use crate::ec2::queries::placement_group::placement_group_by_name;
use crate::ec2::queries::tags::{put_tags, requested_tags, tag_specification};
use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::kind::{all, erase, fresh, invalid, need, put};
use crate::ec2::rows::placement_group::PlacementGroup;
use crate::ec2::views::listing::describe;
use crate::ec2::views::show::Show;
use crate::error::{Answer, refuse};
use crate::service::{Action, Call};
use crate::world::Phase;

pub(crate) const ACTIONS: &[Action] = &[
    Action::new(
        "CreatePlacementGroup",
        tag_specification!(
            "GroupName! Strategy=cluster|spread|partition PartitionCount:i SpreadLevel=rack|host"
        ),
        create,
    ),
    Action::new(
        "DescribePlacementGroups",
        "GroupId.N GroupName.N Filter.N{Name! Value.N} DryRun:b",
        describe::<PlacementGroup>,
    ),
    Action::new("DeletePlacementGroup", "GroupName! DryRun:b", delete),
];

fn create(call: &mut Call) -> Answer {
    let name = call.text("GroupName");
    if name.is_empty() || name.len() > 255 || !name.is_ascii() {
        return invalid("groupName", name, "1 to 255 ASCII characters are valid.");
    }
    if all::<PlacementGroup>(call).iter().any(|group| group.name == name) {
        return refuse(
            "InvalidPlacementGroup.Duplicate",
            format!("The Placement Group '{name}' already exists."),
        );
    }
    let params = call.params();
    let strategy = params.text("Strategy").unwrap_or("cluster");
    let count = params.number("PartitionCount");
    let partitions = match (strategy, count) {
        ("partition", None) => Some(2),
        ("partition", Some(count)) if (1..=7).contains(&count) => Some(count),
        ("partition", Some(count)) => {
            return invalid("partitionCount", count, "1 to 7 partitions are valid.");
        }
        (_, Some(_)) => {
            return refuse(
                "InvalidParameterCombination",
                "PartitionCount needs the strategy partition.",
            );
        }
        (_, None) => None,
    };
    let level = params.text("SpreadLevel");
    if level.is_some() && strategy != "spread" {
        return refuse("InvalidParameterCombination", "SpreadLevel needs the strategy spread.");
    }
    if level == Some("host") {
        return refuse("InvalidParameterValue", "The spread level host is for Outposts only.");
    }
    let requested = requested_tags(call, &["placement-group"])?;
    let group = PlacementGroup {
        group_id: fresh::<PlacementGroup>(call),
        name: name.to_owned(),
        strategy: strategy.to_owned(),
        partitions,
        spread_level: (strategy == "spread").then(|| "rack".to_owned()),
        phase: Phase::moving("pending", "available", call.due()),
    };
    let group_id = group.group_id.clone();
    put(call, group);
    put_tags::<PlacementGroup>(call, &group_id, &requested);
    Ok(
        node! { "return" => true, "placementGroup" => need::<PlacementGroup>(call, &group_id)?.show(call) },
    )
}

fn delete(call: &mut Call) -> Answer {
    let group = placement_group_by_name(call, call.text("GroupName"))?;
    if all::<Instance>(call).iter().any(|instance| instance.is_in(&group.name, call.now())) {
        let message =
            format!("The placement group '{}' is in use and may not be deleted.", group.name);
        return refuse("InvalidPlacementGroup.InUse", message);
    }
    erase::<PlacementGroup>(call, &group.group_id);
    Ok(node! { "return" => true })
}
