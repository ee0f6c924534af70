//! One step: what it is about to do, then the doing. Its intent is made durable in between, by whoever carries it out.
//!
//! Invariants: nothing is called before its intent is durable; what cannot be found out stays an open intent for the next
//! run. How each action goes on is in `create`, `update` and `delete`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kim_model::{Failure, Urn, Value, schema};
use tokio::time::Instant;

use super::Run;
use super::create::Create;
use super::delete::Delete;
use super::update::Update;
use crate::cloud::retry;
use crate::decide::{self, Decision, Told, diff, record_of};
use crate::event::Event;
use crate::plan::Step;
use crate::ports::{LiveState, Provider, StepEntry};
use crate::schema::check;
use crate::state::{Action, Change, Intent, Record};

/// How long a create, update or delete may take to be done, all its waiting included.
const DEADLINE: Duration = Duration::from_secs(45 * 60);

/// A step on its way.
pub(super) struct One<'r> {
    pub(super) run: &'r Run,
    pub(super) step: &'r Step,
    pub(super) started: Instant,
}

/// A step that is ready to be carried out as soon as its intent is durable.
pub(super) struct Begun<'r> {
    pub(super) one: One<'r>,
    /// What has to be durable first; none where nothing will be called.
    pub(super) intent: Option<Change>,
    pub(super) work: Work<'r>,
}

/// What is left to do of a step.
pub(super) enum Work<'r> {
    /// Nothing: only its outcome has to be recorded.
    Record(Done),
    Create(Create<'r>),
    Update(Update<'r>),
    Delete(Delete<'r>),
    /// Its record is dropped.
    Forget(Arc<Record>),
}

/// How a step ended well. It counts once its changes are durable.
pub(super) struct Done {
    pub(super) changes: Vec<Change>,
    /// Whether anything needed doing after all.
    pub(super) changed: bool,
    /// The id of what was made and is not recorded yet.
    pub(super) made: Option<String>,
}

impl Done {
    pub(super) fn changed(changes: Vec<Change>) -> Done {
        Done { changes, changed: true, made: None }
    }

    pub(super) fn unchanged(changes: Vec<Change>) -> Done {
        Done { changed: false, ..Done::changed(changes) }
    }
}

impl Begun<'_> {
    /// Carries the step out; its intent is durable. An error says why it failed and what to do next.
    pub(super) async fn carry_out(self) -> Result<Done, String> {
        match self.work {
            Work::Record(done) => Ok(done),
            Work::Create(create) => self.one.create(create).await,
            Work::Update(update) => self.one.update(update).await,
            Work::Delete(delete) => self.one.delete(delete).await,
            Work::Forget(record) => Ok(self.one.forget(&record)),
        }
    }
}

/// Whether a step can begin without asking a cloud or the program anything. A plugin's own rules only compute.
pub(super) fn is_at_hand(run: &Run, step: &Step) -> bool {
    let Some(index) = run.desired.index(&step.urn) else { return true };
    let is_known = !run.decisions[index].inputs.has_unknown();
    is_known
        || matches!(step.action, Action::Delete | Action::DeleteReplaced | Action::Forget)
        || run.desired.nodes[index].inputs.iter().all(|(_, reach)| reach.lookups.is_empty() && !reach.closures)
}

/// Finds out what a step is about to do, with what is known by now. Of the state it reads only what concerns its own
/// resource: the outcome of the step before it may not be recorded yet.
pub(super) async fn begin<'r>(run: &'r Run, step: &'r Step) -> Result<Begun<'r>, String> {
    let one = One { run, step, started: Instant::now() };
    match step.action {
        Action::Create | Action::CreateReplacement => one.begin_create().await,
        Action::Update => one.begin_update().await,
        Action::Delete | Action::DeleteReplaced => one.begin_delete(),
        Action::Forget => Ok(one.begin_forget()),
        Action::Record => one.begin_record().await,
        Action::Read | Action::Import => Err(format!("{:?} is no step of a plan", step.action)),
    }
}

/// What a declared resource is created or updated with.
pub(super) struct Declared<'r> {
    pub(super) index: usize,
    pub(super) kind: &'r schema::Kind,
    pub(super) provider: &'r Arc<dyn Provider>,
    pub(super) decision: Decision,
}

