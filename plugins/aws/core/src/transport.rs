//! The AWS SDK's HTTP client over the host's `aws` interface.
//!
//! Invariants: the SDK's endpoint rules choose the region and the service to sign for. They choose
//! nothing else of the address: the host ignores the authority and takes its own. The two private
//! headers never leave this module.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{
    AuthScheme, AuthSchemeEndpointConfig, AuthSchemeId, Sign,
};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityFuture, ResolveIdentity, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use kim_plugin::aws;

const SERVICE: &str = "x-kim-signing-service";
const REGION: &str = "x-kim-signing-region";

/// Sends the SDK's requests through the host.
#[derive(Clone, Copy, Debug)]
pub struct HostClient;

impl HttpClient for HostClient {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(HostClient)
    }
}

impl HttpConnector for HostClient {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(send(request))
    }
}

fn send(mut request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let unsigned = || ConnectorError::user("the SDK chose no service to sign for".into());
    let service = request.headers_mut().remove(SERVICE).ok_or_else(unsigned)?;
    let region = request.headers_mut().remove(REGION);
    let body = request.body().bytes();
    let body = body
        .ok_or_else(|| ConnectorError::user("a streaming body cannot pass to the host".into()))?;
    let answer = aws::send(aws::Request {
        service,
        region,
        method: request.method().to_owned(),
        path_and_query: path_and_query(request.uri()).to_owned(),
        headers: request
            .headers()
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: body.to_vec(),
    });
    // The typed failure travels as the error's source; `failure` takes it out again.
    let answer = answer.map_err(|failure| ConnectorError::io(failure.into()))?;
    response(answer).map_err(|broken| ConnectorError::other(broken, None))
}

fn response(answer: aws::Response) -> Result<HttpResponse, BoxError> {
    let mut response =
        HttpResponse::new(StatusCode::try_from(answer.status)?, SdkBody::from(answer.body));
    for (name, value) in answer.headers {
        response.headers_mut().try_append(name, value)?;
    }
    Ok(response)
}

/// Returns the part of a URI after the authority, at least `/`.
fn path_and_query(uri: &str) -> &str {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    rest.find('/').map_or("/", |slash| &rest[slash..])
}

/// Stands in for SigV4: the host signs.
///
/// It records the service and region for which the SDK's endpoint rules want the request signed.
#[derive(Clone, Copy, Debug)]
pub struct HostSigner;

impl AuthScheme for HostSigner {
    fn scheme_id(&self) -> AuthSchemeId {
        AuthSchemeId::new("sigv4")
    }

    fn identity_resolver(&self, _: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        Some(SharedIdentityResolver::new(HostSigner))
    }

    fn signer(&self) -> &dyn Sign {
        self
    }
}

impl ResolveIdentity for HostSigner {
    fn resolve_identity<'a>(
        &'a self,
        _: &'a RuntimeComponents,
        _: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        // The SDK requires an identity. A guest has none.
        IdentityFuture::ready(Ok(Identity::new((), None)))
    }
}

impl Sign for HostSigner {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        _: &Identity,
        endpoint: AuthSchemeEndpointConfig<'_>,
        _: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        let chosen =
            |name: &str| endpoint.get(name).and_then(|value| value.as_string()).map(str::to_owned);
        let service = chosen("signingName")
            .or_else(|| config.load::<SigningName>().map(|name| name.as_ref().to_owned()));
        let region = chosen("signingRegion")
            .or_else(|| config.load::<SigningRegion>().map(|name| name.as_ref().to_owned()));
        let service = service.ok_or("the SDK's endpoint rules name no service to sign for")?;
        request.headers_mut().try_insert(SERVICE, service)?;
        if let Some(region) = region {
            request.headers_mut().try_insert(REGION, region)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kim_plugin::testing::{Host, with_host};

    #[test]
    fn only_path_and_query_reach_the_host() {
        for (uri, expected) in [
            ("https://ec2.eu-central-1.amazonaws.com/?Action=X", "/?Action=X"),
            ("https://iam.amazonaws.com", "/"),
            ("/policies/policy-1", "/policies/policy-1"),
        ] {
            assert_eq!(path_and_query(uri), expected);
        }
    }

    struct Echo;

    impl Host for Echo {
        fn aws(&mut self, request: aws::Request) -> Result<aws::Response, aws::Failure> {
            assert_eq!(
                (request.service.as_str(), request.region.as_deref()),
                ("iam", Some("us-east-1"))
            );
            assert_eq!(request.headers, [("content-type".to_owned(), "text/plain".to_owned())]);
            Ok(aws::Response { status: 418, headers: request.headers, body: request.body })
        }
    }

    fn request() -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from("tea"));
        request.set_uri("https://iam.amazonaws.com/").unwrap();
        request.headers_mut().insert("content-type", "text/plain");
        request.headers_mut().insert(SERVICE, "iam");
        request.headers_mut().insert(REGION, "us-east-1");
        request
    }

    #[test]
    fn a_request_reaches_the_host_without_the_private_headers() {
        let answer = with_host(Echo, || send(request())).unwrap();
        assert_eq!(answer.status().as_u16(), 418);
        assert_eq!(answer.body().bytes(), Some(b"tea".as_slice()));
    }

    #[test]
    fn a_failure_of_the_host_keeps_its_type() {
        let error = send(request()).unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        assert!(matches!(source.downcast_ref(), Some(aws::Failure::Unreachable(_))));
    }
}
