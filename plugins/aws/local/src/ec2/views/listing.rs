//! `Describe…`: ids, names, filters and pages, the same for every kind.
//!
//! Invariant: a page is made of the rows after the last one of the page before, and each row is
//! shown at most once a request. So describing everything in pages costs as much as in one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::ops::RangeInclusive;
use std::sync::Arc;

use crate::ec2::rows::kind::{invalid, missing, well_formed};
use crate::ec2::views::show::Show;
use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::params::Params;
use crate::reading::seen;
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

/// Which filters by tag a `Describe…` takes.
#[derive(Clone, Copy)]
pub(crate) enum TagFilters {
    /// None.
    No,
    /// `tag:…`, `tag-key` and `tag-value`: the elements show their tags as `tagSet`.
    Set,
    /// `tag:…`: the elements are tags, with these paths of key and value.
    ByKey { keys: &'static str, values: &'static str },
}

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

/// What a `Describe…` takes besides ids.
pub(crate) struct Listing {
    /// Filters, and the path that each compares in an element.
    pub(crate) filters: &'static [(&'static str, &'static str)],
    /// The filters by tag.
    pub(crate) tags: TagFilters,
    /// The range of `MaxResults`; `None` if answers have no pages.
    pub(crate) page_sizes: Option<RangeInclusive<i64>>,
}

/// Carries out `Describe…` of a kind.
pub(crate) fn describe<R: Show>(call: &mut Call) -> Answer {
    Ok(select::<R>(call, |_| true)?.into_answer(R::SET))
}

/// Returns the resources that a `Describe…` request asks for, of those to keep.
pub(crate) fn select<R: Show>(
    call: &Call,
    keep: impl Fn(&R) -> bool,
) -> Result<ItemPage, AwsError> {
    let listing = Listing {
        filters: R::FILTERS,
        tags: TagFilters::Set,
        page_sizes: R::PAGED.then_some(5..=R::PAGE_LIMIT),
    };
    select_as::<R>(call, &listing, keep, |row| row.show(call).without_empty(R::LEAVES_OUT))
}

/// Returns the resources that a request asks for.
///
/// They are shown in another way than the kind's own.
pub(crate) fn select_as<R: Show>(
    call: &Call,
    listing: &Listing,
    keep: impl Fn(&R) -> bool,
    show: impl Fn(&R) -> Node,
) -> Result<ItemPage, AwsError> {
    let params = call.params();
    let ids = params.texts(R::IDS);
    if !R::PAGES_WITH_IDS && !ids.is_empty() && params.get("MaxResults").is_some() {
        let message =
            format!("The parameter {} cannot be used with the parameter MaxResults", R::IDS);
        return refuse("InvalidParameterCombination", message);
    }
    let place = Place::of(call, listing)?;
    let names = R::NAMES.map(|(param, code)| (params.texts(param), code));
    let names = names.filter(|(names, _)| !names.is_empty());
    let rows: Box<dyn Iterator<Item = Arc<R>> + '_> = if ids.is_empty() {
        // A name may be that of a row on an earlier page.
        let after = place.after.as_deref().filter(|_| names.is_none());
        let all = call.world.list_after::<R>(call.region(), after);
        Box::new(all.filter(|row| seen::<R>(call, call.region(), row.id()).is_some()))
    } else {
        Box::new(by_id::<R>(call, &ids)?.into_iter())
    };
    let rows = rows.filter(|row| keep(row));
    let keyed = |row: Arc<R>| (row.id().to_owned(), row);
    let rows: Box<dyn Iterator<Item = Arc<R>> + '_> = match names {
        Some((names, code)) => Box::new(by_name(call, rows.collect(), &names, code)?.into_iter()),
        None => Box::new(rows),
    };
    place.page(call, listing, rows.map(keyed), |row| show(row))
}

fn by_id<R: Show>(call: &Call, ids: &[&str]) -> Result<Vec<Arc<R>>, AwsError> {
    ids.iter().try_for_each(|id| well_formed::<R>(id))?;
    let found = |id: &str| seen::<R>(call, call.region(), id);
    let absent: Vec<&str> = ids.iter().copied().filter(|id| found(id).is_none()).collect();
    if !absent.is_empty() {
        return Err(missing::<R>(&absent));
    }
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    Ok(ids.into_iter().filter_map(found).collect())
}

