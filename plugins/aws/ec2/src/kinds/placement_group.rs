//! The placement of instances on hardware.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::{Found, text_or};

/// The placement of instances on hardware: together, apart, or in partitions.
#[derive(Clone, Debug, Resource)]
// The key is of CreatePlacementGroup: the name "must be unique within the scope of your account for
// the Region".
#[kim(kind = "aws:ec2:PlacementGroup", id = "name", read_batch = 200, unique = "name")]
pub struct PlacementGroup {
    /// The name, unique in the region; also the id.
    #[kim(immutable, len = 1..=255)]
    pub name: String,
    /// The strategy: `cluster`, `spread` or `partition`.
    ///
    /// `cluster`: close together for low latency, in one zone. `spread`: each instance on separate
    /// hardware, at most seven in a zone. `partition`: groups that share no hardware.
    #[kim(immutable, default = "cluster", one_of("cluster", "spread", "partition"))]
    pub strategy: String,
    /// The number of partitions in a zone, for `partition` only.
    #[kim(computed, input, immutable, range = 1..=7)]
    pub partition_count: Option<i64>,
    /// The level of the spread, for `spread` only: `rack`, or `host` (Outposts).
    #[kim(computed, input, immutable, one_of("rack", "host"))]
    pub spread_level: Option<String>,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// AWS's id of the group, `pg-…`.
    #[kim(computed)]
    pub group_id: Option<String>,
    /// The ARN.
    #[kim(computed)]
    pub arn: Option<String>,
}

impl Kind for PlacementGroup {
    super::operations!(placement_group);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        let Some(strategy) = text_or(inputs, "strategy", "cluster") else {
            return found.into_violations();
        };
        for (property, fits) in [("partition_count", "partition"), ("spread_level", "spread")] {
            if inputs.get::<Value>(property).is_given() && strategy != fits {
                found.error(
                    property,
                    format!("{property} needs strategy = \"{fits}\", not \"{strategy}\""),
                );
            }
        }
        found.into_violations()
    }
}
