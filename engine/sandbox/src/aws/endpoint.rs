//! An AWS service's endpoint, and the region to sign its requests for. Pure.
//!
//! Invariant: host and region come from here, never from a guest. A guest adds only path and query.

use kim_model::bounds;
use url::Url;

use crate::net::message::SendError;

const LOOKS_LIKE: &str = "it has to look like http://host:port or https://host";

/// Where a service is.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Endpoint {
    /// The URL that paths are appended to.
    pub(crate) base: Url,
    /// The region that requests are signed for.
    pub(crate) region: String,
}

impl Endpoint {
    /// Returns AWS's own endpoint of a service for a stack in a region.
    ///
    /// `service` is the signing name.
    ///
    /// # Errors
    /// The name of the service or of the region cannot be part of a host name.
    pub(crate) fn standard(service: &str, region: &str) -> Result<Endpoint, SendError> {
        expect_name("service", service).map_err(SendError::Forbidden)?;
        expect_name("region", region).map_err(SendError::NeverReached)?;
        let suffix = suffix(region);
        let (host, region) = match (service, partition(region)) {
            ("iam", Partition::China) => (format!("iam.cn-north-1.{suffix}"), "cn-north-1"),
            ("iam", Partition::Government) => (format!("iam.us-gov.{suffix}"), "us-gov-west-1"),
            ("iam", Partition::Commercial) => (format!("iam.{suffix}"), "us-east-1"),
            _ => (format!("{service}.{region}.{suffix}"), region),
        };
        let base = Url::parse(&format!("https://{host}/"))
            .map_err(|error| bad_endpoint(&host, &error.to_string()))?;
        Ok(Endpoint { base, region: region.to_owned() })
    }

    /// Returns the same service at another URL. The region stays.
    ///
    /// The URL is that of an emulator or a private endpoint, for example.
    ///
    /// # Errors
    /// The URL is not an `http` or `https` URL with a host.
    pub(crate) fn at(self, url: &str) -> Result<Endpoint, SendError> {
        let base = Url::parse(url).map_err(|_| bad_endpoint(url, LOOKS_LIKE))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none_or(str::is_empty) {
            return Err(bad_endpoint(url, LOOKS_LIKE));
        }
        Ok(Endpoint { base, ..self })
    }

    /// Returns the URL of a path and query at this endpoint.
    ///
    /// The path stays below that of the endpoint, however often what answers there decodes it.
    ///
    /// # Errors
    /// The path does not begin with a single `/`, or has a segment `..`, in whatever encoding.
    pub(crate) fn url(&self, path_and_query: &str) -> Result<Url, SendError> {
        let refused = || {
            SendError::Forbidden(
                "a plugin asked for a path that does not begin with a single '/'".to_owned(),
            )
        };
        if !path_and_query.starts_with('/') || path_and_query.starts_with("//") {
            return Err(refused());
        }
        let path = path_and_query.split('?').next().unwrap_or_default();
        if climbs(path) {
            return Err(SendError::Forbidden(
                "a plugin asked for a path with a segment '..', which may lead out of the endpoint"
                    .to_owned(),
            ));
        }
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let mut url = self.base.clone();
        // Setting the parts, rather than joining texts, prevents a path from becoming a host.
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url.set_query(query);
        url.set_fragment(None);
        Ok(url)
    }
}

/// Returns true if a path may lead to a folder above its first.
///
/// It is judged in each of its encodings: what answers may decode a path more than once, take `\`
/// for `/`, and read a segment up to `;` alone. What is not UTF-8 may be a `.` to it as well. A URL
/// leaves out control characters, so they separate nothing.
fn climbs(path: &str) -> bool {
    let mut path: Vec<u8> = path.bytes().filter(|byte| !byte.is_ascii_control()).collect();
    for _ in 0..MOST_ENCODINGS {
        let Ok(text) = str::from_utf8(&path) else { return true };
        let mut segments = text.split(['/', '\\']);
        if segments.any(|segment| segment.split(';').next() == Some("..")) {
            return true;
        }
        let mut decoded: Vec<u8> = percent_encoding::percent_decode(&path).collect();
        decoded.retain(|byte| !byte.is_ascii_control());
        if decoded == path {
            return false;
        }
        path = decoded;
    }
    true
}

/// How often a path may be encoded.
const MOST_ENCODINGS: usize = bounds::ENCODINGS.most();

/// Returns the error for a wrong endpoint in the configuration.
///
/// No plugin is at fault, and a retry does not help.
fn bad_endpoint(url: &str, why: &str) -> SendError {
    // A user name and a password in front of the host must not be shown.
    let url = url.rsplit_once('@').map_or(url, |(_, place)| place);
    SendError::NeverReached(format!(
        "'{url}' is not an endpoint for AWS: {why}. Correct AWS_ENDPOINT_URL, or `endpoint` in the table [aws] or the profile"
    ))
}

/// A partition of AWS. A region belongs to one.
enum Partition {
    Commercial,
    China,
    Government,
}

fn partition(region: &str) -> Partition {
    match region {
        _ if region.starts_with("cn-") => Partition::China,
        _ if region.starts_with("us-gov-") => Partition::Government,
        _ => Partition::Commercial,
    }
}

/// Returns the domain of a region's endpoints.
fn suffix(region: &str) -> &'static str {
    match partition(region) {
        Partition::China => "amazonaws.com.cn",
        Partition::Commercial | Partition::Government => "amazonaws.com",
    }
}

/// Rejects a name that cannot be part of a host name.
///
/// `what` names the kind of name in the error. A valid name has 1 to 63 lower-case ASCII letters,
/// digits and hyphens. It does not begin with a hyphen.
pub(crate) fn expect_name(what: &str, name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.is_empty() && name.len() <= 63 && name.chars().all(plain) && !name.starts_with('-') {
        return Ok(());
    }
    Err(format!("'{name}' is not the name of an AWS {what}"))
}
