//! The walk over the steps of a plan: in-degrees, workers, interrupts.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use kim_model::Urn;
use petgraph::Direction;
use petgraph::stable_graph::NodeIndex;
use tokio::task::JoinSet;

use super::{Run, operate};
use crate::event::{Event, StepResult};
use crate::plan::{Plan, Step};
use crate::ports::StepEntry;
use crate::stack::Interrupt;
use crate::state::{Action, Change};

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

struct Walk<'w> {
    run: &'w Arc<Run>,
    plan: &'w Plan,
    /// Where each step stands, by its index in the plan.
    stages: Vec<Stage>,
    ready: VecDeque<NodeIndex>,
    outcome: Outcome,
}

/// Where a step stands in the walk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// It waits for that many others; for none: it is ready.
    Waiting(usize),
    /// It is under way, or ended.
    Begun,
    /// It will not be begun.
    Dropped,
}

/// Walks the plan. Whatever happened is recorded when it returns.
pub(super) async fn walk(run: &Arc<Run>, plan: &Plan, parallel: usize, interrupt: Interrupt) -> Outcome {
    let stage = |node| Stage::Waiting(plan.steps.neighbors_directed(node, Direction::Incoming).count());
    // Nothing was ever removed from the plan's graph: its indexes are 0, 1, 2, ….
    let stages: Vec<Stage> = plan.steps.node_indices().map(stage).collect();
    let ready = plan.steps.node_indices().filter(|node| stages[node.index()] == Stage::Waiting(0)).collect();
    let mut walk = Walk { run, plan, stages, ready, outcome: Outcome::default() };
    let mut flying = JoinSet::new();
    loop {
        while flying.len() < parallel.max(1) && interrupt.level() == 0 {
            let Some(node) = walk.ready.pop_front() else { break };
            if !walk.begin(node) {
                continue;
            }
            let (run, step) = (Arc::clone(run), plan.steps[node].clone());
            flying.spawn(async move { (node, one(&run, &step).await) });
        }
        if flying.is_empty() {
            break;
        }
        tokio::select! {
            done = flying.join_next() => match done {
                Some(Ok((node, result))) => walk.ended(node, result),
                Some(Err(error)) => walk.outcome.messages.push(format!("a step broke off: {error}")),
                None => break,
            },
            () = interrupt.reached(2) => {
                // What is in flight has an open intent: the next run settles it.
                flying.abort_all();
                walk.outcome.messages.push(format!("{} operations were cut off; the next run finds out what became of them", flying.len()));
                while flying.join_next().await.is_some() {}
                break;
            }
        }
    }
    if interrupt.level() > 0 {
        walk.interrupted();
    }
    walk.outcome
}

impl Walk<'_> {
    /// Marks a ready step as begun; `false`: it was dropped meanwhile.
    fn begin(&mut self, node: NodeIndex) -> bool {
        let stage = &mut self.stages[node.index()];
        let waits = *stage != Stage::Dropped;
        if waits {
            *stage = Stage::Begun;
        }
        waits
    }

    /// Marks a step that was not begun as dropped; `false`: it was begun, or dropped already.
    fn drop_step(&mut self, node: NodeIndex) -> bool {
        let stage = &mut self.stages[node.index()];
        let waits = matches!(stage, Stage::Waiting(_));
        if waits {
            *stage = Stage::Dropped;
        }
        waits
    }

    fn ended(&mut self, node: NodeIndex, result: StepResult) {
        let urn = &self.plan.steps[node].urn;
        match result {
            StepResult::Failed { message } => {
                self.outcome.failed.insert(urn.clone(), message);
                self.drop_followers(node);
                return;
            }
            StepResult::Unchanged => {
                self.outcome.unchanged.insert(urn.clone());
            }
            StepResult::Succeeded | StepResult::Skipped { .. } => {}
        }
        let mut next: Vec<NodeIndex> = self.plan.steps.neighbors_directed(node, Direction::Outgoing).collect();
        // In the order of declaration, not in that of the edges.
        next.sort_unstable();
        for next in next {
            if let Stage::Waiting(left) = &mut self.stages[next.index()] {
                *left -= 1;
                if *left == 0 {
                    self.ready.push_back(next);
                }
            }
        }
    }

    /// Everything that comes after a failed step is not begun.
    fn drop_followers(&mut self, failed: NodeIndex) {
        let cause = self.plan.steps[failed].urn.qualified_name().to_owned();
        let mut open = vec![failed];
        while let Some(node) = open.pop() {
            for next in self.plan.steps.neighbors_directed(node, Direction::Outgoing) {
                if self.drop_step(next) {
                    self.skip(next, format!("{cause} failed"));
                    open.push(next);
                }
            }
        }
    }

    fn skip(&mut self, node: NodeIndex, because: String) {
        let Step { urn, action, .. } = &self.plan.steps[node];
        if *action != Action::Record && !self.outcome.failed.contains_key(urn) {
            let result = StepResult::Skipped { because: because.clone() };
            self.run.events.emit(Event::StepFinished { urn: urn.clone(), action: *action, result, millis: 0 });
            self.outcome.skipped.entry(urn.clone()).or_insert(because);
        }
    }

    fn interrupted(&mut self) {
        self.outcome.interrupted = true;
        for node in self.plan.steps.node_indices() {
            if self.drop_step(node) {
                self.skip(node, "interrupted".to_owned());
            }
        }
    }
}

/// Carries one step out, reports it, and writes it into the history.
async fn one(run: &Arc<Run>, step: &Step) -> StepResult {
    let quiet = step.action == Action::Record;
    let started = Instant::now();
    if !quiet {
        run.events.emit(Event::StepStarted { urn: step.urn.clone(), action: step.action });
    }
    let outcome = operate::operate(run, step).await;
    let millis = started.elapsed().as_millis() as u64;
    let mut result = match outcome {
        Ok(true) => StepResult::Succeeded,
        Ok(false) => StepResult::Unchanged,
        Err(message) => StepResult::Failed { message },
    };
    // Successful steps write their line of history together with their outcome; see `operate`.
    if let StepResult::Failed { message } = &mut result {
        let entry = StepEntry { urn: step.urn.clone(), action: step.action, error: Some(message.clone()), millis };
        // Where the step failed for the same reason it is said once.
        if let Err(error) = run.commit(vec![Change::Step(entry)]).await
            && !message.contains(&error)
        {
            message.push_str(&format!("\n{error}"));
        }
    }
    if !quiet || matches!(result, StepResult::Failed { .. }) {
        let result = result.clone();
        run.events.emit(Event::StepFinished { urn: step.urn.clone(), action: step.action, result, millis });
    }
    result
}
