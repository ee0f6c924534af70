//! Tags: a row for each resource that has some, and the rules that hold for all of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::{Kind, need};
use super::listing::{Item, describing, filter, page};
use super::{
    address, gateway, group, instance, interface, key_pair, nat_gateway, placement, route_table, rule, snapshot,
    subnet, volume, vpc,
};
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::params::Params;
use crate::service::{Action, Call};
use crate::world::Resource;

pub(super) const ACTIONS: &[Action] = &[
    Action::new("CreateTags", "ResourceId!.N Tag!.N{Key! Value} DryRun:b", create),
    Action::new("DeleteTags", "ResourceId!.N Tag.N{Key! Value} DryRun:b", delete),
    Action::new("DescribeTags", describing!(), describe),
];

/// The shape of tags in a create call.
macro_rules! tag_specification {
    ($rest:literal) => {
        concat!($rest, " TagSpecification.N{ResourceType! Tag.N{Key! Value}} DryRun:b")
    };
}
pub(super) use tag_specification;

/// The most tags that a resource may have.
const LIMIT: usize = 50;

/// The tags of one resource.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Tags {
    id: String,
    resource_type: String,
    tags: BTreeMap<String, String>,
}

impl Resource for Tags {
    const KIND: &'static str = "ec2:tags";
    fn id(&self) -> &str {
        &self.id
    }
}

/// Tags by the type of the resource that they are for.
pub(super) type Requested = BTreeMap<String, BTreeMap<String, String>>;

/// The tags that a create call asks for, for the types that it makes.
pub(super) fn requested(call: &Call, types: &[&str]) -> Result<Requested, AwsError> {
    let mut requested = Requested::new();
    for specification in call.params().list("TagSpecification") {
        let resource_type = specification.text("ResourceType").unwrap_or_default();
        if !types.contains(&resource_type) {
            let message = format!("'{resource_type}' is not a valid taggable resource type for this operation.");
            return refuse("InvalidParameterValue", message);
        }
        let tags = read(specification)?;
        if requested.insert(resource_type.to_owned(), tags).is_some() {
            return refuse("InvalidParameterValue", format!("Two TagSpecifications are for {resource_type}"));
        }
    }
    Ok(requested)
}

fn read(params: &Params) -> Result<BTreeMap<String, String>, AwsError> {
    let mut tags = BTreeMap::new();
    for tag in params.list("Tag") {
        let (key, value) = (tag.text("Key").unwrap_or_default(), tag.text("Value").unwrap_or_default());
        check(key, value)?;
        if tags.insert(key.to_owned(), value.to_owned()).is_some() {
            return refuse("InvalidParameterValue", format!("Duplicate tag key '{key}' specified."));
        }
    }
    limit(&tags)?;
    Ok(tags)
}

fn check(key: &str, value: &str) -> Result<(), AwsError> {
    if key.is_empty() || key.chars().count() > 128 {
        return refuse("InvalidParameterValue", format!("Tag key '{key}' must have 1 to 128 characters."));
    }
    if value.chars().count() > 256 {
        return refuse(
            "InvalidParameterValue",
            format!("The value of tag '{key}' exceeds the maximum of 256 characters."),
        );
    }
    if key.to_lowercase().starts_with("aws:") {
        let message = format!("Tag keys starting with 'aws:' are reserved for internal use: '{key}'");
        return refuse("InvalidParameterValue", message);
    }
    Ok(())
}

fn limit(tags: &BTreeMap<String, String>) -> Result<(), AwsError> {
    if tags.len() > LIMIT {
        return refuse("TagLimitExceeded", format!("The maximum number of tags for a resource is {LIMIT}."));
    }
    Ok(())
}

/// Gives a new resource the tags that were asked for its type.
pub(super) fn put<R: Kind>(call: &mut Call, id: &str, requested: &Requested) {
    if let Some(tags) = requested.get(R::TYPE).filter(|tags| !tags.is_empty()) {
        let row = Tags { id: id.to_owned(), resource_type: R::TYPE.to_owned(), tags: tags.clone() };
        call.world.put(call.request.region.as_str(), row);
    }
}

