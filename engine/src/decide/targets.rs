//! The resources that a run covers: all, or those that the options name, without the excluded ones.

use std::collections::BTreeMap;

use kim_model::Urn;
use wildmatch::WildMatch;

use crate::desired::Desired;
use crate::error::{Mismatch, Selects, Unmatched};
use crate::schema::nearest_few;
use crate::state::{Record, StackId, State, StateChange};

/// How many of the nearest names an error lists.
const NEAREST: usize = 3;

/// A selection of resources by URN or qualified name (`main/node-1`).
///
/// `*` and `?` are wildcards.
#[derive(Clone, Debug)]
pub(crate) struct Targets {
    /// What is selected; if empty, everything is.
    included: Patterns,
    /// What is not, although it is selected.
    excluded: Patterns,
}

impl Targets {
    /// Creates a selection; an empty list of included resources selects all.
    pub(crate) fn new(included: &[String], excluded: &[String]) -> Targets {
        Targets { included: Patterns::new(included), excluded: Patterns::new(excluded) }
    }

    /// Returns true if everything is selected.
    pub(crate) fn is_all(&self) -> bool {
        self.included.0.is_empty() && self.excluded.0.is_empty()
    }

    /// Returns true if a resource is selected.
    pub(crate) fn takes(&self, urn: &Urn) -> bool {
        (self.names_none() || self.included.match_any(urn)) && !self.excludes(urn)
    }

    /// Returns true if no resource is selected by its name.
    pub(crate) fn names_none(&self) -> bool {
        self.included.0.is_empty()
    }

    /// Returns true if a resource is excluded by its name.
    pub(crate) fn excludes(&self, urn: &Urn) -> bool {
        self.excluded.match_any(urn)
    }
}

/// Patterns of URNs and qualified names.
#[derive(Clone, Debug)]
struct Patterns(Vec<WildMatch>);

impl Patterns {
    fn new(patterns: &[String]) -> Patterns {
        Patterns(patterns.iter().map(|pattern| WildMatch::new(pattern)).collect())
    }

    fn match_any(&self, urn: &Urn) -> bool {
        self.0
            .iter()
            .any(|pattern| pattern.matches(urn.as_str()) || pattern.matches(urn.qualified_name()))
    }
}

/// What a name or pattern of the options may match.
pub(crate) struct Known<'k> {
    /// The stack.
    stack: &'k StackId,
    /// The resources and components by URN; true for a component.
    urns: BTreeMap<&'k Urn, bool>,
    /// The new URN of what the program renames, by the recorded one.
    renamed: BTreeMap<&'k Urn, &'k Urn>,
    /// True if all of them are recorded: no program ran.
    recorded: bool,
}

