//! Subnets of others.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

/// Finds subnets that the program does not own.
pub struct Subnets;

/// What subnets are wanted.
#[derive(Clone, Debug, Object)]
pub struct SubnetsArguments {
    /// Their VPC, `vpc-…`.
    pub vpc_id: Option<String>,
    /// Tags that they have; `*` and `?` stand for any text and any character.
    pub tags: BTreeMap<String, String>,
    /// Their zones; any where none is given.
    #[kim(set)]
    pub availability_zones: Vec<String>,
}

/// The subnets, in the order of their zones; none is no error.
#[derive(Clone, Debug, Object)]
pub struct SubnetsResults {
    /// Their ids, `subnet-…`.
    pub ids: Vec<String>,
    /// Each one's zone.
    pub availability_zones: Vec<String>,
    /// Each one's IPv4 addresses.
    pub cidr_blocks: Vec<String>,
}

impl Lookup for Subnets {
    const NAME: &'static str = "aws:ec2:subnets";
    const DOCS: &'static str = "Finds subnets by VPC, tags and zones, in the order of their zones.";
    type Arguments = SubnetsArguments;
    type Results = SubnetsResults;

    async fn look_up(arguments: SubnetsArguments) -> Result<SubnetsResults, Failure> {
        crate::in_cloud::in_cloud!(cloud::look_up(arguments))
    }
}

#[cfg(target_arch = "wasm32")]
mod cloud {
    use kim_plugin::prelude::*;

    use super::{SubnetsArguments, SubnetsResults};
    use crate::cloud::{client, filter, pages};
    use crate::lookups::tag_filters;

    pub(super) async fn look_up(arguments: SubnetsArguments) -> Result<SubnetsResults, Failure> {
        let mut filters = tag_filters(&arguments.tags);
        filters.extend(arguments.vpc_id.as_deref().map(|id| filter("vpc-id", [id])));
        if !arguments.availability_zones.is_empty() {
            filters.push(filter("availability-zone", arguments.availability_zones));
        }
        if filters.is_empty() {
            return Err(Failure::invalid(Path::root(), "say which subnets: vpc_id, tags or availability_zones"));
        }
        let mut found = pages!(client()?.describe_subnets().set_filters(Some(filters)), subnets);
        found.sort_by(|a, b| (a.availability_zone(), a.subnet_id()).cmp(&(b.availability_zone(), b.subnet_id())));
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(SubnetsResults {
            ids: found.iter().map(|subnet| text(subnet.subnet_id())).collect(),
            availability_zones: found.iter().map(|subnet| text(subnet.availability_zone())).collect(),
            cidr_blocks: found.iter().map(|subnet| text(subnet.cidr_block())).collect(),
        })
    }
}