/// Returns the rows with these names; each name must have one.
fn by_name<R: Show>(
    call: &Call,
    mut rows: Vec<Arc<R>>,
    names: &[&str],
    code: &str,
) -> Result<Vec<Arc<R>>, AwsError> {
    let absent = |name: &&&str| !rows.iter().any(|row| row.is_named(call, name));
    if let Some(name) = names.iter().find(absent) {
        return refuse(code, format!("The {} '{name}' does not exist", R::TYPE.replace('-', " ")));
    }
    rows.retain(|row| names.iter().any(|name| row.is_named(call, name)));
    Ok(rows)
}

/// Returns the page that a request asks for, of rows that are ordered by key.
///
/// Rows are shown one after the other until the page is full. A page that is full has a token if
/// there are further rows, also if no filter matches them: the last page may be empty.
pub(crate) fn list<T>(
    call: &Call,
    listing: &Listing,
    rows: impl IntoIterator<Item = (String, T)>,
    show: impl Fn(&T) -> Node,
) -> Result<ItemPage, AwsError> {
    Place::of(call, listing)?.page(call, listing, rows, show)
}

/// Where a page begins, and what ends it.
struct Place {
    after: Option<String>,
    size: usize,
    digest: String,
}

impl Place {
    /// Reads `MaxResults` and `NextToken`, if the answer has pages.
    fn of(call: &Call, listing: &Listing) -> Result<Place, AwsError> {
        let params = call.params();
        let digest = request_digest(params);
        let Some(sizes) = &listing.page_sizes else {
            return Ok(Place { after: None, size: usize::MAX, digest });
        };
        let wanted = params.number("MaxResults");
        if let Some(wanted) = wanted.filter(|wanted| !sizes.contains(wanted)) {
            let why = format!("Expecting a value from {} to {}.", sizes.start(), sizes.end());
            return invalid("MaxResults", wanted, &why);
        }
        let after = params.text("NextToken").map(|token| read_token(token, &digest)).transpose()?;
        let size = wanted.and_then(|wanted| usize::try_from(wanted).ok()).unwrap_or(usize::MAX);
        Ok(Place { after, size: size.min(call.settings.page_size_limit), digest })
    }

    fn page<T>(
        &self,
        call: &Call,
        listing: &Listing,
        rows: impl IntoIterator<Item = (String, T)>,
        show: impl Fn(&T) -> Node,
    ) -> Result<ItemPage, AwsError> {
        let filters = Filter::all(call.params(), listing)?;
        let after = self.after.as_deref();
        let mut rows = rows
            .into_iter()
            .skip_while(|(key, _)| after.is_some_and(|after| key.as_str() <= after));
        let mut items: Vec<Item> = Vec::new();
        while items.len() < self.size {
            let Some((key, row)) = rows.next() else { return Ok(ItemPage { items, next: None }) };
            call.count_shown();
            let node = show(&row);
            if filters.iter().all(|filter| filter.matches(&node)) {
                items.push(Item { key, node });
            }
        }
        let more = rows.next().is_some();
        let last = items.last().filter(|_| more);
        let next = last.map(|item| URL_SAFE_NO_PAD.encode(format!("{}:{}", self.digest, item.key)));
        Ok(ItemPage { items, next })
    }
}

/// A filter of a request: a path, or the tags of a key, and the patterns to match.
struct Filter<'a> {
    path: FilterPath<'a>,
    patterns: Vec<&'a str>,
}

