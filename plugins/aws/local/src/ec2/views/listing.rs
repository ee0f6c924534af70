//! `Describe…`: ids, names, filters and pages, the same for every kind.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::ec2::rows::kind::{all, invalid, missing, well_formed};
use crate::ec2::views::show::Show;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::params::Params;
use crate::service::Call;

/// The shape of the filters and pages that every `Describe…` reads.
macro_rules! describing {
    ($($ids:literal)?) => {
        concat!($($ids, " ",)? "Filter.N{Name! Value.N} MaxResults:i NextToken DryRun:b")
    };
}

pub(crate) use describing;

/// The most filter values in a request.
const FILTER_VALUES: usize = 200;

/// An element of an answer, with the key that orders pages.
pub(crate) struct Item {
    pub(crate) key: String,
    pub(crate) node: Node,
}

/// A page of elements and the token of the next one.
pub(crate) struct ItemPage {
    pub(crate) items: Vec<Item>,
    pub(crate) next: Option<String>,
}

/// Carries out `Describe…` of a kind.
pub(crate) fn describe<R: Show>(call: &mut Call) -> Answer {
    Ok(select::<R>(call)?.into_answer(R::SET))
}

/// Returns the resources that a `Describe…` request asks for.
pub(crate) fn select<R: Show>(call: &Call) -> Result<ItemPage, AwsError> {
    let params = call.params();
    let ids = params.texts(R::IDS);
    if !R::PAGES_WITH_IDS && !ids.is_empty() && params.get("MaxResults").is_some() {
        let message =
            format!("The parameter {} cannot be used with the parameter MaxResults", R::IDS);
        return refuse("InvalidParameterCombination", message);
    }
    let mut items = if ids.is_empty() { visible_items::<R>(call) } else { by_id::<R>(call, &ids)? };
    if let Some((param, path, missing)) = R::NAMES {
        let names = params.texts(param);
        if let Some(name) =
            names.iter().find(|name| !items.iter().any(|item| item.node.leaves(path) == [**name]))
        {
            return refuse(
                missing,
                format!("The {} '{name}' does not exist", R::TYPE.replace('-', " ")),
            );
        }
        items.retain(|item| {
            names.is_empty() || names.iter().any(|name| item.node.leaves(path) == [*name])
        });
    }
    let items = filter(params, items, R::FILTERS)?;
    if R::PAGED { page(call, items, R::PAGE_LIMIT) } else { Ok(ItemPage { items, next: None }) }
}

fn by_id<R: Show>(call: &Call, ids: &[&str]) -> Result<Vec<Item>, AwsError> {
    ids.iter().try_for_each(|id| well_formed::<R>(id))?;
    let found = |id: &str| {
        call.world.get::<R>(call.region(), id).filter(|resource| is_visible(call, &**resource))
    };
    let absent: Vec<&str> = ids.iter().copied().filter(|id| found(id).is_none()).collect();
    if !absent.is_empty() {
        return Err(missing::<R>(&absent));
    }
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids.into_iter().filter_map(found).map(|resource| shown_item(call, &*resource)).collect())
}

fn visible_items<R: Show>(call: &Call) -> Vec<Item> {
    let all = all::<R>(call);
    all.iter()
        .filter(|resource| is_visible(call, &***resource))
        .map(|resource| shown_item(call, &**resource))
        .collect()
}

/// Returns false while a new resource is not visible to readers.
fn is_visible<R: Show>(call: &Call, resource: &R) -> bool {
    let created = call.world.created::<R>(call.region(), resource.id()).unwrap_or_default();
    call.settings.consistency_delay == 0 || created + call.settings.consistency_delay <= call.now()
}

fn shown_item<R: Show>(call: &Call, resource: &R) -> Item {
    Item { key: resource.id().to_owned(), node: resource.show(call) }
}

/// Returns the elements that match all filters.
///
/// `known` maps a filter to the path that it compares. `tag:…`, `tag-key` and `tag-value` work for
/// every kind.
pub(crate) fn filter(
    params: &Params,
    mut items: Vec<Item>,
    known: &[(&str, &str)],
) -> Result<Vec<Item>, AwsError> {
    let values: usize =
        params.list("Filter").iter().map(|filter| filter.texts("Value").len()).sum();
    if values > FILTER_VALUES {
        let message = format!(
            "The maximum number of filter values is {FILTER_VALUES}; the request has {values}."
        );
        return refuse("FilterLimitExceeded", message);
    }
    for filter in params.list("Filter") {
        let name = filter.text("Name").unwrap_or_default();
        let values = filter.texts("Value");
        if values.is_empty() {
            return refuse(
                "InvalidParameterValue",
                format!("The filter '{name}' must have values"),
            );
        }
        let any = |found: Vec<String>| {
            found.iter().any(|text| values.iter().any(|pattern| matches_filter(pattern, text)))
        };
        match (name.strip_prefix("tag:"), name, known.iter().find(|(filter, _)| *filter == name)) {
            (Some(key), ..) => items.retain(|item| any(tag_values(&item.node, key))),
            (None, "tag-key", _) => items.retain(|item| any(item.node.leaves("tagSet.key"))),
            (None, "tag-value", _) => items.retain(|item| any(item.node.leaves("tagSet.value"))),
            (None, _, Some((_, path))) => items.retain(|item| any(item.node.leaves(path))),
            (None, _, None) => {
                return refuse("InvalidParameterValue", format!("The filter '{name}' is invalid"));
            }
        }
    }
    Ok(items)
}

