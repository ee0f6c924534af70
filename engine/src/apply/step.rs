//! A step in flight: what every action needs of it, and its possible outcomes.
//!
//! Each action is in `create`, `update`, `delete` or `record`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kim_model::bounds::{RUN_STATUS, STEP_STATUS};
use kim_model::{Failure, Options, Path, Urn, Value, schema};
use tokio::time::Instant;

use super::error::StepError;
use super::patience::Hope;
use super::run::{Run, Shown, Statuses};
use crate::cloud::answer::Asked;
use crate::cloud::retry;
use crate::decide::{
    self, CheckedInputs, Decision, GivenInputs, Pending, ResourceOutputs, ignored, record_of,
    spelling,
};
use crate::desired::{Desired, explain_absent};
use crate::event::Event;
use crate::plan::{Fate, Step};
use crate::ports::{Provider, StepEntry, Violation};
use crate::schema::check;
use crate::state::{Action, Intent, Record, StateChange};

/// A step in flight.
pub(super) struct StepRun<'r> {
    pub(super) run: &'r Run,
    pub(super) step: &'r Step,
    pub(super) started: Instant,
    /// Its own texts of status.
    pub(super) statuses: Statuses,
}

/// The outcome of a step that succeeded; it counts once its changes are durable.
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
    /// Nothing remains to be done: only its outcome has to be recorded.
    Ended(StepOutcome),
    /// Something remains to be done.
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

    /// Emits what the step waits for.
    ///
    /// Beyond the bounds of the step and the run, emits nothing.
    pub(super) fn status(&self, status: &str) {
        let of_step = self.statuses.count(status, &STEP_STATUS);
        let shown = of_step.max(self.run.statuses.count(status, &RUN_STATUS));
        let status = match shown {
            Shown::Whole => status.to_owned(),
            Shown::Last => format!(
                "further statuses are not shown (at most {STEP_STATUS} a step, {RUN_STATUS} a run)"
            ),
            Shown::Not => return,
        };
        self.run.watch.events.emit(Event::StepStatus { urn: self.urn().clone(), status });
    }

    /// Returns the history entry of a step that succeeded.
    ///
    /// It is written together with the step's outcome.
    pub(super) fn history(&self) -> StateChange {
        let millis = self.started.elapsed().as_millis() as u64;
        StateChange::Step(StepEntry {
            urn: self.urn().clone(),
            action: self.step.action,
            error: None,
            millis,
        })
    }

    /// Returns the check of the answers to an operation of the step.
    pub(super) fn asked(&self, operation: &'static str) -> Asked<'r> {
        Asked::new(&self.run.providers, operation, self.urn().kind())
    }

    pub(super) fn provider(&self) -> Result<(&'r Arc<dyn Provider>, &'r schema::Kind), StepError> {
        let kind = self.urn().kind();
        let providers = &self.run.providers;
        let found = providers.of_kind(kind).zip(providers.kind(kind).map(Arc::as_ref));
        found.ok_or_else(|| providers.unknown_kind(kind).into())
    }

    /// Returns the resource with its inputs, all of them known by now.
    ///
    /// Inputs that the plan did not know are checked again.
    pub(super) async fn declared(&self) -> Result<Declared<'r>, StepError> {
        let run = self.run;
        let index = run.desired.index(self.urn()).ok_or(StepError::NotDeclared)?;
        let (provider, kind) = self.provider()?;
        let mut decision = run.decisions[index].clone();
        if decision.inputs.has_unknown() {
            decision.inputs = Arc::new(self.inputs(index, kind, provider, &decision).await?);
        }
        Ok(Declared { index, kind, provider, decision })
    }

    /// Returns inputs that the plan did not know in full, now resolved and checked.
    async fn inputs(
        &self,
        index: usize,
        kind: &schema::Kind,
        provider: &Arc<dyn Provider>,
        planned: &Decision,
    ) -> Result<Value, StepError> {
        let run = self.run;
        let declaration = run.desired.declaration(index);
        run.make_lookups(run.desired.nodes[index].lookups()).await?;
        let inputs = run.resolver.lock().await.resolve(&declaration.inputs).await?;
        let current = run.state().current(self.urn()).cloned();
        let stays = current.as_ref().filter(|_| !planned.fate.makes_copy());
        let Options { ignore_changes, secret_outputs, .. } = &declaration.options;
        let recorded = stays.map(|record| record.inputs.as_ref());
        let given = GivenInputs {
            kind,
            inputs,
            recorded,
            secret_outputs,
            ignore_changes,
            trusted: Vec::new(),
        };
        let CheckedInputs { mut inputs, mut problems, .. } = given.check();
        if let Some(record) = stays {
            spelling::keep(kind, &mut inputs, &record.inputs);
        }
        spelling::keep(kind, &mut inputs, &planned.inputs);
        if let (Some(record), Some(held)) = (stays, &planned.held) {
            ignored::keep_drift(kind, &mut inputs, &record.properties, held, ignore_changes);
        }
        if let Some(path) = first_unknown(&inputs) {
            return Err(StepError::Unresolved { path });
        }
        if let Some(path) = decide::other_than_planned(&planned.inputs, &inputs) {
            return Err(StepError::OtherInput { because: self.why_other(index, &path), path });
        }
        let declared = &declaration.inputs;
        explain_absent(&run.desired.declarations, declared, &inputs, &mut problems);
        if problems.is_empty() && provider.has_checks(&kind.name) {
            let violations = provider.check(&kind.name, &inputs).await?;
            let broken = violations.into_iter().filter(|violation| !violation.warning);
            problems.extend(
                broken.map(|Violation { path, message, .. }| check::Problem { path, message }),
            );
        }
        if problems.is_empty() { Ok(inputs) } else { Err(StepError::Rules(problems)) }
    }

    /// Returns why an input that the plan knew may be another now: what it draws on.
    fn why_other(&self, index: usize, path: &Path) -> String {
        let Desired { nodes, declarations, .. } = &*self.run.desired;
        let mut inputs = nodes[index].inputs.iter();
        let of_input = inputs.find(|(name, _)| path.first_key() == Some(name.as_str()));
        let lookup = of_input.and_then(|(_, draws)| draws.lookups.first());
        let Some(lookup) = lookup.map(|at| &declarations.lookups[*at].name) else {
            return "what it refers to changed meanwhile".to_owned();
        };
        let provider = self.run.providers.of_lookup(lookup);
        let of =
            provider.map_or(String::new(), |one| format!(" of the plugin {}", one.schema().name));
        format!("the lookup {lookup}{of} answered something else meanwhile")
    }

    /// Returns the record of the resource; `current` is the copy that stays.
    pub(super) fn record_of(&self, declared: &Declared<'_>, current: Option<&Record>) -> Record {
        let Declared { index, decision, .. } = declared;
        decide::record_of(&self.run.desired, *index, decision, current, &self.run.state())
    }

    /// Returns an intent: its number, and the change that records it.
    pub(super) fn intent(&self, record: Record, token: String) -> (u64, StateChange) {
        let id = self.run.next_intent.fetch_add(1, Ordering::Relaxed);
        let intent = Intent {
            id,
            urn: self.urn().clone(),
            action: self.step.action,
            generation: record.generation,
            token,
            record,
        };
        (id, StateChange::OpenIntent(Arc::new(intent)))
    }

    /// Returns the outcome of a step that made a resource, and publishes its outputs.
    ///
    /// `changes` record it. They are recorded also if the plan told dependents otherwise: then the
    /// step fails, so that they are not touched.
    pub(super) async fn made(
        &self,
        declared: &Declared<'_>,
        properties: &Value,
        mut changes: Vec<StateChange>,
    ) -> Result<StepOutcome, StepError> {
        match self.publish_outputs(declared, properties).await {
            Ok(_) => {
                changes.push(self.history());
                Ok(StepOutcome::changed(changes))
            }
            Err(error) => {
                self.run.commit(changes).await?;
                Err(error)
            }
        }
    }

    /// Publishes a resource's outputs to its dependents, and returns its properties.
    ///
    /// They are what the cloud answered, and the inputs where its answer is silent.
    ///
    /// # Errors
    /// The plan told dependents another value.
    pub(super) async fn publish_outputs(
        &self,
        declared: &Declared<'_>,
        properties: &Value,
    ) -> Result<Arc<Value>, StepError> {
        let hidden = &self.run.desired.declaration(declared.index).options.secret_outputs;
        let inputs = Arc::clone(&declared.decision.inputs);
        let held = decide::kept(declared.kind, &inputs, hidden, properties, Pending::Nothing);
        self.run.watch.gate.learn(&held);
        let held = Arc::new(held);
        let made = ResourceOutputs { inputs, properties: Arc::clone(&held) };
        let planned = self.run.decisions[declared.index].outputs();
        let other = decide::contradictions(declared.kind, &planned, &made)
            .into_iter()
            .find(|path| self.run.desired.refers_to(declared.index, path));
        self.run.resolver.lock().await.set_resource(declared.index, made);
        let plugin = || declared.provider.schema().name.clone();
        other.map_or(Ok(held), |path| Err(StepError::OtherProperty { path, plugin: plugin() }))
    }

    /// Returns the record of a copy that stays as it is, and publishes its outputs.
    ///
    /// A change was planned only because something was not known.
    pub(super) async fn keep(
        &self,
        declared: &Declared<'_>,
        current: &Record,
    ) -> Result<StateChange, StepError> {
        let decision = &declared.decision;
        let base = decision.held.as_ref().unwrap_or(&current.properties);
        let properties = self.publish_outputs(declared, base).await?;
        let same = Decision { fate: Fate::Same, properties, ..decision.clone() };
        let state = self.run.state();
        let record = record_of(&self.run.desired, declared.index, &same, Some(current), &state);
        Ok(StateChange::PutRecord(Arc::new(record)))
    }

    /// Returns what lets a call of the step be repeated.
    ///
    /// `passes`: it may pass by waiting, if that is for what others of the run changed.
    pub(super) fn hope(&self, by_repetition: bool, passes: bool) -> Hope {
        Hope { by_repetition, by_waiting: passes.then(|| self.left_for_others()).flatten() }
    }

    /// Returns how long the step may still wait for what others of the run changed.
    ///
    /// Returns `None` if the run changed nothing that it depends on and deletes nothing else.
    fn left_for_others(&self) -> Option<Duration> {
        let own = matches!(self.step.action, Action::Delete | Action::DeleteReplaced);
        let deletes = self.run.patience.deletes_so_far() > usize::from(own);
        (deletes || self.depends_on_change()).then(|| self.run.patience.left()).flatten()
    }

    /// Returns true if the run changed something that it depends on, at any distance.
    fn depends_on_change(&self) -> bool {
        let Desired { nodes, .. } = &*self.run.desired;
        let mut open: Vec<usize> = self.run.desired.index(self.urn()).into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(at) = open.pop() {
            let fresh = nodes[at].dependencies.iter().filter(|at| seen.insert(**at));
            let fresh: Vec<usize> = fresh.copied().collect();
            if fresh.iter().any(|at| self.run.patience.has_changed(&nodes[*at].urn)) {
                return true;
            }
            open.extend(fresh);
        }
        false
    }

    /// Waits until a call that failed is to be repeated.
    ///
    /// # Errors
    /// It is not repeated: it is final, its attempts or the step's time are exhausted, the run was
    /// interrupted, or another run took the stack over.
    pub(super) async fn wait_for_retry(
        &self,
        attempt: &mut u32,
        failure: Failure,
        hope: Hope,
    ) -> Result<(), StepError> {
        *attempt += 1;
        let repeats = hope.by_repetition && *attempt < retry::ATTEMPTS;
        let is_over = self.started.elapsed() > self.deadline();
        let pause = retry::pause(*attempt);
        let (pause, why) = match hope.by_waiting {
            _ if is_over => return Err(failure.into()),
            _ if repeats => (pause, ""),
            Some(left) => (pause.min(left), "what this run changed may not be known yet, "),
            // It was repeated, so it was waited for.
            None if !hope.by_repetition && *attempt > 1 => {
                return Err(StepError::NotPassed { failure });
            }
            None => return Err(failure.into()),
        };
        self.status(&format!("{failure}; {why}retrying in {:.1} s", pause.as_secs_f64()));
        retry::sleep_unless_interrupted(&self.run.watch.interrupt, pause).await;
        self.run.ownership.expect().await?;
        self.expect_no_interrupt(Some(&failure.to_string()))
    }

    /// Rejects a further call of the step once the run was interrupted.
    ///
    /// Between two calls nothing is in flight, so the step ends there. `status` says what it waited
    /// for, if that is known.
    pub(super) fn expect_no_interrupt(&self, status: Option<&str>) -> Result<(), StepError> {
        match self.run.watch.interrupt.level() {
            0 => Ok(()),
            _ => Err(StepError::Interrupted { status: status.map(str::to_owned) }),
        }
    }

    /// Waits until a call that is not done is to be repeated.
    ///
    /// # Errors
    /// The step's time is over, the run was interrupted, or another run took the stack over.
    pub(super) async fn poll(
        &self,
        polls: &mut retry::PollBackoff,
        after_ms: u32,
        status: &str,
    ) -> Result<(), StepError> {
        let (after, elapsed) = (self.deadline(), self.started.elapsed());
        if elapsed >= after {
            return Err(StepError::TimedOut { after, status: status.to_owned() });
        }
        self.status(status);
        // One more look when the time is over: it may have become ready in the last pause.
        let pause = polls.pause(after_ms).min(after - elapsed);
        retry::sleep_unless_interrupted(&self.run.watch.interrupt, pause).await;
        self.run.ownership.expect().await?;
        self.expect_no_interrupt(Some(status))
    }

    /// Returns the longest time that the step may take.
    ///
    /// The resource's own comes before that of the run. That of a declared resource is as the
    /// program says now, else as it said last.
    fn deadline(&self) -> Duration {
        let timeouts = match self.run.desired.index(self.urn()) {
            Some(index) => self.run.desired.declaration(index).options.timeouts,
            None => {
                let state = self.run.state();
                let record = state.resources.get(&self.step.copy_id());
                record.map(|record| record.timeouts).unwrap_or_default()
            }
        };
        let seconds = match self.step.action {
            Action::Create | Action::CreateReplacement => timeouts.create_seconds,
            Action::Update => timeouts.update_seconds,
            Action::Delete | Action::DeleteReplaced => timeouts.delete_seconds,
            Action::Forget | Action::Record => None,
        };
        seconds.map_or(self.run.step_timeout, |seconds| Duration::from_secs(seconds.into()))
    }
}

/// Returns the path of the first part that is not known.
fn first_unknown(value: &Value) -> Option<Path> {
    fn walk(value: &Value, path: Path) -> Option<Path> {
        match value {
            Value::Unknown | Value::Output(_) => Some(path),
            Value::Secret(inner) => walk(inner, path),
            Value::List(items) => {
                items.iter().enumerate().find_map(|(at, item)| walk(item, path.item(at)))
            }
            Value::Map(map) => map.iter().find_map(|(key, item)| walk(item, path.join(key))),
            _ => None,
        }
    }
    walk(value, Path::root())
}
