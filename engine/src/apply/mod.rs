//! Carries a plan out: walks its graph with bounded parallelism.
//!
//! It decides no order of its own.
//!
//! ```text
//!   Plan: steps, and what each waits for
//!     │
//!     ▼
//!   schedule ── a step that may begin ──▶ workers, so many at a time ── StepStarted, … ──▶ Events
//!     ▲                                     │  dispatch: begins and carries out each action with
//!     └── how it ended ─────────────────────┤  create, update, delete, record
//!                                           │
//!                   ┌── StateChange ────────┴──── call ─────┐
//!                   ▼                                       ▼
//!   run.commit: Store, durable, all or none            Provider ──▶ the cloud
//!                   │ then
//!                   ▼
//!   run.state: State in memory follows
//!
//!   A create over time; each `[…]` is one commit:
//!
//!   [OpenIntent] ── create ──▶ [PutRecord: id, incomplete] ── settle ──▶ [PutRecord, CloseIntent,
//!                                                                         Step, next OpenIntent]
//!   killed after …   the next run …
//!     OpenIntent     finds by the token what was made, or creates it under the same token
//!     the id         goes on with it until it is ready
//!     CloseIntent    has nothing left to do
//! ```
//!
//! Of a kind that is `ready` when created, the two commits after the call are one. An update or a
//! delete has one commit before its calls and one after.
//!
//! Invariants: nothing is called before the outcomes of everything before it *are durable*; a
//! failed step skips only what comes after it; after an interrupt nothing new begins; what a step
//! makes is unknown until it succeeded, whatever the plan foresaw. `schedule` knows which steps may
//! begin, `workers` carry them out, `dispatch` begins each, and `step` is what they share.

mod create;
mod delete;
mod dispatch;
mod error;
mod needless;
mod outputs;
mod ownership;
mod patience;
mod record;
mod run;
mod schedule;
mod step;
mod supervise;
mod update;
mod workers;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use kim_model::Urn;

use crate::error::Error;
use crate::event::summary::{count_name, counts};
use crate::event::{Event, RunResult, Summary};
use crate::options::Options;
use crate::plan::{Operation, Plan, Step};
use crate::ports::{RunEnd, RunId, RunStart, StoreError};
use crate::prepare::ApplyContext;
use crate::stack::Stack;
use crate::state::{Action, CopyId, State};
use crate::watch::Watch;
use ownership::Ownership;
use patience::Patience;
use run::{Run, Statuses};
use schedule::Outcome;
pub(crate) use supervise::{supervise, under_lock, until_abandoned_runs_ended};

/// Applies a plan under the stack's lock.
///
/// The run has a task of its own, so that it is ended whatever becomes of the caller.
pub(crate) async fn apply(
    stack: &Stack,
    plan: Arc<Plan>,
    context: ApplyContext,
    options: &Options,
    watch: Watch,
) -> Result<Summary, Error> {
    if plan.operation == Operation::Preview {
        return Err(Error::OnlyPreviewed);
    }
    let watch = Watch { interrupt: watch.interrupt.of_run(), ..watch };
    let interrupt = watch.interrupt.clone();
    tokio::select! {
        biased;
        () = interrupt.reached(1) => return Err(Error::Interrupted),
        () = until_abandoned_runs_ended(stack) => {}
    }
    let run = carry_through(stack.clone(), plan, context, options.clone(), watch);
    supervise(stack, interrupt, run).await
}

/// Begins a run, walks its plan, and ends it.
async fn carry_through(
    stack: Stack,
    plan: Arc<Plan>,
    context: ApplyContext,
    options: Options,
    watch: Watch,
) -> Result<Summary, Error> {
    let started = Instant::now();
    let (events, interrupt) = (Arc::clone(&watch.events), watch.interrupt.clone());
    let gate = watch.gate.clone();
    let start = describe_run(&stack, plan.operation);
    let of_run = stack.clone();
    let walk = move |id| async move {
        let walked = async {
            let run = open_run(&of_run, id, &plan, context, &options, watch).await?;
            Ok::<_, Error>(walk_plan(run, &plan, options.parallel).await)
        };
        match walked.await {
            Ok(outcome) => {
                let millis = started.elapsed().as_millis() as u64;
                let mut summary = summarize(&plan, &outcome, millis);
                summary.message = summary.message.map(|message| gate.own(&message));
                let end = RunEnd {
                    succeeded: summary.result == RunResult::Succeeded,
                    interrupted: summary.result == RunResult::Interrupted,
                    changes: summary.changes.clone(),
                    message: summary.message.clone().unwrap_or_default(),
                };
                (Ok(summary), end)
            }
            Err(error) => {
                let message = gate.own(&error.to_string());
                let end = RunEnd { message, ..RunEnd::default() };
                (Err(error), end)
            }
        }
    };
    let (summary, finished) = under_lock(&stack, start, &interrupt, walk).await?;
    let mut summary = summary?;
    // A run that was taken over has no end, and says so already.
    if let Err(error) = finished
        && !matches!(error, StoreError::TakenOver { .. })
    {
        // What happened in the cloud is still worth reporting.
        summary.result = RunResult::Failed;
        let before = summary.message.take().map_or(String::new(), |message| message + "\n");
        summary.message =
            Some(format!("{before}the end of the run could not be recorded: {error}"));
    }
    events.emit(Event::Summary(summary.clone()));
    Ok(summary)
}

