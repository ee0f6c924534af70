//! The actions of tags.

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
use crate::ec2::views::listing::{Item, describing, filter, page};
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

fn describe(call: &mut Call) -> Answer {
    let rows = call.world.list::<ResourceTags>(call.region());
    let tags = rows.iter().flat_map(|row| row.tags.iter().map(move |tag| (row, tag)));
    let items = tags.map(|(row, (key, value))| Item {
        key: format!("{}\u{0}{key}", row.id),
        node: node! {
            "resourceId" => &row.id, "resourceType" => &row.resource_type, "key" => key, "value" => value,
        },
    });
    let filters = [
        ("key", "key"),
        ("value", "value"),
        ("resource-id", "resourceId"),
        ("resource-type", "resourceType"),
    ];
    Ok(page(call, filter(call.params(), items.collect(), &filters)?, 1000)?.into_answer("tagSet"))
}