enum FilterPath<'a> {
    Member(&'static str),
    Tag { keys: &'static str, values: &'static str, key: &'a str },
}

impl<'a> Filter<'a> {
    /// Reads the filters of a request; rejects one that AWS does not document.
    fn all(params: &'a Params, listing: &Listing) -> Result<Vec<Filter<'a>>, AwsError> {
        let filters = params.list("Filter");
        let count: usize = filters.iter().map(|filter| filter.texts("Value").len()).sum();
        if count > FILTER_VALUES {
            let message = format!(
                "The maximum number of filter values is {FILTER_VALUES}; the request has {count}."
            );
            return refuse("FilterLimitExceeded", message);
        }
        let read = |filter: &&'a Params| {
            let name = filter.text("Name").unwrap_or_default();
            let patterns = filter.texts("Value");
            if patterns.is_empty() {
                return refuse(
                    "InvalidParameterValue",
                    format!("The filter '{name}' must have values"),
                );
            }
            match FilterPath::of(name, listing) {
                Some(path) => Ok(Filter { path, patterns }),
                None => refuse("InvalidParameterValue", format!("The filter '{name}' is invalid")),
            }
        };
        filters.iter().map(read).collect()
    }

    fn matches(&self, node: &Node) -> bool {
        let values = match &self.path {
            FilterPath::Member(path) => node.leaves(path),
            FilterPath::Tag { keys, values, key } => {
                let pairs = node.leaves(keys).into_iter().zip(node.leaves(values));
                pairs.filter(|(found, _)| found == key).map(|(_, value)| value).collect()
            }
        };
        values.iter().any(|text| self.patterns.iter().any(|pattern| matches_filter(pattern, text)))
    }
}

impl<'a> FilterPath<'a> {
    fn of(name: &'a str, listing: &Listing) -> Option<FilterPath<'a>> {
        let known = listing.filters.iter().find(|(filter, _)| *filter == name);
        if let Some((_, path)) = known {
            return Some(FilterPath::Member(path));
        }
        let (keys, values) = ("tagSet.key", "tagSet.value");
        match (listing.tags, name, name.strip_prefix("tag:")) {
            (TagFilters::Set, "tag-key", _) => Some(FilterPath::Member(keys)),
            (TagFilters::Set, "tag-value", _) => Some(FilterPath::Member(values)),
            (TagFilters::Set, _, Some(key)) => Some(FilterPath::Tag { keys, values, key }),
            (TagFilters::ByKey { keys, values }, _, Some(key)) => {
                Some(FilterPath::Tag { keys, values, key })
            }
            _ => None,
        }
    }
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
    use crate::ec2::rows::volume::Volume;
    use crate::ec2::rows::volume_spec::VolumeSpec;
    use crate::params::Params;
    use crate::service::{Registry, Request, Settings};
    use crate::world::{Phase, World};

    fn volume(number: usize) -> Volume {
        Volume {
            volume_id: format!("vol-{number:017x}"),
            spec: VolumeSpec {
                size: 1,
                volume_type: "gp2".to_owned(),
                iops: None,
                throughput: None,
                snapshot_id: None,
                kms_key_arn: None,
            },
            zone: if number.is_multiple_of(2) { "eu-central-1a" } else { "eu-central-1b" }
                .to_owned(),
            multi_attach: false,
            phase: Phase::moving("creating", "available", 0),
            created: 0,
            attachments: Vec::new(),
            modifications: Vec::new(),
        }
    }

    /// Describes all volumes in pages.
    ///
    /// Returns how many were found, and how many were shown.
    fn describe_in_pages(world: &mut World, page: usize, filters: &str) -> (usize, usize) {
        let registry = Registry::new(&[&crate::ec2::SERVICE]);
        let settings = Settings {
            account: "123456789012".to_owned(),
            transition: 0,
            consistency_delay: 0,
            page_size_limit: 1000,
            quotas: true,
        };
        let (mut found, mut shown, mut token) = (0, 0, String::new());
        loop {
            let form = format!("MaxResults={page}{filters}{token}");
            let request = Request {
                service: "ec2".to_owned(),
                region: "eu-central-1".to_owned(),
                action: "DescribeVolumes".to_owned(),
                params: Params::from_form(&form).unwrap(),
                request_id: String::new(),
            };
            let outcome = registry.run(&request, &settings, world);
            let answer = outcome.answer.unwrap();
            found += answer.leaves("volumeSet.volumeId").len();
            shown += outcome.shown;
            let Some(next) = answer.leaves("nextToken").pop() else { return (found, shown) };
            token = format!("&NextToken={next}");
        }
    }

    #[test]
    fn ten_thousand_volumes_in_pages_are_each_shown_once() {
        let mut world = World::in_memory();
        (0..10_000).for_each(|number| world.put("eu-central-1", volume(number)));
        for page in [100, 500, 1000] {
            assert_eq!(describe_in_pages(&mut world, page, ""), (10_000, 10_000), "{page}");
        }
        let one_zone = "&Filter.1.Name=availability-zone&Filter.1.Value.1=eu-central-1b";
        assert_eq!(describe_in_pages(&mut world, 100, one_zone), (5_000, 10_000));
    }

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
