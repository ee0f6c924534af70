//! Reading a request: within bounds of size and time.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Incoming as HyperBody;

use crate::protocol::Incoming;

/// The largest request body, in bytes.
///
/// EC2's own limit is lower, and that of a DLM or KMS policy is far below.
const BODY_LIMIT: usize = 1024 * 1024;

/// How much of a body is read, in bytes, so that its sender sees the refusal.
///
/// A connection that closes on a sender loses the answer.
const READ_LIMIT: usize = 64 * BODY_LIMIT;

/// Why a request is not carried out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The body is larger than [`BODY_LIMIT`]; the head can be answered.
    Large,
    /// The body did not arrive, or not in time.
    Broken,
}

impl Flaw {
    /// Returns the message for people.
    pub(crate) fn message(&self) -> String {
        match self {
            Flaw::Large => format!("the body has more than {BODY_LIMIT} bytes"),
            Flaw::Broken => "the body did not arrive, or not in time".to_owned(),
        }
    }
}

/// Reads a whole request, whose body has to arrive within `timeout`.
///
/// The request is returned in any case: without a body if that has a flaw.
pub(crate) async fn receive(
    request: Request<HyperBody>,
    timeout: Duration,
) -> (Incoming, Option<Flaw>) {
    let (head, body) = request.into_parts();
    let read = tokio::time::timeout(timeout, read_body(body)).await;
    let (body, flaw) = match read.unwrap_or(Err(Flaw::Broken)) {
        Ok(body) => (body, None),
        Err(flaw) => (Vec::new(), Some(flaw)),
    };
    let text =
        |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers =
        head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let incoming = Incoming {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
    };
    (incoming, flaw)
}

async fn read_body(mut body: HyperBody) -> Result<Vec<u8>, Flaw> {
    let (mut whole, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Flaw::Broken)?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length <= BODY_LIMIT {
            whole.extend_from_slice(data);
        } else if length > READ_LIMIT {
            break;
        }
    }
    if length > BODY_LIMIT { Err(Flaw::Large) } else { Ok(whole) }
}
