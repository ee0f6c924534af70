//! The capability `aws`: the way of plugins to AWS.
//!
//! Invariants: the host picks endpoint, region and credentials, signs, limits and repeats; a guest only says which
//! service and what. A request that may have changed something is sent again only if the last answer says that nothing
//! happened. No credential, signature or body is ever part of a message.
//!
//! Each file uses only those before it: `endpoint`, `credentials`, `profile`, `clock`, `sign`, `request`, `answer`,
//! `limiter`, `notices`, `retry`, `advice`, `not_aws`; this one, the way itself, uses all.

pub(crate) mod advice;
mod answer;
mod clock;
mod credentials;
pub(crate) mod endpoint;
pub(crate) mod limiter;
mod not_aws;
mod notices;
mod profile;
pub(crate) mod request;
pub(crate) mod retry;
mod sign;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_credential_types::Credentials as Keys;
use tokio::sync::OnceCell;

use crate::environment::Environment;
use crate::net::client::Client;
use crate::net::faults::{self, Fate, Faults};
use crate::net::message::{Answer, Egress, place};
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

/// How to reach AWS; what is `None` comes from the environment and the profile, as with every tool of AWS.
#[derive(Clone, Debug, Default)]
pub struct AwsSettings {
    /// The region, `eu-central-1`.
    pub region: Option<String>,
    /// The profile of `~/.aws/config`.
    pub profile: Option<String>,
    /// One endpoint for all services, `http://127.0.0.1:4566`.
    pub endpoint: Option<String>,
    /// Credentials that take the place of the standard chain (for the local AWS).
    pub credentials: Option<StaticCredentials>,
    /// How often a request is sent at most; `None`: `AWS_MAX_ATTEMPTS`, else 8.
    pub max_attempts: Option<u32>,
}

/// The way to AWS, one for all plugins of a process.
pub struct Aws {
    settings: AwsSettings,
    environment: Environment,
    client: Client,
    profile: OnceCell<Profile>,
    credentials: Credentials,
    clock: Clock,
    account: OnceCell<String>,
    limiters: Mutex<HashMap<(String, String, String), Arc<Limiter>>>,
    news: News,
    /// Nothing is tried again any more.
    given_up: tokio::sync::watch::Sender<bool>,
    faults: Option<Arc<dyn Faults>>,
}

/// How often a request is sent where nothing says otherwise.
const ATTEMPTS: u32 = 8;

impl Aws {
    /// A way to AWS. Nothing is read or sent before the first use.
    pub fn new(settings: AwsSettings, environment: Environment) -> Arc<Aws> {
        Aws::that_may_fail(settings, environment, None)
    }

    /// The same, but `faults` decides what becomes of each request of a plugin. A fault is what is left when all
    /// attempts are over, so that the plugin gets to know of it.
    pub fn with_faults(settings: AwsSettings, environment: Environment, faults: Arc<dyn Faults>) -> Arc<Aws> {
        Aws::that_may_fail(settings, environment, Some(faults))
    }

