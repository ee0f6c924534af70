//! A virtual private cloud.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A virtual private cloud: an isolated network in a region.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:Vpc", id = "vpc_id", read_batch = 200, tokenless)]
pub struct Vpc {
    /// The IPv4 block, /16 to /28, such as `10.0.0.0/16`.
    ///
    /// AWS clears the bits beyond the prefix.
    #[kim(immutable, form = "cidr")]
    pub cidr_block: String,
    /// If true, the VPC's DNS server resolves names.
    #[kim(default = true)]
    pub enable_dns_support: bool,
    /// If true, instances with a public address get a public DNS name.
    ///
    /// Needs `enable_dns_support`.
    #[kim(default = false)]
    pub enable_dns_hostnames: bool,
    /// The hardware of instances: `default` (shared) or `dedicated`.
    ///
    /// Dedicated hardware is far more expensive.
    #[kim(immutable, default = "default", one_of("default", "dedicated"))]
    pub instance_tenancy: String,
    /// The tags, at most 49.
    pub tags: BTreeMap<String, String>,
    /// The VPC's id, `vpc-…`.
    #[kim(computed)]
    pub vpc_id: String,
    /// The ARN.
    #[kim(computed)]
    pub arn: String,
    /// The main route table, `rtb-…`: that of subnets without an association.
    #[kim(computed)]
    pub main_route_table_id: Option<String>,
    /// The default security group, `sg-…`: that of interfaces that name none.
    #[kim(computed)]
    pub default_security_group_id: Option<String>,
}

impl Kind for Vpc {
    super::operations!(vpc);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.network(inputs, "cidr_block");
        found.tags(inputs);
        let names = inputs.get::<bool>("enable_dns_hostnames");
        if (names, inputs.get::<bool>("enable_dns_support")) == (Known(true), Known(false)) {
            found.error("enable_dns_hostnames", "DNS host names need enable_dns_support = true");
        }
        found.into_violations()
    }
}
