//! The capability `aws`: sends the requests of plugins to AWS.
//!
//! Invariants:
//! - The host picks endpoint, region and credentials. It signs, limits the rate and retries. A
//!   guest only names a service and gives the request.
//! - A request that may change something is retried only if it is certain that the last attempt
//!   changed nothing.
//! - No message holds a credential, a signature or a request's body.
//!
//! Each file uses only those before it: `endpoint`, `credentials`, `profile`, `clock`, `sign`,
//! `request`, `answer`, `limiter`, `notices`, `retry`, `advice`, `not_aws`. This one uses all.

pub(crate) mod advice;
mod answer;
mod clock;
pub(crate) mod credentials;
pub(crate) mod endpoint;
pub(crate) mod limiter;
mod not_aws;
mod notices;
mod profile;
pub(crate) mod request;
pub(crate) mod retry;
mod sign;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_credential_types::Credentials as Keys;
use kim_engine::Interrupt;
use kim_model::bounds;
use tokio::sync::OnceCell;

use crate::environment::Environment;
use crate::guest::room::Room;
use crate::net::client::Client;
use crate::net::faults::{self, Delivery, Faults};
use crate::net::message::{self, Answer, SendError, host_and_port};
use answer::error_code;
use clock::Clock;
use credentials::Credentials;
pub use credentials::StaticCredentials;
use endpoint::Endpoint;
use limiter::Limiter;
use notices::News;
pub use notices::OnNews;
use profile::Profile;
use request::{Call, OnEvent, Prepared};

/// How to reach AWS.
///
/// A field that is `None` is taken from the environment, then the profile, as AWS's own tools do.
#[derive(Clone, Debug, Default)]
pub struct AwsSettings {
    /// The region, `eu-central-1`.
    ///
    /// `None`: `AWS_REGION`, else `AWS_DEFAULT_REGION`, else the profile's.
    pub region: Option<String>,
    /// The name of a profile in `~/.aws/config` or `~/.aws/credentials`.
    ///
    /// `None`: `AWS_PROFILE`, else `default`.
    pub profile: Option<String>,
    /// One endpoint for all services, `http://127.0.0.1:4566`.
    ///
    /// `None`: what the environment or the profile sets for the service or for all services, else
    /// AWS's own.
    pub endpoint: Option<String>,
    /// Credentials to use instead of AWS's standard chain.
    ///
    /// For the local AWS. They are never refreshed.
    pub credentials: Option<StaticCredentials>,
    /// The most attempts per request, the first one included.
    ///
    /// `None`: `AWS_MAX_ATTEMPTS`, else 8. 0 counts as 1.
    pub max_attempts: Option<u32>,
}

/// Sends requests to AWS. One serves all plugins of a process.
///
/// The plugins share its credentials, rate limits and clock.
pub struct Aws {
    settings: AwsSettings,
    environment: Environment,
    client: Client,
    profile: OnceCell<Profile>,
    credentials: Credentials,
    clock: Clock,
    account: OnceCell<String>,
    /// The rate limits, by access key id, region and service.
    limiters: Mutex<HashMap<(String, String, String), Arc<Limiter>>>,
    news: News,
    on_secret: OnceLock<OnSecret>,
    faults: Option<Arc<dyn Faults>>,
}

/// Receives a secret of the credentials.
///
/// It is the secret access key, or the session token.
///
/// Called from any thread; calls may overlap and repeat.
pub type OnSecret = Arc<dyn Fn(&str) + Send + Sync>;

/// The least length of a secret of the credentials that its receiver gets.
///
/// AWS's own have 40 characters and more. Shorter ones stand in for one, often a word (`testing`).
const SECRET: usize = 16;

/// The default of the most attempts per request, the first one included.
const ATTEMPTS: u32 = bounds::REQUEST_ATTEMPTS.most() as u32;

