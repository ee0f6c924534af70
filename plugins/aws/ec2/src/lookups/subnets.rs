//! Subnets that the program does not own.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

/// The lookup of subnets that the program does not own.
pub struct Subnets;

/// The arguments of the lookup of subnets. At least one has to be set.
#[derive(Clone, Debug, Object)]
pub struct SubnetsArguments {
    /// The id of their VPC, `vpc-…`.
    pub vpc_id: Option<String>,
    /// Tags that they have. `*` stands for any text, `?` for any character.
    pub tags: BTreeMap<String, String>,
    /// Their zones, such as `eu-central-1a`. Empty: all zones.
    #[kim(set)]
    pub availability_zones: Vec<String>,
}

/// The subnets, sorted by zone. There may be none.
#[derive(Clone, Debug, Object)]
pub struct SubnetsResults {
    /// The ids, `subnet-…`.
    pub ids: Vec<String>,
    /// The zone of each subnet, in the order of the ids.
    pub availability_zones: Vec<String>,
    /// The IPv4 block of each subnet, in the order of the ids.
    pub cidr_blocks: Vec<String>,
}

impl Lookup for Subnets {
    const NAME: &'static str = "aws:ec2:subnets";
    const DOCS: &'static str = "Finds subnets by VPC, tags and zones, sorted by zone.";
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
            return Err(Failure::invalid(
                Path::root(),
                "set at least one of vpc_id, tags and availability_zones",
            ));
        }
        let mut found = pages!(client()?.describe_subnets().set_filters(Some(filters)), subnets);
        found.sort_by(|a, b| {
            (a.availability_zone(), a.subnet_id()).cmp(&(b.availability_zone(), b.subnet_id()))
        });
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Ok(SubnetsResults {
            ids: found.iter().map(|subnet| text(subnet.subnet_id())).collect(),
            availability_zones: found
                .iter()
                .map(|subnet| text(subnet.availability_zone()))
                .collect(),
            cidr_blocks: found.iter().map(|subnet| text(subnet.cidr_block())).collect(),
        })
    }
}
