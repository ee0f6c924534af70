//! Which resources a run is about: all, or those that `--target` names.

use kim_model::Urn;
use wildmatch::WildMatch;

/// A choice of resources by URN or qualified name (`main/node-1`); `*` and `?` are wildcards.
#[derive(Clone, Debug)]
pub(crate) struct Targets(Vec<WildMatch>);

impl Targets {
    /// A choice; empty: all.
    pub(crate) fn new(patterns: &[String]) -> Targets {
        Targets(patterns.iter().map(|pattern| WildMatch::new(pattern)).collect())
    }

    /// Whether everything is chosen.
    pub(crate) fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a resource is chosen.
    pub(crate) fn takes(&self, urn: &Urn) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|pattern| pattern.matches(urn.as_str()) || pattern.matches(urn.qualified_name()))
    }
}
