//! How instances are placed on hardware.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::{Found, text_or};

/// How instances are placed on hardware: close together, apart, or in partitions.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:PlacementGroup", id = "name", read_batch = 200, delete_before_replace)]
pub struct PlacementGroup {
    /// Its name, unique in the region; also its id.
    #[kim(immutable, len = 1..=255)]
    pub name: String,
    /// `cluster`: close together for low latency, in one zone only. `spread`: each on hardware of its own, at most seven
    /// a zone. `partition`: groups that share no hardware.
    #[kim(immutable, default = "cluster", one_of("cluster", "spread", "partition"))]
    pub strategy: String,
    /// How many partitions a zone has, with `partition` only.
    #[kim(computed, input, immutable, range = 1..=7)]
    pub partition_count: Option<i64>,
    /// What instances are spread over, with `spread` only: `rack`, or `host` (Outposts).
    #[kim(computed, input, immutable, one_of("rack", "host"))]
    pub spread_level: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// What AWS numbers it, `pg-…`.
    #[kim(computed)]
    pub group_id: Option<String>,
    /// Its ARN.
    #[kim(computed)]
    pub arn: Option<String>,
}

impl Kind for PlacementGroup {
    super::operations!(placement_group);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        let Some(strategy) = text_or(inputs, "strategy", "cluster") else { return found.all() };
        for (property, fits) in [("partition_count", "partition"), ("spread_level", "spread")] {
            if inputs.get::<Value>(property).is_given() && strategy != fits {
                found.error(
                    property,
                    format!("{property} goes with strategy = \"{fits}\" only, not with \"{strategy}\""),
                );
            }
        }
        found.all()
    }
}
