//! Signatures (SigV4), made by AWS's own code.
//!
//! Invariant: the headers of a signature that a guest set are removed before the request is signed.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign as make_signature,
};
use aws_sigv4::sign::v4;
use http::HeaderMap;

use crate::net::message::{Request, SendError};

/// Returns a guest's headers without those of the signature and of the connection.
///
/// Of AWS's own headers (`x-amz-…`) a guest may set only the name of the operation, `x-amz-target`.
///
/// # Errors
/// A name or value is not valid in HTTP.
pub(super) fn headers(given: &[(String, String)]) -> Result<HeaderMap, SendError> {
    let kept = |name: &str| {
        name != "authorization" && (!name.starts_with("x-amz-") || name == "x-amz-target")
    };
    crate::net::http::headers(given, kept).map_err(SendError::Forbidden)
}

/// Adds date, digest of the body and signature to a request.
pub(super) fn sign(
    request: Request,
    service: &str,
    region: &str,
    credentials: &Credentials,
    time: SystemTime,
) -> Result<Request, SendError> {
    // These errors name parameters and URLs, never keys.
    let failed = |error: &dyn std::error::Error| {
        SendError::Forbidden(format!(
            "a request to '{service}' cannot be signed: {}",
            super::credentials::error_text(error)
        ))
    };
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(time)
        .settings(settings(service))
        .build()
        .map_err(|error| failed(&error))?
        .into();
    let headers = request
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let body = SignableBody::Bytes(&request.body);
    let signable =
        SignableRequest::new(request.method.as_str(), request.url.as_str(), headers, body)
            .map_err(|error| failed(&error))?;
    let (instructions, _) =
        make_signature(signable, &params).map_err(|error| failed(&error))?.into_parts();
    let mut carrier = http::Request::new(());
    *carrier.headers_mut() = request.headers;
    instructions.apply_to_request_http1x(&mut carrier);
    Ok(Request { headers: carrier.into_parts().0.headers, ..request })
}

fn settings(service: &str) -> SigningSettings {
    let mut settings = SigningSettings::default();
    // Some services and emulators read the digest of the body from this header alone.
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    settings
}
