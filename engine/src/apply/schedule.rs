//! The walk over the steps of a plan: which may begin, and how they ended.
//!
//! Nothing is carried out here.
//!
//! Invariants: a step may begin once everything before it has succeeded; a failed step skips only
//! what comes after it. Of the steps that may begin, the one with the longest path after it begins
//! first: how long a step takes is not known here, so a path is as long as it has steps.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use kim_model::{Remedy, Urn};
use petgraph::Direction;
use petgraph::algo::toposort;
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
    /// The resources whose create or update turned out not to be needed.
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
    /// The length of the longest path after each step, by its index.
    path_lengths: Vec<usize>,
    ready: BinaryHeap<Rank>,
    /// The number of steps that are taken or in flight.
    taken: usize,
    outcome: Outcome,
}

/// The rank of a step among those that may begin.
///
/// The greatest begins first. That is the one with the longest path after it, and of several the
/// one declared first.
type Rank = (usize, Reverse<NodeIndex>);

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

/// Returns the length of the longest path after each step, by its index.
///
/// The length of a path is its number of steps.
fn path_lengths(plan: &Plan) -> Vec<usize> {
    let mut lengths = vec![0; plan.steps.node_count()];
    // A plan has no circles: it would have been rejected. Without an order, all are alike.
    for node in toposort(&plan.steps, None).unwrap_or_default().into_iter().rev() {
        let after = plan.steps.neighbors_directed(node, Direction::Outgoing);
        lengths[node.index()] =
            after.map(|next| 1 + lengths[next.index()]).max().unwrap_or_default();
    }
    lengths
}

/// A step that will not be begun, and the reason.
pub(super) type Skipped = (NodeIndex, String);

impl Schedule {
    pub(super) fn new(plan: Arc<Plan>) -> Schedule {
        let stage =
            |node| Stage::Waiting(plan.steps.neighbors_directed(node, Direction::Incoming).count());
        // Nothing was ever removed from the plan's graph: its indexes are 0, 1, 2, ….
        let stages: Vec<Stage> = plan.steps.node_indices().map(stage).collect();
        let waiting: Vec<NodeIndex> = plan
            .steps
            .node_indices()
            .filter(|node| stages[node.index()] == Stage::Waiting(0))
            .collect();
        let path_lengths = path_lengths(&plan);
        let mut schedule = Schedule {
            plan,
            stages,
            path_lengths,
            ready: BinaryHeap::new(),
            taken: 0,
            outcome: Outcome::default(),
        };
        for node in waiting {
            schedule.ready.push(schedule.rank(node));
        }
        schedule
    }

    fn rank(&self, node: NodeIndex) -> Rank {
        (self.path_lengths[node.index()], Reverse(node))
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
        let (_, Reverse(node)) = *self.ready.peek()?;
        if !fits(&self.plan.steps[node]) {
            return None;
        }
        self.ready.pop();
        self.take(node);
        Some(node)
    }

    /// Takes a step that waits only for one that is about to succeed.
    pub(super) fn take_unblocked_by(
        &mut self,
        of: NodeIndex,
        fits: impl Fn(&Step) -> bool,
    ) -> Option<NodeIndex> {
        // If the first does not fit, none is taken.
        let (_, Reverse(next)) = self.first_unblocked_by(of)?;
        if !fits(&self.plan.steps[next]) {
            return None;
        }
        self.take(next);
        Some(next)
    }

    /// Returns true if a follower of this step ranks before those that are ready.
    ///
    /// It waits only for this one.
    pub(super) fn is_urgent_after(&self, of: NodeIndex) -> bool {
        self.first_unblocked_by(of) > self.ready.peek().copied()
    }

    fn first_unblocked_by(&self, of: NodeIndex) -> Option<Rank> {
        let followers = self.plan.steps.neighbors_directed(of, Direction::Outgoing);
        let waiting = followers.filter(|next| self.stages[next.index()] == Stage::Waiting(1));
        waiting.map(|next| self.rank(next)).max()
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
            self.ready.push(self.rank(node));
        }
    }

    /// Takes back a step that will not be begun, because the walk stops.
    pub(super) fn take_back(&mut self, node: NodeIndex) {
        self.taken -= 1;
        self.stages[node.index()] = Stage::Waiting(0);
    }

    /// Marks a step as ended, and returns the steps that are skipped because of that.
    ///
    /// Others that waited for it may be ready now. `stops`: no step begins any more, so that those
    /// after a failed one are not skipped because of it.
    pub(super) fn ended(
        &mut self,
        node: NodeIndex,
        result: StepResult,
        stops: bool,
    ) -> Vec<Skipped> {
        self.taken -= 1;
        self.stages[node.index()] = Stage::Ended;
        let urn = &self.plan.steps[node].urn;
        match result {
            StepResult::Failed { message, remedies } => {
                self.outcome.failed.insert(urn.clone(), message);
                self.outcome.remedies.extend(remedies);
                self.not_made(node);
                return if stops { Vec::new() } else { self.drop_followers(node) };
            }
            StepResult::Unchanged if self.plan.steps[node].makes() => {
                self.outcome.unchanged.insert(urn.clone());
            }
            StepResult::Unchanged | StepResult::Succeeded | StepResult::Skipped { .. } => {}
        }
        let next: Vec<NodeIndex> =
            self.plan.steps.neighbors_directed(node, Direction::Outgoing).collect();
        for next in next {
            if let Stage::Waiting(left) = &mut self.stages[next.index()] {
                *left -= 1;
                if *left == 0 {
                    self.ready.push(self.rank(next));
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
