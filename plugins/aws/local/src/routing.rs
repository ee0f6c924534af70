//! Which service and action a request is for, and with which parameters.

use std::collections::HashMap;

use hyper::Method;
use serde_json::Value;

use crate::error::AwsError;
use crate::params::{Params, decode_form, percent_decode};
use crate::protocol::{Incoming, Protocol};
use crate::service::Service;
use crate::shape::Flaw;

/// Returns the protocol that a request seems to speak.
///
/// An unsigned or wrongly signed request is refused in that protocol.
pub(crate) fn guess_protocol(services: &[&Service], incoming: &Incoming) -> Protocol {
    let mut protocols = services.iter().map(|service| service.protocol);
    if let Some(header) = incoming.header("x-amz-target") {
        let is_meant = |protocol: &Protocol| matches!(protocol, Protocol::Json { target } if header.starts_with(target));
        return protocols.find(is_meant).unwrap_or(Protocol::Json { target: "" });
    }
    let form = String::from_utf8_lossy(&incoming.body);
    let is_meant = |protocol: &Protocol| match protocol {
        Protocol::Ec2 { version } | Protocol::Query { version, .. } => {
            let version = format!("Version={version}");
            form.contains(&version) || incoming.query.contains(&version)
        }
        _ => false,
    };
    protocols.find(is_meant).unwrap_or(Protocol::Rest)
}

/// Reads action and parameters of a request to `service`.
pub(crate) fn read_request(
    service: &'static Service,
    incoming: &Incoming,
) -> Result<(String, Params), AwsError> {
    match service.protocol {
        Protocol::Ec2 { version } | Protocol::Query { version, .. } => {
            read_form(service, version, incoming)
        }
        Protocol::Json { target } => {
            let header = incoming.header("x-amz-target").unwrap_or_default();
            let action = header.strip_prefix(target).and_then(|rest| rest.strip_prefix('.'));
            let action =
                action.ok_or_else(|| service.protocol.unknown_action(service.name, header))?;
            Ok((action.to_owned(), read_json(incoming)?))
        }
        Protocol::Rest => read_rest(service, incoming),
    }
}

fn read_form(
    service: &Service,
    version: &str,
    incoming: &Incoming,
) -> Result<(String, Params), AwsError> {
    let malformed = |message: String| AwsError::new("MalformedQueryString", message);
    let missing = |name: &str| service.protocol.flaw(&Flaw::Missing(name.to_owned()), "");
    let form = if incoming.method == Method::GET {
        &*incoming.query
    } else {
        incoming.text().map_err(malformed)?
    };
    let mut params = Params::from_form(form).map_err(malformed)?;
    let action = params.take("Action").ok_or_else(|| missing("Action"))?;
    match params.take("Version") {
        Some(found) if found == version => Ok((action, params)),
        Some(found) => {
            let message =
                format!("The version {found} of {} is not served here; {version} is", service.name);
            Err(AwsError::new("NoSuchVersion", message))
        }
        None => Err(missing("Version")),
    }
}

fn read_rest(service: &'static Service, incoming: &Incoming) -> Result<(String, Params), AwsError> {
    for action in service.actions() {
        let Some(captured) = match_route(action.route, incoming) else { continue };
        let mut params = read_json(incoming)?;
        let from_url = decode_form(&incoming.query).map(|query| captured.into_iter().chain(query));
        let put = from_url.and_then(|pairs| put_query(&mut params, pairs));
        put.map_err(|message| AwsError::new("InvalidRequestException", message))?;
        return Ok((action.name.to_owned(), params));
    }
    Err(service
        .protocol
        .unknown_action(service.name, &format!("{} {}", incoming.method, incoming.path)))
}

fn read_json(incoming: &Incoming) -> Result<Params, AwsError> {
    let malformed = |message: String| AwsError::new("SerializationException", message);
    let text = incoming.text().map_err(malformed)?;
    if text.trim().is_empty() {
        return Ok(Params::default());
    }
    let json: Value = serde_json::from_str(text)
        .map_err(|error| malformed(format!("the body is not JSON: {error}")))?;
    if !json.is_object() {
        return Err(malformed("the body is not a JSON object".to_owned()));
    }
    Params::from_json(&json).map_err(malformed)
}

/// Returns the values in a route's braces, if method and path match it.
fn match_route(route: &str, incoming: &Incoming) -> Option<Vec<(String, String)>> {
    let (method, pattern) = route.split_once(' ')?;
    let path = incoming.path.strip_suffix('/').unwrap_or(&incoming.path);
    if method != incoming.method.as_str()
        || pattern.matches('/').count() != path.matches('/').count()
    {
        return None;
    }
    let mut captured = Vec::new();
    for (wanted, found) in pattern.split('/').zip(path.split('/')) {
        match wanted.strip_prefix('{').and_then(|wanted| wanted.strip_suffix('}')) {
            Some(name) if !found.is_empty() => {
                captured.push((name.to_owned(), percent_decode(found).ok()?))
            }
            None if wanted == found => {}
            _ => return None,
        }
    }
    Some(captured)
}

/// Adds the values of a URL to those of the body.
///
/// A name that comes twice is a list.
fn put_query(
    params: &mut Params,
    pairs: impl Iterator<Item = (String, String)>,
) -> Result<(), String> {
    let pairs: Vec<(String, String)> = pairs.collect();
    // Counted, not searched for: a URL may have thousands of names.
    let mut times: HashMap<&str, usize> = HashMap::new();
    pairs.iter().for_each(|(name, _)| *times.entry(name).or_default() += 1);
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (name, value) in &pairs {
        let index = seen.entry(name).or_default();
        *index += 1;
        let path = if times[name.as_str()] > 1 { format!("{name}.{index}") } else { name.clone() };
        params.put(&path, value.clone())?;
    }
    Ok(())
}