fn tag_values(node: &Node, key: &str) -> Vec<String> {
    let (keys, values) = (node.leaves("tagSet.key"), node.leaves("tagSet.value"));
    keys.into_iter().zip(values).filter(|(found, _)| found == key).map(|(_, value)| value).collect()
}

/// Returns true if a text matches a pattern.
///
/// `*` is any text and `?` one character. A backslash takes the next character literally.
fn matches_filter(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from, mut star) = (0, 0, None);
    while at < text.len() {
        let literal = if pattern.get(from) == Some(&'\\') { pattern.get(from + 1) } else { None };
        match (literal, pattern.get(from)) {
            (Some(character), _) if *character == text[at] => (at, from) = (at + 1, from + 2),
            (None, Some('*')) => {
                star = Some((at, from));
                from += 1;
            }
            (None, Some(character)) if *character == '?' || *character == text[at] => {
                (at, from) = (at + 1, from + 1)
            }
            _ => match &mut star {
                // The last star matches one character more.
                Some((taken, position)) => {
                    *taken += 1;
                    (at, from) = (*taken, *position + 1);
                }
                None => return false,
            },
        }
    }
    pattern[from.min(pattern.len())..].iter().all(|character| *character == '*')
}

/// Cuts one page, of at most `limit`, out of elements that are ordered by key.
pub(crate) fn page(call: &Call, items: Vec<Item>, limit: i64) -> Result<ItemPage, AwsError> {
    let params = call.params();
    let wanted = params.number("MaxResults");
    if let Some(wanted) = wanted.filter(|wanted| !(5..=limit).contains(wanted)) {
        return invalid("MaxResults", wanted, &format!("Expecting a value from 5 to {limit}."));
    }
    let digest = request_digest(params);
    let after = params.text("NextToken").map(|token| read_token(token, &digest)).transpose()?;
    let mut items: Vec<Item> = match after {
        Some(after) => items.into_iter().filter(|item| item.key > after).collect(),
        None => items,
    };
    let size = wanted
        .and_then(|wanted| usize::try_from(wanted).ok())
        .unwrap_or(usize::MAX)
        .min(call.settings.page_size_limit);
    let more = items.len() > size;
    items.truncate(size);
    let last = items.last().map(|item| item.key.clone());
    let next = last.filter(|_| more).map(|key| URL_SAFE_NO_PAD.encode(format!("{digest}:{key}")));
    Ok(ItemPage { items, next })
}

/// Returns the digest that ties a token to the request that it continues.
fn request_digest(params: &Params) -> String {
    let digest = Sha256::digest(params.fingerprint(&["NextToken", "MaxResults", "DryRun"]));
    digest[..6].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_token(token: &str, digest: &str) -> Result<String, AwsError> {
    let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let after =
        text.and_then(|text| Some(text.strip_prefix(digest)?.strip_prefix(':')?.to_owned()));
    after.ok_or_else(|| {
        AwsError::new("InvalidNextToken", "The NextToken is not one that this request got before")
    })
}

impl ItemPage {
    /// Returns the page as an answer, in the member `set`.
    pub(crate) fn into_answer(self, set: &'static str) -> Node {
        let items: Vec<Node> = self.items.into_iter().map(|item| item.node).collect();
        node! { set => Node::List(items), "nextToken" => self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::matches_filter;

    #[test]
    fn patterns_match_like_ec2s() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("a*c", "abbc"),
            ("a?c", "abc"),
            ("*b*b*", "xbxbx"),
            (r"a\*", "a*"),
            ("ab*", "ab"),
        ] {
            assert!(matches_filter(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a*c", "abcd"),
            ("a?c", "ac"),
            (r"a\*", "ab"),
            ("abc", "ab"),
            ("*b", "abc"),
        ] {
            assert!(!matches_filter(pattern, text), "{pattern} {text}");
        }
    }
}
