//! Capability `http`: requests to other hosts.
//!
//! The plugin's schema names them, and the configuration grants them.

pub use crate::types::{HttpFailure as Failure, HttpRequest as Request, Response};

/// Sends a request and waits for the response, whatever its status.
///
/// # Errors
/// Returns a [`Failure`] if there is no response.
pub fn send(request: Request) -> Result<Response, Failure> {
    #[cfg(target_arch = "wasm32")]
    return crate::component::send_http(request);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::on_host(|host| host.http(request))
        .unwrap_or_else(|| Err(Failure::Unreachable(crate::testing::NO_HOST.to_owned())))
}
