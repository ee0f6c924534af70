//! Internet access for private subnets.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;
use crate::prices;

/// A public NAT gateway: outgoing internet access for private subnets.
///
/// No connection can be opened from the internet. A Route with its `nat_gateway_id` leads to it. An
/// address has one gateway, so a replacement has to delete the old one first.
#[derive(Clone, Debug, Resource)]
// The key is of the failure Resource.AlreadyAssociated, at NatGateway.FailureMessage.
#[kim(
    kind = "aws:ec2:NatGateway",
    id = "nat_gateway_id",
    read_batch = 200,
    priced,
    unique = "allocation_id"
)]
pub struct NatGateway {
    /// The subnet that it is in, `subnet-…`.
    ///
    /// It must be public: its route table leads to the VPC's internet gateway. The NAT gateway
    /// depends on that internet gateway.
    // DeleteSubnet fails while the subnet has any (EC2 API reference, DependencyViolation), and
    // DetachInternetGateway while the VPC has mapped addresses.
    #[kim(immutable, holds = "aws:ec2:Subnet", pins = "aws:ec2:InternetGateway.vpc_id")]
    pub subnet_id: String,
    /// The Address that the internet sees, `eipalloc-…`. Nothing else may use it.
    // ReleaseAddress fails with InvalidIPAddress.InUse meanwhile (EC2 API reference).
    #[kim(immutable, holds = "aws:ec2:Address")]
    pub allocation_id: String,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The gateway's id, `nat-…`.
    #[kim(computed)]
    pub nat_gateway_id: String,
    /// The state, such as `available` or `failed`.
    #[kim(computed, volatile)]
    pub state: String,
    /// Its private IPv4 address.
    #[kim(computed)]
    pub private_ip: Option<String>,
    /// The public IPv4 address, such as `203.0.113.7`.
    #[kim(computed)]
    pub public_ip: Option<String>,
    /// The VPC of its subnet.
    #[kim(computed)]
    pub vpc_id: Option<String>,
}

impl Kind for NatGateway {
    super::operations!(nat_gateway);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        found.into_violations()
    }

    fn price(_: &Inputs) -> Option<Price> {
        prices::nat_gateway(&kim_plugin::aws::region().ok()?)
    }
}
