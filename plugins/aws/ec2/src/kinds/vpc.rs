//! A network of one's own.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A virtual private cloud: a network of its own in a region.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:Vpc", id = "vpc_id", read_batch = 200)]
pub struct Vpc {
    /// Its IPv4 addresses, /16 to /28 and canonical: `10.0.0.0/16`.
    #[kim(immutable)]
    pub cidr_block: String,
    /// Whether the VPC's DNS server resolves names.
    #[kim(default = true)]
    pub enable_dns_support: bool,
    /// Whether instances with a public address get a public DNS name; needs `enable_dns_support`.
    #[kim(default = false)]
    pub enable_dns_hostnames: bool,
    /// Whether instances run on shared hardware (`default`) or hardware of your own (`dedicated`, far dearer).
    #[kim(immutable, default = "default", one_of("default", "dedicated"))]
    pub instance_tenancy: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its id, `vpc-…`.
    #[kim(computed)]
    pub vpc_id: String,
    /// Its ARN.
    #[kim(computed)]
    pub arn: String,
    /// The route table of subnets that have none of their own, `rtb-…`.
    #[kim(computed)]
    pub main_route_table_id: Option<String>,
    /// The security group of what names none, `sg-…`.
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
        found.all()
    }
}
