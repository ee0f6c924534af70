//! The HTTP/1.1 client that sends everything that leaves the sandbox.
//!
//! Invariants: a redirect is never followed; an answer is bounded in size and time; an error says
//! whether the request may have arrived, and if its host ever answered; nothing is retried.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use kim_model::bounds::{self, SMALL_ANSWER};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, pem::PemObject};

use super::explain;
use super::message::{Answer, Request, SendError, host_and_port};
use super::proxy::Proxies;
use crate::environment::Environment;
use crate::guest::room::Room;

/// The longest body of an answer, in bytes.
const LONGEST_ANSWER: usize = bounds::BODY.most();
/// How long one connect may take.
const CONNECT: Duration = bounds::CONNECTING.time();
/// How long an answer may take, its body included.
///
/// Counts from the start of the request, connecting included.
const ANSWER: Duration = bounds::ANSWER_TIME.time();
/// How long an idle connection is kept for another request.
const IDLE: Duration = Duration::from_secs(15);
/// The status of a proxy that requires a user name and a password.
///
/// "Proxy Authentication Required" (RFC 9110, 15.5.8). Only a proxy answers with it.
const PROXY_ASKS: u16 = 407;

/// The client. All clones share their connections.
///
/// The first request starts it: reading the root certificates takes milliseconds, which a run
/// without network saves.
#[derive(Clone)]
pub(crate) struct Client {
    environment: Arc<Environment>,
    made: Arc<OnceLock<Result<Made, String>>>,
    /// The hosts that answered since the client was created: `host` or `host:port`.
    answered: Arc<Mutex<HashSet<String>>>,
}

/// A started client.
struct Made {
    http: reqwest::Client,
    proxies: Arc<Proxies>,
}

impl Client {
    pub(crate) fn new(environment: &Environment) -> Client {
        Client {
            environment: Arc::new(environment.clone()),
            made: Arc::default(),
            answered: Arc::default(),
        }
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&self, request: Request) -> Result<Answer, SendError> {
        let (host, room) = (host_and_port(&request.url), request.room.clone());
        let started = self.made.get_or_init(|| make(&self.environment)).as_ref();
        let made = started.map_err(|why| SendError::NeverReached(why.clone()))?;
        let proxy = made.proxies.of_url(&request.url).map_err(SendError::NeverReached)?;
        let no_connection = |why: String| {
            if self.has_answered(&host) {
                SendError::ConnectionLost(why)
            } else {
                SendError::NeverReached(why)
            }
        };
        let whole = async {
            let Request { method, url, headers, body, .. } = request;
            let sent = made.http.request(method, url).headers(headers).body(body).send().await;
            let response = sent.map_err(|error| {
                if error.is_connect() || error.is_builder() {
                    no_connection(explain::unreachable(&error, &host, proxy))
                } else {
                    SendError::NoAnswer(explain::broken_off(&error, &host))
                }
            })?;
            if response.status().as_u16() == PROXY_ASKS {
                return Err(no_connection(explain::unknown_to_proxy(&host, proxy)));
            }
            self.answered().insert(host.clone());
            read(response, &host, &room).await
        };
        let late = || Err(SendError::NoAnswer(explain::timeout_message(&host, ANSWER)));
        room.within(ANSWER, whole).await.unwrap_or_else(late)
    }

    fn has_answered(&self, host: &str) -> bool {
        self.answered().contains(host)
    }

    fn answered(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the whole answer.
///
/// Rejects one whose body is longer than [`LONGEST_ANSWER`]. One that is not small waits for room.
async fn read(
    mut response: reqwest::Response,
    host: &str,
    room: &Room,
) -> Result<Answer, SendError> {
    let text = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers = response.headers().iter().filter_map(text).collect();
    let status = response.status().as_u16();
    let mut body = Vec::new();
    let broken_off = |error: reqwest::Error| SendError::NoAnswer(explain::broken_off(&error, host));
    while let Some(chunk) = response.chunk().await.map_err(broken_off)? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(SendError::NoAnswer(explain::too_long(host, LONGEST_ANSWER)));
        }
        if SMALL_ANSWER.is_exceeded_by((body.len() + chunk.len()) as u64) {
            if room.stays_small() {
                return Err(SendError::NoAnswer(explain::too_long(host, SMALL_ANSWER.most())));
            }
            let cut_off = |why| SendError::NoAnswer(format!("the answer of '{host}' {why}"));
            room.grow().await.map_err(cut_off)?;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

/// Starts a client with the proxies and certificates of an environment.
fn make(environment: &Environment) -> Result<Made, String> {
    let proxies = Arc::new(Proxies::of(environment));
    let chosen = proxies.clone();
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(environment)?)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        // If the server closed an idle connection while a change is sent on it, the answer would be
        // lost.
        .pool_idle_timeout(IDLE)
        .http1_only()
        .proxy(reqwest::Proxy::custom(move |url| {
            chosen.of_url(url).ok().flatten().map(|proxy| proxy.url.clone())
        }))
        .build()
        .map_err(|error| {
            format!("the HTTP client does not start: {}", explain::innermost(&error))
        })?;
    Ok(Made { http, proxies })
}

fn tls(environment: &Environment) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS does not start: {error}"))?;
    Ok(config.with_root_certificates(roots(environment)?).with_no_client_auth())
}

/// Returns the root certificates.
///
/// They are those in the file that the environment names, else the machine's, else Mozilla's.
fn roots(environment: &Environment) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = environment.first(&["AWS_CA_BUNDLE", "SSL_CERT_FILE"]) {
        let failed = |why: &dyn std::fmt::Display| explain::no_certificates(file, why);
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| failed(&error))? {
            let certificate = certificate.map_err(|error| failed(&error))?;
            roots.add(certificate).map_err(|error| failed(&error))?;
        }
        return if roots.is_empty() { Err(failed(&"there are none in it")) } else { Ok(roots) };
    }
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}
