//! Updates a resource: repeats the call until the new inputs are reached.
//!
//! What an earlier run created and did not see ready is settled first.
//!
//! Invariant: if an update fails after it may have changed something, its record says so.

use std::sync::Arc;

use kim_model::Value;
use kim_model::schema::Kind;

use super::error::StepError;
use super::step::{Declared, Ready, StepOutcome, StepRun};
use crate::cloud::recover::with_live_state;
use crate::cloud::retry;
use crate::decide::{diff, grows, spelling};
use crate::ports::{LiveState, Progress, Provider};
use crate::state::{Record, StateChange, Unfinished};

/// An update that is about to begin.
pub(super) struct Update<'r> {
    declared: Declared<'r>,
    old: Record,
    /// What the cloud holds, as read in this run or as recorded.
    held: Arc<Value>,
    new: Record,
    intent: u64,
}

impl<'r> StepRun<'r> {
    pub(super) async fn begin_update(&self) -> Result<Ready<Update<'r>>, StepError> {
        let declared = self.declared().await?;
        let old = self.run.state().current(self.urn()).cloned().ok_or(StepError::NoRecord)?;
        let new = Record { incomplete: None, ..self.record_of(&declared, Some(&old)) };
        let planned = &self.run.decisions[declared.index];
        let held = planned.held.clone().unwrap_or_else(|| Arc::clone(&old.properties));
        let differs = !planned.inputs.has_unknown()
            || old.incomplete.is_some()
            || planned.changes.iter().any(|change| change.drift)
            || self.still_differs(&declared, &old, &held);
        if !differs {
            let kept = self.keep(&declared, &old).await?;
            return Ok(Ready::Ended(StepOutcome::unchanged(vec![kept, self.history()])));
        }
        if planned.inputs.has_unknown() {
            self.expect_growth(&declared, &old, &held)?;
        }
        let (intent, change) = self.intent(new.clone(), String::new());
        Ok(Ready::StepWork {
            intent: Some(change),
            work: Update { declared, old, held, new, intent },
        })
    }

    /// Rejects inputs, known only now, that make smaller what can only grow.
    fn expect_growth(
        &self,
        declared: &Declared<'_>,
        old: &Record,
        held: &Value,
    ) -> Result<(), StepError> {
        let ignored = &self.run.desired.declaration(declared.index).options.ignore_changes;
        let inputs = &declared.decision.inputs;
        let changes = diff::diff_beside(declared.kind, inputs, old, Some(held), ignored);
        let changes: Vec<_> = changes.collect();
        let problems = grows::shrinking(declared.kind, &changes);
        if problems.is_empty() { Ok(()) } else { Err(StepError::Rules(problems)) }
    }

    /// Returns true if inputs that are known only now differ.
    fn still_differs(&self, declared: &Declared<'_>, old: &Record, held: &Value) -> bool {
        let ignored = &self.run.desired.declaration(declared.index).options.ignore_changes;
        let inputs = &declared.decision.inputs;
        diff::diff_beside(declared.kind, inputs, old, Some(held), ignored).next().is_some()
    }

    pub(super) async fn update(&self, update: Update<'_>) -> Result<StepOutcome, StepError> {
        let Update { declared, mut old, mut held, new, intent } = update;
        match self.settle_first(&declared, &mut old, &mut held).await {
            Ok(None) => {}
            Ok(Some(live)) => return self.updated(&declared, &old, new, intent, &live).await,
            // The record says already that it is incomplete.
            Err(error @ StepError::Interrupted { .. }) => {
                self.run.commit(vec![StateChange::CloseIntent(intent)]).await?;
                return Err(error);
            }
            Err(error) => {
                let record = Record { incomplete: Some(error.to_string()), ..old };
                let changes = vec![
                    StateChange::PutRecord(Arc::new(record)),
                    StateChange::CloseIntent(intent),
                ];
                self.run.commit(changes).await?;
                return Err(StepError::NotReady { source: Box::new(error) });
            }
        }
        let mut begun = false;
        let (Declared { provider, kind, .. }, id) = (&declared, &old.id);
        let inputs = &declared.decision.inputs;
        let answered = self.call_update(provider, kind, id, inputs, &held, &mut begun).await;
        let checked = answered.and_then(|live| Ok(self.asked("update").about(id, live)?));
        match checked {
            Ok(live) => self.updated(&declared, &old, new, intent, &live).await,
            Err(error) => {
                let mut changes = vec![StateChange::CloseIntent(intent)];
                if begun {
                    let incomplete = Some(error.incomplete("an update"));
                    let old = diff::perhaps_with(Record { incomplete, ..old }, &new.inputs);
                    changes.insert(0, StateChange::PutRecord(Arc::new(old)));
                }
                self.run.commit(changes).await?;
                Err(error)
            }
        }
    }

    async fn updated(
        &self,
        declared: &Declared<'_>,
        old: &Record,
        new: Record,
        intent: u64,
        live: &LiveState,
    ) -> Result<StepOutcome, StepError> {
        let record = with_live_state(declared.kind, new, live.clone());
        let properties = spelling::as_recorded(declared.kind, &record.properties, old);
        let properties = Arc::new(diff::keep_secrets(old, &record.inputs, properties));
        let record = Record { properties: Arc::clone(&properties), ..record };
        let changes =
            vec![StateChange::PutRecord(Arc::new(record)), StateChange::CloseIntent(intent)];
        self.made(declared, &properties, changes).await
    }

    /// Settles what an earlier run created and did not see ready.
    ///
    /// Returns the live state if nothing remains to be changed. Otherwise `old` and `held` are as
    /// settled. A kind none of whose inputs can change has no update: what began to be deleted or
    /// was created in part is settled too.
    async fn settle_first(
        &self,
        declared: &Declared<'_>,
        old: &mut Record,
        held: &mut Arc<Value>,
    ) -> Result<Option<LiveState>, StepError> {
        let kind = declared.kind;
        let changeable = kind.properties.values().any(|one| one.is_input() && !one.immutable);
        let settles = match old.unfinished {
            Some(Unfinished::Create) => !(kind.ready && changeable),
            Some(Unfinished::Delete) | None => !changeable,
        };
        if !settles {
            return Ok(None);
        }
        let live = LiveState { id: old.id.clone(), properties: Value::clone(held) };
        let live =
            if kind.ready { live } else { self.settle(declared, &old.inputs, &live).await? };
        let inputs = &declared.decision.inputs;
        let complete = !changeable
            || !(self.still_differs(declared, old, &live.properties)
                || diff::is_unmet(kind, inputs, &live.properties));
        if complete {
            return Ok(Some(live));
        }
        old.unfinished = None;
        *held = Arc::new(live.properties);
        self.run.commit(vec![StateChange::PutRecord(Arc::new(old.clone()))]).await?;
        self.expect_no_interrupt(None)?;
        Ok(None)
    }

    /// Calls update until done, and returns the answer, which is not checked yet.
    ///
    /// `begun` becomes true if the cloud may have changed already.
    pub(super) async fn call_update(
        &self,
        provider: &Arc<dyn Provider>,
        kind: &Kind,
        id: &str,
        inputs: &Value,
        held: &Value,
        begun: &mut bool,
    ) -> Result<LiveState, StepError> {
        let (mut polls, mut attempt) = (retry::PollBackoff::default(), 0);
        loop {
            match provider.update(&kind.name, id, inputs, held).await {
                Ok(Progress::Done(live)) => {
                    *begun = true;
                    return Ok(live);
                }
                Ok(Progress::Again { after_ms, status }) => {
                    *begun = true;
                    attempt = 0;
                    self.poll(&mut polls, after_ms, &status).await?;
                }
                Err(failure) => {
                    *begun |= !failure.nothing_happened();
                    let hope = self.hope(failure.is_retryable(), failure.is_not_yet());
                    self.wait_for_retry(&mut attempt, failure, hope).await?;
                }
            }
        }
    }
}
