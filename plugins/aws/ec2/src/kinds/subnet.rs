//! A range of a VPC's addresses in one zone.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A range of a VPC's addresses in one zone.
#[derive(Clone, Debug, Resource)]
// The key is of CreateSubnet: "A subnet CIDR block must not overlap the CIDR block of an existing
// subnet in the VPC."
#[kim(kind = "aws:ec2:Subnet", id = "subnet_id", read_batch = 200, unique = "vpc_id, cidr_block")]
pub struct Subnet {
    /// The VPC, `vpc-…`.
    // DeleteVpc fails while the VPC has any (EC2 API reference).
    #[kim(immutable, holds = "aws:ec2:Vpc")]
    pub vpc_id: String,
    /// The IPv4 block, /16 to /28.
    ///
    /// It lies inside the VPC's block and overlaps no other subnet.
    #[kim(immutable, form = "cidr")]
    pub cidr_block: String,
    /// The zone, such as `eu-central-1a`; by default AWS picks one.
    #[kim(computed, input, immutable)]
    pub availability_zone: Option<String>,
    /// If true, instances get a public address by default.
    #[kim(default = false)]
    pub map_public_ip_on_launch: bool,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The subnet's id, `subnet-…`.
    #[kim(computed)]
    pub subnet_id: String,
    /// The ARN.
    #[kim(computed)]
    pub arn: String,
    /// The zone's id, such as `euc1-az2`. It means the same place in every account.
    #[kim(computed)]
    pub availability_zone_id: Option<String>,
}

impl Kind for Subnet {
    super::operations!(subnet);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.network(inputs, "cidr_block");
        found.tags(inputs);
        found.into_violations()
    }
}
