//! The providers of a stack: which of them serves which kind and which lookup.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kim_model::{Remedy, schema};

use crate::interrupt::Interrupt;
use crate::ports::Provider;
use crate::schema::nearest;

/// The providers of a stack, found by kind or lookup.
#[derive(Clone)]
pub(crate) struct Providers {
    all: Vec<Arc<dyn Provider>>,
    kinds: HashMap<String, (usize, Arc<schema::Kind>)>,
    lookups: HashMap<String, usize>,
    /// The memory of the large answers to this plan and its run, in bytes.
    ///
    /// Clones share it.
    answers: Arc<AtomicU64>,
}

impl Providers {
    /// Indexes providers.
    ///
    /// # Errors
    /// Two offer the same kind or lookup.
    pub(crate) fn new(all: Vec<Arc<dyn Provider>>) -> Result<Providers, OfferedTwice> {
        let schemas = all.iter().map(|provider| provider.schema());
        if let Some(twice) = OfferedTwice::among(schemas.map(|schema| (&*schema.name, schema))) {
            return Err(twice);
        }
        let mut kinds = HashMap::new();
        let mut lookups = HashMap::new();
        for (at, provider) in all.iter().enumerate() {
            for kind in &provider.schema().kinds {
                kinds.insert(kind.name.clone(), (at, Arc::new(kind.clone())));
            }
            for lookup in &provider.schema().lookups {
                lookups.insert(lookup.name.clone(), at);
            }
        }
        Ok(Providers { all, kinds, lookups, answers: Arc::default() })
    }

    /// Returns the providers for one run, whose interrupt ends their waits.
    pub(crate) fn for_run(mut self, interrupt: &Interrupt) -> Providers {
        for provider in &mut self.all {
            if let Some(of_run) = provider.for_run(interrupt) {
                *provider = of_run;
            }
        }
        self
    }

    /// Counts memory of an answer, in bytes, and returns the sum of all so far.
    pub(crate) fn count_answer(&self, bytes: u64) -> u64 {
        self.answers.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes)
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

    /// Returns the error for a kind that no plugin offers.
    pub(crate) fn unknown_kind(&self, kind: &str) -> NotOffered {
        NotOffered::new("kind of resource", kind, self.kinds.keys().map(String::as_str))
    }

    /// Returns the error for a lookup that no plugin offers.
    pub(crate) fn unknown_lookup(&self, name: &str) -> NotOffered {
        NotOffered::new("lookup", name, self.lookups.keys().map(String::as_str))
    }
}

/// The error for a kind or a lookup that two plugins offer.
///
/// Neither serves it: the other one would get its inputs, and with them its secrets.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("two plugins offer the {what} '{name}', '{}' and '{}', so nothing was changed: only one of them can serve it", plugins[0], plugins[1])]
pub struct OfferedTwice {
    /// What is offered: `kind of resource`, `lookup`.
    pub what: &'static str,
    /// The name that both offer.
    pub name: String,
    /// The plugins, in the order in which the stack has them.
    pub plugins: [String; 2],
}

impl OfferedTwice {
    /// Returns the first kind or lookup that two plugins offer.
    ///
    /// Each plugin is given by its name and its schema.
    pub fn among<'p>(
        plugins: impl Iterator<Item = (&'p str, &'p schema::Plugin)>,
    ) -> Option<OfferedTwice> {
        let mut offered: HashMap<(&str, &str), (usize, &str)> = HashMap::new();
        for (at, (plugin, schema)) in plugins.enumerate() {
            let kinds = schema.kinds.iter().map(|kind| ("kind of resource", kind.name.as_str()));
            let lookups = schema.lookups.iter().map(|lookup| ("lookup", lookup.name.as_str()));
            for (what, name) in kinds.chain(lookups) {
                let before = offered.insert((what, name), (at, plugin));
                if let Some((_, first)) = before.filter(|(before, _)| *before != at) {
                    let plugins = [first, plugin].map(str::to_owned);
                    return Some(OfferedTwice { what, name: name.to_owned(), plugins });
                }
            }
        }
        None
    }
}

/// The error for a kind or a lookup that no plugin offers.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no plugin offers the {what} '{name}'{}", near.as_ref().map_or(String::new(), |near| format!("; did you mean '{near}'?")))]
pub struct NotOffered {
    /// What was asked for: `kind of resource`, `lookup`.
    pub what: &'static str,
    /// The name that was asked for.
    pub name: String,
    /// The most similar name that is offered, if one is similar.
    pub near: Option<String>,
}

impl NotOffered {
    fn new<'n>(what: &'static str, name: &str, known: impl Iterator<Item = &'n str>) -> NotOffered {
        NotOffered { what, name: name.to_owned(), near: nearest(name, known).map(str::to_owned) }
    }

    /// Returns what the user may do about it.
    ///
    /// Returns `None` if the name is likely a typing mistake.
    pub fn remedy(&self) -> Option<Remedy> {
        self.near.is_none().then_some(Remedy::AddPlugin)
    }
}
