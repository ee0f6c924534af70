//! A route table.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A route table.
///
/// Its routes are resources of kind `Route`. The subnets that use it are resources of kind
/// `RouteTableAssociation`.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:RouteTable", id = "route_table_id", read_batch = 200)]
pub struct RouteTable {
    /// The VPC, `vpc-…`.
    // DeleteVpc fails while the VPC has any (EC2 API reference).
    #[kim(immutable, holds = "aws:ec2:Vpc")]
    pub vpc_id: String,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The table's id, `rtb-…`.
    #[kim(computed)]
    pub route_table_id: String,
}

impl Kind for RouteTable {
    super::operations!(route_table);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        found.into_violations()
    }
}
