//! The port for providers: what the engine asks of a plugin.

use async_trait::async_trait;
use kim_model::{Failure, Path, Value, schema};

/// A resource as the cloud holds it.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveState {
    /// Its id, never empty.
    pub id: String,
    /// All of its properties: inputs as the cloud spells them, and outputs.
    pub properties: Value,
}

/// A recorded resource that is to be read.
#[derive(Clone, PartialEq, Debug)]
pub struct Live {
    /// Its id.
    pub id: String,
    /// What was recorded last; an empty map for an import.
    pub properties: Value,
}

/// How far a create or update is. Nothing waits inside a provider: it says when to be asked again.
#[derive(Clone, PartialEq, Debug)]
pub enum Progress {
    /// It is there.
    Done(LiveState),
    /// Ask again, after `after_ms` at the latest.
    Again {
        /// Milliseconds; the engine starts with shorter pauses.
        after_ms: u32,
        /// What it waits for, for the screen.
        status: String,
    },
}

/// How far a delete is.
#[derive(Clone, PartialEq, Debug)]
pub enum Deletion {
    /// It is gone.
    Gone,
    /// Ask again, after `after_ms` at the latest.
    Again {
        /// Milliseconds; the engine starts with shorter pauses.
        after_ms: u32,
        /// What it waits for, for the screen.
        status: String,
    },
}

/// A rule across properties that does not hold.
#[derive(Clone, PartialEq, Debug)]
pub struct Violation {
    /// The property to blame; root for the whole resource.
    pub path: Path,
    /// What is wrong and what would be right.
    pub message: String,
    /// It is worth saying, but stops nothing.
    pub warning: bool,
}

/// What a resource costs a month of 730 hours.
#[derive(Clone, PartialEq, Debug)]
pub struct Price {
    /// Millionths of a US dollar.
    pub micros_a_month: u64,
    /// How it comes about, for people.
    pub basis: String,
}

/// A provider of kinds: in production a sandboxed plugin. Operations may run at the same time. The example of
/// [the crate](crate) is one in Rust.
///
/// A failure is typed: only [`Failure`]s that mean "nothing happened" close an operation; after any other the engine asks
/// by token what came of it.
#[async_trait]
pub trait Provider: Send + Sync {
    /// What it offers.
    fn schema(&self) -> &schema::Plugin;
    /// A digest of the plugin (hex), for history and saved plans.
    fn digest(&self) -> String;
    /// Which cloud it works on (`AWS account 123456789012, eu-central-1`), where that can be told. The engine refuses to
    /// compare a stack with another cloud than the one that its resources are in.
    async fn place(&self) -> Option<String> {
        None
    }
    /// Whether [`Provider::check`] has rules for a kind; `false` spares the call.
    fn has_checks(&self, _kind: &str) -> bool {
        true
    }
    /// Rules across properties. Inputs may be unknown in places. By default there are none. It computes and asks nobody: the
    /// outcome of another step may wait for it to be recorded.
    async fn check(&self, _kind: &str, _inputs: &Value) -> Result<Vec<Violation>, Failure> {
        Ok(Vec::new())
    }
    /// Creates; returns as soon as there is an id. Repeating it with the same token creates no second one.
    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure>;
    /// Asked after a create until it is done; `properties` are what is known so far. By default a create that answered is
    /// done.
    async fn settle(&self, _kind: &str, id: &str, _inputs: &Value, properties: &Value) -> Result<Progress, Failure> {
        Ok(Progress::Done(LiveState { id: id.to_owned(), properties: properties.clone() }))
    }
    /// Reads resources of one kind in as few calls as it can (the engine passes at most `read_batch` at a time);
    /// answers in the same order, `None` for what is gone.
    async fn read(&self, kind: &str, resources: &[Live]) -> Result<Vec<Option<LiveState>>, Failure>;
    /// Moves a resource towards the inputs, one step a call, until done.
    async fn update(&self, kind: &str, id: &str, inputs: &Value, properties: &Value) -> Result<Progress, Failure>;
    /// Deletes, one step a call, until gone. What is gone already is gone.
    async fn delete(&self, kind: &str, id: &str, properties: &Value) -> Result<Deletion, Failure>;
    /// What did this token create?
    async fn find(&self, kind: &str, token: &str, inputs: &Value) -> Result<Option<LiveState>, Failure>;
    /// Looks something up. By default there is nothing to look up.
    async fn look_up(&self, name: &str, _arguments: &Value) -> Result<Value, Failure> {
        Err(Failure::Other(format!("the provider '{}' names the lookup {name}, but has none", self.schema().name)))
    }
    /// What it costs, where that is known: by default nowhere.
    async fn price(&self, _kind: &str, _inputs: &Value) -> Result<Option<Price>, Failure> {
        Ok(None)
    }
    /// How many requests to the cloud it has made so far, for the screen.
    fn requests(&self) -> u64 {
        0
    }
}