impl<'k> Known<'k> {
    /// Returns what is recorded of a stack, and what may still be created.
    pub(crate) fn recorded(stack: &'k StackId, state: &'k State) -> Known<'k> {
        let open = state.intents.values();
        let in_doubt = state.doubts.values().map(|doubt| &doubt.intent);
        let records = open.chain(in_doubt).map(|intent| &intent.record).chain(state.records());
        Known::of(stack, records)
    }

    /// Returns what these records are of.
    pub(crate) fn of(
        stack: &'k StackId,
        records: impl IntoIterator<Item = &'k Record>,
    ) -> Known<'k> {
        let urns = records.into_iter().map(|record| (&record.urn, record.component)).collect();
        Known { stack, urns, renamed: BTreeMap::new(), recorded: true }
    }

    /// Adds what the program declares, and takes away the names that it gives up.
    pub(crate) fn and_declared(self, desired: &'k Desired, renames: &'k [StateChange]) -> Self {
        let renamed: BTreeMap<&Urn, &Urn> = renames
            .iter()
            .filter_map(|change| match change {
                StateChange::Rename { from, to } => Some((from, to)),
                _ => None,
            })
            .collect();
        let declared = desired.nodes.iter().enumerate();
        let declared = declared.map(|(at, node)| (&node.urn, desired.declaration(at).component));
        let mut urns = self.urns;
        urns.retain(|urn, _| !renamed.contains_key(urn));
        urns.extend(declared);
        Known { stack: self.stack, urns, renamed, recorded: false }
    }

    /// Returns an error for each pattern that matches no resource.
    pub(crate) fn unmatched(&self, selects: Selects, patterns: &[String]) -> Vec<Unmatched> {
        let of_pattern = |pattern: &String| {
            let why = self.mismatch(pattern)?;
            let (stack, recorded) = (self.stack.clone(), self.recorded);
            Some(Unmatched { selects, pattern: pattern.clone(), stack, recorded, why })
        };
        patterns.iter().filter_map(of_pattern).collect()
    }

    /// Returns why a pattern matches no resource; `None` if it matches one.
    fn mismatch(&self, pattern: &str) -> Option<Mismatch> {
        let patterns = Patterns::new(&[pattern.to_owned()]);
        let mut matched = self.urns.iter().filter(|(urn, _)| patterns.match_any(urn)).peekable();
        if let Some((component, _)) = matched.peek().copied() {
            let only_components = matched.all(|(_, is_component)| *is_component);
            let name = || component.qualified_name().to_owned();
            return only_components.then(|| Mismatch::Component(name()));
        }
        if let Some((_, new)) = self.renamed.iter().find(|(old, _)| patterns.match_any(old)) {
            return Some(Mismatch::Renamed(new.qualified_name().to_owned()));
        }
        Some(
            self.other_stack(pattern)
                .or_else(|| self.other_case(pattern))
                .unwrap_or_else(|| Mismatch::Unknown(self.nearest(pattern))),
        )
    }

    /// Returns the stack of a URN that is not of this one.
    fn other_stack(&self, pattern: &str) -> Option<Mismatch> {
        let mut parts = pattern.strip_prefix("kim:")?.split('/');
        let (project, name) = (parts.next()?, parts.next()?);
        let names_stack = |part: &str, own: &str| !part.contains(['*', '?']) && part != own;
        let own = (Urn::escape(&self.stack.project), Urn::escape(&self.stack.name));
        let is_other = names_stack(project, &own.0) || names_stack(name, &own.1);
        let (project, name) = (Urn::unescape(project), Urn::unescape(name));
        is_other.then_some(Mismatch::OtherStack(StackId { project, name }))
    }

    /// Returns the name that a pattern matches if case does not count.
    fn other_case(&self, pattern: &str) -> Option<Mismatch> {
        let pattern = WildMatch::new_case_insensitive(pattern);
        let mut names = self.names().flat_map(|urn| [urn.qualified_name(), urn.as_str()]);
        let name = names.find(|name| pattern.matches(name))?;
        Some(Mismatch::Case(name.to_owned()))
    }

    /// Returns the names that are most like a pattern.
    ///
    /// A person reads names without the escapes of a URN, and may leave components out.
    fn nearest(&self, pattern: &str) -> Vec<String> {
        let is_urn = pattern.starts_with("kim:");
        let name = if is_urn { pattern.splitn(4, '/').nth(3).unwrap_or_default() } else { pattern };
        let read = |urn: &'_ Urn| [urn.qualified_name(), urn.name()].map(Urn::unescape);
        let texts: Vec<(String, &Urn)> =
            self.names().flat_map(|urn| read(urn).map(|text| (text, urn))).collect();
        let near = nearest_few(name, texts.iter().map(|(text, _)| text.as_str()), 2 * NEAREST);
        let meant = near.iter().flat_map(|near| texts.iter().filter(move |(text, _)| text == near));
        let mut names = Vec::new();
        for (_, urn) in meant {
            let name = if is_urn { urn.as_str() } else { urn.qualified_name() };
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names.truncate(NEAREST);
        names
    }

    /// Returns the URNs of the resources.
    fn names(&self) -> impl Iterator<Item = &Urn> {
        self.urns.iter().filter(|(_, is_component)| !**is_component).map(|(urn, _)| *urn)
    }
}
