//! The port for providers: the calls of the engine to a plugin.

use std::sync::Arc;

use async_trait::async_trait;
use kim_model::{Failure, Path, Value, bounds, schema};

use crate::interrupt::Interrupt;

/// The most levels of a value that the engine passes on: evaluated, or answered.
///
/// Beyond some thousand, a value exhausts the stack of a thread that reads it.
pub const MOST_LEVELS: usize = bounds::EVALUATED_LEVELS.most();

/// The longest id of a resource, in bytes.
pub const LONGEST_ID: usize = bounds::ID.most();

/// A resource as the cloud holds it.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveState {
    /// Its id in the cloud: not empty, and at most [`LONGEST_ID`] bytes.
    pub id: String,
    /// All of its properties: inputs as the cloud spells them, and outputs.
    pub properties: Value,
}

/// A recorded resource to read.
#[derive(Clone, PartialEq, Debug)]
pub struct Live {
    /// Its id.
    pub id: String,
    /// The properties that were recorded last; an empty map if only the id is known.
    pub properties: Value,
}

/// The progress of a create or an update.
///
/// A provider never waits: it says when to call again.
#[derive(Clone, PartialEq, Debug)]
pub enum Progress {
    /// The resource is complete.
    Done(LiveState),
    /// The operation is in progress: call again.
    Again {
        /// The longest pause before the next call, in milliseconds from this answer.
        ///
        /// The engine begins with shorter ones.
        after_ms: u32,
        /// What the operation waits for, in words for people.
        status: String,
    },
}

/// The progress of a delete.
///
/// A provider never waits: it says when to call again.
#[derive(Clone, PartialEq, Debug)]
pub enum Deletion {
    /// The resource does not exist.
    Gone,
    /// The operation is in progress: call again.
    Again {
        /// The longest pause before the next call, in milliseconds from this answer.
        ///
        /// The engine begins with shorter ones.
        after_ms: u32,
        /// What the operation waits for, in words for people.
        status: String,
    },
}

/// A rule across properties that does not hold.
#[derive(Clone, PartialEq, Debug)]
pub struct Violation {
    /// The path of the property that breaks the rule; the root for the whole resource.
    pub path: Path,
    /// What is wrong and what would be right.
    pub message: String,
    /// True for a warning, which stops nothing.
    pub warning: bool,
}

/// The price of a resource for a month of 730 hours.
#[derive(Clone, PartialEq, Debug)]
pub struct Price {
    /// Millionths of a US dollar.
    pub micros_a_month: u64,
    /// How the price is computed, in words for people.
    pub basis: String,
}

