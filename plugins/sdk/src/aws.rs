//! Capability `aws`: requests to the AWS services that the schema names.
//!
//! Invariants: the host picks the endpoint, signs, limits the rate and sends. A plugin never sees a
//! credential.

pub use crate::types::{AwsFailure as Failure, AwsRequest as Request, Response};

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
