//! HTTP on a loopback port.
//!
//! The server reads requests, verifies their senders, runs them one after the other on the world
//! and writes the answers. It also serves the control paths under `/_kim/`. It holds no rule of any
//! service.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming as HyperBody};
use hyper::service::service_fn;
use hyper::{Request as HttpRequest, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::AwsError;
use crate::faults::{Fault, Faults, Trouble};
use crate::options::Options;
use crate::origin::expect_program;
use crate::protocol::{Incoming, Outgoing, Protocol};
use crate::receive::{Flaw, receive};
use crate::routing;
use crate::service::{Outcome, Registry, Request, Service, Settings};
use crate::signature::Scope;
use crate::throttle::Bucket;
use crate::world::{GLOBAL, World, timestamp};

/// How long the server waits after it could not accept a connection.
///
/// Without descriptors, the next attempt fails as well until a connection ends.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);
/// How many calls the log keeps; older ones are dropped.
const CALLS_KEPT: usize = 100_000;

/// One call that reached a service.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedCall {
    /// The service, such as `ec2`.
    pub service: String,
    /// The region, such as `eu-central-1`; `global` for IAM and STS.
    pub region: String,
    /// The action, such as `CreateVolume`.
    pub action: String,
    /// The world's time, RFC 3339.
    pub at: String,
    /// The code of the refusal, if the call was refused.
    pub error: Option<String>,
    /// How many resources it has shown to make its answer.
    ///
    /// Those that no filter matched are included. It is 0 for a call that neither describes nor
    /// lists.
    pub shown: usize,
}

/// What all connections share.
pub(crate) struct Server {
    options: Options,
    settings: Settings,
    registry: Registry,
    world: Mutex<World>,
    pub(crate) faults: Faults,
    calls: Mutex<VecDeque<LoggedCall>>,
    throttle: Option<Mutex<Bucket>>,
}

/// How a call ends on the wire.
enum Reply {
    Send(Outgoing),
    /// Close the connection without an answer.
    Drop,
}

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("a fault was injected: the answer is lost")]
struct Lost;

