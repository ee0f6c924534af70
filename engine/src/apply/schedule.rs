//! The walk over the steps of a plan: which may begin, and what became of those that did. Nothing is carried out here.
//!
//! Invariants: a step may begin when everything before it has ended well; a failed step takes along only what comes after it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use kim_model::Urn;
use petgraph::Direction;
use petgraph::stable_graph::NodeIndex;

use crate::event::StepResult;
use crate::plan::{Plan, Step};
use crate::state::Action;

/// How a walk ended.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Steps that failed: why.
    pub(super) failed: BTreeMap<Urn, String>,
    /// Steps that were not begun: because of what.
    pub(super) skipped: BTreeMap<Urn, String>,
    /// Steps that turned out not to be needed.
    pub(super) unchanged: BTreeSet<Urn>,
    /// What else went wrong.
    pub(super) messages: Vec<String>,
    interrupted: bool,
}

impl Outcome {
    pub(super) fn is_success(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty() && self.messages.is_empty() && !self.interrupted
    }

    /// Why it is no success, and what to do next.
    pub(super) fn explain(&self) -> String {
        let mut parts: Vec<String> = self.failed.iter().map(|(urn, why)| format!("{urn}: {why}")).collect();
        parts.extend(self.messages.iter().cloned());
        if self.interrupted {
            parts.push("interrupted; what was done is recorded, the next run goes on from there".to_owned());
        }
        if !self.skipped.is_empty() {
            parts.push(format!("{} more were not begun", self.skipped.len()));
        }
        parts.join("\n")
    }
}

/// Where the walk stands.
pub(super) struct Walk {
    plan: Arc<Plan>,
    /// Where each step stands, by its index in the plan.
    stages: Vec<Stage>,
    ready: VecDeque<NodeIndex>,
    /// How many steps are taken or under way.
    taken: usize,
    outcome: Outcome,
}

/// Where a step stands in the walk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// It waits for that many others; for none: it is ready.
    Waiting(usize),
    /// Somebody is about to begin it.
    Taken,
    /// It is under way.
    Begun,
    /// It ended, well or not.
    Ended,
    /// It will not be begun.
    Dropped,
}

/// A step that will not be begun, and because of what.
pub(super) type Skipped = (NodeIndex, String);

impl Walk {
    pub(super) fn new(plan: Arc<Plan>) -> Walk {
        let stage = |node| Stage::Waiting(plan.steps.neighbors_directed(node, Direction::Incoming).count());
        // Nothing was ever removed from the plan's graph: its indexes are 0, 1, 2, ….
        let stages: Vec<Stage> = plan.steps.node_indices().map(stage).collect();
        let ready = plan.steps.node_indices().filter(|node| stages[node.index()] == Stage::Waiting(0)).collect();
        Walk { plan, stages, ready, taken: 0, outcome: Outcome::default() }
    }

    /// How many steps may begin.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Whether nothing is left that could begin.
    pub(super) fn is_over(&self) -> bool {
        self.ready.is_empty() && self.taken == 0
    }

    /// Takes the next step, if it is one of those that fit.
    pub(super) fn next(&mut self, fits: impl Fn(&Step) -> bool) -> Option<NodeIndex> {
        let node = *self.ready.front()?;
        if !fits(&self.plan.steps[node]) {
            return None;
        }
        self.ready.pop_front();
        self.take(node);
        Some(node)
    }

    /// Takes a step that waits for nothing but one that is about to end well.
    pub(super) fn follower(&mut self, of: NodeIndex, fits: impl Fn(&Step) -> bool) -> Option<NodeIndex> {
        let waits_for_it = |next: &NodeIndex| self.stages[next.index()] == Stage::Waiting(1);
        let followers = self.plan.steps.neighbors_directed(of, Direction::Outgoing);
        // In the order of declaration, not in that of the edges; one that does not fit is not passed by.
        let next = followers.filter(waits_for_it).min().filter(|next| fits(&self.plan.steps[*next]))?;
        self.take(next);
        Some(next)
    }

