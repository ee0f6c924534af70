//! What the kinds and lookups do in EC2, and what they share for it: the client, paged describes, filters, tags, failures.
//!
//! Invariants: no operation waits; each looks at the cloud first and can be repeated at any point. A describe asks by
//! filter, never by id: one id that is gone would fail all the others.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::config::http::HttpResponse;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ec2::types::{Filter, ResourceType, Tag, TagSpecification};
use kim_plugin::prelude::*;
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

/// The most values that EC2 takes in one filter.
const MOST_FILTER_VALUES: usize = 200;

/// How soon to look again for what was made a moment ago.
const SOON_MS: u32 = 500;

/// EC2 through the host.
pub(crate) fn client() -> Result<Client, Failure> {
    kim_plugin_aws::client!(aws_sdk_ec2)
}

/// What a call's error means. Beside what holds for all of AWS, EC2 has codes of its own.
pub(crate) fn failed<E>(error: SdkError<E, HttpResponse>) -> Failure
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    let failure = kim_plugin_aws::failure(error);
    match code.as_str() {
        "InvalidPlacementGroup.Unknown" | "Gateway.NotAttached" => Failure::NotFound(failure.to_string()),
        "IncorrectModificationState" | "InsufficientHostCapacity" | "InsufficientAddressCapacity" => {
            Failure::Conflict(failure.to_string())
        }
        // A profile that IAM has just made is not known to EC2 for some seconds; nothing was started.
        "InvalidParameterValue" if failure.to_string().contains("IAM Instance Profile") => {
            Failure::Transient(failure.to_string())
        }
        _ => failure,
    }
}

/// All pages of a describe.
macro_rules! pages {
    ($request:expr, $items:ident) => {{
        let request = $request;
        let (mut all, mut next) = (Vec::new(), None);
        loop {
            let page = request.clone().set_next_token(next).send().await.map_err($crate::cloud::failed)?;
            all.extend(page.$items.unwrap_or_default());
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                break all;
            }
        }
    }};
}
pub(crate) use pages;

/// A filter of a describe.
pub(crate) fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().map(Into::into).collect())).build()
}

/// The filters that together ask for these ids: as few as EC2's limit on values allows.
pub(crate) fn by_ids<'a>(name: &str, ids: impl IntoIterator<Item = &'a str>) -> Vec<Filter> {
    let mut ids: Vec<&str> = ids.into_iter().filter(|id| !id.is_empty()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.chunks(MOST_FILTER_VALUES).map(|chunk| filter(name, chunk.iter().copied())).collect()
}

/// The filter for what a token created.
pub(crate) fn by_token(token: &str) -> Filter {
    filter(&format!("tag:{}", tags::TOKEN), [token])
}

/// The tags of a create call: the program's, and the token to find it by.
pub(crate) fn tagged(kind: ResourceType, own: &Tags, token: &str) -> TagSpecification {
    let all = tags::with_token(own, token).into_iter().map(|(key, value)| tag(&key, &value)).collect();
    TagSpecification::builder().resource_type(kind).set_tags(Some(all)).build()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// The tags that belong to the program: neither kim's nor AWS's.
pub(crate) fn visible(live: &[Tag]) -> Tags {
    tags::visible(live.iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default()))))
}

/// Makes a resource's tags those that are wanted; no call where they are already.
pub(crate) async fn retag(client: &Client, id: &str, live: &[Tag], wanted: &Tags) -> Result<(), Failure> {
    let changes = tags::changes(&visible(live), wanted);
    if !changes.remove.is_empty() {
        let stale = changes.remove.iter().map(|key| Tag::builder().key(key).build()).collect();
        client.delete_tags().resources(id).set_tags(Some(stale)).send().await.map_err(failed)?;
    }
    if !changes.set.is_empty() {
        let fresh = changes.set.iter().map(|(key, value)| tag(key, value)).collect();
        client.create_tags().resources(id).set_tags(Some(fresh)).send().await.map_err(failed)?;
    }
    Ok(())
}

/// Sets one tag of kim's own.
pub(crate) async fn mark(client: &Client, id: &str, key: &str) -> Result<(), Failure> {
    client.create_tags().resources(id).tags(tag(key, "true")).send().await.map_err(failed)?;
    Ok(())
}

/// Takes one tag of kim's own away.
pub(crate) async fn unmark(client: &Client, id: &str, key: &str) -> Result<(), Failure> {
    client.delete_tags().resources(id).tags(Tag::builder().key(key).build()).send().await.map_err(failed)?;
    Ok(())
}

/// Answers in the order of the questions: each question takes the item of its id out of `found`.
pub(crate) fn in_order<K, T>(
    asked: Vec<Live<K>>,
    mut found: BTreeMap<String, T>,
    state: impl Fn(T, Option<K>) -> State<K>,
) -> Vec<Option<State<K>>> {
    asked.into_iter().map(|live| found.remove(&live.id).map(|item| state(item, live.properties))).collect()
}

/// Items by their id; those without one are left out.
pub(crate) fn indexed<T>(items: Vec<T>, id: impl Fn(&T) -> Option<&str>) -> BTreeMap<String, T> {
    items.into_iter().filter_map(|item| Some((id(&item)?.to_owned(), item))).collect()
}

/// What a create or update of something that cannot be seen (yet) answers: wait.
pub(crate) fn unseen<K>() -> Progress<K> {
    Progress::again(SOON_MS, "not visible yet")
}

/// What an update of something that is gone answers.
pub(crate) fn gone<K>(what: &str, id: &str) -> Result<Progress<K>, Failure> {
    Err(Failure::NotFound(format!("{what} {id} is gone; a refresh notices it and plans a new one")))
}

/// A delete's answer: what was not there is gone too.
pub(crate) fn deleted<T>(answer: Result<T, Failure>) -> Result<Deletion, Failure> {
    match answer {
        Ok(_) | Err(Failure::NotFound(_)) => Ok(Deletion::Gone),
        Err(failure) => Err(failure),
    }
}

/// A part of an answer that has to be there.
pub(crate) fn answered<T>(part: Option<T>, operation: &str) -> Result<T, Failure> {
    part.ok_or_else(|| Failure::Transient(format!("EC2's answer to {operation} does not say what was made")))
}

/// An ARN in the configured region; `owner` is the account where the answer named one.
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

/// A number as the API takes it. The schema keeps it far below the limit.
pub(crate) fn small(number: Option<i64>) -> Option<i32> {
    number.and_then(|number| i32::try_from(number).ok())
}

/// Text that says nothing is none.
pub(crate) fn some(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The same ids, whatever their order.
pub(crate) fn same_set(one: &[String], other: &[String]) -> bool {
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    sorted(one) == sorted(other)
}