impl Aws {
    /// Creates one. Nothing is read or sent before the first use.
    pub fn new(settings: AwsSettings, environment: Environment) -> Arc<Aws> {
        Aws::with_faults_opt(settings, environment, None)
    }

    /// Creates one in which `faults` decides what becomes of each request.
    ///
    /// For tests of plugins. A fault stands for the result of all attempts. It is not retried, so
    /// the plugin sees it.
    pub fn with_faults(
        settings: AwsSettings,
        environment: Environment,
        faults: Arc<dyn Faults>,
    ) -> Arc<Aws> {
        Aws::with_faults_opt(settings, environment, Some(faults))
    }

    /// Creates one. If `faults` is set, it decides what becomes of each request.
    fn with_faults_opt(
        settings: AwsSettings,
        environment: Environment,
        faults: Option<Arc<dyn Faults>>,
    ) -> Arc<Aws> {
        let environment = match &settings.profile {
            Some(profile) => environment.with("AWS_PROFILE", profile),
            None => environment,
        };
        let client = Client::new(&environment);
        Arc::new(Aws {
            credentials: Credentials::new(settings.credentials.clone()),
            settings,
            environment,
            client,
            clock: Clock::default(),
            profile: OnceCell::new(),
            account: OnceCell::new(),
            limiters: Mutex::default(),
            news: News::default(),
            on_secret: OnceLock::new(),
            faults,
        })
    }

    /// Sets the receiver of notices to users.
    ///
    /// Notices say that AWS throttles, that the network fails, that the clock is wrong. The first
    /// receiver stays; later calls do not replace it. It receives the warnings that came before it.
    pub fn on_news(&self, listener: OnNews) {
        self.news.goes_to(listener);
    }

    /// Sets the receiver of the secrets of the credentials.
    ///
    /// It gets them before a request is signed with them: an answer may repeat them. The first
    /// receiver stays. An embedder gives them to its [gate for words](kim_engine::Gate).
    pub fn on_secret(&self, listener: OnSecret) {
        self.on_secret.get_or_init(|| listener);
    }

    /// Returns the region and the account, to show to a user.
    ///
    /// Each is `None` if it cannot be found out. STS is asked for the account (see
    /// [`Aws::account`]), so it is `None` without credentials or connection.
    pub async fn describe(&self) -> (Option<String>, Option<String>) {
        (self.region().await.ok(), self.account().await.ok())
    }

    /// Returns the configured region. Sends nothing.
    ///
    /// # Errors
    /// No region is configured, its name is not valid, or the profile cannot be read.
    pub async fn region(&self) -> Result<String, SendError> {
        let region = match (&self.settings.region, self.environment.first(&["AWS_REGION", "AWS_DEFAULT_REGION"])) {
            (Some(region), _) => region.clone(),
            (None, Some(region)) => region.to_owned(),
            (None, None) => self.profile().await?.region().ok_or_else(|| {
                SendError::NeverReached(
                    "no AWS region is configured; set AWS_REGION, or `region` in the project's settings or the profile"
                        .to_owned(),
                )
            })?,
        };
        endpoint::expect_name("region", &region).map_err(|why| {
            SendError::NeverReached(format!(
                "{why}: they look like eu-central-1. Correct AWS_REGION, or `region` in the table [aws] or the profile"
            ))
        })?;
        Ok(region)
    }

    /// Returns the id of the account that the credentials belong to.
    ///
    /// Asks STS (`GetCallerIdentity`) at the first call and keeps the answer. After an error the
    /// next call asks again.
    ///
    /// # Errors
    /// There are no credentials, STS cannot be reached, or it rejects them.
    pub async fn account(&self) -> Result<String, SendError> {
        self.account_unless_interrupted(&Interrupt::default()).await
    }

    /// Returns the account as [`Aws::account`] does, without waits after an interrupt.
    pub(crate) async fn account_unless_interrupted(
        &self,
        interrupt: &Interrupt,
    ) -> Result<String, SendError> {
        self.account.get_or_try_init(|| self.ask_account(interrupt)).await.cloned()
    }

