//! Which provider serves which kind and which lookup.

use std::collections::HashMap;
use std::sync::Arc;

use kim_model::schema;

use crate::ports::Provider;
use crate::schema::nearest;

/// The providers of a stack, found by kind or lookup.
#[derive(Clone)]
pub(crate) struct Providers {
    all: Vec<Arc<dyn Provider>>,
    kinds: HashMap<String, (usize, Arc<schema::Kind>)>,
    lookups: HashMap<String, usize>,
}

impl Providers {
    /// Indexes providers. Where two offer the same kind, the first one serves it.
    pub(crate) fn new(all: Vec<Arc<dyn Provider>>) -> Providers {
        let mut kinds = HashMap::new();
        let mut lookups = HashMap::new();
        for (at, provider) in all.iter().enumerate() {
            for kind in &provider.schema().kinds {
                kinds.entry(kind.name.clone()).or_insert_with(|| (at, Arc::new(kind.clone())));
            }
            for lookup in &provider.schema().lookups {
                lookups.entry(lookup.name.clone()).or_insert(at);
            }
        }
        Providers { all, kinds, lookups }
    }

    /// Returns all providers.
    pub(crate) fn all(&self) -> &[Arc<dyn Provider>] {
        &self.all
    }

    /// Returns the provider of a kind.
    pub(crate) fn of_kind(&self, kind: &str) -> Option<&Arc<dyn Provider>> {
        self.kinds.get(kind).map(|(at, _)| &self.all[*at])
    }

    /// Returns the schema of a kind.
    pub(crate) fn kind(&self, kind: &str) -> Option<&Arc<schema::Kind>> {
        self.kinds.get(kind).map(|(_, kind)| kind)
    }

    /// Returns the provider of a lookup.
    pub(crate) fn of_lookup(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.lookups.get(name).map(|at| &self.all[*at])
    }

    /// Returns the schema of a lookup.
    pub(crate) fn lookup(&self, name: &str) -> Option<&schema::Lookup> {
        self.of_lookup(name).and_then(|provider| provider.schema().lookup(name))
    }

    /// Returns why there is no such kind, and what might have been meant.
    pub(crate) fn unknown_kind(&self, kind: &str) -> String {
        unknown("kind of resource", kind, self.kinds.keys().map(String::as_str))
    }

    /// Returns why there is no such lookup, and what might have been meant.
    pub(crate) fn unknown_lookup(&self, name: &str) -> String {
        unknown("lookup", name, self.lookups.keys().map(String::as_str))
    }
}

fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> String {
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean '{near}'?"),
        None => "name the plugin that offers it under [plugins] in Kim.toml".to_owned(),
    };
    format!("no plugin offers the {what} '{name}'; {hint}")
}
