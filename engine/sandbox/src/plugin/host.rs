//! The interfaces `host`, `aws` and `http`: all that a plugin can ask of the host.
//!
//! Invariant: a request that is not both covered by the schema and granted is rejected here, before
//! it is sent.

use std::sync::Arc;

use kim_engine::Interrupt;
use kim_model::Remedy;
use kim_model::wire::lower;
use wasmtime_wasi::{WasiCtxView, WasiView};

use super::bindings::kim::plugin::{aws, host, http};
use super::bindings::wire;
use super::permissions::Denial;
use super::shared::Shared;
use crate::aws::advice::{self, Advice};
use crate::aws::request::Call;
use crate::aws::retry;
use crate::guest::log::{Level, OnLine, shortened};
use crate::guest::room::Room;
use crate::guest::wasi::Guest;
use crate::net::http::{HttpCall, host_and_port_in};
use crate::net::message::SendError;

/// The state of one plugin instance.
///
/// It holds its guest, what it may do, and what the host knows of its requests.
pub(crate) struct Caller {
    pub(crate) guest: Guest,
    /// Receives its lines.
    on_line: OnLine,
    /// Whose answer it is waiting for, to show to a user.
    ///
    /// `None` while it waits for none.
    pub(super) awaiting: Option<String>,
    /// `None` for an instance that only returns its schema.
    able: Option<Able>,
    /// What the host knows of the last request, if it failed, and the plugin does not.
    diagnosis: Option<RequestDiagnosis>,
    /// True if a request may have changed something.
    changed: bool,
    /// Ends the waits of its requests.
    interrupt: Interrupt,
    /// The room of its operation.
    room: Room,
}

/// What the host knows of a failed request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum RequestDiagnosis {
    /// It never left, and a retry will hardly help. The text says why.
    ///
    /// No earlier request may have changed something.
    NeverReached(String),
    /// It was not sent, because the run was interrupted. The text says what.
    ///
    /// No earlier request may have changed something.
    Interrupted(String),
    /// It was not sent, because the project does not grant what the schema requests.
    NotGranted(Remedy),
    /// Advice for the user: AWS rejected or throttled the caller, or no answer came.
    Advice(Advice),
    /// Its retries are exhausted, or cut off by an interrupt.
    ///
    /// `advice` is for the user, if there is some. `changed` is true if this or an earlier request
    /// may have changed something.
    RetriesExhausted { advice: Option<Advice>, changed: bool },
}

/// The advice if no answer came.
const UNANSWERED: &str =
    "Check the network and what is in the way (a proxy, a firewall), or try again later";

/// What an instance may use.
struct Able {
    shared: Arc<Shared>,
    /// True if it may use the network. False while it checks or prices.
    network: bool,
}

impl Caller {
    /// Creates the state of an instance that can reach nothing.
    pub(super) fn unable(guest: Guest, on_line: OnLine) -> Caller {
        Caller::with(guest, on_line, None, Interrupt::default(), Room::default())
    }

    /// Creates the state of an instance for one operation.
    ///
    /// `network` is true if the operation may use the network. An interrupt ends the waits of its
    /// requests.
    pub(super) fn new(
        guest: Guest,
        on_line: OnLine,
        shared: Arc<Shared>,
        network: bool,
        interrupt: Interrupt,
        room: Room,
    ) -> Caller {
        Caller::with(guest, on_line, Some(Able { shared, network }), interrupt, room)
    }

    fn with(
        guest: Guest,
        on_line: OnLine,
        able: Option<Able>,
        interrupt: Interrupt,
        room: Room,
    ) -> Caller {
        let (awaiting, diagnosis, changed) = (None, None, false);
        Caller { guest, on_line, awaiting, able, diagnosis, changed, interrupt, room }
    }

    /// Takes what the host knows of the last request, if it failed.
    pub(super) fn take_diagnosis(&mut self) -> Option<RequestDiagnosis> {
        self.diagnosis.take()
    }

