//! The rules that DLM's actions share.

use crate::error::{AwsError, refuse};
use crate::params::Params;

/// Refuses with `InvalidRequestException`.
///
/// DLM has no other code for a wrong request.
pub(crate) fn invalid_request<T>(message: impl Into<String>) -> Result<T, AwsError> {
    refuse("InvalidRequestException", message)
}

/// Returns the keys and values of a list of tags.
///
/// Keys have 1 to 500 characters, and values at most 500. No tag may be given twice.
pub(crate) fn read_pairs(list: &Params, name: &str) -> Result<Vec<(String, String)>, AwsError> {
    let mut pairs = Vec::new();
    for tag in list.list(name) {
        let (key, value) =
            (tag.text("Key").unwrap_or_default(), tag.text("Value").unwrap_or_default());
        if key.is_empty() || key.chars().count() > 500 || value.chars().count() > 500 {
            return invalid_request(format!(
                "{name}: keys have 1 to 500 characters and values at most 500, not '{key}'"
            ));
        }
        let pair = (key.to_owned(), value.to_owned());
        if pairs.contains(&pair) {
            return invalid_request(format!("{name}: the tag {key}={value} is given twice"));
        }
        pairs.push(pair);
    }
    Ok(pairs)
}

/// Returns the elements of a list in a URL, one or more.
pub(crate) fn url_list<'a>(params: &'a Params, name: &str) -> Vec<&'a str> {
    params.text(name).map_or_else(|| params.texts(name), |text| vec![text])
}
