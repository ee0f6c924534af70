//! The capability `http`: requests of plugins to hosts that are not AWS services.
//!
//! Invariants:
//! - Only hosts that are both requested by the schema and granted are reached.
//! - Requests use `https`, except to this machine itself (loopback).
//! - No redirect is followed, so no answer leads to another host.
//! - Nothing is retried.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use super::client::Client;
use super::faults::{self, Delivery, Faults};
use super::message::{self, Answer, Request, SendError, host_and_port};
use crate::environment::Environment;
use crate::guest::room::Room;

/// Sends requests to hosts other than AWS. One serves all plugins of a process.
pub struct Http {
    client: Client,
    faults: Option<Arc<dyn Faults>>,
}

/// A request as the plugin gave it, unchecked.
pub(crate) struct HttpCall {
    /// The HTTP method, `GET`.
    pub method: String,
    /// The whole URL, `https://host/path?query`.
    pub url: String,
    /// The headers. Those of the connection are not sent.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: bytes::Bytes,
    /// The room of the operation that sends it.
    pub room: Room,
}

impl Http {
    /// Creates one that uses the environment's proxies and trusted certificates.
    ///
    /// Nothing is read or sent before the first request. One per process is enough: it reuses
    /// connections.
    pub fn new(environment: &Environment) -> Arc<Http> {
        Arc::new(Http { client: Client::new(environment), faults: None })
    }

    /// Creates one in which `faults` decides what becomes of each permitted request.
    ///
    /// For tests of plugins.
    pub fn with_faults(environment: &Environment, faults: Arc<dyn Faults>) -> Arc<Http> {
        Arc::new(Http { client: Client::new(environment), faults: Some(faults) })
    }

    /// Sends a request to one of the `allowed` hosts (each `host`, or `host:port`).
    ///
    /// # Errors
    /// The URL, the method or a header is not valid, the host is not allowed, or there is no
    /// answer.
    pub(crate) async fn send(
        &self,
        allowed: &[String],
        call: HttpCall,
    ) -> Result<Answer, SendError> {
        let url = Url::parse(&call.url).map_err(|error| {
            SendError::Forbidden(format!(
                "a plugin asked for an address that is not a URL: {error}"
            ))
        })?;
        permit(&url, allowed).map_err(SendError::Forbidden)?;
        let method = message::method(&call.method)?;
        let headers = headers(&call.headers, |_| true).map_err(SendError::Forbidden)?;
        let delivery = self
            .faults
            .as_ref()
            .map_or(Delivery::Arrives, |faults| faults.delivery(method.as_str(), url.as_str()));
        let host = host_and_port(&url);
        let request = Request { method, url, headers, body: call.body, room: call.room };
        let client = self.client.clone();
        let sent = async move { client.send(request).await };
        match delivery {
            Delivery::Late(late) => Err(late.keep(&host, sent)),
            delivery => faults::apply_fault(delivery, &host, sent).await,
        }
    }
}

/// Returns `host`, or `host:port`, of a URL.
///
/// Returns `None` if it is not a URL or has no host.
pub(crate) fn host_and_port_in(url: &str) -> Option<String> {
    Url::parse(url).ok().filter(|url| url.has_host()).map(|url| host_and_port(&url))
}

/// Rejects a URL that a plugin may not use.
///
/// Such a URL has a host or a scheme that is not allowed, or holds a user name or password.
fn permit(url: &Url, allowed: &[String]) -> Result<(), String> {
    let name = host_and_port(url);
    if name.is_empty() || !allowed.contains(&name) {
        let allowed = if allowed.is_empty() { "none is".to_owned() } else { allowed.join(", ") };
        return Err(format!(
            "a plugin may not send requests to '{name}' (allowed: {allowed}): its schema has to name the host and the \
             project has to grant it"
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!(
            "an address with a user name or password is not sent to '{name}'; use a header"
        ));
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(url) => Ok(()),
        scheme => Err(format!("'{scheme}' is not allowed to '{name}': use https")),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The headers that belong to the connection, in lower case.
///
/// A guest never sets them.
const OF_THE_CONNECTION: [&str; 13] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-authenticate",
    "proxy-connection",
    "cookie",
];

/// Returns a guest's headers without those of the connection.
///
/// Leaves out those that `keep` rejects, too. `keep` receives names in lower case.
///
/// # Errors
/// A name or value is not valid in HTTP.
pub(crate) fn headers(
    given: &[(String, String)],
    keep: impl Fn(&str) -> bool,
) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let key: HeaderName =
            name.parse().map_err(|_| format!("'{name}' is not the name of a header"))?;
        if OF_THE_CONNECTION.contains(&key.as_str()) || !keep(key.as_str()) {
            continue;
        }
        let value = HeaderValue::from_str(value);
        headers.append(
            key,
            value
                .map_err(|_| format!("the header '{name}' has a value that no header can have"))?,
        );
    }
    Ok(headers)
}
