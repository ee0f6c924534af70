//! A request of a plugin: as the plugin gave it, and as it is before it is signed.
//!
//! Invariant: endpoint, credentials and time come from the host, never from a guest.

use std::time::SystemTime;

use aws_credential_types::Credentials as Keys;

use super::endpoint::Endpoint;
use super::sign;
use crate::guest::log::Level;
use crate::net::message::{Request, SendError};

/// A request as the plugin gave it, unchecked.
pub(crate) struct Call {
    /// The signing name of the service.
    pub(crate) service: String,
    /// The region that the plugin asks for; `None`: the configured one.
    pub(crate) region: Option<String>,
    pub(crate) method: String,
    /// Path and query, `/?query`.
    pub(crate) path_and_query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Receives a line for each retry of a request.
pub(crate) type OnEvent<'a> = &'a (dyn Fn(Level, &str) + Send + Sync);

impl Call {
    /// Returns true if the request changes nothing.
    ///
    /// Judges by the name of its operation, or without one by its method.
    pub(crate) fn only_reads(&self) -> bool {
        match operation(self) {
            Some(name) => ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb)),
            None => matches!(self.method.as_str(), "GET" | "HEAD"),
        }
    }
}

/// Returns the name of the operation.
///
/// AWS's query protocol has it as `Action` in the query or the form, its JSON protocol in the
/// header `x-amz-target`. REST has none.
pub(super) fn operation(call: &Call) -> Option<String> {
    let target = call.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amz-target"));
    if let Some((_, target)) = target {
        return target.rsplit('.').next().map(str::to_owned);
    }
    let query = call.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let form = std::str::from_utf8(&call.body).unwrap_or_default();
    let mut pairs = query.split('&').chain(form.split('&'));
    let name = pairs.find_map(|pair| pair.strip_prefix("Action="))?;
    name.chars().all(|c| c.is_ascii_alphanumeric()).then(|| name.to_owned())
}

/// A request before it is signed, with its URL and checked headers.
///
/// It is signed anew for each attempt.
pub(super) struct Prepared {
    pub(super) call: Call,
    pub(super) method: http::Method,
    pub(super) headers: http::HeaderMap,
    pub(super) url: url::Url,
}

impl Prepared {
    /// Returns the signed request.
    pub(super) fn signed(
        &self,
        endpoint: &Endpoint,
        keys: &Keys,
        time: SystemTime,
    ) -> Result<Request, SendError> {
        let request = Request {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: self.call.body.clone(),
        };
        sign::sign(request, &self.call.service, &endpoint.region, keys, time)
    }
}
