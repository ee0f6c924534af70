//! What depends on what once a run has ended: the edges as declared of what the run writes, and as
//! recorded of what it leaves alone.
//!
//! Pure. The state is valid at any moment of a run because of two facts: these edges form no
//! circle, and a resource is written after everything that it reaches by them.

use std::collections::{HashMap, VecDeque};

use kim_model::Urn;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::IntoNeighbors;

use super::targets::Targets;
use crate::desired::Desired;
use crate::plan::Step;
use crate::state::{Record, Standing, State};

/// What depends on what once a run has ended; parents count as dependencies.
///
/// The first nodes are the declared ones, with the same indexes. Those that are recorded only and
/// stay come after them.
pub(crate) struct Afterwards<'s> {
    /// An edge leads from a resource to one that it depends on.
    graph: DiGraph<&'s Urn, ()>,
}

impl<'s> Afterwards<'s> {
    /// Returns the edges after a run.
    ///
    /// `main` is the step of each declared resource that has one.
    pub(crate) fn new(
        desired: &'s Desired,
        main: &[Option<Step>],
        targets: &Targets,
        state: &'s State,
    ) -> Afterwards<'s> {
        let mut graph = DiGraph::with_capacity(desired.nodes.len(), desired.nodes.len());
        for node in &desired.nodes {
            graph.add_node(&node.urn);
        }
        // Without targets, a declared resource without a step is recorded as it is declared, and
        // everything else leaves.
        let as_declared = |index: usize| main[index].is_some() || targets.is_all();
        for (index, node) in desired.nodes.iter().enumerate().filter(|(at, _)| as_declared(*at)) {
            for used in node.dependencies.iter().copied().chain(node.parent) {
                graph.add_edge(NodeIndex::new(index), NodeIndex::new(used), ());
            }
        }
        if !targets.is_all() {
            let untouched = |record: &&Record| match desired.index(&record.urn) {
                Some(index) => !as_declared(index),
                None => !targets.takes(&record.urn),
            };
            let current = state.records().filter(|record| record.standing == Standing::Current);
            let untouched: Vec<&Record> = current.filter(untouched).collect();
            add_recorded(desired, &untouched, &mut graph);
        }
        Afterwards { graph }
    }

    /// Returns the indexes of the declared resources, dependencies first.
    ///
    /// Returns `None` if there is a circle.
    pub(crate) fn order(&self) -> Option<Vec<usize>> {
        let order = petgraph::algo::toposort(&self.graph, None).ok()?;
        Some(order.into_iter().rev().map(NodeIndex::index).collect())
    }

    /// Returns the indexes of what a node depends on.
    pub(crate) fn used_by(&self, index: usize) -> impl Iterator<Item = usize> {
        self.graph.neighbors(NodeIndex::new(index)).map(NodeIndex::index)
    }

    /// Returns the number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Returns the URN of a node.
    pub(crate) fn urn(&self, index: usize) -> &'s Urn {
        self.graph[NodeIndex::new(index)]
    }

    /// Returns a circle through a written node and one that is left alone.
    ///
    /// It begins with the written node, and each depends on the next.
    pub(crate) fn circle(&self, is_written: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
        if petgraph::algo::toposort(&self.graph, None).is_ok() {
            return None;
        }
        let parts = petgraph::algo::kosaraju_scc(&self.graph);
        let parts = parts.into_iter().filter(|part| part.len() > 1);
        let mixed = parts.filter(|part| !part.iter().all(|node| is_written(node.index())));
        let start = mixed.flatten().filter(|node| is_written(node.index())).min()?;
        Some(way_around(&self.graph, start).into_iter().map(NodeIndex::index).collect())
    }
}

/// Returns the shortest way from a node of a circle back to it.
///
/// The node itself is first.
pub(super) fn way_around(
    graph: impl IntoNeighbors<NodeId = NodeIndex>,
    start: NodeIndex,
) -> Vec<NodeIndex> {
    let mut before: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(here) = open.pop_front() {
        for next in graph.neighbors(here) {
            if next == start {
                let way = std::iter::successors(Some(here), |at| before.get(at).copied());
                let mut way: Vec<NodeIndex> = way.collect();
                way.reverse();
                return way;
            }
            before.entry(next).or_insert_with(|| {
                open.push_back(next);
                here
            });
        }
    }
    Vec::new()
}

/// Adds the recorded edges of what a run leaves alone.
fn add_recorded<'s>(desired: &Desired, untouched: &[&'s Record], graph: &mut DiGraph<&'s Urn, ()>) {
    let mut others: HashMap<&Urn, NodeIndex> = HashMap::new();
    for record in untouched.iter().filter(|record| desired.index(&record.urn).is_none()) {
        others.insert(&record.urn, graph.add_node(&record.urn));
    }
    let find =
        |urn: &Urn| desired.index(urn).map(NodeIndex::new).or_else(|| others.get(urn).copied());
    for record in untouched {
        let Some(user) = find(&record.urn) else { continue };
        for used in record.dependencies.iter().chain(&record.parent).filter_map(find) {
            graph.add_edge(user, used, ());
        }
    }
}
