//! Pages of HTML where an answer of AWS should be: from a portal that wants a login, a proxy, or a wrong address. Pure.
//!
//! Invariant: after a page of a broken balancer (5xx) nothing is known: whatever stands behind it may have done the work.

use crate::net::message::{Answer, Egress};

/// How much of a page's title is shown.
const SHOWN: usize = 80;

/// Refuses an answer that is no answer of AWS.
pub(super) fn refuse(answer: Answer, host: &str) -> Result<Answer, Egress> {
    if !is_page(&answer) {
        return Ok(answer);
    }
    let page = format!("it sends a page of HTML (HTTP {}, {:?})", answer.status, title(&answer.body));
    if answer.status >= 500 {
        return Err(Egress::NoAnswer(format!("what answers at {host} is out of order: {page}")));
    }
    Err(Egress::NoWay(format!(
        "what answers at {host} is not AWS: {page}. Check the endpoint (AWS_ENDPOINT_URL), and whether the network wants \
         a login first or a proxy is in the way"
    )))
}

/// By its text: an emulator may call everything that it answers HTML.
fn is_page(answer: &Answer) -> bool {
    let start = String::from_utf8_lossy(&answer.body[..answer.body.len().min(256)]).trim_start().to_lowercase();
    start.starts_with("<!doctype html")
        || start.starts_with("<html")
        || (start.starts_with("<?xml") && start.contains("<html"))
}

/// What a person would see first of a page: its words, without its tags.
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
