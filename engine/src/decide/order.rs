//! The order of a plan's steps: what has to be done before what.
//!
//! Pure. Creates and updates follow what depends on what [afterwards](Afterwards). Deletes follow
//! the *recorded* dependencies in reverse, also those that the program dropped in this run.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kim_model::{Path, Urn};
use petgraph::Direction;
use petgraph::stable_graph::{NodeIndex, StableDiGraph};
use petgraph::visit::Dfs;

use super::afterwards::{Afterwards, way_around};
use super::holds::{Hold, Holds};
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

/// A key that passes from a copy to a declared resource.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Handover<'k> {
    /// The copy that has it and gives it up.
    pub(crate) from: CopyId,
    /// The declared resource that takes it.
    pub(crate) to: usize,
    /// The paths of its parts.
    pub(crate) key: &'k [Path],
}

/// What the order of steps is made from.
pub(crate) struct OrderInput<'o> {
    pub(crate) desired: &'o Desired,
    pub(crate) afterwards: &'o Afterwards<'o>,
    /// What happens to each declared resource.
    pub(crate) fates: &'o [Fate],
    /// True for each declared resource whose older copies are deleted before its step.
    pub(crate) delete_first: &'o [bool],
    /// True for each declared resource whose replacement may turn out to be needless.
    pub(crate) uncertain: &'o [bool],
    /// The step of each declared resource that has one.
    pub(crate) main: &'o [Option<Step>],
    /// The copies that are deleted or forgotten.
    pub(crate) going: &'o [Removal],
    /// The keys that pass from one to another.
    pub(crate) handovers: &'o [Handover<'o>],
    pub(crate) holds: &'o Holds<'o>,
    /// What pins each declared resource that is updated where it is pinned.
    pub(crate) moves: &'o BTreeMap<usize, Vec<&'o Hold<'o>>>,
    pub(crate) state: &'o State,
}

