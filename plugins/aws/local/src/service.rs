//! What the server and the services share.
//!
//! A service is a table: its name in credential scopes, its wire protocol and its actions. An
//! action is its name, the shape of what it reads, and a function over a [`Call`].
//!
//! A function sees the request's parameters and the whole world (so that EC2 can read IAM's
//! instance profiles), and returns a tree or a refusal. It is synchronous and runs alone; its
//! changes are kept only if it succeeds.

use std::cell::Cell;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Answer, AwsError, refuse};
use crate::node::Node;
use crate::params::Params;
use crate::protocol::Protocol;
use crate::shape::Shape;
use crate::world::{Resource, World};

/// One AWS service.
pub struct Service {
    /// As in the credential scope: `ec2`, `iam`, `kms`, `dlm`, `sts`.
    pub name: &'static str,
    /// How requests and answers look on the wire.
    pub protocol: Protocol,
    /// True if its resources live in [`GLOBAL`](crate::world::GLOBAL).
    ///
    /// Otherwise they live in the region of the request.
    pub global: bool,
    /// What happens before each of its actions, if anything.
    ///
    /// For EC2, transitions that are due take place.
    pub before: Option<fn(&mut Call)>,
    /// Its actions, in groups: one table a module.
    pub actions: &'static [&'static [Action]],
}

/// One action of a service.
pub struct Action {
    /// AWS's name, such as `CreateVolume`.
    pub name: &'static str,
    /// For REST protocols, method and path: `GET /policies/{PolicyId}`.
    ///
    /// The parts in braces and the URL's query become parameters beside those of the body. Empty
    /// for the other protocols.
    pub route: &'static str,
    /// What it reads, in the notation of [`Shape`].
    pub reads: &'static str,
    /// What it does.
    pub run: fn(&mut Call) -> Answer,
}

impl Action {
    /// Returns an action of a query or JSON protocol.
    pub const fn new(
        name: &'static str,
        reads: &'static str,
        run: fn(&mut Call) -> Answer,
    ) -> Action {
        Action { name, route: "", reads, run }
    }
}

/// An authenticated request, with its service and action.
#[derive(Debug, Clone)]
pub struct Request {
    /// The service, from the credential scope.
    pub service: String,
    /// The region, from the credential scope.
    pub region: String,
    /// AWS's name of the action.
    pub action: String,
    /// Everything that the caller gave, in one tree.
    pub params: Params,
    /// An id that is new for every request, and part of every answer.
    pub request_id: String,
}

/// What the operator of the server has set and actions depend on.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The twelve digits of the account that everything belongs to.
    pub account: String,
    /// How long transitions take, in milliseconds.
    pub transition: i64,
    /// How long a new resource is invisible to describing calls, in milliseconds.
    pub consistency_delay: i64,
    /// The most elements in one page, also when more were asked for.
    pub page_size_limit: usize,
    /// True if an account's default quotas hold.
    pub quotas: bool,
}

/// A request while it runs, with the settings and the world.
pub struct Call<'a> {
    /// The request.
    pub request: &'a Request,
    /// The operator's settings.
    pub settings: &'a Settings,
    /// Everything that exists.
    pub world: &'a mut World,
    /// How many resources were shown so far.
    shown: &'a Cell<usize>,
}

/// What became of a request.
pub struct Outcome {
    /// The answer, or a refusal.
    pub answer: Answer,
    /// How many resources a describing or listing call has shown to make its answer.
    pub shown: usize,
}

impl<'a> Call<'a> {
    /// Returns the request's parameters. They match the action's shape.
    pub fn params(&self) -> &'a Params {
        &self.request.params
    }

    /// Returns a parameter that the shape has as required text.
    pub fn text(&self, name: &str) -> &'a str {
        self.params().text(name).unwrap_or_default()
    }

    /// Returns the region of the request.
    pub fn region(&self) -> &'a str {
        &self.request.region
    }

    /// Returns the request's time, in milliseconds since 1970.
    pub fn now(&self) -> i64 {
        self.world.now()
    }

    /// Counts one more resource that is shown.
    pub(crate) fn count_shown(&self) {
        self.shown.set(self.shown.get() + 1);
    }

    /// Returns when a transition that starts now ends, in milliseconds since 1970.
    pub fn due(&self) -> i64 {
        self.now() + self.settings.transition
    }

    /// Returns `arn:aws:<service>:<region>:<account>:<rest>`.
    ///
    /// This is for services with regions.
    pub fn arn(&self, rest: &str) -> String {
        format!(
            "arn:aws:{}:{}:{}:{rest}",
            self.request.service,
            self.region(),
            self.settings.account
        )
    }
}

