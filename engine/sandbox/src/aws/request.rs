//! A request of a plugin: as the plugin gave it, and as it is before it is signed.
//!
//! Invariant: endpoint, credentials and time come from the host, never from a guest.

use std::time::SystemTime;

use aws_credential_types::Credentials as Keys;
use bytes::Bytes;
use url::form_urlencoded;

use super::endpoint::Endpoint;
use super::sign;
use crate::guest::log::Level;
use crate::guest::room::Room;
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
    pub(crate) body: Bytes,
    /// The room of the operation that sends it.
    pub(crate) room: Room,
}

/// Receives a line for each retry of a request.
pub(crate) type OnEvent<'a> = &'a (dyn Fn(Level, &str) + Send + Sync);

impl Call {
    /// Returns true if the request changes nothing.
    ///
    /// Judges by the names of its operation, or without one by its method. A request that names
    /// several operations may be carried out as any of them: then each has to be one that reads.
    pub(crate) fn only_reads(&self) -> bool {
        let reads =
            |name: &str| ["Describe", "Get", "List"].iter().any(|verb| name.starts_with(verb));
        match &*operations(self) {
            [] => matches!(self.method.as_str(), "GET" | "HEAD") && !self.has_other_method(),
            names => names.iter().all(|name| reads(name)) && !self.has_other_method(),
        }
    }

    /// Returns true if a header asks to carry the request out under another method.
    fn has_other_method(&self) -> bool {
        self.headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with("x-http-method"))
    }
}

/// Returns the name of the operation.
///
/// Returns `None` if there is none, or if there are several.
pub(super) fn operation(call: &Call) -> Option<String> {
    let mut names = operations(call);
    names.dedup();
    let [name] = &*names else { return None };
    name.chars().all(|c| c.is_ascii_alphanumeric()).then(|| name.clone())
}

/// Returns all names of operations that a server may find in the request.
///
/// AWS's query protocol has it as `Action` in the query or the form, its JSON protocol in the
/// header `x-amz-target`. REST has none. Keys are compared as a server decodes them.
fn operations(call: &Call) -> Vec<String> {
    let targets = call.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-amz-target"));
    let targets = targets.filter_map(|(_, target)| target.rsplit('.').next().map(str::to_owned));
    let query = call.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let pairs = [query.as_bytes(), &call.body].into_iter().flat_map(form_urlencoded::parse);
    let actions = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case("Action"));
    targets.chain(actions.map(|(_, name)| name.into_owned())).collect()
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
            room: self.call.room.clone(),
        };
        sign::sign(request, &self.call.service, &endpoint.region, keys, time)
    }
}
