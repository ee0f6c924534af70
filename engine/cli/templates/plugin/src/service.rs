//! The service: where it is, how it is asked, and what its refusals mean to kim.

use kim_plugin::prelude::*;
use kim_plugin::{host, http, model::json};

/// The plugin's configuration: the table `[{{name}}]` of a stack.
#[derive(Clone, Debug, Object)]
pub struct Config {
    /// Where the service is, `api.example.com` or `127.0.0.1:8099`.
    pub host: String,
}

/// Asks the service. `None`: it has no such thing.
pub fn ask(method: &str, path: &str, body: Option<serde_json::Value>) -> Result<Option<Value>, Failure> {
    let Config { host } = host::config()?;
    // Only this machine is spoken to without TLS; kim would refuse any other.
    let scheme = if host.starts_with("127.0.0.1") { "http" } else { "https" };
    let response = http::send(http::Request {
        method: method.to_owned(),
        url: format!("{scheme}://{host}{path}"),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
    })?;
    match response.status {
        204 => Ok(Some(Value::Null)),
        200..=299 => match serde_json::from_slice(&response.body) {
            Ok(answer) => Ok(Some(json::from_json(&answer))),
            Err(error) => Err(Failure::Transient(format!("what the service answered is no JSON: {error}"))),
        },
        404 => Ok(None),
        status => Err(refusal(status, &response.body)),
    }
}

/// What kim does about a refusal depends on what it is: it tries again what is throttled or transient, looks up what may
/// have happened, and never repeats what is invalid.
fn refusal(status: u16, body: &[u8]) -> Failure {
    let said: String = String::from_utf8_lossy(body).chars().take(300).collect();
    let message = format!("the service answered {status}: {said}");
    match status {
        400 | 422 => Failure::invalid(Path::root(), message),
        401 | 403 => Failure::Denied(message),
        409 => Failure::Conflict(message),
        429 => Failure::Throttled(message),
        500..=599 => Failure::Transient(message),
        _ => Failure::Other(message),
    }
}

/// A text as a part of an address.
pub fn encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
