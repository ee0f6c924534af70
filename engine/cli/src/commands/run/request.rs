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
    pub(crate) program: Option<PathBuf>,
    pub(crate) shown: Shown,
    pub(crate) yes: bool,
    pub(crate) expect_no_changes: bool,
    pub(crate) deadline: Option<Duration>,
    pub(crate) options: Options,
}

/// Returns the engine's options for the flags that select.
pub(crate) fn options(selected: Selected) -> Options {
    Options { targets: selected.target, parallel: usize::from(selected.parallel), ..Options::default() }
}