/// A provider of kinds: in production a sandboxed plugin.
///
/// The example of [the crate](crate) is one in Rust.
///
/// Calls for different resources overlap, at most `Options::parallel` steps at a time. For one
/// resource at most one of [`create`](Provider::create), [`settle`](Provider::settle),
/// [`update`](Provider::update) and [`delete`](Provider::delete) runs at a time. Reads and lookups
/// may overlap with all of them.
///
/// `docs/plugin-contract.md` says when each call comes, how often, with which pauses, and what each
/// answer may hold. Only [`create`](Provider::create) gives an id, or [`Failure::Partial`] and
/// [`find`](Provider::find) in its place: every other answer has the id of the call.
///
/// [`Failure::is_retryable`] says after which failures the engine repeats the same call, several
/// times. A [`Failure`] that means "nothing happened" closes an operation; after any other failure
/// of a create the engine calls [`Provider::find`] with its token.
///
/// `kim_engine::testing` (feature `testing`) has this contract as a suite of tests,
/// `provider_contract!`.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Returns the kinds and lookups of the provider. Always the same.
    fn schema(&self) -> &schema::Plugin;
    /// Returns a digest of the plugin in hexadecimal, for the history. Always the same.
    fn digest(&self) -> String;
    /// Returns the cloud that the provider works on, or `None` if it is not known.
    ///
    /// For example `AWS account 123456789012, eu-central-1`.
    ///
    /// The engine refuses to compare a stack with another cloud than the one that its resources are
    /// in.
    async fn place(&self) -> Option<String> {
        None
    }
    /// Returns true if [`Provider::check`] has rules for a kind.
    ///
    /// `false` saves the call.
    fn has_checks(&self, _kind: &str) -> bool {
        true
    }
    /// Returns the rules across properties that do not hold; by default none.
    ///
    /// Inputs may contain unknowns.
    ///
    /// Computes only and sends no request: recording the outcome of another step may wait for it.
    async fn check(&self, _kind: &str, _inputs: &Value) -> Result<Vec<Violation>, Failure> {
        Ok(Vec::new())
    }
    /// Creates a resource and returns as soon as it has an id.
    ///
    /// Called once or more with a token: again after a retryable failure, and by the next run if a
    /// run was cut off. A repetition with the same token creates no second resource, except of a
    /// kind that is `tokenless`. A token never comes with two different inputs.
    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure>;
    /// Returns the progress of a create: done once the resource is ready.
    ///
    /// Called after [`Provider::create`], with the same arguments until it returns
    /// [`Progress::Done`], the run is interrupted or [the step's
    /// time](crate::Options::step_timeout) is over; never for a kind that is `ready`. `inputs` are
    /// those of the create, `properties` those that it returned. If it never returned done, the
    /// next run calls it first, with what that run read as `properties`, and calls
    /// [`Provider::update`] only if something differs then. If no input of the kind can change, it
    /// is also called for a resource that was created in part, or whose delete began and did not
    /// end. By default a create is done when it returns.
    async fn settle(
        &self,
        _kind: &str,
        id: &str,
        _inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        Ok(Progress::Done(LiveState { id: id.to_owned(), properties: properties.clone() }))
    }
    /// Reads resources of one kind, at most the kind's `read_batch` a call.
    ///
    /// Returns one result for each, in the same order; `None` for a resource that does not exist.
    /// Changes nothing.
    async fn read(&self, kind: &str, resources: &[Live])
    -> Result<Vec<Option<LiveState>>, Failure>;
    /// Changes a resource towards the inputs, one changing request a call.
    ///
    /// Called with the same arguments until it returns [`Progress::Done`], the run is interrupted
    /// or the step's time is over; again by the next run if a run was cut off, also if the resource
    /// has reached the inputs already. `properties` are what [`Provider::read`] answered in this
    /// run, so that a version among them is the present one. If the run read nothing (offline),
    /// they are those recorded last.
    async fn update(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure>;
    /// Deletes a resource, one changing request a call.
    ///
    /// Called with the same arguments until it returns [`Deletion::Gone`] or the step's time is
    /// over; again by the next run if a run was cut off. `properties` are those recorded last. A
    /// failure that means "nothing happened" holds for the whole call. After any other, and after a
    /// [`Deletion::Again`], the resource counts as deleted in part: a run that keeps it calls
    /// [`Provider::update`] even if nothing differs. A resource that does not exist is
    /// [`Deletion::Gone`]; the engine also accepts [`Failure::NotFound`].
    async fn delete(&self, kind: &str, id: &str, properties: &Value) -> Result<Deletion, Failure>;
    /// Returns the resource that a create with this token created, or `None`.
    ///
    /// `inputs` are those of that create. What somebody else created with equal inputs is `None`:
    /// the engine adopts what this returns.
    ///
    /// Called after a create whose outcome is not known or whose token was used before, in the same
    /// run or the next. Repeated for some seconds while it returns `None`, because reads of a cloud
    /// are eventually consistent. Then called once a run for a day: the create may be carried out
    /// late.
    async fn find(
        &self,
        kind: &str,
        token: &str,
        inputs: &Value,
    ) -> Result<Option<LiveState>, Failure>;
    /// Returns what a lookup finds. Changes nothing. By default there are no lookups.
    async fn look_up(&self, name: &str, _arguments: &Value) -> Result<Value, Failure> {
        Err(Failure::Other(format!(
            "the provider '{}' declares the lookup {name}, but does not implement it",
            self.schema().name
        )))
    }
    /// Returns what a resource costs, or `None` if that is not known, as by default.
    async fn price(&self, _kind: &str, _inputs: &Value) -> Result<Option<Price>, Failure> {
        Ok(None)
    }
    /// Returns this provider for one run, which ends its waits once it is interrupted.
    ///
    /// A call is awaited after an interrupt. So what waits inside a call, for a rate limit or
    /// before a retry, has to end then: what was not sent is not sent any more. Before each request
    /// it asks [`Interrupt::allows_request`], so that a process that was stopped sends nothing once
    /// another run took its stack over. Called once a run, when it begins to change something; a
    /// plan's calls are dropped instead. `None`, as by default, if no call waits or sends so.
    fn for_run(&self, _interrupt: &Interrupt) -> Option<Arc<dyn Provider>> {
        None
    }
    /// Returns how many requests the provider has sent to the cloud.
    ///
    /// Counts from when it was loaded.
    fn requests(&self) -> u64 {
        0
    }
}
