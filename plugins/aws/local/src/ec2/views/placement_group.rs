//! How a placement group is shown.

use crate::ec2::rows::placement_group::PlacementGroup;
use crate::ec2::views::show::Show;
use crate::ec2::views::tags::show_tags;
use crate::node::Node;
use crate::service::Call;

impl Show for PlacementGroup {
    const IDS: &'static str = "GroupId";
    const PAGED: bool = false;
    const SET: &'static str = "placementGroupSet";
    const NAMES: Option<(&'static str, &'static str)> =
        Some(("GroupName", "InvalidPlacementGroup.Unknown"));
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
            "tagSet" => show_tags(call, &self.group_id),
        }
    }

    fn is_named(&self, _call: &Call, name: &str) -> bool {
        self.name == name
    }
}
