//! The plan: a graph of steps.

use std::collections::BTreeMap;

use kim_model::{Estimate, Path, Source, Urn, Value};
use serde::Serialize;

use crate::state::Action;

/// What is asked of the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Show what `up` would do.
    Preview,
    /// Make the cloud what the program declares.
    Up,
    /// Delete everything.
    Destroy,
    /// Record what the cloud holds.
    Refresh,
}

/// How a property differs.
#[derive(Clone, PartialEq, Debug)]
pub struct Change {
    /// Where.
    pub path: Path,
    /// What it is (recorded, or live where it drifted); `None`: absent.
    pub old: Option<Value>,
    /// What it will be; `None`: absent. Secrets keep their mark: show them redacted.
    pub new: Option<Value>,
    /// This change is why the resource is replaced.
    pub replaces: bool,
    /// The difference came from outside: the program did not change since the last run.
    pub drift: bool,
}

/// What the plan means for one resource, for the screen.
#[derive(Clone, PartialEq, Debug)]
pub struct ResourceChange {
    /// The resource or component.
    pub urn: Urn,
    /// Its component.
    pub parent: Option<Urn>,
    /// It is a component: it only groups, and does not count.
    pub component: bool,
    /// What happens to it.
    pub fate: Fate,
    /// The properties that differ.
    pub changes: Vec<Change>,
    /// Where it is declared.
    pub source: Option<Source>,
    /// Why, where the changes alone don't say ("tainted", "follows vpc main", "gone from the cloud", "no longer declared").
    pub reason: Option<String>,
    /// What it costs a month afterwards, in millionths of a US dollar, where known.
    pub micros_a_month: Option<u64>,
    /// How the price comes about.
    pub price_basis: Option<String>,
}

/// What happens to a resource.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Nothing.
    Same,
    /// It is created.
    Create,
    /// It is changed in place.
    Update,
    /// A new one is created, then the old one deleted.
    ReplaceCreateFirst,
    /// The old one is deleted, then a new one created.
    ReplaceDeleteFirst,
    /// It is deleted.
    Delete,
    /// Its record is dropped.
    Forget,
    /// Only its record changes.
    Record,
}

impl Fate {
    /// Returns whether a new copy is created: its inputs are the program's, whatever was ignored on the old one.
    pub fn makes_copy(self) -> bool {
        matches!(self, Fate::Create | Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst)
    }
}

/// A plan: what will be done, in which order, and what it means for each resource.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked.
    pub operation: Operation,
    /// What it means, in the order of declaration (resources that go come last).
    pub resources: Vec<ResourceChange>,
    /// The steps and their order (an edge: the first must be done before the second). Apply only walks it.
    pub steps: petgraph::stable_graph::StableDiGraph<Step, ()>,
    /// The outputs of the stack as far as they are known.
    pub exports: BTreeMap<String, Value>,
    /// What the program estimates beside the prices of resources; only a preview and an up have any.
    pub estimates: Vec<Estimate>,
    /// How many resources that stay have no known price although their plugin knows prices of their kind.
    pub unpriced: usize,
}

/// One action of a plan.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// The resource.
    pub urn: Urn,
    /// What is done.
    pub action: Action,
    /// The copy that it concerns.
    pub generation: u64,
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.resources.iter().filter(|resource| !resource.component).all(|resource| resource.fate == Fate::Same)
    }

    /// Returns the resources and components that are there afterwards.
    pub(crate) fn staying(&self) -> impl Iterator<Item = &ResourceChange> {
        self.resources.iter().filter(|resource| !matches!(resource.fate, Fate::Delete | Fate::Forget))
    }

    /// Returns the monthly cost afterwards of all resources whose price is known, in millionths of a US dollar. What the
    /// program estimates is not in it: see [`Plan::costs`].
    pub fn micros_a_month(&self) -> Option<u64> {
        self.staying().filter_map(|resource| resource.micros_a_month).reduce(u64::saturating_add)
    }
}
