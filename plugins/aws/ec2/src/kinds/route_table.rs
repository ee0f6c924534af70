//! A table of routes.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A table of routes; its routes and the subnets that use it are resources of their own (`Route`,
/// `RouteTableAssociation`).
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:RouteTable", id = "route_table_id", read_batch = 200)]
pub struct RouteTable {
    /// The VPC, `vpc-…`.
    #[kim(immutable)]
    pub vpc_id: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its id, `rtb-…`.
    #[kim(computed)]
    pub route_table_id: String,
}

impl Kind for RouteTable {
    super::operations!(route_table);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        found.all()
    }
}
