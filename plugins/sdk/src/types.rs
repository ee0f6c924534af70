//! What crosses the boundary to the host.
//!
//! That is log levels, requests, responses, and the reasons why there is no response.
//!
//! The modules `host`, `aws` and `http` publish them under the names of the contract.

use kim_model::Failure;

/// The importance of a log line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// For debugging the plugin.
    Debug,
    /// Good to know.
    Info,
    /// Something may be wrong.
    Warn,
    /// Something failed.
    Error,
}

/// A request to an AWS service, without host, date or signature.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AwsRequest {
    /// The signing name of the service, such as `ec2`.
    pub service: String,
    /// The region to sign for (`us-east-1` for IAM); `None`: the configured one.
    pub region: Option<String>,
    /// The HTTP method: `GET`, `POST`, …
    pub method: String,
    /// The path and query, `/?query`; never a host.
    pub path_and_query: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// A response, whatever its status.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The reason why there is no response from AWS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AwsFailure {
    /// The plugin may not use the service or region. Nothing was sent.
    Forbidden(String),
    /// There are no credentials, or reading them failed. Nothing was sent.
    NoCredentials(String),
    /// There is no connection. Nothing was sent.
    Unreachable(String),
    /// The request may have arrived, but no response came.
    NoAnswer(String),
}

impl std::fmt::Display for AwsFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AwsFailure::Forbidden(why) => write!(f, "this plugin may not send that: {why}"),
            AwsFailure::NoCredentials(why) => write!(f, "no AWS credentials: {why}"),
            AwsFailure::Unreachable(why) => write!(f, "could not reach AWS: {why}"),
            AwsFailure::NoAnswer(why) => write!(f, "AWS did not answer: {why}"),
        }
    }
}

impl std::error::Error for AwsFailure {}

impl From<AwsFailure> for Failure {
    fn from(failure: AwsFailure) -> Failure {
        let message = failure.to_string();
        match failure {
            AwsFailure::Forbidden(_) | AwsFailure::NoCredentials(_) => Failure::Denied(message),
            AwsFailure::Unreachable(_) | AwsFailure::NoAnswer(_) => Failure::Transient(message),
        }
    }
}

/// An HTTP request.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HttpRequest {
    /// The HTTP method: `GET`, `POST`, …
    pub method: String,
    /// The URL: `https://host/path?query`, or `http://` for loopback.
    pub url: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The reason why there is no response from a host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HttpFailure {
    /// The plugin may not use the host. Nothing was sent.
    Forbidden(String),
    /// There is no connection. Nothing was sent.
    Unreachable(String),
    /// The request may have arrived, but no response came.
    NoAnswer(String),
}

impl std::fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HttpFailure::Forbidden(why) => write!(f, "this plugin may not send that: {why}"),
            HttpFailure::Unreachable(why) => write!(f, "could not connect: {why}"),
            HttpFailure::NoAnswer(why) => write!(f, "no answer: {why}"),
        }
    }
}

impl std::error::Error for HttpFailure {}

impl From<HttpFailure> for Failure {
    fn from(failure: HttpFailure) -> Failure {
        let message = failure.to_string();
        match failure {
            HttpFailure::Forbidden(_) => Failure::Denied(message),
            HttpFailure::Unreachable(_) | HttpFailure::NoAnswer(_) => Failure::Transient(message),
        }
    }
}
