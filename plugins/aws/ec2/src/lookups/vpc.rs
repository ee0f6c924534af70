//! VPCs that the program does not own.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

/// The lookup of a VPC that the program does not own.
pub struct VpcLookup;

/// The arguments of the lookup of a VPC. Exactly one VPC has to match.
#[derive(Clone, Debug, Object)]
pub struct VpcArguments {
    /// The VPC's id, `vpc-…`.
    pub vpc_id: Option<String>,
    /// Tags that it has. `*` stands for any text, `?` for any character.
    pub tags: BTreeMap<String, String>,
    /// True for the region's default VPC.
    pub default: Option<bool>,
}

/// The VPC that was found.
#[derive(Clone, Debug, Object)]
pub struct VpcResults {
    /// The VPC's id, `vpc-…`.
    pub vpc_id: String,
    /// Its IPv4 block.
    pub cidr_block: String,
    /// True for the region's default VPC.
    pub default: bool,
    /// The id of the account that owns it.
    pub owner_id: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Lookup for VpcLookup {
    const NAME: &'static str = "aws:ec2:vpc";
    const DOCS: &'static str =
        "Finds a VPC by id or tags, or the default VPC. Exactly one has to match.";
    type Arguments = VpcArguments;
    type Results = VpcResults;

    async fn look_up(arguments: VpcArguments) -> Result<VpcResults, Failure> {
        crate::in_cloud::in_cloud!(cloud::look_up(arguments))
    }
}

#[cfg(target_arch = "wasm32")]
mod cloud {
    use aws_sdk_ec2::types::Vpc;
    use kim_plugin::prelude::*;

    use super::{VpcArguments, VpcResults};
    use crate::cloud::{client, filter, pages, visible};
    use crate::lookups::tag_filters;

    pub(super) async fn look_up(arguments: VpcArguments) -> Result<VpcResults, Failure> {
        let mut filters = tag_filters(&arguments.tags);
        filters.extend(arguments.vpc_id.as_deref().map(|id| filter("vpc-id", [id])));
        filters
            .extend(arguments.default.map(|default| filter("is-default", [default.to_string()])));
        if filters.is_empty() {
            return Err(Failure::invalid(
                Path::root(),
                "set at least one of vpc_id, tags and default",
            ));
        }
        let mut found = pages!(client()?.describe_vpcs().set_filters(Some(filters)), vpcs);
        match found.len() {
            1 => found.pop().map(results).ok_or_else(|| Failure::NotFound("no VPC".to_owned())),
            0 => Err(Failure::NotFound("no VPC of this region matches".to_owned())),
            _ => {
                let ids: Vec<&str> = found.iter().filter_map(|vpc| vpc.vpc_id()).collect();
                Err(Failure::invalid(
                    Path::root(),
                    format!("several VPCs match: {}; narrow it down", ids.join(", ")),
                ))
            }
        }
    }

    fn results(vpc: Vpc) -> VpcResults {
        VpcResults {
            tags: visible(vpc.tags()),
            vpc_id: vpc.vpc_id.unwrap_or_default(),
            cidr_block: vpc.cidr_block.unwrap_or_default(),
            default: vpc.is_default.unwrap_or_default(),
            owner_id: vpc.owner_id,
        }
    }
}
