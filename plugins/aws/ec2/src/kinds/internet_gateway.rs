//! The connection of a VPC to the internet.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// The connection of a VPC to the internet, with its attachment.
#[derive(Clone, Debug, Resource)]
// The key: "You can attach only one internet gateway to a VPC at a time", in the quotas of VPC,
// <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>.
#[kim(
    kind = "aws:ec2:InternetGateway",
    id = "internet_gateway_id",
    read_batch = 200,
    tokenless,
    unique = "vpc_id"
)]
pub struct InternetGateway {
    /// The VPC that it is attached to, `vpc-…`. A VPC has at most one gateway.
    ///
    /// Without a VPC, the gateway is detached.
    // DeleteVpc fails while a gateway is attached (EC2 API reference).
    #[kim(holds = "aws:ec2:Vpc")]
    pub vpc_id: Option<String>,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The gateway's id, `igw-…`.
    #[kim(computed)]
    pub internet_gateway_id: String,
}

impl Kind for InternetGateway {
    super::operations!(internet_gateway);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        found.into_violations()
    }
}
