//! The resources that a run covers: all, or those that the options name, without the excluded ones.

use kim_model::Urn;
use wildmatch::WildMatch;

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
