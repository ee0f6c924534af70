//! HTML pages instead of answers of AWS. Pure.
//!
//! They come from a login portal, a proxy, or a wrong address.
//!
//! Invariant: a page with a status of 5xx, as from a broken balancer, counts as no answer: the
//! service behind it may have carried out the request.

use crate::net::message::{Answer, SendError};

/// How much of a page's text is shown, in characters.
const SHOWN: usize = 80;

/// Rejects an answer that is an HTML page. `host` names its sender in the error.
pub(super) fn refuse(answer: Answer, host: &str) -> Result<Answer, SendError> {
    if !is_page(&answer) {
        return Ok(answer);
    }
    let page = format!("it sends an HTML page (HTTP {}, {:?})", answer.status, title(&answer.body));
    if answer.status >= 500 {
        return Err(SendError::NoAnswer(format!("what answers at {host} is broken: {page}")));
    }
    Err(SendError::NeverReached(format!(
        "what answers at {host} is not AWS: {page}. Check the endpoint (AWS_ENDPOINT_URL), and whether the network wants \
         a login first or a proxy is in the way"
    )))
}

/// Returns true if the body begins like an HTML page.
///
/// The header `content-type` does not count: an emulator may call all its answers HTML.
fn is_page(answer: &Answer) -> bool {
    let start = String::from_utf8_lossy(&answer.body[..answer.body.len().min(256)])
        .trim_start()
        .to_lowercase();
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || (start.starts_with("<?xml") && start.contains("<html"))
}

/// Returns the first words of a page, without its tags.
fn title(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let mut words = String::new();
    let mut inside = false;
    for c in page.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                words.push(' ');
            }
            c if !inside => words.push(c),
            _ => {}
        }
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(SHOWN).collect()
}
