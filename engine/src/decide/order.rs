//! The order of a plan's steps: what has to be done before what.
//!
//! Pure. Creates and updates follow what depends on what [afterwards](Afterwards). Deletes follow
//! the *recorded* dependencies in reverse, also those that the program dropped in this run.

use std::collections::{BTreeSet, HashMap};

use kim_model::Urn;
use petgraph::stable_graph::{NodeIndex, StableDiGraph};

use super::afterwards::Afterwards;
use crate::desired::Desired;
use crate::plan::{Fate, Step};
use crate::state::{Action, CopyId, Record, State};

/// A copy that is deleted or forgotten.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Removal {
    /// The copy.
    pub(crate) copy: CopyId,
    /// [`Action::Delete`], [`Action::DeleteReplaced`] or [`Action::Forget`].
    pub(crate) action: Action,
    /// True if the deletion of its container deletes it, without a call of its own.
    pub(crate) deleted_with_container: bool,
}

/// Orders steps; an error holds a cycle of steps, in order.
///
/// `main` is the step of each declared resource that has one, and `fates` what happens to each.
/// `going` are the copies that are deleted or forgotten.
pub(crate) fn order(
    desired: &Desired,
    afterwards: &Afterwards<'_>,
    fates: &[Fate],
    main: &[Option<Step>],
    going: &[Removal],
    state: &State,
) -> Result<StableDiGraph<Step, ()>, Vec<Step>> {
    let mut steps = StableDiGraph::new();
    let mains: Vec<Option<NodeIndex>> =
        main.iter().map(|step| step.as_ref().map(|step| steps.add_node(step.clone()))).collect();
    after_dependencies(desired, afterwards, &mains, &mut steps);
    let deletes: HashMap<&CopyId, NodeIndex> = going
        .iter()
        .map(|Removal { copy, action, .. }| {
            let step = Step { urn: copy.urn.clone(), action: *action, generation: copy.generation };
            (copy, steps.add_node(step))
        })
        .collect();
    if !going.is_empty() {
        order_deletes(desired, fates, &mains, &deletes, state, &mut steps);
    }
    match petgraph::algo::toposort(&steps, None) {
        Ok(_) => Ok(steps),
        Err(_) => Err(circle(&steps)),
    }
}

/// Adds an edge to each step from the steps of its dependencies and its component.
///
/// A dependency without a step hands on what it would have waited for itself.
fn after_dependencies(
    desired: &Desired,
    afterwards: &Afterwards<'_>,
    mains: &[Option<NodeIndex>],
    steps: &mut StableDiGraph<Step, ()>,
) {
    let main = |index: usize| mains.get(index).copied().flatten();
    // A component and what is in it may wait for each other; then the steps show the circle.
    let order = afterwards.order().unwrap_or_else(|| desired.order.clone());
    let mut waits: Vec<BTreeSet<NodeIndex>> = vec![BTreeSet::new(); afterwards.len()];
    for index in order {
        let mut before = BTreeSet::new();
        for used in afterwards.used_by(index) {
            match main(used) {
                Some(step) => {
                    before.insert(step);
                }
                None => before.extend(&waits[used]),
            }
        }
        match main(index) {
            Some(step) => {
                for &earlier in &before {
                    steps.add_edge(earlier, step, ());
                }
            }
            None => waits[index] = before,
        }
    }
}

fn order_deletes(
    desired: &Desired,
    fates: &[Fate],
    mains: &[Option<NodeIndex>],
    deletes: &HashMap<&CopyId, NodeIndex>,
    state: &State,
    steps: &mut StableDiGraph<Step, ()>,
) {
    let mut users: HashMap<&Urn, Vec<&Record>> = HashMap::new();
    for record in state.records() {
        let used = record.dependencies.iter().chain(&record.parent).chain(&record.deleted_with);
        used.for_each(|urn| users.entry(urn).or_default().push(record));
    }
    for (&copy, &delete) in deletes {
        let CopyId { urn, generation } = copy;
        let target = desired.index(urn);
        let delete_first = target.is_some_and(|index| fates[index] == Fate::ReplaceDeleteFirst);
        let is_current =
            state.current(urn).is_some_and(|current| current.generation == *generation);
        if let Some(create) = target.filter(|_| is_current).and_then(|index| mains[index]) {
            let (first, second) = if delete_first { (delete, create) } else { (create, delete) };
            steps.update_edge(first, second, ());
        }
        for user in users.get(urn).into_iter().flatten() {
            let container = user.deleted_with.as_ref() == Some(urn);
            if let Some(&earlier) = deletes.get(&user.copy_id()) {
                // What is deleted together with its container is dropped once the container is
                // deleted.
                let (first, second) = if container { (delete, earlier) } else { (earlier, delete) };
                if first != second {
                    steps.update_edge(first, second, ());
                }
            }
            let Some(index) = desired.index(&user.urn) else { continue };
            let Some(moved_on) = mains[index].filter(|step| *step != delete) else { continue };
            // A user that will use the new copy cannot change before that copy exists.
            let waits_for_new = delete_first
                && target.is_some_and(|target| desired.ancestors(index).contains(&target));
            if !waits_for_new && fates[index] != Fate::ReplaceDeleteFirst {
                steps.update_edge(moved_on, delete, ());
            }
        }
    }
}

/// Returns the steps of one cycle.
fn circle(steps: &StableDiGraph<Step, ()>) -> Vec<Step> {
    let parts = petgraph::algo::tarjan_scc(steps);
    let part = parts.into_iter().find(|part| part.len() > 1).unwrap_or_default();
    part.into_iter().map(|index| steps[index].clone()).collect()
}
