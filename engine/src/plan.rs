//! The plan: a graph of steps.

use std::collections::BTreeMap;

use kim_model::{Difference, Estimate, Path, Source, Urn, Value};
use petgraph::dot::{Config, Dot};
use petgraph::stable_graph::StableDiGraph;
use serde::Serialize;

use crate::state::{Action, CopyId};

/// An operation on a stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Shows what `up` would do.
    Preview,
    /// Makes the cloud match what the program declares.
    Up,
    /// Deletes everything that the stack holds.
    Destroy,
    /// Records what the cloud holds.
    Refresh,
}

/// A property that differs.
#[derive(Clone, PartialEq, Debug)]
pub struct PropertyChange {
    /// The path of the property.
    pub path: Path,
    /// The value now: recorded, or live if it drifted. `None`: absent.
    pub old: Option<Value>,
    /// The value afterwards. `None`: absent.
    ///
    /// Secrets keep their mark: show them redacted.
    pub new: Option<Value>,
    /// True if this change is why the resource is replaced.
    pub replaces: bool,
    /// True for drift: the live value changed since the last run.
    ///
    /// The program's value did not.
    pub drift: bool,
    /// Where two JSON documents differ.
    ///
    /// Empty for everything else, and if one is secret.
    pub inside: Vec<Difference>,
}

/// What the plan means for one resource, as a person sees it.
#[derive(Clone, PartialEq, Debug)]
pub struct ResourceChange {
    /// The resource or component.
    pub urn: Urn,
    /// The component that it is in.
    pub parent: Option<Urn>,
    /// True for a component: it only groups, and does not count.
    pub component: bool,
    /// What happens to it.
    pub fate: Fate,
    /// The properties that differ.
    pub changes: Vec<PropertyChange>,
    /// The place of its declaration.
    pub source: Option<Source>,
    /// The reason, if the changes alone do not give it.
    ///
    /// For example "tainted", "follows vpc main", "gone from the cloud", "no longer declared".
    pub reason: Option<String>,
    /// Its cost a month afterwards, in millionths of a US dollar; `None`: not known.
    pub micros_a_month: Option<u64>,
    /// What the price consists of, in words for people.
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
    /// It is updated in place.
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
    /// Returns true if a new copy is created.
    ///
    /// Its inputs are the program's, whatever was ignored on the old copy.
    pub fn makes_copy(self) -> bool {
        self == Fate::Create || self.replaces()
    }

    /// Returns true if a new copy replaces an old one.
    pub fn replaces(self) -> bool {
        matches!(self, Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst)
    }
}

/// A plan: what will be done, in which order, and what it means for each resource.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The operation that it was made for.
    pub operation: Operation,
    /// What it means for each resource, in the order of declaration.
    ///
    /// Those no longer declared come last.
    pub resources: Vec<ResourceChange>,
    /// The steps and their order.
    ///
    /// An edge leads from a step to one that begins after it succeeded.
    pub steps: StableDiGraph<Step, ()>,
    /// The outputs of the stack; unknown where a step decides them.
    pub exports: BTreeMap<String, Value>,
    /// The program's estimates, beside the prices of resources.
    ///
    /// Only a preview and an up have any.
    pub estimates: Vec<Estimate>,
    /// How many resources that stay have no known price.
    ///
    /// Counts only resources of kinds for which their plugin knows prices.
    pub unpriced: usize,
}

/// One action of a plan.
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    /// The resource.
    pub urn: Urn,
    /// What is done.
    pub action: Action,
    /// The generation of the copy that it concerns.
    pub generation: u64,
}

impl Step {
    /// Returns the name of the copy that it concerns.
    pub fn copy_id(&self) -> CopyId {
        CopyId { urn: self.urn.clone(), generation: self.generation }
    }

    /// Returns true if it makes, changes or records what the program declares.
    pub(crate) fn makes(&self) -> bool {
        !matches!(self.action, Action::Delete | Action::DeleteReplaced | Action::Forget)
    }
}

impl Plan {
    /// Returns true if no resource changes.
    pub fn is_empty(&self) -> bool {
        self.resources
            .iter()
            .filter(|resource| !resource.component)
            .all(|resource| resource.fate == Fate::Same)
    }

    /// Returns the steps in the DOT language, with a label for each step.
    ///
    /// An edge leads from a step to one that begins after it succeeded.
    pub fn dot(&self, label: impl Fn(&Step) -> String) -> String {
        let labels = self.steps.map(|_, step| label(step), |_, ()| "");
        Dot::with_config(&labels, &[Config::EdgeNoLabel]).to_string()
    }

    /// Returns the resources and components that exist afterwards.
    pub(crate) fn staying(&self) -> impl Iterator<Item = &ResourceChange> {
        self.resources
            .iter()
            .filter(|resource| !matches!(resource.fate, Fate::Delete | Fate::Forget))
    }

    /// Returns the monthly cost afterwards, in millionths of a US dollar.
    ///
    /// It is the sum for all resources whose price is known. What the program estimates is not in
    /// it: see [`Plan::costs`].
    pub fn micros_a_month(&self) -> Option<u64> {
        self.staying().filter_map(|resource| resource.micros_a_month).reduce(u64::saturating_add)
    }
}