/// The answer to an earlier request with an idempotency token.
#[derive(Serialize, Deserialize)]
struct Remembered {
    key: String,
    digest: String,
    answer: Node,
}

impl Resource for Remembered {
    const KIND: &'static str = "kim:remembered";
    fn id(&self) -> &str {
        &self.key
    }
}

/// All services, with their shapes read once.
pub struct Registry {
    services: &'static [&'static Service],
    shapes: HashMap<(&'static str, &'static str), (Shape, &'static Action)>,
}

impl Registry {
    /// Reads the shapes of all actions.
    pub fn new(services: &'static [&'static Service]) -> Registry {
        let actions = services
            .iter()
            .flat_map(|service| service.actions().map(move |action| (service.name, action)));
        let shapes = actions.map(|(service, action)| {
            ((service, action.name), (Shape::parse(action.reads), action))
        });
        Registry { services, shapes: shapes.collect() }
    }

    /// Returns all services.
    pub fn services(&self) -> &'static [&'static Service] {
        self.services
    }

    /// Returns the service of a credential scope.
    pub fn service(&self, name: &str) -> Option<&'static Service> {
        self.services.iter().find(|service| service.name == name).copied()
    }

    /// Runs a request on the world, and keeps its changes if it succeeds.
    ///
    /// A refusal, and a dry run, change nothing.
    pub fn run(&self, request: &Request, settings: &Settings, world: &mut World) -> Outcome {
        let shown = Cell::new(0);
        let answer = match self.attempt(request, settings, world, &shown) {
            Ok(node) => world.commit().map(|()| node),
            Err(error) => {
                world.roll_back();
                Err(error)
            }
        };
        Outcome { answer, shown: shown.get() }
    }

    fn attempt(
        &self,
        request: &Request,
        settings: &Settings,
        world: &mut World,
        shown: &Cell<usize>,
    ) -> Answer {
        let protocol =
            self.service(&request.service).map_or(Protocol::Rest, |service| service.protocol);
        let Some((shape, action)) =
            self.shapes.get(&(request.service.as_str(), request.action.as_str()))
        else {
            return Err(protocol.unknown_action(&request.service, &request.action));
        };
        shape.check(&request.params).map_err(|flaw| protocol.flaw(&flaw, action.name))?;
        let mut call = Call { request, settings, world, shown };
        if let Some(before) = self.service(&request.service).and_then(|service| service.before) {
            before(&mut call);
        }
        let answer = match shape.token().and_then(|name| Some((name, request.params.text(name)?))) {
            Some((name, token)) => run_once(&mut call, action, name, token)?,
            None => (action.run)(&mut call)?,
        };
        if request.params.flag("DryRun") == Some(true) {
            let message = "Request would have succeeded, but DryRun flag is set.";
            return Err(AwsError::new("DryRunOperation", message).status(412));
        }
        Ok(answer)
    }
}

impl Service {
    /// Returns all actions, of all groups.
    pub fn actions(&self) -> impl Iterator<Item = &'static Action> {
        self.actions.iter().flat_map(|group| group.iter())
    }
}

/// The longest token.
///
/// It is "a unique, case-sensitive string of up to 64 ASCII characters". (EC2 developer guide,
/// "Ensuring idempotency")
const MAX_TOKEN: usize = 64;

/// Runs an action once for each token.
///
/// The same token and parameters get the first answer again. Other parameters are refused.
fn run_once(call: &mut Call, action: &Action, name: &str, token: &str) -> Answer {
    if !(1..=MAX_TOKEN).contains(&token.len()) || !token.is_ascii() {
        let message = format!("{name} must have 1 to {MAX_TOKEN} ASCII characters");
        return refuse("InvalidParameterValue", message);
    }
    let key = format!("{}:{}:{token}", call.request.service, action.name);
    let fingerprint = call.params().fingerprint(&[name, "DryRun"]);
    let digest: String =
        Sha256::digest(fingerprint).iter().map(|byte| format!("{byte:02x}")).collect();
    if let Some(first) = call.world.get::<Remembered>(call.region(), &key) {
        if first.digest == digest {
            return Ok(first.answer.clone());
        }
        let message = format!(
            "The {name} {token} was used before, in a {} with other parameters",
            action.name
        );
        return refuse("IdempotentParameterMismatch", message);
    }
    let answer = (action.run)(call)?;
    let region = call.region().to_owned();
    call.world.put(&region, Remembered { key, digest, answer: answer.clone() });
    Ok(answer)
}