/// Orders steps; an error holds the steps of a circle, in order.
pub(crate) fn order(known: &OrderInput<'_>) -> Result<StableDiGraph<Step, ()>, Vec<Step>> {
    let mut steps = StableDiGraph::new();
    let mains: Vec<Option<NodeIndex>> = known
        .main
        .iter()
        .map(|step| step.as_ref().map(|step| steps.add_node(step.clone())))
        .collect();
    after_dependencies(known.desired, known.afterwards, &mains, &mut steps);
    let nodes: HashMap<&CopyId, NodeIndex> = known
        .going
        .iter()
        .map(|Removal { copy, action, .. }| {
            let step = Step { urn: copy.urn.clone(), action: *action, generation: copy.generation };
            (copy, steps.add_node(step))
        })
        .collect();
    hand_over(known, &mains, &nodes, &mut steps);
    after_pins(known, &mains, &nodes, &mut steps);
    if !known.going.is_empty() {
        Deletes::new(known, &mains, nodes).order(&mut steps);
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

/// Adds an edge to each step that takes a key from the step that gives it up.
fn hand_over(
    known: &OrderInput<'_>,
    mains: &[Option<NodeIndex>],
    nodes: &HashMap<&CopyId, NodeIndex>,
    steps: &mut StableDiGraph<Step, ()>,
) {
    for Handover { from, to, .. } in known.handovers {
        let by_update = || mains[known.desired.index(&from.urn)?];
        let giving = nodes.get(from).copied().or_else(by_update);
        if let (Some(giving), Some(taking)) = (giving, mains[*to]) {
            steps.update_edge(giving, taking, ());
        }
    }
}

/// Adds an edge to each update of what is pinned from what lets go of it.
fn after_pins(
    known: &OrderInput<'_>,
    mains: &[Option<NodeIndex>],
    deletes: &HashMap<&CopyId, NodeIndex>,
    steps: &mut StableDiGraph<Step, ()>,
) {
    for (index, holds) in known.moves {
        let Some(update) = mains[*index] else { continue };
        for hold in holds {
            let delete = deletes.get(&hold.holder.copy_id()).copied();
            let main = || mains[known.desired.index(&hold.holder.urn)?];
            if let Some(step) = delete.or_else(main) {
                steps.update_edge(step, update, ());
            }
        }
    }
}

/// The removals of a run, and what they have to wait for.
struct Deletes<'o> {
    known: &'o OrderInput<'o>,
    mains: &'o [Option<NodeIndex>],
    /// The step of each copy that is removed.
    nodes: HashMap<&'o CopyId, NodeIndex>,
    /// The containers of the copies that are deleted together with them.
    containers: HashMap<&'o CopyId, &'o Urn>,
    /// The records that refer to each URN, or hold a copy of it.
    users: HashMap<&'o Urn, Vec<&'o Record>>,
    /// The declared resources that take a key of each copy.
    takers: HashMap<&'o CopyId, BTreeSet<usize>>,
}

impl<'o> Deletes<'o> {
    fn new(
        known: &'o OrderInput<'o>,
        mains: &'o [Option<NodeIndex>],
        nodes: HashMap<&'o CopyId, NodeIndex>,
    ) -> Deletes<'o> {
        let mut users: HashMap<&Urn, Vec<&Record>> = HashMap::new();
        for record in known.state.records() {
            let used = record.dependencies.iter().chain(&record.parent).chain(&record.deleted_with);
            used.for_each(|urn| users.entry(urn).or_default().push(record));
        }
        for hold in known.holds.all() {
            users.entry(&hold.held.urn).or_default().push(hold.holder);
        }
        let with_container = known.going.iter().filter(|removal| removal.deleted_with_container);
        let containers = with_container.filter_map(|removal| {
            let record = known.state.resources.get(&removal.copy)?;
            Some((&removal.copy, record.deleted_with.as_ref()?))
        });
        let mut takers: HashMap<&CopyId, BTreeSet<usize>> = HashMap::new();
        for Handover { from, to, .. } in known.handovers {
            takers.entry(from).or_default().insert(*to);
        }
        Deletes { known, mains, nodes, containers: containers.collect(), users, takers }
    }

    /// Adds the edges of all removals.
    fn order(&self, steps: &mut StableDiGraph<Step, ()>) {
        self.after_users_and_copies(steps);
        // In a fixed order: whether one waits depends on the edges of those before it.
        for Removal { copy, .. } in self.known.going {
            self.after_what_decides(copy, self.nodes[copy], steps);
        }
    }

    fn after_users_and_copies(&self, steps: &mut StableDiGraph<Step, ()>) {
        // What was created late may be in the way of the new copy, and nothing uses it.
        let is_unused = |copy: &CopyId| {
            self.known.state.resources.get(copy).is_some_and(|record| record.is_late_duplicate())
        };
        for Removal { copy, .. } in self.known.going {
            let delete = self.nodes[copy];
            let target = self.known.desired.index(&copy.urn);
            if let Some((index, main)) = target.and_then(|index| Some((index, self.mains[index]?)))
            {
                let is_in_the_way =
                    is_unused(copy) || self.takers_of(copy).any(|taker| taker == index);
                let delete_first = self.known.delete_first[index] || is_in_the_way;
                let (first, second) = if delete_first { (delete, main) } else { (main, delete) };
                steps.update_edge(first, second, ());
            }
            let users = self.users.get(&copy.urn).filter(|_| !is_unused(copy));
            for user in users.into_iter().flatten() {
                self.after_user(copy, user, steps);
            }
        }
    }

    /// Lets the delete of what is deleted first wait until its replacement is certain.
    ///
    /// Then everything before its create has ended. It does not wait if some of that comes after
    /// the delete itself.
    fn after_what_decides(
        &self,
        copy: &CopyId,
        delete: NodeIndex,
        steps: &mut StableDiGraph<Step, ()>,
    ) {
        let Some(index) = self.known.desired.index(&copy.urn) else { return };
        let waits = self.known.delete_first[index] && self.known.uncertain[index];
        let Some(main) = self.mains[index].filter(|_| waits) else { return };
        let before = steps.neighbors_directed(main, Direction::Incoming);
        let before: BTreeSet<NodeIndex> =
            before.filter(|one| steps[*one].urn != copy.urn).collect();
        let mut after = Dfs::new(&*steps, delete);
        let closes_circle =
            std::iter::from_fn(|| after.next(&*steps)).any(|one| before.contains(&one));
        if !closes_circle {
            for one in before {
                steps.update_edge(one, delete, ());
            }
        }
    }

    /// Adds the edges of a removal to the steps of a user of its URN.
    fn after_user(&self, copy: &'o CopyId, user: &Record, steps: &mut StableDiGraph<Step, ()>) {
        let user_copy = user.copy_id();
        let inside = self.containers.get(&user_copy);
        let deletes = self.deletes_of(copy);
        if let Some(&leaving) = self.nodes.get(&user_copy).filter(|node| **node != self.nodes[copy])
        {
            if inside == Some(&&copy.urn) {
                // It is dropped once its container is deleted.
                steps.update_edge(self.nodes[copy], leaving, ());
            } else {
                // What is deleted with a container itself is dropped too late for other containers.
                let until = if inside.is_some() { &deletes[..1] } else { &deletes[..] };
                for &(_, delete) in until {
                    steps.update_edge(leaving, delete, ());
                }
            }
        }
        let desired = self.known.desired;
        let Some(index) = desired.index(&user.urn) else { return };
        let Some(moved_on) = self.mains[index] else { return };
        if self.known.fates[index] == Fate::ReplaceDeleteFirst {
            return;
        }
        let mut above = None;
        for (copy, delete) in deletes.into_iter().filter(|(_, delete)| *delete != moved_on) {
            // A user that will use the new copy, or what takes its key, cannot change before that
            // exists.
            let target = desired.index(&copy.urn).filter(|target| self.known.delete_first[*target]);
            let is_above = |target| {
                let above = above.get_or_insert_with(|| desired.ancestors(index));
                target == index || above.contains(&target)
            };
            // One that holds the copy lets go in any case: else the plan is a circle.
            let holds = self.known.holds.of(copy).any(|hold| hold.holder.urn == user.urn);
            let takers = self.takers_of(copy).filter(|_| !holds);
            if !target.into_iter().chain(takers).any(is_above) {
                steps.update_edge(moved_on, delete, ());
            }
        }
    }

    /// Returns the declared resources that take a key of a copy.
    fn takers_of(&self, copy: &CopyId) -> impl Iterator<Item = usize> {
        self.takers.get(copy).into_iter().flatten().copied()
    }

    /// Returns the steps that delete a copy, with the copies that they delete.
    ///
    /// The first is its own. The others are those of the containers that it is deleted with.
    fn deletes_of(&self, copy: &'o CopyId) -> Vec<(&'o CopyId, NodeIndex)> {
        let mut deletes = vec![(copy, self.nodes[copy])];
        let mut open = vec![copy];
        while let Some(copy) = open.pop() {
            let Some(container) = self.containers.get(copy) else { continue };
            for copy in self.known.state.copies(container) {
                if let Some((copy, node)) = self.nodes.get_key_value(&copy.copy_id())
                    && !deletes.contains(&(copy, *node))
                {
                    deletes.push((copy, *node));
                    open.push(copy);
                }
            }
        }
        deletes
    }
}

/// Returns the steps of one circle; each waits for the one before it.
fn circle(steps: &StableDiGraph<Step, ()>) -> Vec<Step> {
    let parts = petgraph::algo::kosaraju_scc(steps);
    let circles = parts.into_iter().filter(|part| part.len() > 1);
    let Some(start) = circles.flatten().min() else { return Vec::new() };
    way_around(steps, start).into_iter().map(|index| steps[index].clone()).collect()
}
