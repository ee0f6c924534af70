//! A way out of private subnets.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;
use crate::prices;

/// A public NAT gateway: what is in private subnets reaches the internet through it, and nobody from there reaches in.
/// A Route with its `nat_gateway_id` leads to it. An address has one gateway: a replacement has to delete the old one
/// first.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:NatGateway", id = "nat_gateway_id", read_batch = 200, priced, delete_before_replace)]
pub struct NatGateway {
    /// The subnet that it stands in, `subnet-…`: a public one, whose route table leads to the VPC's internet gateway.
    /// The gateway depends on that internet gateway.
    #[kim(immutable)]
    pub subnet_id: String,
    /// The Address that it is seen with, `eipalloc-…`; nothing else may use it.
    #[kim(immutable)]
    pub allocation_id: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its id, `nat-…`.
    #[kim(computed)]
    pub nat_gateway_id: String,
    /// `available`, …
    #[kim(computed, volatile)]
    pub state: String,
    /// Its address in the subnet.
    #[kim(computed)]
    pub private_ip: Option<String>,
    /// The address that it is seen with, `203.0.113.7`.
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
        found.all()
    }

    fn price(_: &Inputs) -> Option<Price> {
        prices::nat_gateway(&kim_plugin::aws::region().ok()?)
    }
}
