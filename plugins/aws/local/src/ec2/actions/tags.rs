//! The actions of tags.

use std::sync::Arc;

use crate::ec2::queries::tags::{check_tag_count, read_tags};
use crate::ec2::rows::address::Address;
use crate::ec2::rows::instance::Instance;
use crate::ec2::rows::interface::Interface;
use crate::ec2::rows::internet_gateway::InternetGateway;
use crate::ec2::rows::key_pair::KeyPair;
use crate::ec2::rows::kind::{Kind, need};
use crate::ec2::rows::nat_gateway::NatGateway;
use crate::ec2::rows::network_acl::NetworkAcl;
use crate::ec2::rows::placement_group::PlacementGroup;
use crate::ec2::rows::route_table::RouteTable;
use crate::ec2::rows::security_group::SecurityGroup;
use crate::ec2::rows::security_group_rule::SecurityGroupRule;
use crate::ec2::rows::snapshot::Snapshot;
use crate::ec2::rows::subnet::Subnet;
use crate::ec2::rows::tags::ResourceTags;
use crate::ec2::rows::volume::Volume;
use crate::ec2::rows::vpc::Vpc;
use crate::ec2::views::listing::{Listing, TagFilters, describing, list};
use crate::error::{Answer, AwsError, refuse};
use crate::params::Params;
use crate::service::{Action, Call};

pub(crate) const ACTIONS: &[Action] = &[
    Action::new("CreateTags", "ResourceId!.N Tag!.N{Key! Value} DryRun:b", create),
    Action::new("DeleteTags", "ResourceId!.N Tag.N{Key! Value} DryRun:b", delete),
    Action::new("DescribeTags", describing!(), describe),
];

/// Returns the type of a resource that exists, of any kind.
fn type_of_resource(call: &Call, id: &str) -> Result<&'static str, AwsError> {
    fn of<R: Kind>(call: &Call, id: &str) -> Option<Result<&'static str, AwsError>> {
        id.starts_with(R::PREFIX).then(|| need::<R>(call, id).map(|_| R::TYPE))
    }
    let kinds = [
        of::<Address>,
        of::<InternetGateway>,
        of::<SecurityGroup>,
        of::<Instance>,
        of::<Interface>,
        of::<KeyPair>,
        of::<NatGateway>,
        of::<PlacementGroup>,
        of::<RouteTable>,
        of::<SecurityGroupRule>,
        of::<Snapshot>,
        of::<Subnet>,
        of::<Volume>,
        of::<Vpc>,
        of::<NetworkAcl>,
    ];
    let found = kinds.iter().find_map(|kind| kind(call, id));
    found.unwrap_or_else(|| refuse("InvalidID", format!("The ID '{id}' is not valid")))
}

fn create(call: &mut Call) -> Answer {
    let given = read_tags(call.params())?;
    for id in call.params().texts("ResourceId") {
        let resource_type = type_of_resource(call, id)?.to_owned();
        let row = call.world.get::<ResourceTags>(call.region(), id);
        let mut tags = row.map(|row| row.tags.clone()).unwrap_or_default();
        tags.extend(given.clone());
        check_tag_count(&tags)?;
        call.world.put(
            call.request.region.as_str(),
            ResourceTags { id: id.to_owned(), resource_type, tags },
        );
    }
    Ok(node! { "return" => true })
}

/// Deletes tags of resources.
///
/// If the request names no tag, all are deleted. A key alone deletes its tag; a key with a value
/// deletes the tag only if it has that value.
fn delete(call: &mut Call) -> Answer {
    let given = call.params().list("Tag");
    for id in call.params().texts("ResourceId") {
        type_of_resource(call, id)?;
        let Some(row) = call.world.get::<ResourceTags>(call.region(), id) else { continue };
        let mut row = ResourceTags::clone(&row);
        row.tags.retain(|key, value| {
            let goes = |tag: &&Params| {
                tag.text("Key") == Some(key)
                    && tag.text("Value").is_none_or(|wanted| wanted == value)
            };
            !given.is_empty() && !given.iter().any(goes)
        });
        call.world.put(call.request.region.as_str(), row);
    }
    Ok(node! { "return" => true })
}

/// The filters of tags; `tag:<key>` compares the value of the tag with that key.
const LISTING: Listing = Listing {
    filters: &[
        ("key", "key"),
        ("value", "value"),
        ("resource-id", "resourceId"),
        ("resource-type", "resourceType"),
    ],
    tags: TagFilters::ByKey { keys: "key", values: "value" },
    page_sizes: Some(5..=1000),
};

fn describe(call: &mut Call) -> Answer {
    let rows = tagged(call);
    let tags = rows.iter().flat_map(|row| row.tags.iter().map(move |tag| (row, tag)));
    let keyed = tags.map(|(row, tag)| (format!("{}\u{0}{}", row.id, tag.0), (row, tag)));
    let page = list(call, &LISTING, keyed, |(row, (key, value))| {
        node! {
            "resourceId" => &row.id, "resourceType" => &row.resource_type, "key" => *key, "value" => *value,
        }
    });
    Ok(page?.into_answer("tagSet"))
}

/// Returns the tags of the resources that a request may mean, by resource.
///
/// If it names resources by a filter without wildcards, only theirs are read.
fn tagged(call: &Call) -> Vec<Arc<ResourceTags>> {
    let filters = call.params().list("Filter");
    let by_id = filters.iter().find(|filter| filter.text("Name") == Some("resource-id"));
    let mut ids = by_id.map(|filter| filter.texts("Value")).unwrap_or_default();
    if ids.is_empty() || ids.iter().any(|id| id.contains(['*', '?', '\\'])) {
        return call.world.list::<ResourceTags>(call.region());
    }
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().filter_map(|id| call.world.get(call.region(), id)).collect()
}