    async fn ask_account(&self, interrupt: &Interrupt) -> Result<String, SendError> {
        let call = Call {
            service: "sts".to_owned(),
            region: None,
            method: "POST".to_owned(),
            path_and_query: "/".to_owned(),
            headers: vec![(
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            )],
            body: bytes::Bytes::from_static(b"Action=GetCallerIdentity&Version=2011-06-15"),
            room: Room::small(),
        };
        let answer = self.send(call, &|_, _| {}, interrupt).await?;
        let text = String::from_utf8_lossy(&answer.body);
        let account =
            text.split_once("<Account>").and_then(|(_, rest)| rest.split_once("</Account>"));
        match account {
            Some((account, _)) if answer.status == 200 => Ok(account.trim().to_owned()),
            _ => {
                let code = error_code(&answer).unwrap_or_else(|| "no error code".to_owned());
                let advice = advice::advice(&answer)
                    .unwrap_or_else(|| "They may be wrong or expired".into())
                    .text;
                Err(SendError::NoCredentials(format!(
                    "STS does not say which account the credentials belong to: HTTP {}, {code}. {advice}",
                    answer.status
                )))
            }
        }
    }

    /// Sends a request, with retries.
    ///
    /// The caller has checked that the plugin may use the service. `on_event` receives a line for
    /// each retry. After an interrupt it waits for nothing but the answer of an attempt in flight.
    pub(crate) async fn send(
        &self,
        call: Call,
        on_event: OnEvent<'_>,
        interrupt: &Interrupt,
    ) -> Result<Answer, SendError> {
        let method = message::method(&call.method)?;
        let endpoint = self.endpoint(&call.service, call.region.as_deref()).await?;
        let url = endpoint.url(&call.path_and_query)?;
        let plan = retry::Plan::new(&call, self.attempts());
        let keys = retry::unless_interrupted(interrupt, self.keys(&endpoint)).await;
        let keys = keys.unwrap_or_else(|| Err(plan.not_sent()))?;
        let limiter = self.limiter(keys.access_key_id(), &endpoint.region, &call.service);
        let request = Prepared { headers: sign::headers(&call.headers)?, method, url, call };
        let waiting = retry::Waiting { limiter: &limiter, on_event, news: &self.news, interrupt };
        let (host, url) = (host_and_port(&request.url), request.url.as_str());
        let delivery = self
            .faults
            .as_ref()
            .map_or(Delivery::Arrives, |faults| faults.delivery(&request.call.method, url));
        if let Delivery::Late(late) = delivery {
            let (client, request) =
                (self.client.clone(), request.signed(&endpoint, &keys, self.clock.now())?);
            return Err(late.keep(&host, async move { client.send(request).await }));
        }
        let sent = plan.carry_out(waiting, || self.send_once(&request, &endpoint, interrupt));
        let answer = faults::apply_fault(delivery, &host, sent).await?;
        // Checked only after the retries: an answer that is not from AWS never causes a retry,
        // least of all of a change.
        not_aws::refuse(answer, &host)
    }

    /// Signs and sends a request.
    ///
    /// AWS rejects a request unread if its time is wrong or its credentials expired. If a corrected
    /// time or refreshed credentials may help, the request is signed and sent once more.
    async fn send_once(
        &self,
        request: &Prepared,
        endpoint: &Endpoint,
        interrupt: &Interrupt,
    ) -> Result<Answer, SendError> {
        // Looked up for each attempt: temporary credentials may expire during a long wait.
        let keys = self.keys(endpoint).await?;
        let signed_at = self.clock.now();
        let answer = self.client.send(request.signed(endpoint, &keys, signed_at)?).await?;
        if !advice::may_be_for_the_time(&answer) {
            return Ok(answer);
        }
        let other = match self.clock.put_right(&answer, signed_at) {
            Some((difference, is_news)) => {
                if is_news {
                    self.news.warn(&format!(
                        "{difference}; requests are signed with AWS's time. Set the clock"
                    ));
                }
                keys
            }
            None if advice::says_expired(&answer) && self.credentials.drop_expired(&keys).await => {
                let other = self.keys(endpoint).await?;
                if other == keys {
                    return Ok(answer);
                }
                other
            }
            None => return Ok(answer),
        };
        if !interrupt.allows_request().await {
            return Ok(answer);
        }
        self.client.send(request.signed(endpoint, &other, self.clock.now())?).await
    }

