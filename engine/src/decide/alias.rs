//! Renames: a recorded resource that the program renamed is kept under its new URN.
//!
//! A component that was renamed or moved renames everything inside it: each of its former scopes
//! stands for its present one. Only scopes that something recorded lies in are followed, so that
//! the search is bounded by what is recorded, however many names a program gives.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use kim_model::{Alias, Declaration, Declarations, FormerParent, Urn};

use crate::event::Diagnostic;
use crate::state::{CopyId, Record, StackId, Standing, State, StateChange};

/// A place that resources are declared in: the stack itself, or a component.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Scope {
    /// The project and the stack, as a URN writes them: `shop/dev`.
    stack: String,
    /// The names of the components, as a URN writes them.
    ///
    /// Empty outside of any component.
    path: String,
}

impl Scope {
    fn of_stack(project: &str, stack: &str) -> Scope {
        let stack = format!("{}/{}", Urn::escape(project), Urn::escape(stack));
        Scope { stack, path: String::new() }
    }

    /// Returns the scope that a component with this URN is.
    fn inside(urn: &Urn) -> Scope {
        let stack = format!("{}/{}", urn.project(), urn.stack());
        Scope { stack, path: urn.qualified_name().to_owned() }
    }

    /// Returns the URN of a resource in this scope; `None` if a part is empty.
    fn urn(&self, kind: &str, name: &str) -> Option<Urn> {
        let (kind, name) = (Urn::escape(kind), Urn::escape(name));
        let path = if self.path.is_empty() { name } else { format!("{}/{name}", self.path) };
        format!("kim:{}/{kind}/{path}", self.stack).parse().ok()
    }
}

/// A former URN that a declaration may have had.
struct Candidate {
    urn: Urn,
    /// True if the declaration itself says so; false if a component above it does.
    ///
    /// Only the former is a claim: what another declaration has the name of is not taken for it.
    own: bool,
}

/// The declarations by their URNs, and the renames found so far.
struct Renames<'r> {
    declarations: &'r Declarations,
    state: &'r State,
    /// The declaration that each URN belongs to, be it the present or a claimed one.
    claims: HashMap<Urn, usize>,
    /// The URNs that are declared.
    declared: HashSet<Urn>,
    changes: Vec<StateChange>,
    errors: Vec<Diagnostic>,
}

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
    let recorded = recorded_scopes(state);
    let scopes = present_scopes(declarations, stack);
    let urns: Vec<Option<Urn>> = declarations
        .resources
        .iter()
        .zip(&scopes)
        .map(|(declaration, scope)| scope.urn(&declaration.kind, &declaration.name))
        .collect();
    let declared =
        || urns.iter().enumerate().filter_map(|(index, urn)| Some((urn.clone()?, index)));
    let mut renames = Renames {
        declarations,
        state,
        claims: declared().collect(),
        declared: declared().map(|(urn, _)| urn).collect(),
        changes: Vec::new(),
        errors: Vec::new(),
    };
    let nothing = Vec::new();
    // Of each component, the scopes that it formerly was.
    let mut former: Vec<Vec<Scope>> = Vec::with_capacity(urns.len());
    for (index, declaration) in declarations.resources.iter().enumerate() {
        let above = parent(declarations, index).map_or(&nothing, |parent| &former[parent]);
        let candidates = || candidates(declaration, &scopes[index], above);
        let mut inside = Vec::new();
        if declaration.component {
            let mut seen = HashSet::new();
            inside = candidates()
                .map(|candidate| Scope::inside(&candidate.urn))
                .filter(|scope| recorded.contains(scope) && seen.insert(scope.clone()))
                .collect();
        }
        if let Some(urn) = &urns[index] {
            renames.find(index, urn, candidates());
        }
        former.push(inside);
    }
    if renames.errors.is_empty() { Ok(renames.changes) } else { Err(renames.errors) }
}

