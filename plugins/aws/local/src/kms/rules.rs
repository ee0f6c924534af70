//! The rules that KMS's actions share: refusals, times, pages.

use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::reading::Page;
use crate::service::Call;

/// Refuses a value in KMS's words.
pub(crate) fn invalid_value<T>(name: &str, value: &str, wanted: &str) -> Result<T, AwsError> {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {wanted}"
    );
    refuse("ValidationException", message)
}

/// Returns a time as KMS writes it: seconds since 1970, with a fraction.
#[allow(clippy::cast_precision_loss, reason = "times are far below 2^52 milliseconds")]
pub(crate) fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// Returns one page of a list as an answer, in the member `member`.
///
/// `Limit` is 1 to `most`, and `default` when absent.
pub(crate) fn key_page<T>(
    call: &Call,
    member: &'static str,
    items: Vec<(String, T)>,
    (default, most): (i64, i64),
    show: impl Fn(T) -> Node,
) -> Answer {
    let wanted = call.params().number("Limit").unwrap_or(default);
    if !(1..=most).contains(&wanted) {
        return invalid_value(
            "limit",
            &wanted.to_string(),
            &format!("Member must have value between 1 and {most}"),
        );
    }
    let size = usize::try_from(wanted).unwrap_or(usize::MAX);
    let page = Page::cut(call, items, size, &["Marker", "Limit"], show);
    let page = page.map_err(|_| {
        AwsError::new(
            "InvalidMarkerException",
            "The marker is not one that this request got before",
        )
    })?;
    let truncated = page.next.is_some();
    Ok(
        node! { member => Node::List(page.items), "Truncated" => truncated, "NextMarker" => page.next },
    )
}
