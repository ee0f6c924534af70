//! One step on its way: what every action needs of it, and what it can come to.
//!
//! How each action begins and goes on is in `create`, `update`, `delete` and `record`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kim_model::{Failure, Urn, Value, schema};
use tokio::time::Instant;

use super::error::StepError;
use super::run::Run;
use crate::cloud::retry;
use crate::decide::{self, Decision, ResourceOutputs, diff};
use crate::event::Event;
use crate::plan::Step;
use crate::ports::{LiveState, Provider, StepEntry, Violation};
use crate::schema::check;
use crate::state::{Intent, Record, StateChange};

/// The longest time that a create, update or delete may take from the start of its step, with all its waiting.
const DEADLINE: Duration = Duration::from_secs(45 * 60);

/// A step in flight.
pub(super) struct StepRun<'r> {
    pub(super) run: &'r Run,
    pub(super) step: &'r Step,
    pub(super) started: Instant,
}

/// The outcome of a step that succeeded. It counts once its changes are durable.
pub(super) struct StepOutcome {
    pub(super) changes: Vec<StateChange>,
    /// True if anything had to be done.
    pub(super) changed: bool,
    /// The id of a created resource that is not recorded yet.
    pub(super) made: Option<String>,
}

impl StepOutcome {
    pub(super) fn changed(changes: Vec<StateChange>) -> StepOutcome {
        StepOutcome { changes, changed: true, made: None }
    }

    pub(super) fn unchanged(changes: Vec<StateChange>) -> StepOutcome {
        StepOutcome { changed: false, ..StepOutcome::changed(changes) }
    }
}

/// The result of beginning a step.
pub(super) enum Ready<W> {
    /// Nothing is left to do: only its outcome has to be recorded.
    Ended(StepOutcome),
    /// Something is left to do.
    StepWork {
        /// The change that has to be durable first; `None` if nothing will be called.
        intent: Option<StateChange>,
        work: W,
    },
}

/// The input of a create or an update of a declared resource.
pub(super) struct Declared<'r> {
    pub(super) index: usize,
    pub(super) kind: &'r schema::Kind,
    pub(super) provider: &'r Arc<dyn Provider>,
    pub(super) decision: Decision,
}

impl<'r> StepRun<'r> {
    pub(super) fn urn(&self) -> &'r Urn {
        &self.step.urn
    }

    pub(super) fn status(&self, status: &str) {
        self.run.events.emit(Event::StepStatus { urn: self.urn().clone(), status: status.to_owned() });
    }

    /// Returns the line of history of a step that succeeded; it is written together with the step's outcome.
    pub(super) fn history(&self) -> StateChange {
        let millis = self.started.elapsed().as_millis() as u64;
        StateChange::Step(StepEntry { urn: self.urn().clone(), action: self.step.action, error: None, millis })
    }

    pub(super) fn provider(&self) -> Result<(&'r Arc<dyn Provider>, &'r schema::Kind), StepError> {
        let kind = self.urn().kind();
        let providers = &self.run.providers;
        let found = providers.of_kind(kind).zip(providers.kind(kind).map(Arc::as_ref));
        found.ok_or_else(|| providers.unknown_kind(kind).into())
    }

    /// Returns the resource with its inputs, all of them known by now and checked again where the plan did not know them.
    pub(super) async fn declared(&self) -> Result<Declared<'r>, StepError> {
        let run = self.run;
        let index = run.desired.index(self.urn()).ok_or(StepError::NotDeclared)?;
        let (provider, kind) = self.provider()?;
        let mut decision = run.decisions[index].clone();
        if decision.inputs.has_unknown() {
            let declaration = run.desired.declaration(index);
            let due = run.desired.nodes[index].inputs.iter().flat_map(|(_, reach)| reach.lookups.iter().copied());
            run.make_lookups(due.collect()).await?;
            let mut inputs = run.resolver.lock().await.resolve(&declaration.inputs).await?;
            let recorded = run.state().current(self.urn()).map(|record| record.inputs.clone());
            if let Some(recorded) = recorded.filter(|_| !decision.fate.makes_copy()) {
                diff::put_back(&mut inputs, &recorded, &declaration.options.ignore_changes);
            }
            let (inputs, mut problems) = check::check(&kind.name, &kind.properties, &inputs);
            if let Some(path) = first_unknown(&inputs) {
                return Err(StepError::Unresolved { path });
            }
            if problems.is_empty() && provider.has_checks(&kind.name) {
                let violations = provider.check(&kind.name, &inputs).await?;
                let broken = violations.into_iter().filter(|violation| !violation.warning);
                problems.extend(broken.map(|Violation { path, message, .. }| check::Problem { path, message }));
            }
            if !problems.is_empty() {
                return Err(StepError::Rules(problems));
            }
            decision.inputs = Arc::new(inputs);
        }
        Ok(Declared { index, kind, provider, decision })
    }

    /// Returns an intent: its number, and the change that records it.
    pub(super) fn intent(&self, record: Record, token: String) -> (u64, StateChange) {
        let id = self.run.next_intent.fetch_add(1, Ordering::Relaxed);
        let (urn, action, generation) = (self.urn().clone(), self.step.action, record.generation);
        (id, StateChange::OpenIntent(Arc::new(Intent { id, urn, action, generation, token, record })))
    }

    /// Dependents may use what the cloud told, and what it was told where it is silent.
    pub(super) async fn publish_outputs(&self, declared: &Declared<'_>, properties: &Value) {
        let held = decide::kept(declared.kind, &declared.decision.inputs, properties, false, false);
        let told = ResourceOutputs { inputs: Arc::clone(&declared.decision.inputs), properties: Arc::new(held) };
        self.run.resolver.lock().await.set_resource(declared.index, told);
    }

    pub(super) fn known(&self, declared: &Declared<'_>, record: Record, live: &LiveState) -> Record {
        let properties = diff::carry_secrets(declared.kind, &record.inputs, live.properties.clone());
        Record { id: live.id.clone(), properties: Arc::new(properties), ..record }
    }

    /// Returns true, after a pause, if a call is to be retried: not after `retry::ATTEMPTS` attempts, and not once the
    /// run was interrupted.
    pub(super) async fn tries_again(&self, attempt: u32, failure: &Failure) -> bool {
        if attempt >= retry::ATTEMPTS {
            return false;
        }
        let pause = retry::pause(attempt);
        self.status(&format!("{failure}; retrying in {:.1} s", pause.as_secs_f64()));
        retry::sleep_unless_interrupted(&self.run.interrupt, pause).await
    }

    pub(super) async fn poll(
        &self,
        polls: &mut retry::PollBackoff,
        after_ms: u32,
        status: &str,
    ) -> Result<(), StepError> {
        if self.started.elapsed() > DEADLINE {
            return Err(StepError::TimedOut { after: DEADLINE, status: status.to_owned() });
        }
        self.status(status);
        tokio::time::sleep(polls.pause(after_ms)).await;
        Ok(())
    }
}

/// Returns the path of the first part that is not known.
fn first_unknown(value: &Value) -> Option<kim_model::Path> {
    fn walk(value: &Value, path: kim_model::Path) -> Option<kim_model::Path> {
        match value {
            Value::Unknown | Value::Output(_) => Some(path),
            Value::Secret(inner) => walk(inner, path),
            Value::List(items) => items.iter().enumerate().find_map(|(at, item)| walk(item, path.item(at))),
            Value::Map(map) => map.iter().find_map(|(key, item)| walk(item, path.join(key))),
            _ => None,
        }
    }
    walk(value, kim_model::Path::root())
}