/// A resource's `tagSet`.
pub(super) fn show(call: &Call, id: &str) -> Node {
    let tags = call.world.get::<Tags>(call.region(), id);
    let tags = tags.iter().flat_map(|row| &row.tags);
    Node::list(tags.map(|(key, value)| node! { "key" => key, "value" => value }))
}

/// Forgets the tags of a resource that is gone.
pub(super) fn erase(call: &mut Call, id: &str) {
    if call.world.get::<Tags>(call.region(), id).is_some() {
        call.world.remove::<Tags>(call.request.region.as_str(), id);
    }
}

/// The type of a resource that exists, whatever its kind.
fn type_of(call: &Call, id: &str) -> Result<&'static str, AwsError> {
    fn of<R: Kind>(call: &Call, id: &str) -> Option<Result<&'static str, AwsError>> {
        id.starts_with(R::PREFIX).then(|| need::<R>(call, id).map(|_| R::TYPE))
    }
    let kinds = [
        of::<address::Address>,
        of::<gateway::Gateway>,
        of::<group::Group>,
        of::<instance::Instance>,
        of::<interface::Interface>,
        of::<key_pair::KeyPair>,
        of::<nat_gateway::NatGateway>,
        of::<placement::PlacementGroup>,
        of::<route_table::RouteTable>,
        of::<rule::Rule>,
        of::<snapshot::Snapshot>,
        of::<subnet::Subnet>,
        of::<volume::Volume>,
        of::<vpc::Vpc>,
        of::<vpc::NetworkAcl>,
    ];
    let found = kinds.iter().find_map(|kind| kind(call, id));
    found.unwrap_or_else(|| refuse("InvalidID", format!("The ID '{id}' is not valid")))
}

fn create(call: &mut Call) -> Answer {
    let given = read(call.params())?;
    for id in call.params().texts("ResourceId") {
        let resource_type = type_of(call, id)?.to_owned();
        let row = call.world.get::<Tags>(call.region(), id);
        let mut tags = row.map(|row| row.tags.clone()).unwrap_or_default();
        tags.extend(given.clone());
        limit(&tags)?;
        call.world.put(call.request.region.as_str(), Tags { id: id.to_owned(), resource_type, tags });
    }
    Ok(node! { "return" => true })
}

/// Without tags all go; a tag without a value goes whatever its value is; one with a value only if it is that.
fn delete(call: &mut Call) -> Answer {
    let given = call.params().list("Tag");
    for id in call.params().texts("ResourceId") {
        type_of(call, id)?;
        let Some(row) = call.world.get::<Tags>(call.region(), id) else { continue };
        let mut row = Tags::clone(&row);
        row.tags.retain(|key, value| {
            let goes =
                |tag: &&Params| tag.text("Key") == Some(key) && tag.text("Value").is_none_or(|wanted| wanted == value);
            !given.is_empty() && !given.iter().any(goes)
        });
        call.world.put(call.request.region.as_str(), row);
    }
    Ok(node! { "return" => true })
}

fn describe(call: &mut Call) -> Answer {
    let rows = call.world.list::<Tags>(call.region());
    let tags = rows.iter().flat_map(|row| row.tags.iter().map(move |tag| (row, tag)));
    let items = tags.map(|(row, (key, value))| Item {
        key: format!("{}\u{0}{key}", row.id),
        node: node! {
            "resourceId" => &row.id, "resourceType" => &row.resource_type, "key" => key, "value" => value,
        },
    });
    let filters =
        [("key", "key"), ("value", "value"), ("resource-id", "resourceId"), ("resource-type", "resourceType")];
    Ok(page(call, filter(call.params(), items.collect(), &filters)?, 1000)?.into_answer("tagSet"))
}
