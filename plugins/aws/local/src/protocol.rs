//! AWS's wire protocols: how a request is read into action and parameters, and how answers and refusals are written.

use hyper::Method;
use serde_json::{Value, json};

use crate::error::AwsError;
use crate::node::{Node, escape};
use crate::params::{Params, percent_decode};
use crate::service::{Service, describe};
use crate::shape::Flaw;

/// One of AWS's wire protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// EC2's: a form in, XML out with lists of `item`.
    Ec2 {
        /// The API version that a request must carry.
        version: &'static str,
    },
    /// IAM's and STS's: a form in, XML out wrapped in `<Action>Result`, with lists of `member`.
    Query {
        /// The API version that a request must carry.
        version: &'static str,
        /// The XML namespace of answers.
        namespace: &'static str,
    },
    /// KMS's: JSON in, JSON out, the action in `X-Amz-Target`.
    Json {
        /// What stands before the action's name, such as `TrentService`.
        target: &'static str,
    },
    /// DLM's: method and path choose the action; JSON in, JSON out.
    Rest,
}

/// An HTTP request whose body has arrived.
#[derive(Debug)]
pub struct Incoming {
    /// The HTTP method.
    pub method: Method,
    /// The raw path, as it was signed.
    pub path: String,
    /// The raw query, without `?`.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Incoming {
    /// The value of a header; its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn text(&self) -> Result<&str, String> {
        std::str::from_utf8(&self.body).map_err(|_| "the body is not UTF-8".to_owned())
    }
}

/// What goes back: status, media type, body, and an error type for the REST protocol's header.
#[derive(Debug)]
pub struct Outgoing {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub media_type: &'static str,
    /// The body.
    pub body: String,
    /// `x-amzn-ErrorType`, where the protocol has it.
    pub error_type: Option<String>,
}

impl Protocol {
    /// The protocol that an unsigned or wrongly signed request seems to speak, so that it can be refused in it.
    pub fn guess(incoming: &Incoming) -> Protocol {
        let form = String::from_utf8_lossy(&incoming.body);
        if let Some(target) = incoming.header("x-amz-target") {
            return if target.starts_with("TrentService") {
                crate::kms::SERVICE.protocol
            } else {
                Protocol::Json { target: "" }
            };
        }
        let query = [crate::iam::SERVICE.protocol, crate::sts::SERVICE.protocol, crate::ec2::SERVICE.protocol];
        let is_meant = |protocol: &Protocol| match protocol {
            Protocol::Ec2 { version } | Protocol::Query { version, .. } => {
                form.contains(&format!("Version={version}")) || incoming.query.contains(&format!("Version={version}"))
            }
            _ => false,
        };
        query.into_iter().find(is_meant).unwrap_or(Protocol::Rest)
    }

    /// Reads action and parameters of a request to `service`.
    pub fn read(self, service: &'static Service, incoming: &Incoming) -> Result<(String, Params), AwsError> {
        let malformed = |message: String| AwsError::new("MalformedQueryString", message);
        match self {
            Protocol::Ec2 { version } | Protocol::Query { version, .. } => {
                let form = if incoming.method == Method::GET {
                    &*incoming.query
                } else {
                    incoming.text().map_err(malformed)?
                };
                let mut params = Params::from_form(form).map_err(malformed)?;
                let action = params.take("Action").ok_or_else(|| self.flaw(&Flaw::Missing("Action".into()), ""))?;
                match params.take("Version") {
                    Some(found) if found == version => Ok((action, params)),
                    Some(found) => {
                        let message =
                            format!("The version {found} of {} is not served here; {version} is", service.name);
                        Err(AwsError::new("NoSuchVersion", message))
                    }
                    None => Err(self.flaw(&Flaw::Missing("Version".into()), "")),
                }
            }
            Protocol::Json { target } => {
                let header = incoming.header("x-amz-target").unwrap_or_default();
                let action = header.strip_prefix(target).and_then(|rest| rest.strip_prefix('.'));
                let action = action.ok_or_else(|| self.unknown_action(service.name, header))?;
                Ok((action.to_owned(), read_json(incoming)?))
            }
            Protocol::Rest => self.read_rest(service, incoming),
        }
    }

    fn read_rest(self, service: &'static Service, incoming: &Incoming) -> Result<(String, Params), AwsError> {
        for action in service.actions() {
            let Some(captured) = match_route(action.route, incoming) else { continue };
            let mut params = read_json(incoming)?;
            let from_url = crate::params::decode_form(&incoming.query).map(|query| captured.into_iter().chain(query));
            let put = from_url.and_then(|pairs| put_query(&mut params, pairs));
            put.map_err(|message| AwsError::new("InvalidRequestException", message))?;
            return Ok((action.name.to_owned(), params));
        }
        Err(self.unknown_action(service.name, &format!("{} {}", incoming.method, incoming.path)))
    }

    /// The answer of an action that succeeded.
    pub fn answer(self, action: &str, node: &Node, request_id: &str) -> Outgoing {
        let mut body = String::new();
        match self {
            Protocol::Ec2 { version } => {
                let open = format!(
                    "<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/{version}/\"><requestId>{request_id}</requestId>"
                );
                body.push_str(&open);
                node.write_xml("item", &mut body);
                body.push_str(&format!("</{action}Response>"));
            }
            Protocol::Query { namespace, .. } => {
                body.push_str(&format!("<{action}Response xmlns=\"{namespace}\"><{action}Result>"));
                node.write_xml("member", &mut body);
                body.push_str(&format!("</{action}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{action}Response>"));
            }
            Protocol::Json { .. } | Protocol::Rest => body = node.to_json().to_string(),
        }
        Outgoing { status: 200, media_type: self.media_type(), body, error_type: None }
    }

