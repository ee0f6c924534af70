//! One step: the intent before the call, the outcome after it, each durable before anything else happens.
//!
//! Invariants: an id is saved as soon as the cloud has answered; a failure that is not known to mean "nothing happened"
//! is looked up by token before anything is repeated; what cannot be found out stays an open intent for the next run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use kim_model::{Failure, Urn, Value, schema};

use super::Run;
use crate::check;
use crate::decide::{self, Decision, Told};
use crate::diff;
use crate::event::Event;
use crate::plan::{Fate, Step};
use crate::ports::{Deletion, LiveState, Progress, Provider, StepEntry};
use crate::prepare::record_of;
use crate::recover::take_place;
use crate::refresh::without;
use crate::retry;
use crate::state::{Action, Change, Intent, Record, Standing};
use crate::token;

/// How long a create, update or delete may take to be done, all its waiting included.
const DEADLINE: Duration = Duration::from_secs(45 * 60);

/// Carries a step out. `Ok(false)`: nothing needed doing after all. An error says why it failed and what to do next.
pub(super) async fn operate(run: &Arc<Run>, step: &Step) -> Result<bool, String> {
    let one = One { run, step, started: Instant::now() };
    match step.action {
        Action::Create | Action::CreateReplacement => one.create().await,
        Action::Update => one.update().await,
        Action::Delete | Action::DeleteReplaced => one.delete().await,
        Action::Forget => one.forget().await,
        Action::Record => one.record().await,
        Action::Read | Action::Import => Err(format!("{:?} is no step of a plan", step.action)),
    }
}

struct One<'o> {
    run: &'o Arc<Run>,
    step: &'o Step,
    started: Instant,
}

/// What a declared resource is created or updated with.
struct Declared<'o> {
    index: usize,
    kind: &'o schema::Kind,
    provider: &'o Arc<dyn Provider>,
    decision: Decision,
}

