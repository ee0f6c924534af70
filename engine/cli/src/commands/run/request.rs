//! What is asked of a run.

use std::path::PathBuf;
use std::time::Duration;

use kim_engine::Options;
use kim_engine::plan::Operation;

use crate::args::{Selected, Shown};

/// What is asked for, the same for all four.
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

/// What the flags that choose say to the engine.
pub(crate) fn options(selected: Selected) -> Options {
    Options { targets: selected.target, parallel: usize::from(selected.parallel), ..Options::default() }
}
