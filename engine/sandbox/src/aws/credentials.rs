//! Credentials from AWS's standard chain.
//!
//! The chain is: environment, profile (keys, roles, processes, SSO), web identity, container,
//! instance. It is AWS's own code, and sends through this crate's HTTP client.
//!
//! Invariants:
//! - No credentials are looked up before the first request.
//! - Temporary credentials are refreshed before they expire.
//! - No message and no `Debug` output holds a secret.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use kim_model::bounds;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::environment::Environment;
use crate::guest::room::Room;
use crate::net::client::Client;
use crate::net::message::{Request, SendError};

/// Fixed credentials. `Debug` shows the access key id alone.
#[derive(Clone)]
pub struct StaticCredentials {
    /// The id of the access key, `AKIA…`. Not secret.
    pub access_key_id: String,
    /// The secret of the access key.
    pub secret_access_key: String,
    /// The session token; `None` if the credentials are not temporary.
    pub session_token: Option<String>,
}

impl fmt::Debug for StaticCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticCredentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// The credentials of a process, and how to refresh them.
pub(super) struct Credentials {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    keys: Option<Keys>,
    /// When the keys are refreshed, by this machine's monotonic clock; `None`: never.
    until: Option<Instant>,
    chain: Option<SharedCredentialsProvider>,
}

/// How long before they expire temporary credentials are refreshed.
const EARLY: Duration = Duration::from_secs(300);
/// The least time that credentials are kept, whatever the clocks say.
///
/// If AWS says that they expired, they are dropped in any case.
const LEAST: Duration = Duration::from_secs(60);
/// How long the whole chain may take.
///
/// A user may have to type a code into a credential process.
const LONGEST: Duration = bounds::CREDENTIALS.time();

impl Credentials {
    pub(super) fn new(given: Option<StaticCredentials>) -> Credentials {
        let keys = given.map(|given| {
            Keys::new(
                given.access_key_id,
                given.secret_access_key,
                given.session_token,
                None,
                "given outright",
            )
        });
        Credentials { kept: Mutex::new(Kept { keys, until: None, chain: None }) }
    }

    /// Drops credentials that AWS says expired.
    ///
    /// The next [`Credentials::get`] then asks the chain. Returns true if there is a chain to ask.
    /// Fixed credentials have none.
    pub(super) async fn drop_expired(&self, keys: &Keys) -> bool {
        let mut kept = self.kept.lock().await;
        if kept.keys.as_ref() == Some(keys) && kept.chain.is_some() {
            kept.keys = None;
        }
        kept.chain.is_some()
    }

    /// Returns credentials: those that are kept, else those of the chain.
    ///
    /// They are refreshed [`EARLY`] before they expire, or at half of the time that they had left
    /// when the chain gave them. `time` is AWS's. While one caller waits for the chain, the others
    /// wait for its result.
    ///
    /// # Errors
    /// The chain finds none within [`LONGEST`].
    pub(super) async fn get(
        &self,
        environment: &Environment,
        client: &Client,
        region: &str,
        time: SystemTime,
    ) -> Result<Keys, SendError> {
        let mut kept = self.kept.lock().await;
        let holds = kept.until.is_none_or(|until| Instant::now() < until);
        if let Some(keys) = kept.keys.as_ref().filter(|_| holds) {
            return Ok(keys.clone());
        }
        let chain = match &kept.chain {
            Some(chain) => chain.clone(),
            None => kept.chain.insert(chain_of(environment, client, region).await?).clone(),
        };
        let in_time = tokio::time::timeout(LONGEST, chain.provide_credentials()).await;
        let provided = in_time
            .map_err(|_| none_found(&format!("none came within {} s", LONGEST.as_secs())))?;
        let keys = provided.map_err(|error| none_found(&error_text(&error)))?;
        kept.until = keys
            .expiry()
            .map(|end| Instant::now() + kept_for(end.duration_since(time).unwrap_or_default()));
        Ok(kept.keys.insert(keys).clone())
    }
}

/// Returns how long credentials are kept that have this time left.
///
/// A step of the wall clock does not change it: it is measured by the monotonic one.
pub(crate) fn kept_for(left: Duration) -> Duration {
    (left - EARLY.min(left / 2)).max(LEAST)
}

/// Creates AWS's standard chain.
async fn chain_of(
    environment: &Environment,
    client: &Client,
    region: &str,
) -> Result<SharedCredentialsProvider, SendError> {
    let loader = aws_config::defaults(aws_config::BehaviorVersion::latest())
        // AWS documents this method for tests, but it does what is needed: the chain reads the
        // embedder's variables.
        .env(environment.for_aws())
        .region(aws_types::region::Region::new(region.to_owned()))
        .http_client(Bridge(client.clone()));
    loader.load().await.credentials_provider().ok_or_else(|| none_found("the chain is empty"))
}

/// Returns the error for missing credentials.
///
/// The advice comes first, because the chain's reasons fill many lines.
fn none_found(why: &str) -> SendError {
    let why = why
        .replace("the credential provider was not enabled: ", "")
        .replace("the credential provider was ", "");
    SendError::NoCredentials(format!(
        "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose a profile with AWS_PROFILE \
         (`aws configure` and `aws sso login` create one). Why there are none: {why}"
    ))
}

/// Returns the text of an error with all its causes, each once.
pub(super) fn error_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

/// Adapts this crate's HTTP client to the chain's trait.
#[derive(Clone)]
struct Bridge(Client);

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bridge")
    }
}

impl HttpClient for Bridge {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let patience =
            settings.connect_timeout().into_iter().chain(settings.read_timeout()).sum::<Duration>();
        let patience = if patience.is_zero() { LONGEST } else { patience };
        SharedHttpConnector::new(Connector { client: self.0.clone(), patience })
    }
}

/// A client with a timeout.
struct Connector {
    client: Client,
    /// From the start of a request to the end of its answer.
    patience: Duration,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (client, patience) = (self.client.clone(), self.patience);
        HttpConnectorFuture::new(async move {
            let request = outgoing(request).map_err(|error| ConnectorError::user(error.into()))?;
            let in_time = tokio::time::timeout(patience, client.send(request)).await;
            let sent = in_time.map_err(|error| ConnectorError::timeout(error.into()))?;
            let answer = sent.map_err(|error| ConnectorError::io(error.into()))?;
            let mut response = http::Response::builder().status(answer.status);
            for (name, value) in &answer.headers {
                response = response.header(name, value);
            }
            let response = response
                .body(SdkBody::from(answer.body))
                .map_err(|error| ConnectorError::other(error.into(), None))?;
            HttpResponse::try_from(response)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// Converts a request of the chain.
fn outgoing(request: HttpRequest) -> Result<Request, String> {
    let request = request.try_into_http1x().map_err(|error| error.to_string())?;
    let (parts, body) = request.into_parts();
    let url = url::Url::parse(&parts.uri.to_string()).map_err(|error| error.to_string())?;
    let body = body.bytes().ok_or("a body that streams")?.to_vec();
    let mut headers = parts.headers;
    headers.remove(http::header::CONTENT_LENGTH);
    Ok(Request { method: parts.method, url, headers, body: body.into(), room: Room::small() })
}
