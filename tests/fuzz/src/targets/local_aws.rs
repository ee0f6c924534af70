//! Requests to the local AWS.

use kim_aws_local::protocol::{Incoming, Outgoing};
use kim_aws_local::{ACCESS_KEY, Options};

use crate::input::runtime;

/// The line between two requests.
const NEXT: &str = "\n-----\n";

/// The scope of a request whose input has no `authorization`.
const REGION: &str = "eu-central-1";

/// Sends requests to one local AWS, one after the other.
///
/// A request is `SERVICE METHOD PATH?QUERY`, headers (`name: value`, a line each), an empty line,
/// the body. Without a header `authorization` it is for the service; with one, signatures are
/// verified. `{1}` and so on are the ids of earlier answers.
pub(super) fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let requests: Vec<&str> = text.split(NEXT).take(16).collect();
    let verify = text.contains("authorization: ");
    let options = Options { verify_signatures: verify, ..Options::default() };
    runtime().block_on(async {
        let local = kim_aws_local::Offline::new(options);
        let mut ids = Vec::new();
        for request in requests {
            let Some(incoming) = read(request, &ids) else { continue };
            // A call may be held or delayed by a fault that was asked for.
            let hour = std::time::Duration::from_secs(3600);
            let answer = tokio::time::timeout(hour, local.answer(incoming)).await;
            let Ok(Some(answer)) = answer else { continue };
            check(&answer);
            ids.extend(ids_in(&answer.body));
        }
    });
}

fn read(text: &str, ids: &[String]) -> Option<Incoming> {
    let mut text = text.to_owned();
    for (at, id) in ids.iter().enumerate().take(9) {
        text = text.replace(&format!("{{{}}}", at + 1), id);
    }
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let mut words = lines.next()?.splitn(3, ' ');
    let (service, method, url) = (words.next()?, words.next()?, words.next().unwrap_or("/"));
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    if !headers.iter().any(|(name, _)| name == "authorization") {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        headers.push(("authorization".to_owned(), scope));
    }
    Some(Incoming {
        method: method.parse().ok()?,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: body.as_bytes().to_vec(),
    })
}

/// Checks that an answer is one of AWS's.
fn check(answer: &Outgoing) {
    if answer.media_type.contains("json") {
        let json = serde_json::from_str::<serde_json::Value>(&answer.body);
        assert!(json.is_ok(), "the answer is not JSON: {}", answer.body);
    }
}

/// Returns the ids in an answer: words such as `vpc-0123456789abcdef0`.
fn ids_in(body: &str) -> Vec<String> {
    let words = body.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let is_id = |word: &&str| {
        word.len() >= 18 && word.contains('-') && word.ends_with(|c: char| c.is_ascii_hexdigit())
    };
    words.filter(is_id).map(str::to_owned).take(9).collect()
}