    fn take(&mut self, node: NodeIndex) {
        self.stages[node.index()] = Stage::Taken;
        self.taken += 1;
    }

    /// A step that was taken begins.
    pub(super) fn started(&mut self, node: NodeIndex) {
        self.stages[node.index()] = Stage::Begun;
    }

    /// A step could not begin yet after all: it waits again, for `after` where that has not ended.
    pub(super) fn put_back(&mut self, node: NodeIndex, after: NodeIndex) {
        self.taken -= 1;
        if self.plan.steps.contains_edge(after, node) {
            self.stages[node.index()] = Stage::Waiting(1);
        } else {
            self.stages[node.index()] = Stage::Waiting(0);
            self.ready.push_front(node);
        }
    }

    /// A step has ended: those that will not be begun because of that. What waited for it may be ready now.
    pub(super) fn ended(&mut self, node: NodeIndex, result: StepResult) -> Vec<Skipped> {
        self.taken -= 1;
        self.stages[node.index()] = Stage::Ended;
        let urn = &self.plan.steps[node].urn;
        match result {
            StepResult::Failed { message } => {
                self.outcome.failed.insert(urn.clone(), message);
                return self.drop_followers(node);
            }
            StepResult::Unchanged => {
                self.outcome.unchanged.insert(urn.clone());
            }
            StepResult::Succeeded | StepResult::Skipped { .. } => {}
        }
        let mut next: Vec<NodeIndex> = self.plan.steps.neighbors_directed(node, Direction::Outgoing).collect();
        next.sort_unstable();
        for next in next {
            if let Stage::Waiting(left) = &mut self.stages[next.index()] {
                *left -= 1;
                if *left == 0 {
                    self.ready.push_back(next);
                }
            }
        }
        Vec::new()
    }

    /// The steps that have begun and not ended.
    pub(super) fn under_way(&self) -> Vec<NodeIndex> {
        self.plan.steps.node_indices().filter(|node| self.stages[node.index()] == Stage::Begun).collect()
    }

    /// Everything that was not begun will not be. The walk is over.
    pub(super) fn drop_rest(&mut self, because: &str, interrupted: bool) -> Vec<Skipped> {
        self.outcome.interrupted |= interrupted;
        let plan = Arc::clone(&self.plan);
        let mut skipped = Vec::new();
        for node in plan.steps.node_indices() {
            if self.drop_step(node) {
                skipped.extend(self.skip(node, because.to_owned()));
            }
        }
        skipped
    }

    /// How it ended.
    pub(super) fn outcome(&mut self) -> Outcome {
        std::mem::take(&mut self.outcome)
    }

    /// Marks a step that was not begun as dropped; `false`: it was begun, or dropped already.
    fn drop_step(&mut self, node: NodeIndex) -> bool {
        let stage = &mut self.stages[node.index()];
        let waits = matches!(stage, Stage::Waiting(_) | Stage::Taken);
        if waits {
            *stage = Stage::Dropped;
        }
        waits
    }

    /// Everything that comes after a failed step is not begun.
    fn drop_followers(&mut self, failed: NodeIndex) -> Vec<Skipped> {
        let plan = Arc::clone(&self.plan);
        let cause = plan.steps[failed].urn.qualified_name();
        let (mut open, mut skipped) = (vec![failed], Vec::new());
        while let Some(node) = open.pop() {
            for next in plan.steps.neighbors_directed(node, Direction::Outgoing) {
                if self.drop_step(next) {
                    skipped.extend(self.skip(next, format!("{cause} failed")));
                    open.push(next);
                }
            }
        }
        skipped
    }

    fn skip(&mut self, node: NodeIndex, because: String) -> Option<Skipped> {
        let Step { urn, action, .. } = &self.plan.steps[node];
        let is_news = *action != Action::Record && !self.outcome.failed.contains_key(urn);
        is_news.then(|| {
            self.outcome.skipped.entry(urn.clone()).or_insert_with(|| because.clone());
            (node, because)
        })
    }
}
