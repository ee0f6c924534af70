//! Placement groups, and the rules for what may be launched into one.

use serde::{Deserialize, Serialize};

use super::instance::Instance;
use super::kind::{Kind, all, erase, fresh, invalid, need, put};
use super::listing::describe;
use super::tags::{self, tag_specification};
use super::types::InstanceType;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::service::{Action, Call};
use crate::world::{Phase, Resource};

pub(super) const ACTIONS: &[Action] = &[
    Action::new(
        "CreatePlacementGroup",
        tag_specification!("GroupName! Strategy=cluster|spread|partition PartitionCount:i SpreadLevel=rack|host"),
        create,
    ),
    Action::new(
        "DescribePlacementGroups",
        "GroupId.N GroupName.N Filter.N{Name! Value.N} DryRun:b",
        describe::<PlacementGroup>,
    ),
    Action::new("DeletePlacementGroup", "GroupName! DryRun:b", delete),
];

/// The most running instances of a spread group in a zone, and partitions of a partition group.
const SEVEN: usize = 7;

/// A placement group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlacementGroup {
    group_id: String,
    pub(super) name: String,
    strategy: String,
    partitions: Option<i64>,
    spread_level: Option<String>,
    phase: Phase,
}

impl Resource for PlacementGroup {
    const KIND: &'static str = "ec2:placement-group";
    fn id(&self) -> &str {
        &self.group_id
    }
}

impl Kind for PlacementGroup {
    const PREFIX: &'static str = "pg-";
    const TYPE: &'static str = "placement-group";
    const MISSING: &'static str = "InvalidPlacementGroup.Unknown";
    const IDS: &'static str = "GroupId";
    const PAGED: bool = false;
    const SET: &'static str = "placementGroupSet";
    const NAMES: Option<(&'static str, &'static str, &'static str)> =
        Some(("GroupName", "groupName", "InvalidPlacementGroup.Unknown"));
    const FILTERS: &'static [(&'static str, &'static str)] = &[
        ("group-name", "groupName"),
        ("group-arn", "groupArn"),
        ("state", "state"),
        ("strategy", "strategy"),
        ("spread-level", "spreadLevel"),
    ];

    fn show(&self, call: &Call) -> Node {
        node! {
            "groupName" => &self.name, "groupId" => &self.group_id, "state" => self.phase.at(call.now()),
            "strategy" => &self.strategy, "partitionCount" => self.partitions, "spreadLevel" => self.spread_level.clone(),
            "groupArn" => call.arn(&format!("placement-group/{}", self.name)),
            "tagSet" => tags::show(call, &self.group_id),
        }
    }
}

pub(super) fn by_name(call: &Call, name: &str) -> Result<std::sync::Arc<PlacementGroup>, AwsError> {
    let found = all::<PlacementGroup>(call).into_iter().find(|group| group.name == name);
    let message = || format!("The Placement Group '{name}' is unknown.");
    found.ok_or_else(|| AwsError::new("InvalidPlacementGroup.Unknown", message()))
}

/// Whether `count` more instances of a type may start in a zone; gives back the partition of the first.
pub(super) fn admit(
    call: &Call,
    group: &PlacementGroup,
    instance_type: &InstanceType,
    zone: &str,
    count: usize,
    partition: Option<i64>,
) -> Result<Option<i64>, AwsError> {
    let members = all::<Instance>(call).into_iter().filter(|other| other.is_in(&group.name, call.now()));
    // A stopped instance takes no place; it is asked again when it starts.
    let members: Vec<_> = members.filter(|other| other.state(call.now()) != "stopped").collect();
    let in_zone = members.iter().filter(|other| other.zone == zone).count();
    match group.strategy.as_str() {
        "cluster" if instance_type.burstable => {
            let message =
                format!("Instances of type {} may not be launched in a cluster placement group.", instance_type.name);
            refuse("InvalidParameterCombination", message)
        }
        "cluster" if in_zone < members.len() => {
            let message = format!(
                "The placement group '{}' is of the strategy cluster and already in another zone than {zone}: a cluster group lives in one zone.",
                group.name
            );
            refuse("InvalidParameterCombination", message)
        }
        "spread" if in_zone + count > SEVEN => {
            let message = format!(
                "The placement group '{}' has {in_zone} running instances in {zone}: a spread group takes at most {SEVEN} a zone.",
                group.name
            );
            refuse("InsufficientInstanceCapacity", message).map_err(|error: AwsError| error.status(500))
        }
        "partition" => {
            let partitions = group.partitions.unwrap_or(2);
            match partition.filter(|partition| !(1..=partitions).contains(partition)) {
                Some(wrong) => invalid("partitionNumber", wrong, &format!("The group has {partitions} partitions.")),
                None => {
                    Ok(Some(partition.unwrap_or_else(|| i64::try_from(members.len()).unwrap_or(0) % partitions + 1)))
                }
            }
        }
        _ if partition.is_some() => {
            refuse("InvalidParameterCombination", "A partition number needs a group of the strategy partition.")
        }
        _ => Ok(None),
    }
}

fn create(call: &mut Call) -> Answer {
    let name = call.text("GroupName");
    if name.is_empty() || name.len() > 255 || !name.is_ascii() {
        return invalid("groupName", name, "1 to 255 ASCII characters are valid.");
    }
    if all::<PlacementGroup>(call).iter().any(|group| group.name == name) {
        return refuse("InvalidPlacementGroup.Duplicate", format!("The Placement Group '{name}' already exists."));
    }
    let params = call.params();
    let strategy = params.text("Strategy").unwrap_or("cluster");
    let count = params.number("PartitionCount");
    let partitions = match (strategy, count) {
        ("partition", None) => Some(2),
        ("partition", Some(count)) if (1..=7).contains(&count) => Some(count),
        ("partition", Some(count)) => return invalid("partitionCount", count, "1 to 7 partitions are valid."),
        (_, Some(_)) => {
            return refuse("InvalidParameterCombination", "PartitionCount needs the strategy partition.");
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
    let requested = tags::requested(call, &["placement-group"])?;
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
    tags::put::<PlacementGroup>(call, &group_id, &requested);
    Ok(node! { "return" => true, "placementGroup" => need::<PlacementGroup>(call, &group_id)?.show(call) })
}

fn delete(call: &mut Call) -> Answer {
    let group = by_name(call, call.text("GroupName"))?;
    if all::<Instance>(call).iter().any(|instance| instance.is_in(&group.name, call.now())) {
        let message = format!("The placement group '{}' is in use and may not be deleted.", group.name);
        return refuse("InvalidPlacementGroup.InUse", message);
    }
    erase::<PlacementGroup>(call, &group.group_id);
    Ok(node! { "return" => true })
}