    /// A refusal.
    pub fn refusal(self, error: &AwsError, request_id: &str) -> Outgoing {
        let mut message = String::new();
        escape(&error.message, &mut message);
        let code = &error.code;
        let body = match self {
            Protocol::Ec2 { .. } => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
            ),
            Protocol::Query { namespace, .. } => {
                let blame = if error.status < 500 { "Sender" } else { "Receiver" };
                format!(
                    "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{blame}</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
                )
            }
            Protocol::Json { .. } => json!({ "__type": code, "message": error.message }).to_string(),
            Protocol::Rest => json!({ "Message": error.message, "Code": code }).to_string(),
        };
        let error_type = matches!(self, Protocol::Json { .. } | Protocol::Rest).then(|| code.clone());
        Outgoing { status: error.status, media_type: self.media_type(), body, error_type }
    }

    /// How the protocol calls a throttled request.
    pub fn throttled(self) -> AwsError {
        match self {
            Protocol::Ec2 { .. } => AwsError::new("RequestLimitExceeded", "Request limit exceeded.").status(503),
            Protocol::Query { .. } => AwsError::new("Throttling", "Rate exceeded"),
            Protocol::Json { .. } | Protocol::Rest => AwsError::new("ThrottlingException", "Rate exceeded"),
        }
    }

    /// How the protocol calls credentials that have expired.
    pub fn expired(self) -> AwsError {
        let message = "The security token included in the request is expired";
        match self {
            Protocol::Ec2 { .. } => AwsError::new("RequestExpired", "Request has expired."),
            Protocol::Query { .. } => AwsError::new("ExpiredToken", message).status(403),
            Protocol::Json { .. } => AwsError::new("ExpiredTokenException", message),
            Protocol::Rest => AwsError::new("ExpiredTokenException", message).status(403),
        }
    }

    /// How the protocol calls an action that it does not have.
    pub fn unknown_action(self, service: &str, action: &str) -> AwsError {
        let message = format!("The action {action} is not valid for {service} on this local AWS");
        match self {
            Protocol::Ec2 { .. } | Protocol::Query { .. } => AwsError::new("InvalidAction", message),
            Protocol::Json { .. } => AwsError::new("UnknownOperationException", message),
            Protocol::Rest => AwsError::new("UnknownOperationException", message).status(404),
        }
    }

    /// How the protocol calls parameters that depart from an action's shape.
    pub fn flaw(self, flaw: &Flaw, action: &str) -> AwsError {
        let message = describe(flaw, action);
        let code = match (self, flaw) {
            (Protocol::Ec2 { .. }, Flaw::Unknown(_)) => "UnknownParameter",
            (Protocol::Ec2 { .. } | Protocol::Query { .. }, Flaw::Missing(_)) => "MissingParameter",
            (Protocol::Ec2 { .. }, Flaw::Invalid { .. }) => "InvalidParameterValue",
            (Protocol::Query { .. }, _) => "ValidationError",
            (Protocol::Json { .. }, _) => "ValidationException",
            (Protocol::Rest, _) => "InvalidRequestException",
        };
        AwsError::new(code, message)
    }

    fn media_type(self) -> &'static str {
        match self {
            Protocol::Ec2 { .. } | Protocol::Query { .. } => "text/xml;charset=UTF-8",
            Protocol::Json { .. } => "application/x-amz-json-1.1",
            Protocol::Rest => "application/json",
        }
    }
}

fn read_json(incoming: &Incoming) -> Result<Params, AwsError> {
    let malformed = |message: String| AwsError::new("SerializationException", message);
    let text = incoming.text().map_err(malformed)?;
    if text.trim().is_empty() {
        return Ok(Params::default());
    }
    let json: Value =
        serde_json::from_str(text).map_err(|error| malformed(format!("the body is not JSON: {error}")))?;
    if !json.is_object() {
        return Err(malformed("the body is not a JSON object".to_owned()));
    }
    Params::from_json(&json).map_err(malformed)
}

/// The values in a route's braces, if method and path match it.
fn match_route(route: &str, incoming: &Incoming) -> Option<Vec<(String, String)>> {
    let (method, pattern) = route.split_once(' ')?;
    let path = incoming.path.strip_suffix('/').unwrap_or(&incoming.path);
    if method != incoming.method.as_str() || pattern.matches('/').count() != path.matches('/').count() {
        return None;
    }
    let mut captured = Vec::new();
    for (wanted, found) in pattern.split('/').zip(path.split('/')) {
        match wanted.strip_prefix('{').and_then(|wanted| wanted.strip_suffix('}')) {
            Some(name) if !found.is_empty() => captured.push((name.to_owned(), percent_decode(found).ok()?)),
            None if wanted == found => {}
            _ => return None,
        }
    }
    Some(captured)
}

/// Puts the values of a URL beside those of the body; a name that comes twice is a list.
fn put_query(params: &mut Params, pairs: impl Iterator<Item = (String, String)>) -> Result<(), String> {
    let pairs: Vec<(String, String)> = pairs.collect();
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in &pairs {
        let times = pairs.iter().filter(|(other, _)| other == name).count();
        seen.push(name);
        let index = seen.iter().filter(|other| *other == name).count();
        let path = if times > 1 { format!("{name}.{index}") } else { name.clone() };
        params.put(&path, value.clone())?;
    }
    Ok(())
}
