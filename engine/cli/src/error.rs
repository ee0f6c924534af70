//! Errors of the command line.
//!
//! This is the one place where an error becomes an exit code, a cause and a hint.
//!
//! Invariants: a message says what happened, where and why; a hint says what to do next; neither
//! holds a secret.

use std::fmt;
use std::path::Path;

use kim_engine::gate::inline;
use kim_engine::ports::{ProgramError, StoreError};
use kim_engine::suggest::nearest;
use kim_model::without_error_numbers;

use crate::hints;

/// What the process ends with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// The operation failed (1).
    Failed,
    /// The request is not valid (2): flags, files, names.
    Usage,
    /// There are changes where none were expected (3).
    Changes,
}

impl Exit {
    /// Returns the process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Changes => 3,
        }
    }
}

/// The reason why a command failed.
#[derive(Clone, PartialEq, Debug)]
pub struct Error {
    /// What the process ends with.
    pub exit: Exit,
    /// What happened, where, and why. May have several lines.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// True if the screen of a run has shown the message already.
    pub shown: bool,
}

/// How many of a program's errors are shown.
///
/// A loop in a program can report thousands, and would bury the first ones.
const MOST_ERRORS: usize = kim_model::bounds::ERRORS.most();

/// The result of a command.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Creates the error for an operation that failed.
    pub fn failed(message: impl Into<String>) -> Error {
        Error {
            exit: Exit::Failed,
            message: without_error_numbers(message),
            hint: None,
            shown: false,
        }
    }

    /// Creates the error for a request that is wrong.
    pub fn usage(message: impl Into<String>) -> Error {
        Error { exit: Exit::Usage, ..Error::failed(message) }
    }

    /// Creates the error for changes where none were expected.
    pub fn changes(message: impl Into<String>) -> Error {
        Error { exit: Exit::Changes, ..Error::failed(message) }
    }

    /// Creates the error for a file that cannot be read, written or created.
    ///
    /// `what` is the attempt ("read the project file"). `path` may also be a folder.
    pub fn file(what: &str, path: &Path, error: &std::io::Error) -> Error {
        Error::failed(format!("cannot {what} {}: {error}", inline(&path.display().to_string())))
    }

    /// Adds the file that the error is about, as a line of its own.
    pub fn at(mut self, file: &Path) -> Error {
        self.message.push_str(&format!("\n  at {}", inline(&file.display().to_string())));
        self
    }

    /// Adds what to do next, after what was there.
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hint = Some(match self.hint {
            Some(before) => format!("{before}; {}", hint.into()),
            None => hint.into(),
        });
        self
    }

    /// Adds what to do next, if there is something.
    pub fn hint_opt(self, hint: Option<String>) -> Error {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Marks the error as reported on the screen already: only the exit code is left.
    pub fn already_shown(mut self) -> Error {
        self.shown = true;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for Error {}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Error {
        let (message, hint) = (error.to_string(), hints::of_store(&error));
        let error = match error {
            StoreError::NoSuchStack { stack, known, .. } => {
                let meant = nearest(&stack, known.iter().map(String::as_str));
                let meant = meant.map_or(String::new(), |name| format!("did you mean '{name}'? "));
                Error::usage(message).hint(format!("{meant}`kim stack init {stack}` makes it"))
            }
            StoreError::StackExists(_) | StoreError::NotEmpty { .. } => Error::usage(message),
            StoreError::Secrets(_)
            | StoreError::Locked { .. }
            | StoreError::TakenOver { .. }
            | StoreError::Unusable(_) => Error::failed(message),
        };
        error.hint_opt(hint)
    }
}

impl From<ProgramError> for Error {
    fn from(error: ProgramError) -> Error {
        let message = format!("the program failed, so nothing was changed: {}", error.message);
        Error::failed(message).hint_opt(hints::of_remedies(&error.remedy))
    }
}

impl From<kim_engine::Error> for Error {
    fn from(error: kim_engine::Error) -> Error {
        match error {
            kim_engine::Error::Store(error) => error.into(),
            kim_engine::Error::Invalid(diagnostics) => {
                let count = diagnostics
                    .iter()
                    .filter(|d| d.severity == kim_engine::event::Severity::Error)
                    .count();
                let mut each: Vec<String> = diagnostics
                    .iter()
                    .take(MOST_ERRORS)
                    .map(crate::screen::diagnostic_text)
                    .collect();
                if diagnostics.len() > MOST_ERRORS {
                    each.push(format!("and {} more", diagnostics.len() - MOST_ERRORS));
                }
                Error::failed(format!(
                    "the program's declarations have {}, so nothing was changed\n{}",
                    kim_engine::event::counted(count, "error"),
                    each.join("\n")
                ))
            }
            kim_engine::Error::Unmatched(_) => {
                Error::usage(error.to_string()).hint_opt(hints::of_error(&error))
            }
            other => Error::failed(other.to_string()).hint_opt(hints::of_error(&other)),
        }
    }
}

impl From<kim_aws_local::Error> for Error {
    fn from(error: kim_aws_local::Error) -> Error {
        Error::failed(error.to_string())
    }
}

impl From<kim_sandbox::LoadError> for Error {
    fn from(error: kim_sandbox::LoadError) -> Error {
        Error::failed(error.message).hint_opt(hints::of_remedies(&error.remedy))
    }
}
