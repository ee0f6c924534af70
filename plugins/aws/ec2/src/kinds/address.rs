//! An Elastic IP address.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// An Elastic IP address: a public IPv4 address that is independent of its user.
///
/// It stays when its user is replaced. It is associated with a network interface, or used by a NAT
/// gateway (by its `allocation_id`), or only reserved.
#[derive(Clone, Debug, Resource)]
// The key is of AssociateAddress: what has an existing address loses it to the one that comes.
#[kim(
    kind = "aws:ec2:Address",
    id = "allocation_id",
    read_batch = 200,
    delete_before_replace,
    tokenless,
    unique = "network_interface_id"
)]
pub struct Address {
    /// The network interface that it is associated with, `eni-…`.
    ///
    /// Packets go to the interface's primary private address. The interface can be changed in
    /// place. Its VPC needs an internet gateway, on which this address depends. The interface of a
    /// NAT gateway belongs to AWS and cannot be used.
    // DetachInternetGateway fails while the VPC has mapped addresses (EC2 API reference).
    #[kim(pins = "aws:ec2:InternetGateway.vpc_id")]
    pub network_interface_id: Option<String>,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The address's id, `eipalloc-…`.
    #[kim(computed)]
    pub allocation_id: String,
    /// The IPv4 address, such as `203.0.113.7`.
    #[kim(computed)]
    pub public_ip: String,
    /// The id of its association, `eipassoc-…`.
    ///
    /// It changes with the interface or NAT gateway that uses the address.
    #[kim(computed, volatile)]
    pub association_id: Option<String>,
}

impl Kind for Address {
    super::operations!(address);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        found.into_violations()
    }
}
