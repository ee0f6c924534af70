//! Something that is wrong or worth knowing, as a run reports it.

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

/// Something that is wrong or worth knowing: what and where.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What happened, and why.
    pub message: String,
    /// The resource that it is about.
    pub urn: Option<Urn>,
    /// The path of the property that it is about.
    pub path: Option<String>,
    /// The places in the program's source, the most likely cause first.
    pub sources: Vec<Source>,
}
