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
//! failed step skips only what comes after it; after an interrupt nothing new begins. `schedule`
//! knows which steps may begin, `workers` carry them out, `dispatch` begins each, and `step` is
//! what they share.

mod create;
mod delete;
mod dispatch;
mod error;
mod record;
mod run;
mod schedule;
mod step;
mod update;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use kim_model::{Urn, Value};

use crate::error::Error;
use crate::event::summary::{count_name, counts};
use crate::event::{Event, RunResult, Summary};
use crate::options::Options;
use crate::plan::{Fate, Operation, Plan, Step};
use crate::ports::{RunEnd, RunId, RunStart};
use crate::prepare::ApplyContext;
use crate::stack::Stack;
use crate::state::{Action, CopyId, State, StateChange};
use crate::watch::Watch;
use error::StepError;
use run::Run;
use schedule::Outcome;

/// Applies a plan under the stack's lock.
pub(crate) async fn apply(
    stack: &Stack,
    plan: Arc<Plan>,
    context: ApplyContext,
    options: &Options,
    watch: Watch,
) -> Result<Summary, Error> {
    let started = Instant::now();
    if plan.operation == Operation::Preview {
        return Err(Error::OnlyPreviewed);
    }
    let id = stack.store.begin(&stack.id, describe_run(stack, plan.operation)).await?;
    let events = Arc::clone(&watch.events);
    let outcome = match open_run(stack, id, &plan, context, watch).await {
        Ok(run) => Ok(walk_plan(run, &plan, options.parallel).await),
        Err(error) => Err(error),
    };
    let millis = started.elapsed().as_millis() as u64;
    let (summary, end) = match outcome {
        Ok(outcome) => {
            let summary = summarize(&plan, &outcome, millis);
            let end = RunEnd {
                succeeded: summary.result == RunResult::Succeeded,
                changes: summary.changes.clone(),
                message: summary.message.clone().unwrap_or_default(),
            };
            (Ok(summary), end)
        }
        Err(error) => {
            let end = RunEnd { message: error.to_string(), ..RunEnd::default() };
            (Err(error), end)
        }
    };
    let finished = stack.store.finish(id, end).await;
    let mut summary = summary?;
    if let Err(error) = finished {
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
    resolver.get_mut().renew();
    let inside = inside(&state);
    Ok(Arc::new(Run {
        id,
        store: Arc::clone(&stack.store),
        providers: context.providers,
        desired: context.desired,
        decisions: context.decisions,
        refreshed: context.refreshed,
        leaving: leaving(plan, &inside),
        inside,
        resolver,
        looking_up: tokio::sync::Mutex::new(()),
        next_intent: AtomicU64::new(state.next_intent()),
        state: Mutex::new(state),
        watch,
    }))
}

/// Walks the plan, then records the stack's outputs.
async fn walk_plan(run: Arc<Run>, plan: &Arc<Plan>, parallel: usize) -> Outcome {
    let mut outcome = workers::carry_out(Arc::clone(&run), Arc::clone(plan), parallel).await;
    if matches!(plan.operation, Operation::Up | Operation::Destroy)
        && let Err(error) = export(&run, &outcome).await
    {
        outcome.problem(&error);
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

fn leaving(plan: &Plan, containers: &BTreeMap<Urn, Vec<CopyId>>) -> BTreeSet<CopyId> {
    let goes = |step: &&Step| {
        matches!(step.action, Action::Delete | Action::DeleteReplaced | Action::Forget)
    };
    let steps =
        plan.steps.node_weights().filter(goes).filter(|step| containers.contains_key(&step.urn));
    steps.map(Step::copy_id).collect()
}

/// Records the stack's outputs.
///
/// After a failed run, outputs that could not be found out keep their old values.
async fn export(run: &Run, outcome: &Outcome) -> Result<(), StepError> {
    let mut exports = BTreeMap::new();
    if outcome.is_success() && !run.desired.declarations.exports.is_empty() {
        run.make_lookups((0..run.desired.declarations.lookups.len()).collect()).await?;
    }
    let mut resolver = run.resolver.lock().await;
    for (name, value) in &run.desired.declarations.exports {
        let value = resolver.resolve(value).await;
        let value = value
            .map_err(|source| StepError::Output { name: name.clone(), source: Box::new(source) })?;
        if !value.has_unknown() {
            exports.insert(name.clone(), value);
        }
    }
    drop(resolver);
    let old: BTreeMap<String, Value> = run.state().exports.clone();
    if !outcome.is_success() {
        for (name, value) in &old {
            exports.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    if exports == old {
        Ok(())
    } else {
        Ok(run.commit(vec![StateChange::Exports(exports)]).await?)
    }
}

fn summarize(plan: &Plan, outcome: &Outcome, millis: u64) -> Summary {
    let mut changes = counts();
    for resource in plan.resources.iter().filter(|resource| !resource.component) {
        let name = if outcome.failed.contains_key(&resource.urn) {
            "failed"
        } else if outcome.skipped.contains_key(&resource.urn) {
            "skipped"
        } else if resource.fate == Fate::Update && outcome.unchanged.contains(&resource.urn) {
            "same"
        } else {
            count_name(resource.fate)
        };
        *changes.entry(name.to_owned()).or_default() += 1;
    }
    let message = (!outcome.is_success()).then(|| outcome.explain());
    Summary {
        operation: plan.operation,
        result: if message.is_none() { RunResult::Succeeded } else { RunResult::Failed },
        changes,
        millis,
        micros_a_month: plan.micros_a_month(),
        message,
        remedies: outcome.remedies(),
    }
}
