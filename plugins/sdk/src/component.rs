//! The component: converts between the contract's types and this crate's.
//!
//! Invariant: lifting checks every node index and limits the depth, so a value cannot contain a
//! cycle.

use kim_model::wire::{self, Limits, lower};
use kim_model::{Failure, Path, Value};

use crate::kind::{Deletion, Progress, State};
use crate::plugin::Plugin;
use crate::types::{AwsFailure, AwsRequest, HttpFailure, HttpRequest, Level, Response};

wit_bindgen::generate!({
    path: "../../engine/wit/plugin-0.1",
    world: "plugin",
    pub_export_macro: true,
    export_macro_name: "export",
    default_bindings_module: "kim_plugin::component",
});

use exports::kim::plugin::provider as contract;
use kim::plugin::values::{self, Value as Nodes};
use kim::plugin::{aws as host_aws, host as host_common, http as host_http};

kim_model::wire_value!(values);

/// The trait that [`export!`](crate::export!) implements.
pub trait Exported {
    /// Returns the plugin.
    fn plugin() -> Plugin;
}

/// The bounds of a value of the host.
///
/// It may be no deeper than the host allows a value of a plugin.
const LIMITS: Limits = Limits { depth: 64, ..Limits::NONE };

fn lift(nodes: Nodes) -> Result<Value, Failure> {
    let lifted = wire::lift(nodes, &LIMITS);
    lifted
        .map(|(value, _)| value)
        .map_err(|why| Failure::Other(format!("the host passed a broken value: {why}")))
}

fn failure(raised: Failure) -> contract::Failure {
    match raised {
        Failure::Throttled(why) => contract::Failure::Throttled(why),
        // The host decides whether a request left: it knows better than the plugin.
        Failure::Transient(why) | Failure::Unreachable(why) | Failure::Interrupted(why) => {
            contract::Failure::Transient(why)
        }
        Failure::NotFound(why) => contract::Failure::NotFound(why),
        Failure::Conflict(why) => contract::Failure::Conflict(why),
        Failure::NotYet(why) => contract::Failure::NotYet(why),
        Failure::Refused(why) => contract::Failure::Refused(why),
        Failure::TokenUsed(why) => contract::Failure::TokenUsed(why),
        Failure::Denied(why) => contract::Failure::Denied(why),
        Failure::Invalid { path, message } => {
            contract::Failure::Invalid((path.to_string(), message))
        }
        Failure::Partial { id, outputs, message } => {
            contract::Failure::Partial(contract::Partial { id, outputs: lower(&outputs), message })
        }
        Failure::Other(why) => contract::Failure::Other(why),
        // A plugin does not know the host's remedies.
        Failure::Curable { failure: inner, .. } => failure(*inner),
    }
}

fn state(state: State<Value>) -> contract::State {
    contract::State { id: state.id, properties: lower(&state.properties) }
}

fn progress(progress: Progress<Value>) -> contract::Progress {
    match progress {
        Progress::Done(done) => contract::Progress::Done(state(done)),
        Progress::Again { after_ms, status } => contract::Progress::Again((after_ms, status)),
    }
}

impl<T: Exported> contract::Guest for T {
    fn schema() -> String {
        // A schema is plain data with text keys, so writing it cannot fail.
        serde_json::to_string(T::plugin().schema()).expect("a schema is plain data")
    }

    fn check(kind: String, inputs: Nodes) -> Vec<contract::Violation> {
        let violations = lift(inputs).and_then(|inputs| T::plugin().check(&kind, inputs));
        match violations {
            Ok(found) => found
                .into_iter()
                .map(|v| contract::Violation {
                    path: v.path.to_string(),
                    message: v.message,
                    warning: v.warning,
                })
                .collect(),
            Err(why) => {
                let path = Path::root().to_string();
                vec![contract::Violation { path, message: why.to_string(), warning: false }]
            }
        }
    }

    fn create(
        kind: String,
        inputs: Nodes,
        token: String,
    ) -> Result<contract::State, contract::Failure> {
        lift(inputs)
            .and_then(|inputs| T::plugin().create(&kind, &inputs, &token))
            .map(state)
            .map_err(failure)
    }

    fn settle(
        kind: String,
        id: String,
        inputs: Nodes,
        properties: Nodes,
    ) -> Result<contract::Progress, contract::Failure> {
        let work = || T::plugin().settle(&kind, &id, &lift(inputs)?, &lift(properties)?);
        work().map(progress).map_err(failure)
    }