impl Server {
    /// Creates a server of these services on a world.
    pub(crate) fn new(
        options: Options,
        world: World,
        services: &'static [&'static Service],
    ) -> Server {
        let milliseconds =
            |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4);
        let settings = Settings {
            account: options.account.clone(),
            transition: milliseconds(options.transition),
            consistency_delay: milliseconds(options.consistency_delay),
            page_size_limit: options.page_size_limit.max(1),
            quotas: options.quotas,
        };
        Server {
            throttle: options.throttle.map(|rate| Mutex::new(Bucket::new(rate))),
            settings,
            registry: Registry::new(services),
            world: Mutex::new(world),
            faults: Faults::default(),
            calls: Mutex::default(),
            options,
        }
    }

    /// Returns the calls that reached a service, oldest first.
    pub(crate) fn calls(&self) -> Vec<LoggedCall> {
        lock(&self.calls).iter().cloned().collect()
    }

    /// Accepts connections until `stop` changes, then waits for open requests.
    pub(crate) async fn accept(
        self: Arc<Server>,
        listener: TcpListener,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    // A failed accept concerns one client, or there are no descriptors left: let
                    // others finish first.
                    let Ok((stream, _)) = accepted else {
                        tokio::time::sleep(ACCEPT_AGAIN).await;
                        continue;
                    };
                    connections.spawn(self.clone().serve(stream, stop.clone()));
                }
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                _ = stop.changed() => break,
            }
        }
        while connections.join_next().await.is_some() {}
    }

    async fn serve(
        self: Arc<Server>,
        stream: tokio::net::TcpStream,
        mut stop: watch::Receiver<bool>,
    ) {
        let service = service_fn(|request| self.clone().handle(request));
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.options.request_timeout)
            .serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        // An error here: the client closed the connection, or the answer was meant to be lost.
        tokio::select! {
            _ = connection.as_mut() => {}
            _ = stop.changed() => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }

    async fn handle(
        self: Arc<Server>,
        request: HttpRequest<HyperBody>,
    ) -> Result<Response<Full<Bytes>>, Lost> {
        let (incoming, flaw) = receive(request, self.options.request_timeout).await;
        match &flaw {
            None => {}
            Some(Flaw::Broken) => return Err(Lost),
            Some(flaw) => return Ok(self.refuse_large(&incoming, flaw.message())),
        }
        let (reply, request_id) = self.clone().answer(incoming).await;
        match reply {
            Some(outgoing) if request_id.is_empty() => Ok(respond(outgoing, "")),
            Some(outgoing) => Ok(self.dated(respond(outgoing, &request_id))),
            None => Err(Lost),
        }
    }

    /// Refuses a body that is too large.
    ///
    /// The refusal is in the protocol of the service that the head names.
    fn refuse_large(&self, incoming: &Incoming, message: String) -> Response<Full<Bytes>> {
        let guess = routing::guess_protocol(self.registry.services(), incoming);
        let scope = Scope::of(incoming, guess).ok();
        let service = scope.and_then(|scope| self.registry.service(&scope.service));
        let protocol = service.map_or(guess, |service| service.protocol);
        let error = AwsError::new("RequestEntityTooLarge", message).status(413);
        let id = request_id(&lock(&self.world));
        self.dated(respond(protocol.refusal(&error, &id), &id))
    }

    /// Answers a request whose body has arrived.
    ///
    /// Returns the answer and the id of the request. The answer is `None` if the connection is to
    /// be closed without one. The id of a control path is empty.
    pub(crate) async fn answer(
        self: Arc<Server>,
        incoming: Incoming,
    ) -> (Option<Outgoing>, String) {
        if let Some(path) = incoming.path.strip_prefix("/_kim/") {
            return (Some(self.control(path, &incoming)), String::new());
        }
        let request_id = request_id(&lock(&self.world));
        let id = request_id.clone();
        // In a task of its own: a request that arrived is carried out, even if its sender has
        // closed the connection.
        let reply = tokio::spawn(async move { self.reply(&incoming, &id).await });
        match reply.await.unwrap_or(Reply::Drop) {
            Reply::Send(outgoing) => (Some(outgoing), request_id),
            Reply::Drop => (None, request_id),
        }
    }

    /// Returns the server's time, in seconds since 1970.
    fn now(&self) -> i64 {
        jiff::Timestamp::now().as_second().saturating_add(self.options.clock_ahead)
    }

    /// Adds the server's date to an answer.
    fn dated(&self, mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
        let now = jiff::Timestamp::from_second(self.now()).unwrap_or_default();
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        // Otherwise hyper itself writes the date, with this machine's time.
        response.headers_mut().extend(date.parse().map(|date| (hyper::header::DATE, date)));
        response
    }

    async fn reply(&self, incoming: &Incoming, request_id: &str) -> Reply {
        let (service, region) = match self.authenticate(incoming) {
            Ok(settled) => settled,
            Err((protocol, error)) => return Reply::Send(protocol.refusal(&error, request_id)),
        };
        let protocol = service.protocol;
        let (action, params) = match routing::read_request(service, incoming) {
            Ok(read) => read,
            Err(error) => return Reply::Send(protocol.refusal(&error, request_id)),
        };
        let request = Request {
            service: service.name.to_owned(),
            region,
            action,
            params,
            request_id: request_id.to_owned(),
        };
        self.reply_in_trouble(protocol, &request).await
    }

    async fn reply_in_trouble(&self, protocol: Protocol, request: &Request) -> Reply {
        let mut releases = self.faults.releases();
        let troubles = self.faults.hit(&request.service, &request.action);
        let (mut lost, mut is_answer_held) = (false, false);
        let mut refused = self
            .throttle
            .as_ref()
            .filter(|bucket| !lock(bucket).take())
            .map(|_| protocol.throttled());
        for trouble in troubles {
            match trouble {
                Trouble::Fail { code, message, status } => {
                    refused = Some(AwsError { code, message, status })
                }
                Trouble::Throttle => refused = Some(protocol.throttled()),
                Trouble::Expired => refused = Some(protocol.expired()),
                Trouble::Delay(milliseconds) => {
                    tokio::time::sleep(Duration::from_millis(milliseconds)).await
                }
                // The sender is the server's own: there is always one.
                Trouble::Hold => _ = releases.changed().await,
                Trouble::HoldAnswer => is_answer_held = true,
                Trouble::LoseAnswer => lost = true,
                Trouble::LoseRequest => {
                    self.log(request, Some("LoseRequest"), 0);
                    return Reply::Drop;
                }
                Trouble::HtmlError => {
                    return self.html_page(request, "HtmlError", 500, "500 Internal Server Error");
                }
                Trouble::HtmlPage => {
                    return self.html_page(request, "HtmlPage", 200, "Welcome! Please sign in");
                }
            }
        }
        let outcome = refused
            .map_or_else(|| self.run(request), |error| Outcome { answer: Err(error), shown: 0 });
        let answer = outcome.answer;
        self.log(request, answer.as_ref().err().map(|error| error.code.as_str()), outcome.shown);
        if is_answer_held {
            let _ = releases.changed().await;
        }
        match answer {
            _ if lost => Reply::Drop,
            Ok(node) => Reply::Send(protocol.answer(&request.action, &node, &request.request_id)),
            Err(error) => Reply::Send(protocol.refusal(&error, &request.request_id)),
        }
    }

    /// Logs a call, and returns an HTML page instead of its answer.
    fn html_page(&self, request: &Request, trouble: &str, status: u16, title: &str) -> Reply {
        self.log(request, Some(trouble), 0);
        let body = format!("<html><body><h1>{title}</h1></body></html>");
        Reply::Send(Outgoing { status, media_type: "text/html", body, error_type: None })
    }

    /// Runs an action.
    ///
    /// A panic is a fault of this server: it is reported to the caller, and nothing was changed.
    fn run(&self, request: &Request) -> Outcome {
        let mut world = lock(&self.world);
        world.tick();
        let attempt = AssertUnwindSafe(|| self.registry.run(request, &self.settings, &mut world));
        std::panic::catch_unwind(attempt).unwrap_or_else(|panic| {
            world.roll_back();
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text =
                text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
            let message = format!("{} failed in the local AWS: {text}", request.action);
            let error = AwsError::new("InternalError", message).status(500);
            Outcome { answer: Err(error), shown: 0 }
        })
    }

    fn log(&self, request: &Request, error: Option<&str>, shown: usize) {
        let at = timestamp(lock(&self.world).now());
        let mut calls = lock(&self.calls);
        if calls.len() == CALLS_KEPT {
            calls.pop_front();
        }
        let Request { service, region, action, .. } = request.clone();
        calls.push_back(LoggedCall {
            service,
            region,
            action,
            at,
            error: error.map(str::to_owned),
            shown,
        });
    }

    /// Returns service and region of a request, once its signature is verified.
    fn authenticate(
        &self,
        incoming: &Incoming,
    ) -> Result<(&'static Service, String), (Protocol, AwsError)> {
        let guess = routing::guess_protocol(self.registry.services(), incoming);
        let scope = match Scope::of(incoming, guess) {
            Ok(scope) => scope,
            Err(error) => return Err((guess, error)),
        };
        let Some(service) = self.registry.service(&scope.service) else {
            let known: Vec<&str> =
                self.registry.services().iter().map(|service| service.name).collect();
            let message = format!(
                "The service {} is not served here; {} are",
                scope.service,
                known.join(", ")
            );
            return Err((guess, AwsError::new("UnknownService", message)));
        };
        let protocol = service.protocol;
        if self.options.verify_signatures {
            let mut credentials = self.options.credentials.iter();
            let secret = credentials
                .find(|(key, _)| *key == scope.access_key)
                .map(|(_, secret)| secret.as_str());
            scope
                .verify(incoming, secret, self.now(), protocol)
                .map_err(|error| (protocol, error))?;
        }
        if service.global {
            return Ok((service, GLOBAL.to_owned()));
        }
        if !self.options.regions.contains(&scope.region) {
            let known = self.options.regions.join(", ");
            let message = format!(
                "Credential should be scoped to a valid region; {} is none of {known}",
                scope.region
            );
            return Err((protocol, AwsError::new("SignatureDoesNotMatch", message).status(403)));
        }
        Ok((service, scope.region))
    }

    /// Serves the paths under `/_kim/`.
    ///
    /// They are unsigned: any client that reaches the port may use them, but no page of a browser.
    fn control(&self, path: &str, incoming: &Incoming) -> Outgoing {
        let answer = expect_program(incoming)
            .map_err(|why| (403, format!("/_kim/ is for programs, not for pages: {why}")))
            .and_then(|()| self.answer_control(path, incoming));
        let (status, body) = answer
            .map_or_else(|(status, error)| (status, json!({ "error": error })), |body| (200, body));
        Outgoing {
            status,
            media_type: "application/json",
            body: body.to_string(),
            error_type: None,
        }
    }

    fn answer_control(&self, path: &str, incoming: &Incoming) -> Result<Value, (u16, String)> {
        match (incoming.method.as_str(), path) {
            ("GET", "health") => Ok(json!({ "ok": true })),
            ("GET", "calls") => Ok(json!(self.calls())),
            ("DELETE", "calls") => {
                lock(&self.calls).clear();
                Ok(json!({}))
            }
            ("GET", "faults") => Ok(json!(self.faults.waiting())),
            ("DELETE", "faults") => {
                self.faults.clear();
                Ok(json!({}))
            }
            ("POST", "faults") => serde_json::from_slice::<Fault>(&incoming.body)
                .map(|fault| self.faults.inject(fault))
                .map(|()| json!({}))
                .map_err(|error| (400, format!("the fault cannot be read: {error}"))),
            ("POST", "release") => {
                self.faults.release();
                Ok(json!({}))
            }
            ("POST", "clock") => self.advance(&incoming.body),
            _ => Err((
                404,
                format!("there is no {} /_kim/{path}; see docs/local-aws.md", incoming.method),
            )),
        }
    }

    /// Moves the world's clock forward, as `{"advance_ms": 21600000}` says.
    fn advance(&self, body: &[u8]) -> Result<Value, (u16, String)> {
        let body: Value = serde_json::from_slice(body)
            .map_err(|error| (400, format!("the body is not JSON: {error}")))?;
        let milliseconds =
            body["advance_ms"].as_i64().filter(|milliseconds| (0..1 << 40).contains(milliseconds));
        let milliseconds = milliseconds
            .ok_or((400, "advance_ms must be a whole number of milliseconds".to_owned()))?;
        let mut world = lock(&self.world);
        world.advance(milliseconds).map_err(|error| (500, error.to_string()))?;
        world.tick();
        Ok(json!({ "now": timestamp(world.now()) }))
    }
}

fn respond(outgoing: Outgoing, request_id: &str) -> Response<Full<Bytes>> {
    let mut response = Response::builder()
        .status(outgoing.status)
        .header("content-type", outgoing.media_type)
        .header("x-amzn-requestid", request_id);
    if let Some(error_type) = &outgoing.error_type {
        response = response.header("x-amzn-errortype", error_type);
    }
    // An injected fault may carry a status or code that HTTP cannot: say so instead of failing.
    response.body(Full::from(outgoing.body)).unwrap_or_else(|error| {
        let mut response =
            Response::new(Full::from(format!("the answer cannot be written as HTTP: {error}")));
        *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

fn request_id(world: &World) -> String {
    let hex = world.fresh_hex(32);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Locks a mutex, also a poisoned one.
///
/// A panic never leaves the guarded value half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Binds the address and reads back which port it got.
pub(crate) async fn bind(address: SocketAddr) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}
