//! Something that is wrong or worth knowing, as it is told.

use kim_model::{Source, Urn};
use serde::Serialize;

/// How bad a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Notice,
    /// Probably not what was meant.
    Warning,
    /// Stops the run.
    Error,
}

/// Something that is wrong or worth knowing: what, where, and what to do next.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// What happened and why, what to do next.
    pub message: String,
    /// The resource.
    pub urn: Option<Urn>,
    /// The property path.
    pub path: Option<String>,
    /// The places in the program's source, the one to blame first.
    pub sources: Vec<Source>,
}
