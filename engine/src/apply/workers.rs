//! The workers that carry out the steps of a plan, a limited number at a time.
//!
//! Invariants: nothing is called before its intent and everything before it are durable; after an
//! interrupt, and once nothing can be recorded any more, nothing new begins: a step whose intent
//! was recorded in the meantime is taken back, and a step in flight ends with its call in flight.
//! Once another run took the stack over, what is in flight is dropped too: it belongs to that run.
//!
//! A commit mostly waits for the disk. So a worker records the outcome of its step and the intent
//! of the next step in one commit: a chain waits once a step, not twice. It does so only if the
//! next step can begin without asking a cloud or the program, so that recording an outcome never
//! waits on a slow step.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use petgraph::stable_graph::NodeIndex;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::dispatch::{self, ReadyStep};
use super::error::StepError;
use super::run::Run;
use super::schedule::{Outcome, Schedule, Skipped};
use super::step::StepOutcome;
use super::supervise::panic_text;
use crate::event::{Event, StepResult};
use crate::plan::{Plan, Step};
use crate::ports::StepEntry;
use crate::state::{Action, StateChange};

/// Carries a plan out. Every outcome is recorded when it returns.
pub(super) async fn carry_out(run: Arc<Run>, plan: Arc<Plan>, parallel: usize) -> Outcome {
    let interrupt = run.watch.interrupt.clone();
    let schedule = Schedule::new(Arc::clone(&plan));
    let (ready, steps) = (schedule.ready(), plan.steps.node_count());
    let workers = Arc::new(Workers {
        run,
        plan,
        schedule: Mutex::new(schedule),
        ready: Semaphore::new(ready),
        unrecordable: AtomicBool::new(false),
    });
    let mut working = JoinSet::new();
    for _ in 0..parallel.clamp(1, steps.max(1)) {
        let workers = Arc::clone(&workers);
        working.spawn(async move { workers.work().await });
    }
    workers.close_if_over();
    let run = Arc::clone(&workers.run);
    let taken_over = run.ownership.until_taken_over();
    tokio::pin!(taken_over);
    let (mut stopped, mut broken) = (false, None);
    loop {
        tokio::select! {
            done = working.join_next() => match done {
                Some(Ok(())) => {}
                Some(Err(error)) => {
                    broken = Some(workers.run.watch.gate.clean(&cause(error)));
                    workers.ready.close();
                }
                None => break,
            },
            () = interrupt.reached(1), if !stopped => {
                stopped = true;
                workers.ready.close();
            }
            () = interrupt.reached(2) => break,
            () = &mut taken_over => break,
        }
    }
    // Each call in flight has an open intent: the next run settles it.
    working.abort_all();
    while working.join_next().await.is_some() {}
    workers.end(interrupt.level() > 0, broken).await
}

/// Returns what a task says that did not run to its end: its panic, if it panicked.
fn cause(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => format!("it panicked: {}", panic_text(panic.as_ref())),
        Err(error) => error.to_string(),
    }
}

struct Workers {
    run: Arc<Run>,
    plan: Arc<Plan>,
    schedule: Mutex<Schedule>,
    /// A permit for each step that is ready; closed when no more will be begun.
    ready: Semaphore,
    /// True once nothing can be recorded any more.
    unrecordable: AtomicBool,
}

impl Workers {
    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close_if_over(&self) {
        if self.schedule().is_over() {
            self.ready.close();
        }
    }

    /// Returns true if no new step begins any more.
    fn stops(&self) -> bool {
        self.ready.is_closed()
            || self.run.ownership.taken_over().is_some()
            || self.run.watch.interrupt.level() > 0
    }

    async fn work(&self) {
        while let Ok(permit) = self.ready.acquire().await
            && !self.stops()
        {
            permit.forget();
            let next = self.schedule().next(|_| true);
            if let Some(node) = next {
                self.follow(node).await;
            }
        }
    }

    /// Carries a step out, and then each step that its commit began.
    ///
    /// `conclude` chooses those steps.
    async fn follow(&self, first: NodeIndex) {
        let mut going = self.begin(first).await.map(|begun| (first, begun));
        while let Some((node, begun)) = going {
            let started = begun.one.started;
            going = match begun.carry_out().await {
                Ok(done) => self.conclude(node, done, started).await,
                Err(error) => {
                    self.failed(node, &error, started).await;
                    None
                }
            };
        }
    }

