//! The walk over the steps of a plan: which may begin, and how they ended.
//!
//! Nothing is carried out here.
//!
//! Invariants: a step may begin once everything before it has succeeded; a failed step skips only
//! what comes after it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use kim_model::{Remedy, Urn};
use petgraph::Direction;
use petgraph::stable_graph::NodeIndex;

use super::error::{StepError, each_once};
use crate::event::{RunResult, StepResult};
use crate::plan::{Plan, Step};
use crate::state::Action;

/// The result of a walk.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The steps that failed, with the reasons.
    pub(super) failed: BTreeMap<Urn, String>,
    /// The steps that were not begun, with the reasons.
    pub(super) skipped: BTreeMap<Urn, String>,
    /// The resources that a step was to make or change, but did not, or did not record.
    pub(super) unmade: BTreeSet<Urn>,
    /// The steps that turned out not to be needed.
    pub(super) unchanged: BTreeSet<Urn>,
    /// Problems beside failed steps.
    messages: Vec<String>,
    remedies: Vec<Remedy>,
    interrupted: bool,
}

impl Outcome {
    pub(super) fn is_success(&self) -> bool {
        self.failed.is_empty()
            && self.skipped.is_empty()
            && self.messages.is_empty()
            && !self.interrupted
    }

    /// Returns true if the run was interrupted.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Returns how the run ended.
    pub(super) fn result(&self) -> RunResult {
        if self.is_success() {
            RunResult::Succeeded
        } else if self.interrupted {
            RunResult::Interrupted
        } else {
            RunResult::Failed
        }
    }

    /// Marks the run as interrupted after the walk.
    pub(super) fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// Adds a problem beside failed steps.
    pub(super) fn problem(&mut self, error: &StepError) {
        self.messages.push(error.to_string());
        self.remedies.extend(error.remedies());
    }

    /// Returns what the user may do about what failed, each once.
    pub(super) fn remedies(&self) -> Vec<Remedy> {
        each_once(self.remedies.iter().cloned())
    }

    /// Returns why the walk is not a success.
    pub(super) fn explain(&self) -> String {
        let mut parts: Vec<String> =
            self.failed.iter().map(|(urn, why)| format!("{urn}: {why}")).collect();
        parts.extend(self.messages.iter().cloned());
        if self.interrupted {
            parts.push(
                "interrupted; what was done is recorded, the next run goes on from there"
                    .to_owned(),
            );
        }
        if !self.skipped.is_empty() {
            parts.push(format!("{} more were not begun", self.skipped.len()));
        }
        parts.join("\n")
    }
}

/// The state of a walk.
pub(super) struct Schedule {
    plan: Arc<Plan>,
    /// The state of each step, by its index in the plan.
    stages: Vec<Stage>,
    ready: VecDeque<NodeIndex>,
    /// The number of steps that are taken or in flight.
    taken: usize,
    outcome: Outcome,
}

/// The state of a step in a walk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// It waits for that many other steps; at 0 it is ready.
    Waiting(usize),
    /// A worker took it and is about to begin it.
    Taken,
    /// It is in flight.
    ReadyStep,
    /// It succeeded or failed.
    Ended,
    /// It will not be begun.
    Dropped,
}

/// A step that will not be begun, and the reason.
pub(super) type Skipped = (NodeIndex, String);

impl Schedule {
    pub(super) fn new(plan: Arc<Plan>) -> Schedule {
        let stage =
            |node| Stage::Waiting(plan.steps.neighbors_directed(node, Direction::Incoming).count());
        // Nothing was ever removed from the plan's graph: its indexes are 0, 1, 2, ….
        let stages: Vec<Stage> = plan.steps.node_indices().map(stage).collect();
        let ready = plan
            .steps
            .node_indices()
            .filter(|node| stages[node.index()] == Stage::Waiting(0))
            .collect();
        Schedule { plan, stages, ready, taken: 0, outcome: Outcome::default() }
    }

    /// Returns the number of steps that may begin.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Returns true if no step is left that could begin.
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

