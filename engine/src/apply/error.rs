//! Why a step failed, with the causes.
//!
//! Invariant: each says what the next run does about it.

use std::time::Duration;

use kim_model::bounds::UNSEEN;
use kim_model::{Failure, Path, Remedy};

use crate::cloud::lookup::LookupError;
use crate::event::counted;
use crate::ports::{ProgramError, StoreError};
use crate::providers::NotOffered;
use crate::schema::check::Problem;

/// The error for a change of state that could not be made durable.
#[derive(Clone, Debug, thiserror::Error)]
#[error("state could not be written: {0}")]
pub(super) struct NotWritten(#[source] pub(super) Box<StoreError>);

/// Why a step failed, or the outputs could not be recorded.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    /// The call of its provider failed.
    #[error(transparent)]
    Provider(#[from] Failure),
    /// State could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
    /// A resource was created and could not be recorded.
    ///
    /// Its intent was recorded before it was created.
    #[error(
        "{id} was created, but that could not be recorded: {source}. The next run finds it by its token and goes on with it"
    )]
    NotRecorded { id: String, source: NotWritten },
    /// A resource was created in part, and is recorded.
    #[error(
        "it was created in part: {message}. What exists is recorded; the next run goes on with it"
    )]
    InPart { message: String },
    /// Its token was used before, with other inputs; what it created then is recorded.
    #[error(
        "{failure}. It created {id}, perhaps with other inputs. That is recorded; the next run goes on with it"
    )]
    CreatedBefore { id: String, failure: Failure },
    /// A resource was created in part, and could not be recorded.
    #[error("it was created in part: {message}. {source}")]
    InPartNotRecorded { message: String, source: Box<StepError> },
    /// A resource was created and is recorded, but is not ready.
    #[error(
        "it was created, but did not become ready: {source}. It is recorded; the next run goes on with it"
    )]
    NotReady { source: Box<StepError> },
    /// The outcome of a create was not known, and its token created nothing.
    #[error("{source}. Nothing that it created was found")]
    NothingMade { source: Failure },
    /// The outcome of a create is not known: the lookup of its token failed too.
    #[error(
        "{failure}; whether it was created could not be found out either ({source}). The next run finds out by itself"
    )]
    NotFoundOut { failure: Box<Failure>, source: Box<Failure> },
    /// The cloud refused for something that was to pass, and did not.
    #[error("{failure}. It did not pass within {} of the run's last change", in_words(UNSEEN.time()))]
    NotPassed { failure: Failure },
    /// It waited for longer than it may.
    #[error("it took longer than {} ({status})", in_words(*after))]
    TimedOut { after: Duration, status: String },
    /// An input is unknown although everything that it refers to has ended.
    #[error(
        "{path} is still unknown: what it refers to did not report it; this is a fault of that plugin"
    )]
    Unresolved { path: Path },
    /// The cloud answered another property than the plan told what refers to it.
    #[error(
        "the plugin {plugin} answered another '{path}' than the plan told what refers to it: the property changed with an update, and the plugin's schema does not say that it may. The new value is recorded, and what refers to it was left as it was; plan again"
    )]
    OtherProperty { path: Path, plugin: String },
    /// An input that the plan knew is another now.
    #[error("{path} is another than in the plan: {because}. Nothing was changed; plan again")]
    OtherInput { path: Path, because: String },
    /// Inputs that are known only now do not fit.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Rules(Vec<Problem>),
    /// A closure of the program failed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A closure that an output of the stack needs failed.
    #[error("output '{name}': {source}")]
    Output { name: String, source: Box<ProgramError> },
    /// A lookup failed whose arguments are known only now.
    #[error("lookup {name}: {source}")]
    Lookup { name: String, source: LookupError },
    /// No plugin offers its kind.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
    /// The program does not declare its resource.
    #[error("the plan names a resource that the program does not declare")]
    NotDeclared,
    /// State no longer has its resource.
    #[error("it is not recorded any more")]
    NoRecord,
    /// The run was interrupted between two calls of the step, or before its first one.
    #[error(
        "it was interrupted{}; what is known is recorded, and the next run goes on with it",
        in_brackets(status.as_deref())
    )]
    Interrupted { status: Option<String> },
    /// The run was interrupted after a resource was created, and before it was ready.
    #[error(
        "it was created, and was not ready when it was interrupted{}; it is recorded, and the next run goes on with it",
        in_brackets(status.as_deref())
    )]
    InterruptedUnready { status: Option<String> },
    /// The run ended before the step did.
    #[error("it was cut off; the next run finds out what became of it")]
    CutOff,
    /// Another run took the stack over.
    #[error(transparent)]
    TakenOver(StoreError),
    /// The task of the step panicked; `how` is its message.
    #[error(
        "it broke off, by a fault of its provider or of kim ({how}); the next run finds out what became of it"
    )]
    BrokeOff { how: String },
}

impl StepError {
    /// Returns what the record says of an operation that ended so half way.
    ///
    /// `operation` is `an update` or `a delete`.
    pub(super) fn incomplete(&self, operation: &str) -> String {
        match self {
            StepError::Interrupted { .. } => format!("{operation} was interrupted"),
            _ => format!("{operation} failed: {self}"),
        }
    }

    /// Returns true if what the step was to make exists all the same, and is recorded.
    pub(super) fn was_made(&self) -> bool {
        matches!(self, StepError::OtherProperty { .. })
    }

    /// Returns what the user may do about it beyond what the message says.
    pub(super) fn remedies(&self) -> Vec<Remedy> {
        let known = match self {
            StepError::Provider(failure)
            | StepError::NotPassed { failure }
            | StepError::NothingMade { source: failure } => [failure.remedy(), None],
            StepError::NotFoundOut { failure, source } => [failure.remedy(), source.remedy()],
            StepError::Program(error) => [error.remedy.as_ref(), None],
            StepError::Output { source, .. } => [source.remedy.as_ref(), None],
            StepError::Lookup { source, .. } => return source.remedy().into_iter().collect(),
            StepError::TakenOver(error) => return error.remedy().into_iter().collect(),
            StepError::NotOffered(error) => return error.remedy().into_iter().collect(),
            StepError::NotReady { source } | StepError::InPartNotRecorded { source, .. } => {
                return source.remedies();
            }
            _ => [None, None],
        };
        each_once(known.into_iter().flatten().cloned())
    }
}

/// Returns what a step waited for, to follow a sentence.
///
/// Returns nothing if that is not known.
fn in_brackets(status: Option<&str>) -> String {
    status.map_or(String::new(), |status| format!(" ({status})"))
}

/// Returns a time in whole minutes, or else in seconds.
fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds > 0 && seconds.is_multiple_of(60) {
        counted(seconds as usize / 60, "minute")
    } else {
        counted(seconds as usize, "second")
    }
}

/// Returns each remedy once, in the order in which they came first.
pub(super) fn each_once(remedies: impl IntoIterator<Item = Remedy>) -> Vec<Remedy> {
    let mut known = Vec::new();
    for remedy in remedies {
        if !known.contains(&remedy) {
            known.push(remedy);
        }
    }
    known
}