    async fn keys(&self, endpoint: &Endpoint) -> Result<Keys, SendError> {
        let (environment, time) = (&self.environment, self.clock.now());
        let keys = self.credentials.get(environment, &self.client, &endpoint.region, time).await?;
        if let Some(listener) = self.on_secret.get() {
            let secrets = [Some(keys.secret_access_key()), keys.session_token()];
            let long = secrets.into_iter().flatten().filter(|secret| secret.len() >= SECRET);
            long.for_each(|secret| listener(secret));
        }
        Ok(keys)
    }

    /// Returns the endpoint of a service.
    ///
    /// `wanted` is the region that the plugin asked for, if it did.
    ///
    /// # Errors
    /// The plugin asked for a region other than the stack's, or the configuration is not valid.
    async fn endpoint(&self, service: &str, wanted: Option<&str>) -> Result<Endpoint, SendError> {
        let region = self.region().await?;
        let endpoint = Endpoint::standard(service, &region)?;
        if let Some(wanted) =
            wanted.filter(|wanted| *wanted != endpoint.region && *wanted != region)
        {
            return Err(SendError::Forbidden(format!(
                "a plugin asked for the AWS region '{wanted}'; this stack is in '{region}'"
            )));
        }
        match self.configured_endpoint(service).await? {
            Some(url) => endpoint.at(&url),
            None => Ok(endpoint),
        }
    }

    async fn configured_endpoint(&self, service: &str) -> Result<Option<String>, SendError> {
        match &self.settings.endpoint {
            Some(endpoint) => Ok(Some(endpoint.clone())),
            None => Ok(self.profile().await?.endpoint(&self.environment, service)),
        }
    }

    async fn profile(&self) -> Result<&Profile, SendError> {
        self.profile.get_or_try_init(|| Profile::load(&self.environment)).await
    }

    fn attempts(&self) -> u32 {
        let from_environment = || self.environment.get("AWS_MAX_ATTEMPTS")?.parse().ok();
        self.settings.max_attempts.or_else(from_environment).unwrap_or(ATTEMPTS).max(1)
    }

    /// Returns the limiter of an account, region and service.
    ///
    /// `account` is the access key id, used as the key of the account.
    fn limiter(&self, account: &str, region: &str, service: &str) -> Arc<Limiter> {
        let key = (account.to_owned(), region.to_owned(), service.to_owned());
        self.limiters.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone()
    }
}

/// Returns what is said to users of an answer.
///
/// That is its error code, advice, and that it is not AWS's. For `tests/fuzz`: otherwise an answer
/// has to come over a network.
#[doc(hidden)]
pub fn read_answer(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> String {
    let answer = Answer { status, headers, body };
    let now = std::time::SystemTime::now();
    let code = error_code(&answer).unwrap_or_default();
    let advice = advice::advice(&answer).map(|advice| advice.text).unwrap_or_default();
    let difference = Clock::default().put_right(&answer, now);
    let difference = difference.map(|(difference, _)| difference.to_string()).unwrap_or_default();
    let refusal = not_aws::refuse(answer, "host").err();
    let refusal = refusal.map(|error| error.to_string()).unwrap_or_default();
    [code, advice, difference, refusal].join("\n")
}
