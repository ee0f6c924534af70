//! Capability `aws`: requests to the AWS services that the plugin's schema names.
//!
//! Invariants: the host picks the endpoint, signs, limits the rate and sends. A plugin never sees a credential.

/// A request to an AWS service, without host, date or signature.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Request {
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

/// A service's response, whatever its status.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The reason why there is no response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The plugin may not use the service or region. Nothing was sent.
    Forbidden(String),
    /// There are no credentials, or reading them failed. Nothing was sent.
    NoCredentials(String),
    /// There is no connection. Nothing was sent.
    Unreachable(String),
    /// The request may have arrived, but no response came.
    NoAnswer(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Forbidden(why) => write!(f, "this plugin may not send that: {why}"),
            Failure::NoCredentials(why) => write!(f, "no AWS credentials: {why}"),
            Failure::Unreachable(why) => write!(f, "could not reach AWS: {why}"),
            Failure::NoAnswer(why) => write!(f, "AWS did not answer: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for kim_model::Failure {
    fn from(failure: Failure) -> kim_model::Failure {
        let message = failure.to_string();
        match failure {
            Failure::Forbidden(_) | Failure::NoCredentials(_) => kim_model::Failure::Denied(message),
            Failure::Unreachable(_) | Failure::NoAnswer(_) => kim_model::Failure::Transient(message),
        }
    }
}

/// Returns the configured region, such as `eu-central-1`.
///
/// # Errors
/// Returns [`Failure::Forbidden`] without the capability or without a configured region.
pub fn region() -> Result<String, Failure> {
    #[cfg(target_arch = "wasm32")]
    return crate::component::region();
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::on_host(|host| host.region()).unwrap_or_else(no_host)
}

/// Returns the id of the AWS account, twelve digits.
///
/// # Errors
/// Returns those of [`send`].
pub fn account() -> Result<String, Failure> {
    #[cfg(target_arch = "wasm32")]
    return crate::component::account();
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::on_host(|host| host.account()).unwrap_or_else(no_host)
}

/// Sends a request and waits for the response, whatever its status.
///
/// # Errors
/// Returns a [`Failure`] if there is no response.
pub fn send(request: Request) -> Result<Response, Failure> {
    #[cfg(target_arch = "wasm32")]
    return crate::component::send_aws(request);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::on_host(|host| host.aws(request)).unwrap_or_else(no_host)
}

#[cfg(not(target_arch = "wasm32"))]
fn no_host<T>() -> Result<T, Failure> {
    Err(Failure::Unreachable(crate::testing::NO_HOST.to_owned()))
}