    /// Records how a request ended.
    ///
    /// `reads` is true if the request changes nothing. `refused` is advice for the user, if AWS
    /// rejected or throttled the caller. `retries_exhausted` is true if the result is a reason to
    /// retry, but no attempt was left.
    fn remember<T>(
        &mut self,
        answer: &Result<T, SendError>,
        reads: bool,
        refused: Option<Advice>,
        retries_exhausted: bool,
    ) {
        let left = !matches!(
            answer,
            Err(SendError::Forbidden(_)
                | SendError::NoCredentials(_)
                | SendError::ConnectionLost(_)
                | SendError::NeverReached(_)
                | SendError::Interrupted(_))
        );
        self.changed |= left && !reads && refused.is_none();
        let advice = refused
            .or_else(|| matches!(answer, Err(SendError::NoAnswer(_))).then(|| UNANSWERED.into()));
        self.diagnosis = match answer {
            // It explains the whole operation only if no earlier request may have changed
            // something.
            Err(SendError::NeverReached(why)) => {
                (!self.changed).then(|| RequestDiagnosis::NeverReached(why.clone()))
            }
            Err(SendError::Interrupted(why)) => {
                (!self.changed).then(|| RequestDiagnosis::Interrupted(why.clone()))
            }
            _ if retries_exhausted => {
                Some(RequestDiagnosis::RetriesExhausted { advice, changed: self.changed })
            }
            _ => advice.map(RequestDiagnosis::Advice),
        };
    }

    /// Returns true if a request of the operation may have changed something.
    pub(super) fn may_have_changed(&self) -> bool {
        self.changed
    }

    /// Returns the plugin's shared state if the instance may use the network.
    ///
    /// Otherwise the error says why not.
    fn network(&self) -> Result<Arc<Shared>, String> {
        match &self.able {
            Some(able) if able.network => Ok(able.shared.clone()),
            _ => Err("the network is closed while a plugin returns its schema, checks or prices"
                .to_owned()),
        }
    }

    /// Returns the plugin's shared state if the instance may use an AWS service.
    ///
    /// Otherwise the error says why not.
    fn service(&mut self, service: &str) -> Result<Arc<Shared>, String> {
        let shared = self.network()?;
        let permitted = shared.permissions.expect_service(service);
        permitted.map(|()| shared).map_err(|denial| self.denied(denial))
    }

    /// Returns the plugin's shared state if the instance may use a URL's host.
    ///
    /// Otherwise the error says why not. Accepts what is not a URL: [`crate::net::http::Http`]
    /// rejects it.
    fn host(&mut self, url: &str) -> Result<Arc<Shared>, String> {
        let shared = self.network()?;
        let permitted =
            host_and_port_in(url).map_or(Ok(()), |place| shared.permissions.expect_host(&place));
        permitted.map(|()| shared).map_err(|denial| self.denied(denial))
    }

    /// Records that a request was denied, and returns the message for the plugin.
    fn denied(&mut self, Denial { message, remedy }: Denial) -> String {
        self.diagnosis = remedy.map(RequestDiagnosis::NotGranted);
        message
    }
}

impl AsMut<Guest> for Caller {
    fn as_mut(&mut self) -> &mut Guest {
        &mut self.guest
    }
}

impl WasiView for Caller {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.guest.view()
    }
}

impl wire::Host for Caller {}

impl host::Host for Caller {
    fn log(&mut self, level: host::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            host::Level::Debug => Level::Debug,
            host::Level::Info => Level::Info,
            host::Level::Warn => Level::Warn,
            host::Level::Error => Level::Error,
        };
        (self.on_line)(level, &shortened(message));
        Ok(())
    }

    fn config(&mut self) -> wasmtime::Result<wire::Value> {
        Ok(match &self.able {
            Some(able) => lower(&able.shared.config),
            None => lower(&kim_model::Value::map()),
        })
    }
}

impl aws::Host for Caller {
    async fn region(&mut self) -> wasmtime::Result<Result<String, aws::Failure>> {
        // The region is configuration and needs no network. A price depends on it.
        let Some(able) = &self.able else {
            return Ok(Err(aws::Failure::Forbidden(
                "there is no region while a plugin returns its schema".to_owned(),
            )));
        };
        if let Err(denial) = able.shared.permissions.expect_aws() {
            return Ok(Err(aws::Failure::Forbidden(self.denied(denial))));
        }
        let region = able.shared.aws.clone().region().await;
        self.remember(&region, true, None, false);
        Ok(region.map_err(aws_failure))
    }

