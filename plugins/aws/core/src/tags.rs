//! Tags: those of AWS, those of the user, and `kim:token`, which holds the token of a create.
//!
//! Invariant: every create sends `kim:token`. It is never shown as a property, and no update
//! removes it.

use std::collections::BTreeMap;

use kim_plugin::{Inputs, Value, Violation};

/// The key of the tag that holds the token of the create.
pub const TOKEN: &str = "kim:token";

/// Tags as properties hold them: values by key.
pub type Tags = BTreeMap<String, String>;

/// Returns true if a tag belongs to kim or to AWS.
pub fn is_reserved(key: &str) -> bool {
    key.starts_with("kim:") || key.starts_with("aws:")
}

/// Returns the tags of a create: those of the user, and the token.
pub fn with_token(tags: &Tags, token: &str) -> Vec<(String, String)> {
    let own = tags.iter().map(|(key, value)| (key.clone(), value.clone()));
    own.chain([(TOKEN.to_owned(), token.to_owned())]).collect()
}

/// Returns the user's tags among those that AWS reports.
pub fn visible<K: Into<String>, V: Into<String>>(tags: impl IntoIterator<Item = (K, V)>) -> Tags {
    let tags = tags.into_iter().map(|(key, value)| (key.into(), value.into()));
    tags.filter(|(key, _)| !is_reserved(key)).collect()
}

/// The changes that an update of tags makes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changes {
    /// The tags to create or overwrite: key and value.
    pub set: Vec<(String, String)>,
    /// The keys of the tags to remove.
    pub remove: Vec<String>,
}

impl Changes {
    /// Returns true if there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.remove.is_empty()
    }
}

/// Returns the changes that lead from the user's tags `have` to `want`.
pub fn changes(have: &Tags, want: &Tags) -> Changes {
    let differs = |(key, value): &(&String, &String)| have.get(*key) != Some(*value);
    let set =
        want.iter().filter(differs).map(|(key, value)| (key.clone(), value.clone())).collect();
    let remove = have.keys().filter(|key| !want.contains_key(*key)).cloned().collect();
    Changes { set, remove }
}

/// Returns the violations of AWS's limits by the tags at `path`.
///
/// A resource has at most 50 tags, one of which is kim's. A key has 1 to 128 characters and is not
/// reserved. A value has at most 256 characters. Source: the guide of EC2, "Tag your Amazon EC2
/// resources".
pub fn check(inputs: &Inputs, path: &str) -> Vec<Violation> {
    let Ok(place) = path.parse() else { return Vec::new() };
    let Some(tags) = inputs.value().at(&place) else { return Vec::new() };
    let Some(tags) = tags.as_map() else { return Vec::new() };
    let mut found = Vec::new();
    if tags.len() > 49 {
        let count = tags.len();
        found.push(Violation::error(
            path,
            format!("{count} tags are too many: AWS allows 50, and kim needs one"),
        ));
    }
    for (key, value) in tags {
        let mut blame = |message: String| {
            let path = place.join(key);
            found.push(Violation { path, message, warning: false });
        };
        if key.is_empty() || key.chars().count() > 128 {
            blame("a tag's key has 1 to 128 characters".to_owned());
        }
        if is_reserved(&key.to_lowercase()) {
            blame("tags that begin with 'aws:' or 'kim:' are reserved".to_owned());
        }
        if matches!(value.revealed(), Value::Text(text) if text.chars().count() > 256) {
            blame("a tag's value has at most 256 characters".to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn reserved_tags_are_hidden_and_the_token_is_sent() {
        let own = tags(&[("Name", "a")]);
        let sent = with_token(&own, "t");
        assert_eq!(sent.last(), Some(&(TOKEN.to_owned(), "t".to_owned())));
        let listed =
            sent.into_iter().chain([("aws:cloudformation:stack-id".to_owned(), "x".to_owned())]);
        assert_eq!(visible(listed), own);
    }

    #[test]
    fn an_update_touches_only_what_differs() {
        let changes = changes(
            &tags(&[("a", "1"), ("b", "2"), ("c", "3")]),
            &tags(&[("a", "1"), ("b", "x"), ("d", "4")]),
        );
        assert_eq!(
            changes.set,
            [("b".to_owned(), "x".to_owned()), ("d".to_owned(), "4".to_owned())]
        );
        assert_eq!(changes.remove, ["c"]);
    }

    #[test]
    fn limits_are_checked_where_keys_are_known() {
        let long = "x".repeat(257);
        let pairs =
            [("aws:x", Value::Unknown), ("ok", Value::Unknown), ("long", Value::text(long))];
        let value: Value = [("tags", pairs.into_iter().collect::<Value>())].into_iter().collect();
        let found = check(&Inputs::new(value), "tags");
        let paths: Vec<String> = found.iter().map(|violation| violation.path.to_string()).collect();
        assert_eq!(paths, ["tags.aws:x", "tags.long"]);
        let many: Value = (0..50).map(|n| (n.to_string(), Value::text("x"))).collect();
        assert_eq!(check(&Inputs::new([("tags", many)].into_iter().collect()), "tags").len(), 1);
        assert_eq!(check(&Inputs::new(Value::map()), "tags"), []);
    }
}
