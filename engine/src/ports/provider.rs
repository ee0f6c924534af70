//! The port for providers: what the engine asks of a plugin.

use async_trait::async_trait;
use kim_model::{Failure, Path, Value, schema};

/// A resource as the cloud holds it.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveState {
    /// Its id in the cloud, never empty.
    pub id: String,
    /// All of its properties: inputs as the cloud spells them, and outputs.
    pub properties: Value,
}

/// A recorded resource that is to be read.
#[derive(Clone, PartialEq, Debug)]
pub struct Live {
    /// Its id.
    pub id: String,
    /// The properties that were recorded last; an empty map where only the id is known.
    pub properties: Value,
}

/// How far a create or an update is. A provider never waits: it says when to call again.
#[derive(Clone, PartialEq, Debug)]
pub enum Progress {
    /// It is complete.
    Done(LiveState),
    /// It is still in progress: call again.
    Again {
        /// The longest pause before the next call, in milliseconds from this answer. The engine begins with shorter ones.
        after_ms: u32,
        /// What it waits for, in words for people.
        status: String,
    },
}

/// How far a delete is. A provider never waits: it says when to call again.
#[derive(Clone, PartialEq, Debug)]
pub enum Deletion {
    /// It is deleted, or did not exist.
    Gone,
    /// It is still in progress: call again.
    Again {
        /// The longest pause before the next call, in milliseconds from this answer. The engine begins with shorter ones.
        after_ms: u32,
        /// What it waits for, in words for people.
        status: String,
    },
}

/// A rule across properties that does not hold.
#[derive(Clone, PartialEq, Debug)]
pub struct Violation {
    /// The path of the property that breaks it; the root for the whole resource.
    pub path: Path,
    /// What is wrong and what would be right.
    pub message: String,
    /// True for a warning, which stops nothing.
    pub warning: bool,
}

/// What a resource costs a month of 730 hours.
#[derive(Clone, PartialEq, Debug)]
pub struct Price {
    /// Millionths of a US dollar.
    pub micros_a_month: u64,
    /// What the price is made of, in words for people.
    pub basis: String,
}

/// A provider of kinds: in production a sandboxed plugin. The example of [the crate](crate) is one in Rust.
///
/// Calls overlap, but never two steps of one resource.
///
/// A [`Failure`] that means "nothing happened" closes an operation; after any other failure of a create the engine calls
/// [`Provider::find`] with its token.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Returns the kinds and lookups that it offers.
    fn schema(&self) -> &schema::Plugin;
    /// Returns a digest of the plugin in hexadecimal, for the history.
    fn digest(&self) -> String;
    /// Returns the cloud that it works on (`AWS account 123456789012, eu-central-1`), or `None` if it cannot tell. The
    /// engine refuses to compare a stack with another cloud than the one that its resources are in.
    async fn place(&self) -> Option<String> {
        None
    }
    /// Returns true if [`Provider::check`] has rules for a kind; `false` saves the call.
    fn has_checks(&self, _kind: &str) -> bool {
        true
    }
    /// Returns the rules across properties that do not hold; by default there are none. Inputs may contain unknowns.
    ///
    /// It only computes and sends no request: recording the outcome of another step may wait for it.
    async fn check(&self, _kind: &str, _inputs: &Value) -> Result<Vec<Violation>, Failure> {
        Ok(Vec::new())
    }
    /// Creates a resource and returns as soon as it has an id. A repetition with the same token creates no second one.
    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure>;
    /// Reports how far a create is; called after it until [`Progress::Done`]. `properties` are those known so far.
    /// By default a create is done when it returns.
    async fn settle(&self, _kind: &str, id: &str, _inputs: &Value, properties: &Value) -> Result<Progress, Failure> {
        Ok(Progress::Done(LiveState { id: id.to_owned(), properties: properties.clone() }))
    }
    /// Reads resources of one kind, at most the kind's `read_batch` a call. Returns them in the same order, `None` for one
    /// that does not exist.
    async fn read(&self, kind: &str, resources: &[Live]) -> Result<Vec<Option<LiveState>>, Failure>;
    /// Moves a resource towards the inputs, one step a call; called until [`Progress::Done`].
    async fn update(&self, kind: &str, id: &str, inputs: &Value, properties: &Value) -> Result<Progress, Failure>;
    /// Deletes a resource, one step a call; called until [`Deletion::Gone`], which is also the answer for one that does not
    /// exist.
    async fn delete(&self, kind: &str, id: &str, properties: &Value) -> Result<Deletion, Failure>;
    /// Returns the resource that a create with this token created. Called after a failure, or after a run that was cut off;
    /// repeated for some seconds while it returns `None`, because reads of a cloud are eventually consistent.
    async fn find(&self, kind: &str, token: &str, inputs: &Value) -> Result<Option<LiveState>, Failure>;
    /// Answers a lookup. By default there are none.
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
    /// Returns how many requests it has sent to the cloud since it was loaded.
    fn requests(&self) -> u64 {
        0
    }
}
