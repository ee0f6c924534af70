//! Errors in declarations, as diagnostics with their places in the source.

use kim_model::bounds::DECLARED_ERRORS;
use kim_model::{Source, Urn};

use super::graph::Desired;
use crate::event::{Diagnostic, Severity};
use crate::schema::check::Problem;

/// Returns an error about declarations, with their places in the source.
///
/// The most likely cause comes first.
pub(super) fn error(
    message: String,
    urn: Option<&Urn>,
    sources: impl IntoIterator<Item = Option<Source>>,
) -> Diagnostic {
    Diagnostic::error(message).about(urn.cloned()).declared_at(sources.into_iter().flatten())
}

/// Returns true if no further errors need to be looked for.
pub(crate) fn are_enough(errors: &[Diagnostic]) -> bool {
    DECLARED_ERRORS.is_exceeded_by(errors.len() as u64)
}

/// Returns the errors that are listed. One more says if there are others.
pub(crate) fn listed(mut errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
    if DECLARED_ERRORS.is_exceeded_by(errors.len() as u64) {
        errors.truncate(DECLARED_ERRORS.most());
        let message = format!("these are {DECLARED_ERRORS}; there are more, which are not listed");
        errors.push(error(message, None, []));
    }
    errors
}

/// Returns a diagnostic about a declared resource.
pub(crate) fn wrong(
    desired: &Desired,
    index: usize,
    severity: Severity,
    problem: Problem,
) -> Diagnostic {
    let (node, declaration) = (&desired.nodes[index], desired.declaration(index));
    let at = if problem.path.is_root() { String::new() } else { format!("{} ", problem.path) };
    Diagnostic::new(
        severity,
        format!("{} '{}': {at}{}", declaration.kind, declaration.name, problem.message),
    )
    .about(node.urn.clone())
    .of_property(problem.path.to_string())
    .declared_at(declaration.source.clone())
}