    fn read(
        kind: String,
        resources: Vec<contract::Live>,
    ) -> Result<Vec<Option<contract::State>>, contract::Failure> {
        let lifted = resources
            .into_iter()
            .map(|live| Ok(State { properties: lift(live.properties)?, id: live.id }));
        let work = || T::plugin().read(&kind, lifted.collect::<Result<_, Failure>>()?);
        work()
            .map(|found| found.into_iter().map(|found| found.map(state)).collect())
            .map_err(failure)
    }

    fn update(
        kind: String,
        id: String,
        inputs: Nodes,
        properties: Nodes,
    ) -> Result<contract::Progress, contract::Failure> {
        let work = || T::plugin().update(&kind, &id, &lift(inputs)?, &lift(properties)?);
        work().map(progress).map_err(failure)
    }

    fn delete(
        kind: String,
        id: String,
        properties: Nodes,
    ) -> Result<contract::Deletion, contract::Failure> {
        let deletion =
            lift(properties).and_then(|properties| T::plugin().delete(&kind, &id, &properties));
        deletion.map_err(failure).map(|deletion| match deletion {
            Deletion::Gone => contract::Deletion::Gone,
            Deletion::Again { after_ms, status } => contract::Deletion::Again((after_ms, status)),
        })
    }

    fn find(
        kind: String,
        token: String,
        inputs: Nodes,
    ) -> Result<Option<contract::State>, contract::Failure> {
        let found = lift(inputs).and_then(|inputs| T::plugin().find(&kind, &token, &inputs));
        found.map(|found| found.map(state)).map_err(failure)
    }

    fn look_up(name: String, arguments: Nodes) -> Result<Nodes, contract::Failure> {
        let found = lift(arguments).and_then(|arguments| T::plugin().look_up(&name, &arguments));
        found.map(|value| lower(&value)).map_err(failure)
    }

    fn price(kind: String, inputs: Nodes) -> Option<contract::Cost> {
        let price = T::plugin().price(&kind, lift(inputs).ok()?)?;
        Some(contract::Cost { micros_a_month: price.micros_a_month, basis: price.basis })
    }
}

pub(crate) fn configuration() -> Value {
    lift(host_common::config()).unwrap_or_default()
}

pub(crate) fn log(level: Level, message: &str) {
    let level = match level {
        Level::Debug => host_common::Level::Debug,
        Level::Info => host_common::Level::Info,
        Level::Warn => host_common::Level::Warn,
        Level::Error => host_common::Level::Error,
    };
    host_common::log(level, message);
}

fn aws_failure(failure: host_aws::Failure) -> AwsFailure {
    match failure {
        host_aws::Failure::Forbidden(why) => AwsFailure::Forbidden(why),
        host_aws::Failure::NoCredentials(why) => AwsFailure::NoCredentials(why),
        host_aws::Failure::Unreachable(why) => AwsFailure::Unreachable(why),
        host_aws::Failure::NoAnswer(why) => AwsFailure::NoAnswer(why),
    }
}

fn response(response: host_aws::Response) -> Response {
    Response { status: response.status, headers: response.headers, body: response.body }
}

pub(crate) fn region() -> Result<String, AwsFailure> {
    host_aws::region().map_err(aws_failure)
}

pub(crate) fn account() -> Result<String, AwsFailure> {
    host_aws::account().map_err(aws_failure)
}

pub(crate) fn send_aws(request: AwsRequest) -> Result<Response, AwsFailure> {
    let AwsRequest { service, region, method, path_and_query, headers, body } = request;
    let request = host_aws::Request { service, region, method, path_and_query, headers, body };
    host_aws::send(&request).map(response).map_err(aws_failure)
}

pub(crate) fn send_http(request: HttpRequest) -> Result<Response, HttpFailure> {
    let HttpRequest { method, url, headers, body } = request;
    let answer = host_http::send(&host_http::Request { method, url, headers, body });
    answer.map(response).map_err(|failure| match failure {
        host_http::Failure::Forbidden(why) => HttpFailure::Forbidden(why),
        host_http::Failure::Unreachable(why) => HttpFailure::Unreachable(why),
        host_http::Failure::NoAnswer(why) => HttpFailure::NoAnswer(why),
    })
}
