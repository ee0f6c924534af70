//! The row of a subnet.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::cidr::Block;
use crate::ec2::rows::kind::Kind;
use crate::world::{Phase, Resource};

/// A subnet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Subnet {
    pub(crate) subnet_id: String,
    pub(crate) vpc_id: String,
    pub(crate) cidr: String,
    pub(crate) zone: String,
    pub(crate) phase: Phase,
    pub(crate) default_for_zone: bool,
    pub(crate) map_public_ip: bool,
}

impl Resource for Subnet {
    const KIND: &'static str = "ec2:subnet";
    fn id(&self) -> &str {
        &self.subnet_id
    }
}

impl Kind for Subnet {
    const PREFIX: &'static str = "subnet-";
    const TYPE: &'static str = "subnet";
    const MISSING: &'static str = "InvalidSubnetID.NotFound";
}

impl Subnet {
    /// Returns the block of addresses.
    pub(crate) fn block(&self) -> Option<Block> {
        Block::parse(&self.cidr)
    }
}