    /// Takes a step that waits only for one that is about to succeed.
    pub(super) fn take_unblocked_by(
        &mut self,
        of: NodeIndex,
        fits: impl Fn(&Step) -> bool,
    ) -> Option<NodeIndex> {
        let waits_for_it = |next: &NodeIndex| self.stages[next.index()] == Stage::Waiting(1);
        let followers = self.plan.steps.neighbors_directed(of, Direction::Outgoing);
        // In the order of declaration, not of the edges. If the first does not fit, none is taken.
        let next =
            followers.filter(waits_for_it).min().filter(|next| fits(&self.plan.steps[*next]))?;
        self.take(next);
        Some(next)
    }

    fn take(&mut self, node: NodeIndex) {
        self.stages[node.index()] = Stage::Taken;
        self.taken += 1;
    }

    /// Marks a step that was taken as begun.
    pub(super) fn started(&mut self, node: NodeIndex) {
        self.stages[node.index()] = Stage::ReadyStep;
    }

    /// Puts back a step that could not begin yet.
    ///
    /// It waits for `after` if that comes before it in the plan, and is ready otherwise.
    pub(super) fn return_step(&mut self, node: NodeIndex, after: NodeIndex) {
        self.taken -= 1;
        if self.plan.steps.contains_edge(after, node) {
            self.stages[node.index()] = Stage::Waiting(1);
        } else {
            self.stages[node.index()] = Stage::Waiting(0);
            self.ready.push_front(node);
        }
    }

    /// Takes back a step that will not be begun, because the walk stops.
    pub(super) fn take_back(&mut self, node: NodeIndex) {
        self.taken -= 1;
        self.stages[node.index()] = Stage::Waiting(0);
    }

    /// Marks a step as ended, and returns the steps that are skipped because of that.
    ///
    /// Others that waited for it may be ready now.
    pub(super) fn ended(&mut self, node: NodeIndex, result: StepResult) -> Vec<Skipped> {
        self.taken -= 1;
        self.stages[node.index()] = Stage::Ended;
        let urn = &self.plan.steps[node].urn;
        match result {
            StepResult::Failed { message, remedies } => {
                self.outcome.failed.insert(urn.clone(), message);
                self.outcome.remedies.extend(remedies);
                self.not_made(node);
                return self.drop_followers(node);
            }
            StepResult::Unchanged => {
                self.outcome.unchanged.insert(urn.clone());
            }
            StepResult::Succeeded | StepResult::Skipped { .. } => {}
        }
        let mut next: Vec<NodeIndex> =
            self.plan.steps.neighbors_directed(node, Direction::Outgoing).collect();
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

    /// Notes that a step that failed made what it was to make.
    pub(super) fn was_made(&mut self, node: NodeIndex) {
        self.outcome.unmade.remove(&self.plan.steps[node].urn);
    }

    /// Returns the steps that have begun and not ended.
    pub(super) fn under_way(&self) -> Vec<NodeIndex> {
        self.plan
            .steps
            .node_indices()
            .filter(|node| self.stages[node.index()] == Stage::ReadyStep)
            .collect()
    }

    /// Drops every step that was not begun: the walk has ended.
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

    /// Returns the result of the walk.
    pub(super) fn outcome(&mut self) -> Outcome {
        std::mem::take(&mut self.outcome)
    }

    /// Marks a step that was not begun as dropped.
    ///
    /// Returns false if it was begun, or dropped already.
    fn drop_step(&mut self, node: NodeIndex) -> bool {
        let stage = &mut self.stages[node.index()];
        let waits = matches!(stage, Stage::Waiting(_) | Stage::Taken);
        if waits {
            *stage = Stage::Dropped;
            self.not_made(node);
        }
        waits
    }

    fn not_made(&mut self, node: NodeIndex) {
        let step = &self.plan.steps[node];
        if step.makes() {
            self.outcome.unmade.insert(step.urn.clone());
        }
    }

    /// Drops every step that comes after a failed one.
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
