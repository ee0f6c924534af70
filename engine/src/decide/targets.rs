//! The resources that a run covers: all, or those that the options name as targets.

use kim_model::Urn;
use wildmatch::WildMatch;

/// A selection of resources by URN or qualified name (`main/node-1`).
///
/// `*` and `?` are wildcards.
#[derive(Clone, Debug)]
pub(crate) struct Targets(Vec<WildMatch>);

impl Targets {
    /// Creates a selection; an empty list selects all.
    pub(crate) fn new(patterns: &[String]) -> Targets {
        Targets(patterns.iter().map(|pattern| WildMatch::new(pattern)).collect())
    }

    /// Returns true if everything is selected.
    pub(crate) fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns true if a resource is selected.
    pub(crate) fn takes(&self, urn: &Urn) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|pattern| {
                pattern.matches(urn.as_str()) || pattern.matches(urn.qualified_name())
            })
    }
}