    async fn account(&mut self) -> wasmtime::Result<Result<String, aws::Failure>> {
        let shared = match self.network() {
            Ok(shared) => shared,
            Err(why) => return Ok(Err(aws::Failure::Forbidden(why))),
        };
        if let Err(denial) = shared.permissions.expect_aws() {
            return Ok(Err(aws::Failure::Forbidden(self.denied(denial))));
        }
        self.awaiting = Some("AWS STS".to_owned());
        let account = shared.aws.account_unless_interrupted(&self.interrupt).await;
        self.awaiting = None;
        self.remember(&account, true, None, false);
        Ok(account.map_err(aws_failure))
    }

    async fn send(
        &mut self,
        request: aws::Request,
    ) -> wasmtime::Result<Result<aws::Response, aws::Failure>> {
        let shared = match self.service(&request.service) {
            Ok(shared) => shared,
            Err(why) => return Ok(Err(aws::Failure::Forbidden(why))),
        };
        let call = Call {
            service: request.service,
            region: request.region,
            method: request.method,
            path_and_query: request.path_and_query,
            headers: request.headers,
            body: request.body.into(),
            room: self.room.clone(),
        };
        let on_event = |level, message: &str| shared.log(level, message);
        let reads = call.only_reads();
        self.awaiting = Some(format!("AWS {}", call.service));
        let answer = shared.aws.send(call, &on_event, &self.interrupt).await;
        self.awaiting = None;
        shared.count(&answer);
        let refused = answer.as_ref().ok().and_then(advice::advice);
        self.remember(&answer, reads, refused, retry::may_pass(&answer, reads));
        Ok(answer
            .map(|answer| aws::Response {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
            })
            .map_err(aws_failure))
    }
}

fn aws_failure(failure: SendError) -> aws::Failure {
    match failure {
        SendError::Forbidden(why) => aws::Failure::Forbidden(why),
        // The plugin's SDK adds this prefix itself.
        SendError::NoCredentials(why) => aws::Failure::NoCredentials(
            why.strip_prefix("no AWS credentials: ").unwrap_or(&why).to_owned(),
        ),
        SendError::ConnectionLost(why)
        | SendError::NeverReached(why)
        | SendError::Interrupted(why) => aws::Failure::Unreachable(why),
        SendError::NoAnswer(why) => aws::Failure::NoAnswer(why),
    }
}

impl http::Host for Caller {
    async fn send(
        &mut self,
        request: http::Request,
    ) -> wasmtime::Result<Result<aws::Response, http::Failure>> {
        let shared = match self.host(&request.url) {
            Ok(shared) => shared,
            Err(why) => return Ok(Err(http::Failure::Forbidden(why))),
        };
        let reads = matches!(request.method.as_str(), "GET" | "HEAD");
        self.awaiting = host_and_port_in(&request.url);
        let call = HttpCall {
            method: request.method,
            url: request.url,
            headers: request.headers,
            body: request.body.into(),
            room: self.room.clone(),
        };
        let answer = match self.interrupt.allows_request().await {
            true => shared.http.send(shared.permissions.hosts(), call).await,
            false => Err(SendError::Interrupted(format!(
                "{} {} was not sent: another run took the stack over",
                call.method, call.url
            ))),
        };
        self.awaiting = None;
        shared.count(&answer);
        self.remember(&answer, reads, None, false);
        Ok(answer
            .map(|answer| aws::Response {
                status: answer.status,
                headers: answer.headers,
                body: answer.body,
            })
            .map_err(|failure| match failure {
                SendError::Forbidden(why) | SendError::NoCredentials(why) => {
                    http::Failure::Forbidden(why)
                }
                SendError::ConnectionLost(why)
                | SendError::NeverReached(why)
                | SendError::Interrupted(why) => http::Failure::Unreachable(why),
                SendError::NoAnswer(why) => http::Failure::NoAnswer(why),
            }))
    }
}
