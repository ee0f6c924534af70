//! Capability `aws`: requests to the services that the plugin's schema names. The host picks the endpoint, signs, limits
//! and sends; a plugin never sees a credential.

/// A request without host, date or signature.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Request {
    /// The signing name of the service, `ec2`.
    pub service: String,
    /// The region to sign for (`us-east-1` for IAM); none: the configured one.
    pub region: Option<String>,
    /// `GET`, `POST`, ...
    pub method: String,
    /// `/?query`, never a host.
    pub path_and_query: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What the service answered, whatever its status.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The service or region is not one that this plugin may use.
    Forbidden(String),
    /// No credentials, or they could not be had. Nothing was sent.
    NoCredentials(String),
    /// Nothing was sent (no connection).
    Unreachable(String),
    /// The request may have arrived, but no answer came.
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

/// The configured region, `eu-central-1`.
///
/// # Errors
/// [`Failure::Forbidden`] without the capability or a configured region.
pub fn region() -> Result<String, Failure> {
    #[cfg(target_arch = "wasm32")]
    return crate::component::region();
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::on_host(|host| host.region()).unwrap_or_else(no_host)
}

/// The account, twelve digits.
///
/// # Errors
/// Those of [`send`].
pub fn account() -> Result<String, Failure> {
    #[cfg(target_arch = "wasm32")]
    return crate::component::account();
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::on_host(|host| host.account()).unwrap_or_else(no_host)
}

/// Sends a request and waits for the answer, whatever its status.
///
/// # Errors
/// A [`Failure`] where there is no answer.
pub fn send(request: Request) -> Result<Response, Failure> {
    #[cfg(target_arch = "wasm32")]
    return crate::component::send_aws(request);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::on_host(|host| host.aws(request)).unwrap_or_else(no_host)
}

#[cfg(not(target_arch = "wasm32"))]
fn no_host<T>() -> Result<T, Failure> {
    Err(Failure::Unreachable("no host: a plugin runs as a component, or in testing::with_host".to_owned()))
}
