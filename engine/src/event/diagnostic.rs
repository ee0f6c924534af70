//! Something that is wrong or worth knowing, as a run reports it.

use kim_model::{Remedy, Source, Urn};
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
    /// What the user may do about it beyond what the message says. Not serialized: who shows it words it.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
}

impl Diagnostic {
    /// Returns a diagnostic that is about nothing in particular yet.
    pub fn new(severity: Severity, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity, message: message.into(), urn: None, path: None, sources: Vec::new(), remedy: None }
    }

    /// Returns an error that is about nothing in particular yet.
    pub fn error(message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, message)
    }

    /// Returns it about a resource.
    #[must_use]
    pub fn about(self, urn: impl Into<Option<Urn>>) -> Diagnostic {
        Diagnostic { urn: urn.into(), ..self }
    }

    /// Returns it about a property, by its path.
    #[must_use]
    pub fn of_property(self, path: impl Into<String>) -> Diagnostic {
        Diagnostic { path: Some(path.into()), ..self }
    }

    /// Returns it with places in the program's source, the most likely cause first.
    #[must_use]
    pub fn declared_at(self, sources: impl IntoIterator<Item = Source>) -> Diagnostic {
        Diagnostic { sources: sources.into_iter().collect(), ..self }
    }

    /// Returns it with something that the user may do about it.
    #[must_use]
    pub fn cured_by(self, remedy: impl Into<Option<Remedy>>) -> Diagnostic {
        Diagnostic { remedy: remedy.into(), ..self }
    }
}
