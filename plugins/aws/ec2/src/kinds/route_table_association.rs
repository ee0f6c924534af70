//! The route table of a subnet.

use kim_plugin::prelude::*;

/// The association of a subnet with a route table.
///
/// A subnet has at most one, so the subnet's id is also the association's id. The table can be
/// changed in place, without a moment in which the subnet uses the VPC's main table.
#[derive(Clone, Debug, Resource)]
// The key: "A subnet can only be associated with one route table at a time",
// <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html>.
#[kim(
    kind = "aws:ec2:RouteTableAssociation",
    id = "subnet_id",
    read_batch = 200,
    unique = "subnet_id"
)]
pub struct RouteTableAssociation {
    /// The subnet, `subnet-…`; also the association's id.
    #[kim(immutable)]
    pub subnet_id: String,
    /// The route table, `rtb-…`.
    // DeleteRouteTable needs the table disassociated from its subnets (EC2 API reference).
    #[kim(holds = "aws:ec2:RouteTable")]
    pub route_table_id: String,
    /// AWS's id of the association, `rtbassoc-…`. It changes with the table.
    #[kim(computed, volatile)]
    pub association_id: String,
}

impl Kind for RouteTableAssociation {
    super::operations!(route_table_association);
}
