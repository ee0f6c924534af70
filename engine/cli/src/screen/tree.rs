//! The tree of components.
//!
//! It has the parent of each resource, and the branch drawn before it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kim_engine::plan::ResourceChange;
use kim_model::Urn;

/// A resource's row in the drawn tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct TreeRow {
    /// The resource's index in the plan.
    pub index: usize,
    /// The branch before the resource: `│  ├─ `.
    pub branch: String,
    /// The branch before the resource's further lines: `│  │  `.
    pub below: String,
    /// True if the resource is a component, which only groups others.
    pub component: bool,
}

/// Returns the tree of the resources that `shown` accepts.
///
/// It includes the components that contain them.
pub(crate) fn rows(
    resources: &[ResourceChange],
    shown: impl Fn(&ResourceChange) -> bool,
) -> Vec<TreeRow> {
    let index: HashMap<&Urn, usize> =
        resources.iter().enumerate().map(|(at, resource)| (&resource.urn, at)).collect();
    let parent = |at: usize| resources[at].parent.as_ref().and_then(|urn| index.get(urn)).copied();
    let mut drawn = BTreeSet::new();
    for (at, resource) in resources.iter().enumerate() {
        if !resource.component && shown(resource) {
            let mut here = Some(at);
            while let Some(at) = here.filter(|at| drawn.insert(*at)) {
                here = parent(at);
            }
        }
    }
    let mut children: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
    for at in &drawn {
        children.entry(parent(*at)).or_default().push(*at);
    }
    let mut tree = Vec::new();
    let is_component = |at: usize| resources[at].component;
    draw(None, "", &children, &is_component, &mut tree);
    tree
}

fn draw(
    parent: Option<usize>,
    before: &str,
    children: &BTreeMap<Option<usize>, Vec<usize>>,
    is_component: &impl Fn(usize) -> bool,
    tree: &mut Vec<TreeRow>,
) {
    let Some(here) = children.get(&parent) else { return };
    for (position, index) in here.iter().enumerate() {
        let last = position + 1 == here.len();
        let (branch, below) = match (parent, last) {
            (None, _) => (String::new(), String::new()),
            (_, false) => (format!("{before}├─ "), format!("{before}│  ")),
            (_, true) => (format!("{before}└─ "), format!("{before}   ")),
        };
        tree.push(TreeRow {
            index: *index,
            branch,
            below: below.clone(),
            component: is_component(*index),
        });
        draw(Some(*index), &below, children, is_component, tree);
    }
}
