//! VPCs of others.

use std::collections::BTreeMap;

use kim_plugin::prelude::*;

/// Finds a VPC that the program does not own.
pub struct VpcLookup;

/// What VPC is wanted: exactly one has to match.
#[derive(Clone, Debug, Object)]
pub struct VpcArguments {
    /// Its id, `vpc-…`.
    pub vpc_id: Option<String>,
    /// Tags that it has; `*` and `?` stand for any text and any character.
    pub tags: BTreeMap<String, String>,
    /// Whether it is the region's default one.
    pub default: Option<bool>,
}

/// The VPC.
#[derive(Clone, Debug, Object)]
pub struct VpcResults {
    /// Its id, `vpc-…`.
    pub vpc_id: String,
    /// Its IPv4 addresses.
    pub cidr_block: String,
    /// Whether it is the region's default one.
    pub default: bool,
    /// The account that owns it.
    pub owner_id: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Lookup for VpcLookup {
    const NAME: &'static str = "aws:ec2:vpc";
    const DOCS: &'static str = "Finds a VPC by id, by tags, or the default one; exactly one has to match.";
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
        filters.extend(arguments.default.map(|default| filter("is-default", [default.to_string()])));
        if filters.is_empty() {
            return Err(Failure::invalid(Path::root(), "say which VPC: vpc_id, tags, or default = true"));
        }
        let mut found = pages!(client()?.describe_vpcs().set_filters(Some(filters)), vpcs);
        match found.len() {
            1 => found.pop().map(results).ok_or_else(|| Failure::NotFound("no VPC".to_owned())),
            0 => Err(Failure::NotFound("no VPC of this region matches".to_owned())),
            _ => {
                let ids: Vec<&str> = found.iter().filter_map(|vpc| vpc.vpc_id()).collect();
                Err(Failure::invalid(Path::root(), format!("several VPCs match: {}; narrow it down", ids.join(", "))))
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
