//! The operations of the kinds and lookups in EC2, and what they share: client, paged describes,
//! filters, tags, failures.
//!
//! Invariants: no operation waits. Each reads the cloud first, so it can be repeated at any point.
//! A describe asks by filter, never by id: one id that does not exist would fail the whole call.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use kim_plugin::prelude::*;
use kim_plugin_aws::Step;
pub(crate) use kim_plugin_aws::failure as failed;
use kim_plugin_aws::tags::{self, Tags};

pub(crate) mod address;
pub(crate) mod blockers;
pub(crate) mod instance;
pub(crate) mod internet_gateway;
pub(crate) mod key_pair;
pub(crate) mod nat_gateway;
pub(crate) mod network_interface;
pub(crate) mod placement_group;
pub(crate) mod route;
pub(crate) mod route_table;
pub(crate) mod route_table_association;
pub(crate) mod security_group;
pub(crate) mod security_group_rule;
pub(crate) mod subnet;
pub(crate) mod volume;
pub(crate) mod volume_attachment;
pub(crate) mod vpc;

/// The most values that EC2 accepts in one filter.
const MOST_FILTER_VALUES: usize = 200;

/// The longest pause before the next read of a new resource, in milliseconds.
const SOON_MS: u32 = 500;

/// Returns a client of EC2 in the configured region.
pub(crate) fn client() -> Result<Client, Failure> {
    kim_plugin_aws::client!(aws_sdk_ec2)
}

/// Evaluates to the items of all pages of a describe.
macro_rules! pages {
    ($request:expr, $items:ident) => {{
        let request = $request;
        let (mut items, mut next) = (Vec::new(), None);
        loop {
            let page =
                request.clone().set_next_token(next).send().await.map_err($crate::cloud::failed)?;
            items.extend(page.$items.unwrap_or_default());
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                break items;
            }
        }
    }};
}
pub(crate) use pages;

/// Returns a filter of a describe.
pub(crate) fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder()
        .name(name)
        .set_values(Some(values.into_iter().map(Into::into).collect()))
        .build()
}

/// Returns filters that together match these ids.
///
/// They are as few as [`MOST_FILTER_VALUES`] allows.
pub(crate) fn by_ids<'a>(name: &str, ids: impl IntoIterator<Item = &'a str>) -> Vec<Filter> {
    let mut ids: Vec<&str> = ids.into_iter().filter(|id| !id.is_empty()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.chunks(MOST_FILTER_VALUES).map(|chunk| filter(name, chunk.iter().copied())).collect()
}

/// Returns the filter for resources that a token created.
pub(crate) fn by_token(token: &str) -> Filter {
    filter(&format!("tag:{}", tags::TOKEN), [token])
}

/// Returns the tags of a create call: those of the program, and the token.
pub(crate) fn tagged(kind: ResourceType, own: &Tags, token: &str) -> TagSpecification {
    let sent =
        tags::with_token(own, token).into_iter().map(|(key, value)| tag(&key, &value)).collect();
    TagSpecification::builder().resource_type(kind).set_tags(Some(sent)).build()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// Returns the tags of the program: those that belong to neither kim nor AWS.
pub(crate) fn visible(live: &[Tag]) -> Tags {
    tags::visible(live.iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default()))))
}

/// Changes a resource's tags to the wanted ones. Makes no call if they are equal.
pub(crate) async fn retag(
    client: &Client,
    step: &mut Step,
    id: &str,
    live: &[Tag],
    wanted: &Tags,
) -> Result<(), Failure> {
    let changes = tags::changes(&visible(live), wanted);
    if !changes.remove.is_empty() && step.begins() {
        let stale = changes.remove.iter().map(|key| Tag::builder().key(key).build()).collect();
        client.delete_tags().resources(id).set_tags(Some(stale)).send().await.map_err(failed)?;
    }
    if !changes.set.is_empty() && step.begins() {
        let fresh = changes.set.iter().map(|(key, value)| tag(key, value)).collect();
        client.create_tags().resources(id).set_tags(Some(fresh)).send().await.map_err(failed)?;
    }
    Ok(())
}

/// Sets a tag of kim on a resource.
pub(crate) async fn set_tag(client: &Client, id: &str, key: &str) -> Result<(), Failure> {
    client.create_tags().resources(id).tags(tag(key, "true")).send().await.map_err(failed)?;
    Ok(())
}

/// Removes a tag of kim from a resource.
pub(crate) async fn remove_tag(client: &Client, id: &str, key: &str) -> Result<(), Failure> {
    client
        .delete_tags()
        .resources(id)
        .tags(Tag::builder().key(key).build())
        .send()
        .await
        .map_err(failed)?;
    Ok(())
}

/// Returns the states of the requested resources, in the order of the request.
///
/// Returns `None` for an id that is not in `found`.
pub(crate) fn in_order<K, T>(
    asked: Vec<Live<K>>,
    mut found: BTreeMap<String, T>,
    state: impl Fn(T, Option<K>) -> State<K>,
) -> Vec<Option<State<K>>> {
    asked
        .into_iter()
        .map(|live| found.remove(&live.id).map(|item| state(item, live.properties)))
        .collect()
}

/// Returns items by their id. Drops those without an id.
pub(crate) fn indexed<T>(items: Vec<T>, id: impl Fn(&T) -> Option<&str>) -> BTreeMap<String, T> {
    items.into_iter().filter_map(|item| Some((id(&item)?.to_owned(), item))).collect()
}

/// Returns the failure of a create whose resource is not visible yet.
pub(crate) fn not_visible_yet<K>() -> Result<Progress<K>, Failure> {
    Err(Failure::NotYet("EC2 does not show it yet".to_owned()))
}

/// Returns the failure of an update whose resource does not exist.
pub(crate) fn no_longer_exists<K>(what: &str, id: &str) -> Result<Progress<K>, Failure> {
    Err(Failure::NotFound(format!(
        "{what} {id} does not exist any more; the next preview plans a new one"
    )))
}

/// Returns the result of a delete call. A resource that does not exist is deleted.
pub(crate) fn deleted<T>(answer: Result<T, Failure>) -> Result<Deletion, Failure> {
    match answer {
        Ok(_) | Err(Failure::NotFound(_)) => Ok(Deletion::Gone),
        Err(failure) => Err(failure),
    }
}

/// Returns a part of an answer, or a failure if AWS left it out.
pub(crate) fn expect_part<T>(part: Option<T>, operation: &str) -> Result<T, Failure> {
    part.ok_or_else(|| {
        Failure::Transient(format!("EC2's answer to {operation} does not name what was created"))
    })
}

/// Returns an ARN in the configured region.
///
/// `owner` is the account, if the answer of AWS named it.
pub(crate) fn arn(owner: Option<&str>, resource: &str) -> Result<String, Failure> {
    let region = kim_plugin::aws::region()?;
    let owner = match owner {
        Some(owner) if !owner.is_empty() => owner.to_owned(),
        _ => kim_plugin::aws::account()?,
    };
    let partition = match region.as_str() {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    Ok(format!("arn:{partition}:ec2:{region}:{owner}:{resource}"))
}

/// Returns a number in the type of the API. The schema keeps it below the limit.
pub(crate) fn to_i32(number: Option<i64>) -> Option<i32> {
    number.and_then(|number| i32::try_from(number).ok())
}

/// Returns a text, or `None` if it is empty.
pub(crate) fn non_empty(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns true if two lists have the same ids, regardless of order.
pub(crate) fn same_set(left: &[String], right: &[String]) -> bool {
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    sorted(left) == sorted(right)
}
