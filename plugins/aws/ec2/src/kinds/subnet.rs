//! A range of a VPC's addresses in one zone.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A range of a VPC's addresses, in one zone.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:Subnet", id = "subnet_id", read_batch = 200)]
pub struct Subnet {
    /// The VPC, `vpc-…`.
    #[kim(immutable)]
    pub vpc_id: String,
    /// Its IPv4 addresses: inside the VPC's, /16 to /28, canonical, overlapping no other subnet.
    #[kim(immutable)]
    pub cidr_block: String,
    /// The zone, `eu-central-1a`; where none is given, AWS picks one.
    #[kim(computed, input, immutable)]
    pub availability_zone: Option<String>,
    /// Whether instances get a public address by default.
    #[kim(default = false)]
    pub map_public_ip_on_launch: bool,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its id, `subnet-…`.
    #[kim(computed)]
    pub subnet_id: String,
    /// Its ARN.
    #[kim(computed)]
    pub arn: String,
    /// The zone's id, the same place in every account: `euc1-az2`.
    #[kim(computed)]
    pub availability_zone_id: Option<String>,
}

impl Kind for Subnet {
    super::operations!(subnet);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.network(inputs, "cidr_block");
        found.tags(inputs);
        found.all()
    }
}
