//! A network interface.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A network interface that is independent of its instance.
///
/// Its address stays when the instance is replaced.
#[derive(Clone, Debug, Resource)]
// The key is of the error InvalidIPAddress.InUse:
// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.
#[kim(
    kind = "aws:ec2:NetworkInterface",
    id = "network_interface_id",
    read_batch = 200,
    unique = "subnet_id, private_ip"
)]
pub struct NetworkInterface {
    /// The subnet, `subnet-…`.
    // DeleteSubnet fails while the subnet has any (EC2 API reference, DependencyViolation).
    #[kim(immutable, holds = "aws:ec2:Subnet")]
    pub subnet_id: String,
    /// Its IPv4 address; by default AWS picks a free one of the subnet.
    #[kim(computed, input, immutable)]
    pub private_ip: Option<String>,
    /// Its security groups, `sg-…`; by default the VPC's default group.
    // DeleteSecurityGroup fails while an interface has the group (EC2 API reference).
    #[kim(computed, input, set, holds = "aws:ec2:SecurityGroup")]
    pub security_group_ids: Vec<String>,
    /// The purpose.
    #[kim(default = "", len = ..=255)]
    pub description: String,
    /// If true, packets neither from nor to its address are dropped.
    ///
    /// Set false for an instance that routes (NAT, VPN).
    #[kim(default = true)]
    pub source_dest_check: bool,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The interface's id, `eni-…`.
    #[kim(computed)]
    pub network_interface_id: String,
    /// The ARN.
    #[kim(computed)]
    pub arn: String,
    /// Its MAC address.
    #[kim(computed)]
    pub mac_address: Option<String>,
    /// The DNS name of its private address, valid inside the VPC.
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
            found.error("private_ip", format!("'{address}' is not an IPv4 address"));
        }
        found.into_violations()
    }
}
