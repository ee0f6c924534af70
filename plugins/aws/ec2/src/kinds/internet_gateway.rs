//! A VPC's door to the internet.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

use super::rules::Found;

/// A VPC's door to the internet, with its attachment.
#[derive(Clone, Debug, Resource)]
#[kim(kind = "aws:ec2:InternetGateway", id = "internet_gateway_id", read_batch = 200)]
pub struct InternetGateway {
    /// The VPC that it is attached to, `vpc-…`; a VPC has one at most. Without it the gateway stands alone.
    pub vpc_id: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// Its id, `igw-…`.
    #[kim(computed)]
    pub internet_gateway_id: String,
}

impl Kind for InternetGateway {
    super::operations!(internet_gateway);

    fn check(inputs: &Inputs) -> Vec<Violation> {
        let mut found = Found::new();
        found.tags(inputs);
        found.all()
    }
}