/// Returns what the history keeps of the beginning of a run.
fn describe_run(stack: &Stack, operation: Operation) -> RunStart {
    RunStart {
        operation: format!("{operation:?}").to_lowercase(),
        who: stack.who.clone(),
        program: stack.program.as_ref().map_or(String::new(), |program| program.digest()),
        plugins: stack
            .providers
            .iter()
            .map(|one| (one.schema().name.clone(), one.digest()))
            .collect(),
    }
}

/// Opens a run whose lock is taken, and records what recovery found out.
///
/// Rejects a state that changed since the plan was made.
async fn open_run(
    stack: &Stack,
    id: RunId,
    plan: &Plan,
    context: ApplyContext,
    options: &Options,
    watch: Watch,
) -> Result<Arc<Run>, Error> {
    let mut state = stack.store.load(&stack.id).await?;
    if state != context.base {
        return Err(Error::Moved);
    }
    if !context.recovery.is_empty() {
        stack.store.commit(id, context.recovery.clone()).await?;
        state.apply_all(&context.recovery);
    }
    let mut resolver = context.resolver;
    let planned = plan.steps.node_weights().filter(|step| step.makes());
    let unmade = planned.filter_map(|step| context.desired.index(&step.urn)).collect();
    resolver.get_mut().withdraw(&unmade);
    resolver.get_mut().renew();
    let inside = inside(&state);
    let ownership = Arc::new(Ownership::new(Arc::clone(&stack.store), id));
    let watch = Watch { interrupt: watch.interrupt.with_claim(ownership.clone()), ..watch };
    let judged = needless::judged(plan, &context.desired, &context.decisions);
    Ok(Arc::new(Run {
        ownership,
        providers: context.providers.for_run(&watch.interrupt),
        desired: context.desired,
        decisions: context.decisions,
        lifts: context.lifts,
        refreshed: context.refreshed,
        leaving: leaving(plan, &inside),
        ids: Mutex::new(ids(plan, &state)),
        inside,
        judged,
        resolver,
        looking_up: tokio::sync::Mutex::new(()),
        next_intent: AtomicU64::new(state.next_intent()),
        lookups: context.lookups,
        offline: options.offline,
        needless: Mutex::default(),
        state: Mutex::new(state),
        watch,
        patience: Patience::new(),
        step_timeout: options.step_timeout,
        statuses: Statuses::default(),
    }))
}

/// Walks the plan, then records the stack's outputs.
async fn walk_plan(run: Arc<Run>, plan: &Arc<Plan>, parallel: usize) -> Outcome {
    let mut outcome = workers::carry_out(Arc::clone(&run), Arc::clone(plan), parallel).await;
    if run.ownership.taken_over().is_some() {
        return outcome;
    }
    let stopped = tokio::select! {
        // First: after a second interrupt no closure is called and no lookup made.
        biased;
        () = run.watch.interrupt.reached(2) => true,
        () = outputs::record(&run, plan.operation, &mut outcome) => false,
    };
    if stopped {
        outcome.interrupt();
    }
    outcome
}

fn inside(state: &State) -> BTreeMap<Urn, Vec<CopyId>> {
    let mut inside: BTreeMap<Urn, Vec<CopyId>> = BTreeMap::new();
    for record in state.records() {
        if let Some(container) = &record.deleted_with {
            inside.entry(container.clone()).or_default().push(record.copy_id());
        }
    }
    inside
}

/// Returns the copies that have each id, without those that the plan only forgets.
///
/// One that is forgotten no longer exists, or is somebody else's from now on.
fn ids(plan: &Plan, state: &State) -> HashMap<String, BTreeSet<CopyId>> {
    let forgets = plan.steps.node_weights().filter(|step| step.action == Action::Forget);
    let forgotten: BTreeSet<CopyId> = forgets.map(Step::copy_id).collect();
    let mut ids: HashMap<String, BTreeSet<CopyId>> = HashMap::new();
    for record in state.records().filter(|record| !forgotten.contains(&record.copy_id())) {
        ids.entry(record.id.clone()).or_default().insert(record.copy_id());
    }
    ids
}

fn leaving(plan: &Plan, containers: &BTreeMap<Urn, Vec<CopyId>>) -> BTreeSet<CopyId> {
    let goes = |step: &&Step| {
        matches!(step.action, Action::Delete | Action::DeleteReplaced | Action::Forget)
    };
    let steps =
        plan.steps.node_weights().filter(goes).filter(|step| containers.contains_key(&step.urn));
    steps.map(Step::copy_id).collect()
}

fn summarize(plan: &Plan, outcome: &Outcome, millis: u64) -> Summary {
    let mut changes = counts();
    for resource in plan.resources.iter().filter(|resource| !resource.component) {
        let name = if outcome.failed.contains_key(&resource.urn) {
            "failed"
        } else if outcome.skipped.contains_key(&resource.urn) {
            "skipped"
        } else if outcome.unchanged.contains(&resource.urn) {
            "same"
        } else {
            count_name(resource.fate)
        };
        *changes.entry(name.to_owned()).or_default() += 1;
    }
    let message = (!outcome.is_success()).then(|| outcome.explain());
    Summary {
        operation: plan.operation,
        result: outcome.result(),
        changes,
        millis,
        micros_a_month: plan.micros_a_month(),
        message,
        remedies: outcome.remedies(),
    }
}