impl One<'_> {
    fn urn(&self) -> &Urn {
        &self.step.urn
    }

    fn status(&self, status: &str) {
        self.run.events.emit(Event::StepStatus { urn: self.urn().clone(), status: status.to_owned() });
    }

    /// The line of history of a step that succeeded; it is written together with the step's outcome.
    fn done(&self) -> Change {
        let millis = self.started.elapsed().as_millis() as u64;
        Change::Step(StepEntry { urn: self.urn().clone(), action: self.step.action, error: None, millis })
    }

    fn provider(&self) -> Result<(&Arc<dyn Provider>, &schema::Kind), String> {
        let kind = self.urn().kind();
        let providers = &self.run.providers;
        providers.of_kind(kind).zip(providers.kind(kind).map(Arc::as_ref)).ok_or_else(|| providers.unknown_kind(kind))
    }

    /// The resource with its inputs, all of them known by now and checked again where the plan did not know them.
    async fn declared(&self) -> Result<Declared<'_>, String> {
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
            if let Some(recorded) = recorded {
                diff::put_back(&mut inputs, &recorded, &declaration.options.ignore_changes);
            }
            let (inputs, problems) = check::check(&kind.name, &kind.properties, &inputs);
            let mut problems: Vec<String> = problems.iter().map(|p| format!("{} {}", p.path, p.message)).collect();
            if let Some(path) = first_unknown(&inputs) {
                return Err(format!(
                    "{path} is still not known: what it draws on did not say; this is a fault of that plugin"
                ));
            }
            if problems.is_empty() {
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

    /// Records an intent and returns its number.
    async fn intend(&self, record: Record, token: String) -> Result<u64, String> {
        let id = self.run.next_intent.fetch_add(1, Ordering::Relaxed);
        let (urn, action, generation) = (self.urn().clone(), self.step.action, record.generation);
        let intent = Intent { id, urn, action, generation, token, record };
        self.run.commit(vec![Change::Intend(Arc::new(intent))]).await?;
        Ok(id)
    }

    /// Dependents may use what the cloud told, and what it was told where it is silent.
    async fn tell(&self, declared: &Declared<'_>, properties: &Value) {
        let held = decide::kept(declared.kind, &declared.decision.inputs, properties, false, false);
        let told = Told { inputs: Arc::clone(&declared.decision.inputs), properties: Arc::new(held) };
        self.run.resolver.lock().await.set_resource(declared.index, told);
    }

    async fn create(&self) -> Result<bool, String> {
        let declared = self.declared().await?;
        if let Some(record) = self.needless_replacement(&declared) {
            self.tell(&declared, &record.properties).await;
            let kept = record_of(&self.run.desired, declared.index, &declared.decision, Some(&record));
            self.run.commit(vec![Change::Put(Arc::new(kept)), self.done()]).await?;
            return Ok(false);
        }
        let (generation, token) = {
            let state = self.run.state();
            let generation = state.next_generation(self.urn());
            (generation, token::token(&state.stack_id, self.urn(), generation))
        };
        let record = Record { generation, ..record_of(&self.run.desired, declared.index, &declared.decision, None) };
        let intent = self.intend(record.clone(), token.clone()).await?;
        let live = self.call_create(&declared, &record, intent, &token).await?;
        let mut record = self.known(&declared, record, &live);
        if declared.kind.ready {
            let properties = Arc::clone(&record.properties);
            self.take_place(record, &declared.decision, vec![Change::Settle(intent), self.done()]).await?;
            self.tell(&declared, &properties).await;
            return Ok(true);
        }
        record.incomplete = Some("it was created, but was not ready when the run ended".to_owned());
        self.take_place(record.clone(), &declared.decision, Vec::new()).await?;
        match self.settle(&declared, &live).await {
            Ok(live) => {
                let mut record = self.known(&declared, record, &live);
                record.incomplete = None;
                let properties = record.properties.clone();
                self.run.commit(vec![Change::Put(Arc::new(record)), Change::Settle(intent), self.done()]).await?;
                self.tell(&declared, &properties).await;
                Ok(true)
            }
            Err(message) => {
                record.incomplete = Some(message.clone());
                self.run.commit(vec![Change::Put(Arc::new(record)), Change::Settle(intent)]).await?;
                Err(format!(
                    "it was created, but did not become ready: {message}. It is recorded; the next run goes on with it"
                ))
            }
        }
    }

    /// A replacement that was planned because something was unknown, and turns out to change nothing: the record that
    /// stays.
    fn needless_replacement(&self, declared: &Declared<'_>) -> Option<Record> {
        let planned = &self.run.decisions[declared.index];
        let drifted = planned.changes.iter().any(|change| change.drift);
        let certain = planned.reason.is_some() || drifted || !planned.inputs.has_unknown();
        if planned.fate != Fate::ReplaceCreateFirst || certain {
            return None;
        }
        let record = self.run.state().current(self.urn()).cloned()?;
        diff::diff(declared.kind, &declared.decision.inputs, &record, None).is_empty().then_some(record)
    }

    fn known(&self, declared: &Declared<'_>, record: Record, live: &LiveState) -> Record {
        let properties = diff::carry_secrets(declared.kind, &record.inputs, live.properties.clone());
        Record { id: live.id.clone(), properties: Arc::new(properties), ..record }
    }

    async fn take_place(&self, record: Record, decision: &Decision, more: Vec<Change>) -> Result<(), String> {
        let id = record.id.clone();
        let mut changes = take_place(record, &self.run.state(), decision.gone);
        changes.extend(more);
        self.run.commit(changes).await.map_err(|why| unrecorded(&id, &why))
    }

    /// Calls create until there is an id; every other end leaves a settled intent, or an open one where nobody knows.
    async fn call_create(
        &self,
        declared: &Declared<'_>,
        record: &Record,
        intent: u64,
        token: &str,
    ) -> Result<LiveState, String> {
        let (kind, inputs) = (declared.kind.name.as_str(), &record.inputs);
        let mut attempt = 0;
        loop {
            let failure = match declared.provider.create(kind, inputs, token).await {
                Ok(live) if live.id.is_empty() => Failure::Other("the plugin answered with an empty id".to_owned()),
                Ok(live) => return Ok(live),
                Err(failure) => failure,
            };
            if let Failure::Partial { id, outputs, message } = failure {
                let live = LiveState { id, properties: outputs };
                let mut record = self.known(declared, record.clone(), &live);
                record.incomplete = Some(message.clone());
                let changes = vec![Change::Settle(intent)];
                let recorded = self.take_place(record, &declared.decision, changes).await;
                recorded.map_err(|why| format!("it was created in part: {message}. {why}"))?;
                return Err(format!(
                    "it was created in part: {message}. What exists is recorded; the next run goes on with it"
                ));
            }
            let unknown = !failure.nothing_happened();
            if unknown && let Some(live) = self.what_became_of_it(declared, inputs, token, &failure).await? {
                return Ok(live);
            }
            attempt += 1;
            if !failure.is_retryable() || !self.tries_again(attempt, &failure).await {
                self.run.commit(vec![Change::Settle(intent)]).await?;
                let looked = if unknown { ". Nothing that it made was found" } else { "" };
                return Err(format!("{failure}{looked}"));
            }
        }
    }

    /// Looks up what a create with an unknown outcome made.
    async fn what_became_of_it(
        &self,
        declared: &Declared<'_>,
        inputs: &Value,
        token: &str,
        failure: &Failure,
    ) -> Result<Option<LiveState>, String> {
        let waits = || self.status(&format!("{failure}; looking for what it made"));
        let look = || declared.provider.find(&declared.kind.name, token, inputs);
        token::made(&self.run.interrupt, waits, look).await.map_err(|lost| {
            format!(
                "{failure}; whether it was created could not be found out either ({lost}). The next run finds out by itself"
            )
        })
    }

    /// Whether to try again, after a pause: not after so many attempts, and not once the run was interrupted.
    async fn tries_again(&self, attempt: u32, failure: &Failure) -> bool {
        if attempt >= retry::ATTEMPTS {
            return false;
        }
        let pause = retry::pause(attempt);
        self.status(&format!("{failure}; trying again in {:.1} s", pause.as_secs_f64()));
        retry::slept(&self.run.interrupt, pause).await
    }

    async fn settle(&self, declared: &Declared<'_>, created: &LiveState) -> Result<LiveState, String> {
        let (kind, inputs) = (&declared.kind.name, &declared.decision.inputs);
        let mut polls = retry::Polls::default();
        loop {
            let asked = retry::unless(&self.run.interrupt, || {
                declared.provider.settle(kind, &created.id, inputs, &created.properties)
            })
            .await;
            match asked.map_err(|failure| failure.to_string())? {
                Progress::Done(live) => return Ok(live),
                Progress::Again { after_ms, status } => self.poll(&mut polls, after_ms, &status).await?,
            }
        }
    }

    async fn poll(&self, polls: &mut retry::Polls, after_ms: u32, status: &str) -> Result<(), String> {
        if self.started.elapsed() > DEADLINE {
            return Err(format!("it took longer than {} minutes ({status})", DEADLINE.as_secs() / 60));
        }
        self.status(status);
        tokio::time::sleep(polls.pause(after_ms)).await;
        Ok(())
    }

    async fn update(&self) -> Result<bool, String> {
        let declared = self.declared().await?;
        let old = self.run.state().current(self.urn()).cloned().ok_or("it is not recorded any more")?;
        let new =
            Record { incomplete: None, ..record_of(&self.run.desired, declared.index, &declared.decision, Some(&old)) };
        let planned = &self.run.decisions[declared.index];
        let differs = !planned.inputs.has_unknown()
            || old.incomplete.is_some()
            || planned.changes.iter().any(|change| change.drift)
            || !diff::diff(declared.kind, &declared.decision.inputs, &old, None).is_empty();
        if !differs {
            self.tell(&declared, &new.properties).await;
            self.run.commit(vec![Change::Put(Arc::new(new)), self.done()]).await?;
            return Ok(false);
        }
        let intent = self.intend(new.clone(), String::new()).await?;
        let mut begun = false;
        match self.call_update(&declared, &old, &mut begun).await {
            Ok(live) => {
                let record = self.known(&declared, new, &live);
                let properties = record.properties.clone();
                self.run.commit(vec![Change::Put(Arc::new(record)), Change::Settle(intent), self.done()]).await?;
                self.tell(&declared, &properties).await;
                Ok(true)
            }
            Err(failure) => {
                let mut changes = vec![Change::Settle(intent)];
                if begun || !failure.nothing_happened() {
                    let incomplete = Some(format!("an update failed: {failure}"));
                    changes.insert(0, Change::Put(Arc::new(Record { incomplete, ..old })));
                }
                self.run.commit(changes).await?;
                Err(failure.to_string())
            }
        }
    }

    /// Updates until done. `begun` says whether the cloud may have changed already.
    async fn call_update(&self, declared: &Declared<'_>, old: &Record, begun: &mut bool) -> Result<LiveState, Failure> {
        let (kind, inputs) = (&declared.kind.name, &declared.decision.inputs);
        let (mut polls, mut attempt) = (retry::Polls::default(), 0);
        loop {
            match declared.provider.update(kind, &old.id, inputs, &old.properties).await {
                Ok(Progress::Done(live)) => return Ok(live),
                Ok(Progress::Again { after_ms, status }) => {
                    *begun = true;
                    attempt = 0;
                    self.poll(&mut polls, after_ms, &status).await.map_err(Failure::Other)?;
                }
                Err(failure) => {
                    attempt += 1;
                    if !failure.is_retryable() || !self.tries_again(attempt, &failure).await {
                        return Err(failure);
                    }
                    *begun |= !failure.nothing_happened();
                }
            }
        }
    }

    async fn delete(&self) -> Result<bool, String> {
        let (provider, kind) = self.provider()?;
        let key = (self.urn().clone(), self.step.generation);
        let Some(record) = self.run.state().resources.get(&key).cloned() else { return Ok(false) };
        if self.stays(&record) {
            return Ok(false);
        }
        let intent = self.intend(Record::clone(&record), String::new()).await?;
        match self.call_delete(provider, kind, &record).await {
            Ok(()) => {
                let mut changes = self.gone(&record);
                changes.extend([Change::Settle(intent), self.done()]);
                self.run.commit(changes).await?;
                Ok(true)
            }
            Err(message) => {
                self.run.commit(vec![Change::Settle(intent)]).await?;
                Err(message)
            }
        }
    }

    /// Whether a copy was to go and stays: its replacement turned out not to be needed.
    fn stays(&self, record: &Record) -> bool {
        self.fate() == Some(Fate::ReplaceCreateFirst) && record.standing == Standing::Current
    }

    fn fate(&self) -> Option<Fate> {
        self.run.desired.index(self.urn()).map(|index| self.run.decisions[index].fate)
    }

    /// The changes that record that a copy is gone: dropped, or, where it makes room for a new one, waiting for that.
    fn gone(&self, record: &Record) -> Vec<Change> {
        if self.fate() == Some(Fate::ReplaceDeleteFirst) && record.standing == Standing::Current {
            // It is there no more, so it depends on nothing any more.
            let (standing, dependencies) = (Standing::ReplacementPending, BTreeSet::new());
            return vec![Change::Put(Arc::new(Record {
                standing,
                dependencies,
                deleted_with: None,
                ..record.clone()
            }))];
        }
        let mut changes = self.unmentioned();
        changes.push(Change::Remove(record.urn.clone(), record.generation));
        changes
    }

    /// The records of what goes with the last copy of this resource, no longer mentioning it: their own steps come after
    /// this one, and a run may end between the two.
    fn unmentioned(&self) -> Vec<Change> {
        let state = self.run.state();
        if state.copies(self.urn()).count() > 1 {
            return Vec::new();
        }
        let lost = BTreeSet::from([self.urn()]);
        let inside = self.run.inside.get(self.urn()).into_iter().flatten();
        let records = inside.filter_map(|name| state.resources.get(name));
        records.map(|record| Change::Put(Arc::new(without(record, &lost)))).collect()
    }

    /// Deletes until gone. A conflict may pass: what was in the way is often on its way out itself.
    async fn call_delete(
        &self,
        provider: &Arc<dyn Provider>,
        kind: &schema::Kind,
        record: &Record,
    ) -> Result<(), String> {
        let (mut polls, mut attempt) = (retry::Polls::default(), 0);
        loop {
            match provider.delete(&kind.name, &record.id, &record.properties).await {
                Ok(Deletion::Gone) | Err(Failure::NotFound(_)) => return Ok(()),
                Ok(Deletion::Again { after_ms, status }) => {
                    attempt = 0;
                    self.poll(&mut polls, after_ms, &status).await?;
                }
                Err(failure) => {
                    attempt += 1;
                    let may_pass = failure.is_retryable() || matches!(failure, Failure::Conflict(_));
                    if !may_pass || !self.tries_again(attempt, &failure).await {
                        return Err(failure.to_string());
                    }
                }
            }
        }
    }

    async fn forget(&self) -> Result<bool, String> {
        let key = (self.urn().clone(), self.step.generation);
        let Some(record) = self.run.state().resources.get(&key).cloned() else { return Ok(false) };
        if self.stays(&record) {
            return Ok(false);
        }
        let mut changes = self.gone(&record);
        changes.push(self.done());
        self.run.commit(changes).await?;
        Ok(true)
    }

    async fn record(&self) -> Result<bool, String> {
        let key = (self.urn().clone(), self.step.generation);
        let record = match self.run.refreshed.get(&key) {
            Some(record) => record.clone(),
            None => self.declared_record().await?,
        };
        self.run.commit(vec![Change::Put(Arc::new(record))]).await?;
        Ok(true)
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

/// Something exists that could not be recorded; its intent could, before it was made.
fn unrecorded(id: &str, why: &str) -> String {
    format!(
        "{id} was created, but that could not be recorded: {why}. The next run finds it by its token and goes on with it"
    )
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
