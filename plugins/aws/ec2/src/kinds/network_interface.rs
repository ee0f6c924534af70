//! A network card of its own.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A network card of its own: its address stays when the instance that uses it is replaced.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:NetworkInterface", id = "network_interface_id", read_batch = 200)]
pub struct NetworkInterface {
    /// The subnet, `subnet-…`.
    #[kim(immutable)]
    pub subnet_id: String,
    /// Its IPv4 address; where none is given, AWS picks a free one of the subnet.
    #[kim(computed, input, immutable)]
    pub private_ip: Option<String>,
    /// The security groups around it, `sg-…`; the VPC's default one where none is given.
    #[kim(computed, input, set)]
    pub security_group_ids: Vec<String>,
    /// What it is for.
    #[kim(default = "", len = ..=255)]
    pub description: String,
    /// Whether packets that are not from or to it are dropped; false for what routes (NAT, VPN).
    #[kim(default = true)]
    pub source_dest_check: bool,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its id, `eni-…`.
    #[kim(computed)]
    pub network_interface_id: String,
    /// Its ARN.
    #[kim(computed)]
    pub arn: String,
    /// Its hardware address.
    #[kim(computed)]
    pub mac_address: Option<String>,
    /// The DNS name of its address inside the VPC.
    #[kim(computed)]
    pub private_dns_name: Option<String>,
    /// The zone of its subnet.
    #[kim(computed)]
    pub availability_zone: Option<String>,
    /// The VPC of its subnet.
    #[kim(computed)]
    pub vpc_id: Option<String>,
}

impl Kind for NetworkInterface {
    super::operations!(network_interface);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        if let Known(address) = inputs.get::<String>("private_ip")
            && address.parse::<std::net::Ipv4Addr>().is_err()
        {
            found.error("private_ip", format!("'{address}' is no IPv4 address"));
        }
        found.all()
    }
}
