//! The row of a route table.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::kind::Kind;
use crate::ec2::rows::route::Route;
use crate::world::Resource;

/// A route table with its routes and associations.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RouteTable {
    pub(crate) table_id: String,
    pub(crate) vpc_id: String,
    pub(crate) routes: Vec<Route>,
    pub(crate) associations: Vec<RouteTableAssociation>,
}

/// The use of a table by a subnet, or, without one, as the VPC's main table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RouteTableAssociation {
    pub(crate) association_id: String,
    pub(crate) subnet_id: Option<String>,
}

impl Resource for RouteTable {
    const KIND: &'static str = "ec2:route-table";
    fn id(&self) -> &str {
        &self.table_id
    }
}

impl Kind for RouteTable {
    const PREFIX: &'static str = "rtb-";
    const TYPE: &'static str = "route-table";
    const MISSING: &'static str = "InvalidRouteTableID.NotFound";
}

impl RouteTable {
    /// Returns true for the main table of its VPC.
    pub(crate) fn is_main(&self) -> bool {
        self.associations.iter().any(|association| association.subnet_id.is_none())
    }
}
