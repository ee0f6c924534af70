//! Which route table a subnet uses.

use kim_plugin::prelude::*;

/// Makes a subnet use a route table. A subnet has one at most, so the subnet's id is the association's too, and the table
/// can be exchanged in place, without a moment in which the subnet falls back to the VPC's main table.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:RouteTableAssociation", id = "subnet_id", read_batch = 200)]
pub struct RouteTableAssociation {
    /// The subnet, `subnet-…`; also the association's id.
    #[kim(immutable)]
    pub subnet_id: String,
    /// The table, `rtb-…`.
    pub route_table_id: String,
    /// What AWS calls it, `rtbassoc-…`; another one whenever the table is exchanged.
    #[kim(computed, volatile)]
    pub association_id: String,
}

impl Kind for RouteTableAssociation {
    super::operations!(route_table_association);
}
