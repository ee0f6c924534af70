//! Why an operation was not carried out.
//!
//! Invariant: an error carries facts. It never names flags, commands or files of a command line.

use std::fmt;

use kim_model::{Failure, Remedy, Source, Urn};

use crate::event::{Diagnostic, counted};
use crate::ports::{ProgramError, StoreError};
use crate::providers::{NotOffered, OfferedTwice};
use crate::state::StackId;

/// Why an operation was not carried out (or not begun).
///
/// A failed *step* is no error: it is in the [`Summary`](crate::event::Summary).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed, or refused an operation.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program failed; nothing was changed.
    #[error(
        "the program failed, so nothing was changed: {source}{}",
        needed_by.as_ref().map_or(String::new(), |needed_by| format!("\n  needed by {needed_by}"))
    )]
    Program {
        /// How it failed.
        source: Box<ProgramError>,
        /// What needs the result of a failed closure, and where it is declared.
        ///
        /// It is an output or a resource.
        needed_by: Option<String>,
    },
    /// The declarations are wrong; nothing was changed. Every error is listed.
    #[error("{}", .0.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Diagnostic>),
    /// Names or patterns of resources match none; nothing was changed. Each is listed.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Unmatched(Vec<Unmatched>),
    /// A cloud, or its plugin, did not return what the plan needs.
    ///
    /// Nothing was changed.
    #[error(transparent)]
    Live(Box<LiveError>),
    /// Two plugins offer the same kind or lookup; nothing was changed.
    #[error(transparent)]
    OfferedTwice(#[from] OfferedTwice),
    /// The recorded state is not valid. Every fault is listed.
    #[error("the recorded state is not valid, so nothing was changed: {}", .0.join("; "))]
    InvalidState(Vec<String>),
    /// The stack's resources are in another cloud than this run would work on.
    #[error(
        "the resources of plugin {plugin} are in {recorded}, but this run would work on {now}; nothing was changed"
    )]
    OtherPlace {
        /// The plugin.
        plugin: String,
        /// Where its resources are.
        recorded: String,
        /// Where it would work now.
        now: String,
    },
    /// Which cloud this run would work on is not known, and resources are in one.
    ///
    /// What it could not read may well exist.
    #[error(
        "the resources of plugin {plugin} are in {recorded}, but where this run would work could not be found out; nothing was changed"
    )]
    UnknownPlace {
        /// The plugin.
        plugin: String,
        /// Where its resources are.
        recorded: String,
    },
    /// An interrupted run left creates open, and the cloud may not be asked about them.
    ///
    /// Holds their number.
    #[error(
        "an interrupted run left {} open, and only the cloud knows whether anything was made, so nothing was changed",
        counted(*.0, "operation")
    )]
    Unsettled(usize),
    /// Another run changed the stack after the plan was made.
    #[error(
        "another run changed the stack after this plan was made, so nothing was changed; plan again"
    )]
    Moved,
    /// The plan is that of a preview, which may check less than an up has to.
    #[error(
        "a preview's plan cannot be applied, so nothing was changed; plan an up, and apply that"
    )]
    OnlyPreviewed,
    /// The operation was interrupted before it began to change anything.
    ///
    /// A deadline that passes interrupts, too.
    #[error("interrupted; nothing was changed")]
    Interrupted,
}

impl From<LiveError> for Error {
    fn from(error: LiveError) -> Error {
        Error::Live(Box::new(error))
    }
}

/// Why a cloud, or its plugin, did not return what a plan needs.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The live state of some resources could not be read.
    #[error("the live state of {} could not be read: {}. Nothing was changed", read_together(urn, *others), without_full_stop(source))]
    NotRead {
        /// The first of them.
        urn: Urn,
        /// How many more of its kind were read together with it.
        others: usize,
        /// Why.
        source: Failure,
    },
    /// A plugin returned more or fewer states than it was asked for.
    #[error(
        "the plugin of {kind} returned {answered} states for {asked} resources; this is a fault of the plugin"
    )]
    OtherCount {
        /// The kind.
        kind: String,
        /// How many states it returned.
        answered: usize,
        /// How many it was asked for.
        asked: usize,
    },
    /// What a create of an interrupted run came to could not be found out.
    #[error(
        "{urn} was being created when a run was cut off, and whether it exists could not be found out: {source}. Nothing was changed; run it again"
    )]
    NotFoundOut {
        /// The resource.
        urn: Urn,
        /// Why.
        source: Failure,
    },
    /// No plugin can look up what a create of an interrupted run created.
    #[error("{urn} was being created when a run was cut off, but {source}")]
    NobodyToAsk {
        /// The resource.
        urn: Urn,
        /// The kind that no plugin offers.
        source: NotOffered,
    },
    /// A plugin's own rules could not be checked.
    #[error(
        "{urn} could not be checked, so nothing was changed: {source}{}",
        declared_at.as_ref().map_or(String::new(), |place| format!("\n  at {place}"))
    )]
    NotChecked {
        /// The resource.
        urn: Urn,
        /// Why.
        source: Failure,
        /// Where it is declared.
        declared_at: Option<Source>,
    },
    /// No plugin offers a kind that the program declares.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
    /// A task that asked a plugin did not run to its end.
    #[error("a {what} was cut off: {source}")]
    CutOff {
        /// What it was: a read, a lookup.
        what: &'static str,
        /// How it ended.
        source: tokio::task::JoinError,
    },
}