    fn that_may_fail(settings: AwsSettings, environment: Environment, faults: Option<Arc<dyn Faults>>) -> Arc<Aws> {
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
            given_up: tokio::sync::watch::Sender::new(false),
            faults,
        })
    }

    /// Says where news goes that people want to hear while they wait: that AWS throttles, that the clock is off. The
    /// first one who asks gets it.
    pub fn on_news(&self, listener: OnNews) {
        self.news.goes_to(listener);
    }

    /// From now on nothing is sent again and nothing waits for its turn: what AWS answers is the answer.
    pub fn give_up(&self) {
        self.given_up.send_replace(true);
    }

    /// Region and account, for a line that tells a person where they are. The account is `None` where it cannot be had
    /// (no credentials, no connection); the region likewise.
    pub async fn describe(&self) -> (Option<String>, Option<String>) {
        (self.region().await.ok(), self.account().await.ok())
    }

    /// The configured region.
    ///
    /// # Errors
    /// None is configured, or the profile cannot be read.
    pub async fn region(&self) -> Result<String, Egress> {
        let region = match (&self.settings.region, self.environment.first(&["AWS_REGION", "AWS_DEFAULT_REGION"])) {
            (Some(region), _) => region.clone(),
            (None, Some(region)) => region.to_owned(),
            (None, None) => self.profile().await?.region().ok_or_else(|| {
                Egress::NoWay(
                    "no AWS region is configured; set AWS_REGION, or `region` in the project's settings or the profile"
                        .to_owned(),
                )
            })?,
        };
        endpoint::expect_name("region", &region).map_err(|why| {
            Egress::NoWay(format!(
                "{why}: they look like eu-central-1. Correct AWS_REGION, or `region` in the table [aws] or the profile"
            ))
        })?;
        Ok(region)
    }

    /// The account, asked of STS once.
    ///
    /// # Errors
    /// There are no credentials, STS cannot be reached, or it refuses them.
    pub async fn account(&self) -> Result<String, Egress> {
        self.account.get_or_try_init(|| self.ask_account()).await.cloned()
    }

    async fn ask_account(&self) -> Result<String, Egress> {
        let call = Call {
            service: "sts".to_owned(),
            region: None,
            method: "POST".to_owned(),
            path_and_query: "/".to_owned(),
            headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
            body: b"Action=GetCallerIdentity&Version=2011-06-15".to_vec(),
        };
        let answer = self.send(call, &|_, _| {}).await?;
        let text = String::from_utf8_lossy(&answer.body);
        let account = text.split_once("<Account>").and_then(|(_, rest)| rest.split_once("</Account>"));
        match account {
            Some((account, _)) if answer.status == 200 => Ok(account.trim().to_owned()),
            _ => {
                let code = error_code(&answer).unwrap_or_else(|| "no error code".to_owned());
                let advice = advice::advice(&answer).unwrap_or_else(|| "They may be wrong or expired".to_owned());
                Err(Egress::NoCredentials(format!(
                    "STS does not say which account the credentials belong to: HTTP {}, {code}. {advice}",
                    answer.status
                )))
            }
        }
    }

    /// Sends a request of a plugin that may use the service.
    pub(crate) async fn send(&self, call: Call, on_event: OnEvent<'_>) -> Result<Answer, Egress> {
        let endpoint = self.endpoint(&call.service, call.region.as_deref()).await?;
        let keys = self.keys(&endpoint).await?;
        let limiter = self.limiter(keys.access_key_id(), &endpoint.region, &call.service);
        let request =
            Prepared { headers: sign::headers(&call.headers)?, url: endpoint.url(&call.path_and_query)?, call };
        let waiting = retry::Waiting { limiter: &limiter, on_event, news: &self.news, given_up: &self.given_up };
        let plan = retry::Plan::new(&request.call, self.attempts());
        let (host, url) = (place(&request.url), request.url.as_str());
        let fate = self.faults.as_ref().map_or(Fate::Arrives, |faults| faults.fate(&request.call.method, url));
        let sent = plan.carry_out(waiting, || self.send_once(&request, &endpoint));
        let answer = faults::suffer(fate, &host, sent).await?;
        // Not before: what is no answer of AWS is a reason to send nothing again, above all no change.
        not_aws::refuse(answer, &host)
    }

    /// Sends a request that only lacks its signature. One that AWS refuses unread, because of its time or because its
    /// credentials are over, goes out once more where the other time or other credentials may pass.
    async fn send_once(&self, request: &Prepared, endpoint: &Endpoint) -> Result<Answer, Egress> {
        // Asked for anew each time: a long wait may outlive temporary credentials.
        let keys = self.keys(endpoint).await?;
        let signed_at = self.clock.now();
        let answer = self.client.send(request.signed(endpoint, &keys, signed_at)?).await?;
        if !advice::may_be_for_the_time(&answer) {
            return Ok(answer);
        }
        let other = match self.clock.put_right(&answer, signed_at) {
            Some((difference, is_news)) => {
                if is_news {
                    self.news.warn(&format!("{difference}; requests are signed with AWS's time. Set the clock"));
                }
                keys
            }
            None if advice::are_over(&answer) && self.credentials.are_over(&keys).await => {
                let other = self.keys(endpoint).await?;
                if other == keys {
                    return Ok(answer);
                }
                other
            }
            None => return Ok(answer),
        };
        self.client.send(request.signed(endpoint, &other, self.clock.now())?).await
    }

    async fn keys(&self, endpoint: &Endpoint) -> Result<Keys, Egress> {
        self.credentials.get(&self.environment, &self.client, &endpoint.region).await
    }

    /// Where a service is, and which region its requests are signed for.
    async fn endpoint(&self, service: &str, wanted: Option<&str>) -> Result<Endpoint, Egress> {
        let region = self.region().await?;
        let endpoint = Endpoint::standard(service, &region)?;
        if let Some(wanted) = wanted.filter(|wanted| *wanted != endpoint.region && *wanted != region) {
            return Err(Egress::Forbidden(format!(
                "a plugin asked for the AWS region '{wanted}'; this stack is in '{region}'"
            )));
        }
        match self.configured_endpoint(service).await? {
            Some(url) => endpoint.at(&url),
            None => Ok(endpoint),
        }
    }

    async fn configured_endpoint(&self, service: &str) -> Result<Option<String>, Egress> {
        match &self.settings.endpoint {
            Some(endpoint) => Ok(Some(endpoint.clone())),
            None => Ok(self.profile().await?.endpoint(&self.environment, service)),
        }
    }

    async fn profile(&self) -> Result<&Profile, Egress> {
        self.profile.get_or_try_init(|| Profile::load(&self.environment)).await
    }

    fn attempts(&self) -> u32 {
        let from_environment = || self.environment.get("AWS_MAX_ATTEMPTS")?.parse().ok();
        self.settings.max_attempts.or_else(from_environment).unwrap_or(ATTEMPTS).max(1)
    }

    /// The limiter of an account (by its key), region and service.
    fn limiter(&self, account: &str, region: &str, service: &str) -> Arc<Limiter> {
        let key = (account.to_owned(), region.to_owned(), service.to_owned());
        self.limiters.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone()
    }
}