impl Renames<'_> {
    /// Finds the records that a declaration formerly had, if any.
    ///
    /// A copy whose replacement is pending, or that awaits deletion, is found as a current one is:
    /// it belongs to the same resource.
    fn find(&mut self, index: usize, urn: &Urn, candidates: impl Iterator<Item = Candidate>) {
        if self.state.current(urn).is_some() {
            return;
        }
        let is_free = |candidate: &Candidate| {
            candidate.urn != *urn && (candidate.own || !self.declared.contains(&candidate.urn))
        };
        let rank = |candidate: &Candidate| self.rank(&candidate.urn);
        let found = candidates.filter(is_free).filter(|candidate| rank(candidate) > 0);
        // Of equals, the likeliest is first.
        let Some(Candidate { urn: old, .. }) = found.min_by_key(|one| Reverse(rank(one))) else {
            return;
        };
        let declaration = &self.declarations.resources[index];
        let is_taken = |generation| {
            self.state.resources.contains_key(&CopyId { urn: old.clone(), generation })
        };
        if let Some(copy) = self.state.copies(urn).find(|copy| is_taken(copy.generation)) {
            let message = format!(
                "{urn} cannot take the place of {old}: an unfinished replacement (generation {}) already has that name; finish or destroy it first",
                copy.generation
            );
            self.errors.push(
                Diagnostic::error(message)
                    .about(urn.clone())
                    .declared_at(declaration.source.iter().cloned()),
            );
        } else if let Some(other) = self.claims.insert(old.clone(), index) {
            let other = &self.declarations.resources[other];
            let message = format!(
                "{} and {} both claim the recorded resource {old}; remove the alias from one of them, or from a component around it",
                described(other),
                described(declaration)
            );
            self.errors.push(
                Diagnostic::error(message)
                    .about(old)
                    .declared_at(declaration.source.iter().chain(&other.source).cloned()),
            );
        } else {
            self.changes.push(StateChange::Rename { from: old, to: urn.clone() });
        }
    }

    /// Returns how much of a resource is recorded.
    ///
    /// 3: a current copy, 2: one whose replacement is pending, 1: old copies alone, 0: nothing.
    fn rank(&self, urn: &Urn) -> u8 {
        let rank = |copy: &Record| match copy.standing {
            Standing::Current => 3,
            Standing::ReplacementPending => 2,
            Standing::Replaced => 1,
        };
        self.state.copies(urn).map(rank).max().unwrap_or(0)
    }
}

/// Returns the name and the place of a declaration, for messages.
fn described(declaration: &Declaration) -> String {
    let at = declaration.source.as_ref().map_or(String::new(), |source| format!(" ({source})"));
    format!("'{}'{at}", declaration.name)
}

/// Returns the URNs that a declaration may have had, the likeliest first.
///
/// `here` is the scope that it is declared in, `former` what that scope formerly was.
fn candidates<'d>(
    declaration: &'d Declaration,
    here: &'d Scope,
    former: &'d [Scope],
) -> impl Iterator<Item = Candidate> + 'd {
    let aliases = &declaration.options.aliases;
    let own = aliases.iter().filter_map(move |alias| {
        Some(Candidate { urn: former_urn(alias, declaration, here)?, own: true })
    });
    let inherited = former.iter().flat_map(move |scope| {
        let present = scope.urn(&declaration.kind, &declaration.name);
        let combined = aliases
            .iter()
            .filter(|alias| keeps_parent(alias))
            .filter_map(move |alias| former_urn(alias, declaration, scope));
        present.into_iter().chain(combined).map(|urn| Candidate { urn, own: false })
    });
    own.chain(inherited)
}

/// Returns true if an alias leaves the component as it is.
///
/// Then the former names of the component count too.
fn keeps_parent(alias: &Alias) -> bool {
    match alias {
        Alias::Urn(_) => false,
        Alias::Name(_) => true,
        Alias::Former(former) => former.parent == FormerParent::Same,
    }
}

/// Returns the former URN of a declaration in a scope.
///
/// Returns `None` if the alias is malformed.
fn former_urn(alias: &Alias, declaration: &Declaration, scope: &Scope) -> Option<Urn> {
    let former = match alias {
        Alias::Urn(text) => return text.parse().ok(),
        Alias::Name(name) => return scope.urn(&declaration.kind, name),
        Alias::Former(former) => former,
    };
    let mut scope = scope.clone();
    match &former.parent {
        FormerParent::Same => {}
        FormerParent::Outside => scope.path.clear(),
        FormerParent::Component(path) => scope.path.clone_from(path),
    }
    if let (Some(project), Some((_, stack))) = (&former.project, scope.stack.split_once('/')) {
        scope.stack = format!("{}/{stack}", Urn::escape(project));
    }
    let kind = former.kind.as_ref().unwrap_or(&declaration.kind);
    scope.urn(kind, former.name.as_ref().unwrap_or(&declaration.name))
}

/// Returns every scope that a recorded resource lies in.
fn recorded_scopes(state: &State) -> HashSet<Scope> {
    let mut scopes = HashSet::new();
    for record in state.records() {
        let mut scope = Scope::inside(&record.urn);
        while let Some((above, _)) = scope.path.rsplit_once('/') {
            scope.path.truncate(above.len());
            if !scopes.insert(scope.clone()) {
                break;
            }
        }
    }
    scopes
}

/// Returns the component that contains a declaration.
fn parent(declarations: &Declarations, index: usize) -> Option<usize> {
    let parent = declarations.resources[index].parent?;
    declarations.resource_of(parent).filter(|at| *at < index)
}

/// Returns the scope that each declaration is in.
fn present_scopes(declarations: &Declarations, stack: &StackId) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = Vec::with_capacity(declarations.resources.len());
    for index in 0..declarations.resources.len() {
        let scope = match parent(declarations, index) {
            None => Scope::of_stack(&stack.project, &stack.name),
            Some(parent) => {
                let name = Urn::escape(&declarations.resources[parent].name);
                let Scope { stack, path } = &scopes[parent];
                let path = if path.is_empty() { name } else { format!("{path}/{name}") };
                Scope { stack: stack.clone(), path }
            }
        };
        scopes.push(scope);
    }
    scopes
}