impl Error {
    /// Returns what the user may do about it beyond what the message says.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Error::Program { source, .. } => source.remedy.clone(),
            Error::Live(error) => error.remedy(),
            Error::Store(error) => error.remedy(),
            Error::OfferedTwice(_) => Some(Remedy::RemovePlugin),
            _ => None,
        }
    }
}

impl LiveError {
    /// Returns what the user may do about it beyond what the message says.
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            LiveError::NotRead { source, .. }
            | LiveError::NotFoundOut { source, .. }
            | LiveError::NotChecked { source, .. } => source.remedy().cloned(),
            LiveError::NobodyToAsk { source, .. } | LiveError::NotOffered(source) => {
                source.remedy()
            }
            LiveError::OtherCount { .. } | LiveError::CutOff { .. } => None,
        }
    }
}

/// A name or pattern of resources that matches none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unmatched {
    /// What the resources were to be.
    pub selects: Selects,
    /// The name or pattern.
    pub pattern: String,
    /// The stack.
    pub stack: StackId,
    /// True if only recorded resources are named: no program ran.
    pub recorded: bool,
    /// Why it matches nothing.
    pub why: Mismatch,
}

/// What a name or pattern of the options selects resources for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Selects {
    /// To be changed: [`Options::targets`](crate::Options::targets).
    Target,
    /// To be left alone: [`Options::exclude`](crate::Options::exclude).
    Exclusion,
    /// To be replaced: [`Options::replace`](crate::Options::replace).
    Replacement,
    /// To be marked, or to lose the mark: [`Stack::taint`](crate::Stack::taint).
    Mark,
}

/// Why a name or pattern matches no resource.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mismatch {
    /// It is the URN of a resource of another stack.
    OtherStack(StackId),
    /// It names only components, such as this one, and those only group.
    Component(String),
    /// The program gives what it names this new name.
    Renamed(String),
    /// Only upper and lower case differ from this name.
    Case(String),
    /// No resource has such a name. These are the nearest names, the most alike first.
    Unknown(Vec<String>),
}

impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unmatched { selects, pattern, stack, recorded, why } = self;
        let which = if *recorded { "recorded resource" } else { "resource" };
        write!(f, "no {which} of stack '{stack}' matches ")?;
        match selects {
            Selects::Target => write!(f, "the target '{pattern}'")?,
            Selects::Exclusion => write!(f, "the exclusion '{pattern}'")?,
            Selects::Replacement => write!(f, "'{pattern}', which is to be replaced")?,
            Selects::Mark => write!(f, "'{pattern}', which is to be marked")?,
        }
        match why {
            Mismatch::OtherStack(other) => write!(f, "; it is a URN of stack '{other}'"),
            Mismatch::Component(name) => {
                write!(f, "; '{name}' is a component: name what it contains, '{name}/*'")
            }
            Mismatch::Renamed(name) => write!(f, "; its present name is '{name}'"),
            Mismatch::Case(name) => {
                write!(f, "; upper and lower case differ: did you mean '{name}'?")
            }
            Mismatch::Unknown(near) => match near.split_last() {
                None => Ok(()),
                Some((only, [])) => write!(f, "; did you mean '{only}'?"),
                Some((last, others)) => {
                    write!(f, "; did you mean '{}' or '{last}'?", others.join("', '"))
                }
            },
        }
    }
}

/// Names resources that were read together.
fn read_together(first: &Urn, others: usize) -> String {
    if others == 0 { first.to_string() } else { format!("{first} and {others} more of its kind") }
}

fn without_full_stop(failure: &Failure) -> String {
    failure.to_string().trim_end_matches('.').to_owned()
}
