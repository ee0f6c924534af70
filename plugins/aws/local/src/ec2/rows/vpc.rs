//! The row of a VPC.

use serde::{Deserialize, Serialize};

use crate::ec2::rows::cidr::Block;
use crate::ec2::rows::kind::Kind;
use crate::world::{Phase, Resource};

/// A VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Vpc {
    pub(crate) vpc_id: String,
    pub(crate) cidr: String,
    pub(crate) tenancy: String,
    pub(crate) is_default: bool,
    pub(crate) phase: Phase,
    pub(crate) dns_support: bool,
    pub(crate) dns_hostnames: bool,
    pub(crate) usage_metrics: bool,
}

impl Resource for Vpc {
    const KIND: &'static str = "ec2:vpc";
    fn id(&self) -> &str {
        &self.vpc_id
    }
}

impl Kind for Vpc {
    const PREFIX: &'static str = "vpc-";
    const TYPE: &'static str = "vpc";
    const MISSING: &'static str = "InvalidVpcID.NotFound";
}

impl Vpc {
    /// Returns the block of addresses.
    pub(crate) fn block(&self) -> Option<Block> {
        Block::parse(&self.cidr)
    }
}
