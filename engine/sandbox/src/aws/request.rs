//! A request of a plugin: as the plugin says it, and as it only lacks its signature.
//!
//! Invariant: endpoint, credentials and time are the host's, never a guest's.

use std::time::SystemTime;

use aws_credential_types::Credentials as Keys;

use super::endpoint::Endpoint;
use super::sign;
use crate::guest::log::Level;
use crate::net::message::{Egress, Request};

/// A request of a plugin.
pub(crate) struct Call {
    /// The signing name of the service.
    pub(crate) service: String,
    /// The region to sign for; `None`: the configured one.
    pub(crate) region: Option<String>,
    pub(crate) method: String,
    /// `/?query`.
    pub(crate) path_and_query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Where news of repeated requests goes.
pub(crate) type OnEvent<'a> = &'a (dyn Fn(Level, &str) + Send + Sync);

impl Call {
    /// Whether it changes nothing, by the name of its operation.
    pub(crate) fn only_reads(&self) -> bool {
        match operation(self) {
            Some(name) => ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb)),
            None => matches!(self.method.as_str(), "GET" | "HEAD"),
        }
    }
}

/// The name of the operation: AWS's query protocol has it in the form (or query), its JSON protocol in a header; REST
/// has none.
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

/// A request that only lacks its signature.
pub(super) struct Prepared {
    pub(super) call: Call,
    pub(super) headers: http::HeaderMap,
    pub(super) url: url::Url,
}

impl Prepared {
    pub(super) fn signed(&self, endpoint: &Endpoint, keys: &Keys, time: SystemTime) -> Result<Request, Egress> {
        let method = self.call.method.parse();
        let method = method.map_err(|_| Egress::Forbidden(format!("'{}' is no HTTP method", self.call.method)))?;
        let (url, headers, body) = (self.url.clone(), self.headers.clone(), self.call.body.clone());
        let request = Request { method, url, headers, body };
        sign::sign(request, &self.call.service, &endpoint.region, keys, time)
    }
}
