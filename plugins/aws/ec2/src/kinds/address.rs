//! An Elastic IP address.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// An Elastic IP address: a public IPv4 address that stays when what uses it is replaced. It leads to a network
/// interface, or a NAT gateway takes it (its `allocation_id`), or it is only reserved.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:Address", id = "allocation_id", read_batch = 200, delete_before_replace)]
pub struct Address {
    /// The network interface to whose primary private address it leads, `eni-…`; it can be changed in place. The VPC of
    /// the interface needs an internet gateway, which this address depends on. Not for a NAT gateway's interface: that
    /// belongs to AWS.
    pub network_interface_id: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its id, `eipalloc-…`.
    #[kim(computed)]
    pub allocation_id: String,
    /// The address, `203.0.113.7`.
    #[kim(computed)]
    pub public_ip: String,
    /// What AWS calls its use by an interface or a NAT gateway, `eipassoc-…`; another one whenever that changes.
    #[kim(computed, volatile)]
    pub association_id: Option<String>,
}

impl Kind for Address {
    super::operations!(address);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        found.all()
    }
}
