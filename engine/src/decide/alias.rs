//! Renames: a recorded resource that the program renamed is kept under its new URN.

use std::collections::HashMap;

use kim_model::{Alias, Declarations, Urn};

use crate::event::Diagnostic;
use crate::state::{CopyId, StackId, State, StateChange};

/// Returns the renames that give recorded resources the program's names.
///
/// A declared URN that state already has gets no rename. Two declarations that claim one recorded
/// resource are an error.
pub(crate) fn renames(
    declarations: &Declarations,
    stack: &StackId,
    state: &State,
) -> Result<Vec<StateChange>, Vec<Diagnostic>> {
    if declarations.resources.iter().all(|declaration| declaration.options.aliases.is_empty()) {
        return Ok(Vec::new());
    }
    let paths = paths(declarations);
    let urn_of = |index: usize, name: &str| {
        let declaration = &declarations.resources[index];
        Urn::new(&stack.project, &stack.name, &declaration.kind, &paths[index], name)
    };
    let mut changes = Vec::new();
    let mut claims: HashMap<Urn, usize> = (0..paths.len())
        .map(|index| (urn_of(index, &declarations.resources[index].name), index))
        .collect();
    let mut errors = Vec::new();
    for (index, declaration) in declarations.resources.iter().enumerate() {
        let urn = urn_of(index, &declaration.name);
        if state.current(&urn).is_some() {
            continue;
        }
        let old = declaration.options.aliases.iter().find_map(|alias| {
            let old = match alias {
                Alias::Urn(text) => text.parse().ok()?,
                Alias::Name(name) => urn_of(index, name),
            };
            state.current(&old).is_some().then_some(old)
        });
        let Some(old) = old else { continue };
        let is_taken =
            |generation| state.resources.contains_key(&CopyId { urn: old.clone(), generation });
        if let Some(copy) = state.copies(&urn).find(|copy| is_taken(copy.generation)) {
            let message = format!(
                "{urn} cannot take the place of {old}: an unfinished replacement (generation {}) already has that name; finish or destroy it first",
                copy.generation
            );
            errors.push(
                Diagnostic::error(message)
                    .about(urn)
                    .declared_at(declaration.source.iter().cloned()),
            );
            continue;
        }
        if let Some(other) = claims.insert(old.clone(), index) {
            let other = &declarations.resources[other];
            let message = format!(
                "'{}' and '{}' both claim the recorded resource {old}; remove the alias from one of them",
                other.name, declaration.name
            );
            errors.push(
                Diagnostic::error(message)
                    .about(old)
                    .declared_at(declaration.source.iter().chain(&other.source).cloned()),
            );
        } else {
            changes.push(StateChange::Rename { from: old, to: urn });
        }
    }
    if errors.is_empty() { Ok(changes) } else { Err(errors) }
}

/// Returns the names of the components above each declaration.
fn paths(declarations: &Declarations) -> Vec<Vec<&str>> {
    let mut paths: Vec<Vec<&str>> = Vec::with_capacity(declarations.resources.len());
    for (index, declaration) in declarations.resources.iter().enumerate() {
        let parent = declaration
            .parent
            .and_then(|parent| declarations.resource_of(parent))
            .filter(|at| *at < index);
        let above = parent.map(|parent| {
            let mut above = paths[parent].clone();
            above.push(declarations.resources[parent].name.as_str());
            above
        });
        paths.push(above.unwrap_or_default());
    }
    paths
}