impl<'r> One<'r> {
    pub(super) fn urn(&self) -> &'r Urn {
        &self.step.urn
    }

    pub(super) fn status(&self, status: &str) {
        self.run.events.emit(Event::StepStatus { urn: self.urn().clone(), status: status.to_owned() });
    }

    /// The line of history of a step that succeeded; it is written together with the step's outcome.
    pub(super) fn history(&self) -> Change {
        let millis = self.started.elapsed().as_millis() as u64;
        Change::Step(StepEntry { urn: self.urn().clone(), action: self.step.action, error: None, millis })
    }

    /// A step of which only the outcome has to be recorded.
    pub(super) fn records(self, done: Done) -> Begun<'r> {
        Begun { one: self, intent: None, work: Work::Record(done) }
    }

    pub(super) fn provider(&self) -> Result<(&'r Arc<dyn Provider>, &'r schema::Kind), String> {
        let kind = self.urn().kind();
        let providers = &self.run.providers;
        providers.of_kind(kind).zip(providers.kind(kind).map(Arc::as_ref)).ok_or_else(|| providers.unknown_kind(kind))
    }

    /// The resource with its inputs, all of them known by now and checked again where the plan did not know them.
    pub(super) async fn declared(&self) -> Result<Declared<'r>, String> {
        let run = self.run;
        let index =
            run.desired.index(self.urn()).ok_or("the plan names a resource that the program does not declare")?;
        let (provider, kind) = self.provider()?;
        let mut decision = run.decisions[index].clone();
        if decision.inputs.has_unknown() {
            let declaration = run.desired.declaration(index);
            let due = run.desired.nodes[index].inputs.iter().flat_map(|(_, reach)| reach.lookups.iter().copied());
            run.make_lookups(due.collect()).await?;
            let mut inputs = run.resolver.lock().await.resolve(&declaration.inputs).await.map_err(|e| e.message)?;
            let recorded = run.state().current(self.urn()).map(|record| record.inputs.clone());
            if let Some(recorded) = recorded.filter(|_| !decision.fate.makes_copy()) {
                diff::put_back(&mut inputs, &recorded, &declaration.options.ignore_changes);
            }
            let (inputs, problems) = check::check(&kind.name, &kind.properties, &inputs);
            let mut problems: Vec<String> = problems.iter().map(|p| format!("{} {}", p.path, p.message)).collect();
            if let Some(path) = first_unknown(&inputs) {
                return Err(format!(
                    "{path} is still not known: what it draws on did not say; this is a fault of that plugin"
                ));
            }
            if problems.is_empty() && provider.has_checks(&kind.name) {
                let violations = provider.check(&kind.name, &inputs).await.map_err(|failure| failure.to_string())?;
                problems.extend(violations.iter().filter(|v| !v.warning).map(|v| format!("{} {}", v.path, v.message)));
            }
            if !problems.is_empty() {
                return Err(problems.join("; "));
            }
            decision.inputs = Arc::new(inputs);
        }
        Ok(Declared { index, kind, provider, decision })
    }

    /// An intent: its number, and the change that records it.
    pub(super) fn intent(&self, record: Record, token: String) -> (u64, Change) {
        let id = self.run.next_intent.fetch_add(1, Ordering::Relaxed);
        let (urn, action, generation) = (self.urn().clone(), self.step.action, record.generation);
        (id, Change::Intend(Arc::new(Intent { id, urn, action, generation, token, record })))
    }

    /// Dependents may use what the cloud told, and what it was told where it is silent.
    pub(super) async fn tell(&self, declared: &Declared<'_>, properties: &Value) {
        let held = decide::kept(declared.kind, &declared.decision.inputs, properties, false, false);
        let told = Told { inputs: Arc::clone(&declared.decision.inputs), properties: Arc::new(held) };
        self.run.resolver.lock().await.set_resource(declared.index, told);
    }

    pub(super) fn known(&self, declared: &Declared<'_>, record: Record, live: &LiveState) -> Record {
        let properties = diff::carry_secrets(declared.kind, &record.inputs, live.properties.clone());
        Record { id: live.id.clone(), properties: Arc::new(properties), ..record }
    }

    /// Whether to try again, after a pause: not after so many attempts, and not once the run was interrupted.
    pub(super) async fn tries_again(&self, attempt: u32, failure: &Failure) -> bool {
        if attempt >= retry::ATTEMPTS {
            return false;
        }
        let pause = retry::pause(attempt);
        self.status(&format!("{failure}; trying again in {:.1} s", pause.as_secs_f64()));
        retry::slept(&self.run.interrupt, pause).await
    }

    pub(super) async fn poll(&self, polls: &mut retry::Polls, after_ms: u32, status: &str) -> Result<(), String> {
        if self.started.elapsed() > DEADLINE {
            return Err(format!("it took longer than {} minutes ({status})", DEADLINE.as_secs() / 60));
        }
        self.status(status);
        tokio::time::sleep(polls.pause(after_ms)).await;
        Ok(())
    }

    async fn begin_record(self) -> Result<Begun<'r>, String> {
        let key = (self.urn().clone(), self.step.generation);
        let record = match self.run.refreshed.get(&key) {
            Some(record) => record.clone(),
            None => self.declared_record().await?,
        };
        Ok(self.records(Done::changed(vec![Change::Put(Arc::new(record))])))
    }

    /// The record of a component, or of a resource of which only the record changes.
    async fn declared_record(&self) -> Result<Record, String> {
        let run = self.run;
        let index =
            run.desired.index(self.urn()).ok_or("the plan names a resource that the program does not declare")?;
        let mut decision = run.decisions[index].clone();
        if run.desired.declaration(index).component && decision.inputs.has_unknown() {
            let mut resolver = run.resolver.lock().await;
            let inputs = resolver.resolve(&run.desired.declaration(index).inputs).await.map_err(|e| e.message)?;
            decision.inputs = Arc::new(inputs);
            resolver.set_resource(
                index,
                Told { inputs: Arc::clone(&decision.inputs), properties: Arc::clone(&decision.inputs) },
            );
        }
        let current = run.state().current(self.urn()).cloned();
        Ok(record_of(&run.desired, index, &decision, current.as_ref()))
    }
}

/// The path of the first part that is not known.
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
