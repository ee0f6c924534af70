//! The port for deployment programs.

use async_trait::async_trait;
use kim_model::{Declarations, Log, Remedy, Value};

/// The input of a program. The same context always gives the same declarations.
#[derive(Clone, Debug)]
pub struct RunContext {
    /// The project's name.
    pub project: String,
    /// The stack's name.
    pub stack: String,
    /// The stack's configuration, a map of tables; `config` is the program's own.
    pub settings: Value,
}

/// A program that ran to its end.
pub struct Ran {
    /// What it declared.
    pub declarations: Declarations,
    /// Its closures, alive until this is dropped.
    pub transforms: Box<dyn Transforms>,
}

impl Ran {
    /// Returns what a program without closures declared.
    pub fn without_closures(declarations: Declarations) -> Ran {
        Ran { declarations, transforms: Box::new(NoClosures) }
    }
}

/// The closures of a program that has none.
struct NoClosures;

#[async_trait]
impl Transforms for NoClosures {
    async fn transform(&mut self, callback: u32, _: Vec<Value>) -> Result<Value, ProgramError> {
        Err(ProgramError::new(format!(
            "the program declares a call of its closure {callback}, but it has none"
        )))
    }
}

/// A deployment program: in production a sandboxed component.
///
/// The example of [the crate](crate) is one in Rust.
#[async_trait]
pub trait Program: Send + Sync {
    /// Runs it to completion.
    ///
    /// Nothing is planned before it has ended, and nothing at all if it fails.
    async fn run(&self, context: RunContext) -> Result<Ran, ProgramError>;

    /// Returns a digest of the program (hex), for history and saved plans.
    fn digest(&self) -> String;
}

/// The closures of a program that ran.
#[async_trait]
pub trait Transforms: Send {
    /// Calls a closure.
    ///
    /// Arguments are known and have no marks of secrecy: the engine keeps the result secret if an
    /// argument was.
    async fn transform(
        &mut self,
        callback: u32,
        arguments: Vec<Value>,
    ) -> Result<Value, ProgramError>;
}

/// Why a program did not run to its end.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct ProgramError {
    /// What happened, where, and what to do next.
    pub message: String,
    /// What the user may do about it beyond that.
    pub remedy: Option<Remedy>,
    /// The last lines that it logged before it failed.
    pub logs: Vec<Log>,
}

impl ProgramError {
    /// Creates an error with a message.
    pub fn new(message: impl Into<String>) -> ProgramError {
        ProgramError { message: message.into(), remedy: None, logs: Vec::new() }
    }
}
