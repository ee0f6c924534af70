//! The request of a run.

use std::path::PathBuf;
use std::time::Duration;

use kim_engine::Options;
use kim_engine::plan::Operation;

use crate::args::{Selected, Shown};

/// The flags of a run, in the form that all four operations share.
pub(crate) struct Request {
    pub(crate) operation: Operation,
    pub(crate) local: bool,
    /// The compiled program to run instead of the project's, as on the command line.
    pub(crate) program: Option<PathBuf>,
    pub(crate) shown: Shown,
    pub(crate) yes: bool,
    pub(crate) expect_no_changes: bool,
    pub(crate) deadline: Option<Duration>,
    pub(crate) options: Options,
}

impl Request {
    /// Returns the request of an operation with the flags that all four have.
    ///
    /// The other flags are not set.
    pub(crate) fn new(
        operation: Operation,
        local: bool,
        shown: Shown,
        selected: Selected,
    ) -> Request {
        let options = Options {
            targets: selected.target,
            exclude: selected.exclude,
            parallel: usize::from(selected.parallel),
            ..Options::default()
        };
        Request {
            operation,
            local,
            program: None,
            shown,
            yes: false,
            expect_no_changes: false,
            deadline: selected.deadline,
            options,
        }
    }

    /// Returns true if the operation runs the program.
    pub(super) fn runs_program(&self) -> bool {
        matches!(self.operation, Operation::Preview | Operation::Up)
    }
}