    /// Begins a step by itself: its intent is durable.
    ///
    /// Returns `None` if it failed already, or was taken back.
    async fn begin(&self, node: NodeIndex) -> Option<ReadyStep<'_>> {
        let started = Instant::now();
        let step = &self.plan.steps[node];
        // What asks a cloud or the program may take a while, so it is announced.
        let is_slow = !dispatch::is_at_hand(&self.run, step);
        if is_slow {
            self.says_started(node);
        }
        let begin = async {
            let begun = dispatch::begin(&self.run, step).await?;
            self.run.commit(begun.intent.clone().into_iter().collect()).await?;
            Ok::<_, StepError>(begun)
        };
        let begun = begin.await;
        if let Ok(begun) = &begun
            && self.takes_back(node, begun).await
        {
            return None;
        }
        if !is_slow {
            self.says_started(node);
        }
        match begun {
            Ok(begun) => Some(begun),
            // It was about to make a lookup.
            Err(StepError::Interrupted { .. }) => {
                self.schedule().take_back(node);
                None
            }
            Err(error) => {
                self.failed(node, &error, started).await;
                None
            }
        }
    }

    /// Takes a step back if the run was interrupted while its intent was recorded.
    ///
    /// Returns false if the step may go on. Nothing was sent yet, so the intent is closed.
    async fn takes_back(&self, node: NodeIndex, begun: &ReadyStep<'_>) -> bool {
        let Some(StateChange::OpenIntent(intent)) = &begun.intent else { return false };
        if self.run.watch.interrupt.level() == 0 {
            return false;
        }
        // If that cannot be recorded, the next run finds out that nothing was sent.
        let _ = self.run.commit(vec![StateChange::CloseIntent(intent.id)]).await;
        self.schedule().take_back(node);
        true
    }

    /// Records how a step ended, and in the same commit that the next one begins.
    ///
    /// Returns that next step, if there is one.
    async fn conclude(
        &self,
        node: NodeIndex,
        done: StepOutcome,
        started: Instant,
    ) -> Option<(NodeIndex, ReadyStep<'_>)> {
        let StepOutcome { changes, changed, made } = done;
        let result = if changed { StepResult::Succeeded } else { StepResult::Unchanged };
        if let Some((next, begun)) = self.begin_after(node, &changes).await {
            let both = changes.iter().cloned().chain(begun.intent.clone()).collect();
            if self.run.commit(both).await.is_ok() {
                self.ended(node, result, started);
                if self.takes_back(next, &begun).await {
                    return None;
                }
                self.says_started(next);
                return Some((next, begun));
            }
            // Which of the two could not be recorded shows when each is recorded by itself.
            self.return_step(next, node);
        }
        match self.run.commit(changes).await {
            Ok(()) => self.ended(node, result, started),
            Err(source) => {
                let error = match made {
                    Some(id) => StepError::NotRecorded { id, source },
                    None => source.into(),
                };
                self.failed(node, &error, started).await;
            }
        }
        None
    }

    /// Takes a step that can begin as soon as this one's outcome is recorded.
    async fn begin_after(
        &self,
        node: NodeIndex,
        changes: &[StateChange],
    ) -> Option<(NodeIndex, ReadyStep<'_>)> {
        if self.stops() {
            return None;
        }
        // A step must see what those before it recorded about its own resource, and about those
        // that it follows.
        let fits = |step: &Step| {
            let is_touched = dispatch::reads(&self.run, step)
                .any(|urn| changes.iter().any(|change| change.concerns(urn)));
            !is_touched && dispatch::is_at_hand(&self.run, step)
        };
        let is_urgent = self.schedule().is_urgent_after(node);
        let unblocked = || self.schedule().take_unblocked_by(node, fits);
        let next = if is_urgent {
            unblocked().or_else(|| self.take_ready(fits))?
        } else {
            self.take_ready(fits).or_else(unblocked)?
        };
        match dispatch::begin(&self.run, &self.plan.steps[next]).await {
            Ok(begun) => Some((next, begun)),
            // It fails by itself when it is begun again.
            Err(_) => {
                self.return_step(next, node);
                None
            }
        }
    }

    fn take_ready(&self, fits: impl Fn(&Step) -> bool) -> Option<NodeIndex> {
        let permit = self.ready.try_acquire().ok()?;
        let next = self.schedule().next(fits)?;
        permit.forget();
        Some(next)
    }

    fn return_step(&self, node: NodeIndex, after: NodeIndex) {
        let mut schedule = self.schedule();
        let before = schedule.ready();
        schedule.return_step(node, after);
        self.ready.add_permits(schedule.ready() - before);
    }

    fn ended(&self, node: NodeIndex, result: StepResult, started: Instant) {
        let Step { urn, action, .. } = &self.plan.steps[node];
        let changes_cloud = !matches!(action, Action::Record | Action::Forget);
        if changes_cloud && matches!(result, StepResult::Succeeded) {
            self.run.patience.changed(urn);
        }
        if *action != Action::Record || matches!(result, StepResult::Failed { .. }) {
            self.run.watch.events.emit(Event::StepFinished {
                urn: urn.clone(),
                action: *action,
                result: result.clone(),
                millis: started.elapsed().as_millis() as u64,
            });
        }
        let (skipped, released) = {
            let mut schedule = self.schedule();
            let before = schedule.ready();
            let stops = self.run.watch.interrupt.level() > 0;
            (schedule.ended(node, result, stops), schedule.ready() - before)
        };
        self.says_skipped(skipped);
        self.ready.add_permits(released);
        self.close_if_over();
    }

    /// Writes a failed step into the history.
    ///
    /// The history entry of a step that succeeded is written with its outcome.
    async fn failed(&self, node: NodeIndex, failure: &StepError, started: Instant) {
        let mut message = self.run.watch.gate.own(&failure.to_string());
        let Step { urn, action, .. } = &self.plan.steps[node];
        let millis = started.elapsed().as_millis() as u64;
        let entry =
            StepEntry { urn: urn.clone(), action: *action, error: Some(message.clone()), millis };
        if self.run.ownership.taken_over().is_some() {
            // Said once, of the whole run.
            message = StepError::CutOff.to_string();
        } else if let Err(error) = self.run.commit(vec![StateChange::Step(entry)]).await {
            self.unrecordable.store(true, Ordering::Relaxed);
            self.ready.close();
            // If the step failed for the same reason, the reason is said once.
            let error = error.to_string();
            if !message.contains(&error) {
                message.push_str(&format!("\n{error}"));
            }
        }
        self.ended(node, StepResult::Failed { message, remedies: failure.remedies() }, started);
        if failure.was_made() {
            self.schedule().was_made(node);
        }
    }

    /// Fails the steps that did not end, and returns the outcome of the walk.
    ///
    /// Called once no worker runs any more. `broken`: how a task panicked, if one did.
    async fn end(&self, interrupted: bool, broken: Option<String>) -> Outcome {
        let is_broken = broken.is_some();
        let error = match broken {
            None => StepError::CutOff,
            Some(how) => StepError::BrokeOff { how },
        };
        let under_way = self.schedule().under_way();
        let is_untold = is_broken && under_way.is_empty();
        for node in under_way {
            self.failed(node, &error, Instant::now()).await;
        }
        let lost = self.run.ownership.taken_over();
        let because = if lost.is_some() {
            "another run took over"
        } else if self.unrecordable.load(Ordering::Relaxed) {
            "nothing can be recorded"
        } else if interrupted {
            "interrupted"
        } else {
            "another step broke off"
        };
        let skipped = self.schedule().drop_rest(because, interrupted);
        self.says_skipped(skipped);
        let mut outcome = self.schedule().outcome();
        if is_untold {
            outcome.problem(&error);
        }
        if let Some(error) = lost {
            outcome.problem(&StepError::TakenOver(error));
        }
        outcome
    }

    fn says_started(&self, node: NodeIndex) {
        self.schedule().started(node);
        let Step { urn, action, .. } = &self.plan.steps[node];
        if *action != Action::Record {
            self.run.watch.events.emit(Event::StepStarted { urn: urn.clone(), action: *action });
        }
    }

    fn says_skipped(&self, skipped: Vec<Skipped>) {
        for (node, because) in skipped {
            let Step { urn, action, .. } = &self.plan.steps[node];
            let result = StepResult::Skipped { because };
            self.run.watch.events.emit(Event::StepFinished {
                urn: urn.clone(),
                action: *action,
                result,
                millis: 0,
            });
        }
    }
}
