//! A problem or a notice, as a run reports it.

use kim_model::{Remedy, Source, Urn};
use serde::Serialize;

/// How serious a diagnostic is.
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

/// A problem or a notice, with its place.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Diagnostic {
    /// How serious it is.
    pub severity: Severity,
    /// What happened, and why.
    pub message: String,
    /// The resource that it is about.
    pub urn: Option<Urn>,
    /// The path of the property that it is about.
    pub path: Option<String>,
    /// The places in the program's source, the most likely cause first.
    pub sources: Vec<Source>,
    /// What the user may do about it beyond what the message says.
    ///
    /// Not serialized: the receiver that shows it words it.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
}

impl Diagnostic {
    /// Returns a diagnostic that names no resource, property or place yet.
    pub fn new(severity: Severity, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity,
            message: message.into(),
            urn: None,
            path: None,
            sources: Vec::new(),
            remedy: None,
        }
    }

    /// Returns an error that names no resource, property or place yet.
    pub fn error(message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, message)
    }

    /// Sets the resource that it is about.
    #[must_use]
    pub fn about(self, urn: impl Into<Option<Urn>>) -> Diagnostic {
        Diagnostic { urn: urn.into(), ..self }
    }

    /// Sets the path of the property that it is about.
    #[must_use]
    pub fn of_property(self, path: impl Into<String>) -> Diagnostic {
        Diagnostic { path: Some(path.into()), ..self }
    }

    /// Sets the places in the program's source, the most likely cause first.
    #[must_use]
    pub fn declared_at(self, sources: impl IntoIterator<Item = Source>) -> Diagnostic {
        Diagnostic { sources: sources.into_iter().collect(), ..self }
    }

    /// Sets what the user may do about it.
    #[must_use]
    pub fn cured_by(self, remedy: impl Into<Option<Remedy>>) -> Diagnostic {
        Diagnostic { remedy: remedy.into(), ..self }
    }
}
