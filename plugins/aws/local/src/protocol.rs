//! AWS's wire protocols.
//!
//! They say how requests look, and how answers and refusals are written. This module knows no
//! service.

use hyper::Method;
use serde_json::json;

use crate::error::AwsError;
use crate::node::{Node, escape};
use crate::shape::Flaw;

/// One of AWS's wire protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// EC2's: a form in, XML out with lists of `item`.
    Ec2 {
        /// The API version that a request must carry.
        version: &'static str,
    },
    /// IAM's and STS's: a form in, XML out with lists of `member`.
    ///
    /// The XML is wrapped in `<Action>Result`.
    Query {
        /// The API version that a request must carry.
        version: &'static str,
        /// The XML namespace of answers.
        namespace: &'static str,
    },
    /// KMS's: JSON in, JSON out, the action in `X-Amz-Target`.
    Json {
        /// The prefix of the action's name, such as `TrentService`.
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
    /// The headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Incoming {
    /// Returns the value of a header; its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the body as text.
    pub(crate) fn text(&self) -> Result<&str, String> {
        std::str::from_utf8(&self.body).map_err(|_| "the body is not UTF-8".to_owned())
    }
}

/// An answer: status, media type, body and error type.
///
/// The error type is for the REST protocol's header.
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
    /// Writes the answer of an action that succeeded.
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

    /// Writes a refusal.
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
            Protocol::Json { .. } => {
                json!({ "__type": code, "message": error.message }).to_string()
            }
            Protocol::Rest => json!({ "Message": error.message, "Code": code }).to_string(),
        };
        let error_type =
            matches!(self, Protocol::Json { .. } | Protocol::Rest).then(|| code.clone());
        Outgoing { status: error.status, media_type: self.media_type(), body, error_type }
    }

    /// Returns the protocol's refusal of a throttled request.
    pub fn throttled(self) -> AwsError {
        match self {
            Protocol::Ec2 { .. } => {
                AwsError::new("RequestLimitExceeded", "Request limit exceeded.").status(503)
            }
            Protocol::Query { .. } => AwsError::new("Throttling", "Rate exceeded"),
            Protocol::Json { .. } | Protocol::Rest => {
                AwsError::new("ThrottlingException", "Rate exceeded")
            }
        }
    }

    /// Returns the protocol's refusal of credentials that have expired.
    pub fn expired(self) -> AwsError {
        let message = "The security token included in the request is expired";
        match self {
            Protocol::Ec2 { .. } => AwsError::new("RequestExpired", "Request has expired."),
            Protocol::Query { .. } => AwsError::new("ExpiredToken", message).status(403),
            Protocol::Json { .. } => AwsError::new("ExpiredTokenException", message),
            Protocol::Rest => AwsError::new("ExpiredTokenException", message).status(403),
        }
    }

    /// Returns the protocol's refusal of an action that it does not have.
    pub fn unknown_action(self, service: &str, action: &str) -> AwsError {
        let message = format!("The action {action} is not valid for {service} on this local AWS");
        match self {
            Protocol::Ec2 { .. } | Protocol::Query { .. } => {
                AwsError::new("InvalidAction", message)
            }
            Protocol::Json { .. } => AwsError::new("UnknownOperationException", message),
            Protocol::Rest => AwsError::new("UnknownOperationException", message).status(404),
        }
    }

    /// Returns the protocol's refusal of parameters that depart from an action's shape.
    pub fn flaw(self, flaw: &Flaw, action: &str) -> AwsError {
        let message = flaw.message(action);
        let code = match (self, flaw) {
            (Protocol::Ec2 { .. }, Flaw::Unknown(_)) => "UnknownParameter",
            (Protocol::Ec2 { .. }, Flaw::Missing(_)) => "MissingParameter",
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
