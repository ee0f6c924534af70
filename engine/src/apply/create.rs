//! Creates a resource: calls create under its token, then waits until it is ready.
//!
//! If the outcome of a call is unknown, looks up what it created.
//!
//! Invariants: an id is saved as soon as the cloud has answered; a failure that is not known to
//! mean "nothing happened" is followed by a lookup of the token before any retry.

use std::sync::Arc;

use kim_model::{Failure, Value};

use super::error::StepError;
use super::step::{Declared, Ready, StepOutcome, StepRun};
use crate::cloud::find_created;
use crate::cloud::retry;
use crate::decide::{Decision, diff};
use crate::plan::Fate;
use crate::ports::{LiveState, Progress};
use crate::state::succession::supersede;
use crate::state::token::create_token;
use crate::state::{Record, StateChange};

/// A create that is about to begin.
pub(super) struct Create<'r> {
    declared: Declared<'r>,
    /// What will be recorded, the cloud's part still missing.
    record: Record,
    intent: u64,
    token: String,
}

impl<'r> StepRun<'r> {
    pub(super) async fn begin_create(&self) -> Result<Ready<Create<'r>>, StepError> {
        let declared = self.declared().await?;
        if let Some(record) = self.needless_replacement(&declared) {
            self.publish_outputs(&declared, &record.properties).await;
            let kept = self.record_of(&declared, Some(&record));
            let done = StepOutcome::unchanged(vec![
                StateChange::PutRecord(Arc::new(kept)),
                self.history(),
            ]);
            return Ok(Ready::Ended(done));
        }
        let (generation, token) = {
            let state = self.run.state();
            let generation = state.next_generation(self.urn());
            (generation, create_token(&state.stack_id, self.urn(), generation))
        };
        let record = Record { generation, ..self.record_of(&declared, None) };
        let (intent, change) = self.intent(record.clone(), token.clone());
        Ok(Ready::StepWork {
            intent: Some(change),
            work: Create { declared, record, intent, token },
        })
    }

    pub(super) async fn create(&self, create: Create<'_>) -> Result<StepOutcome, StepError> {
        let Create { declared, record, intent, token } = create;
        let live = self.call_create(&declared, &record, intent, &token).await?;
        let mut record = self.with_live_state(&declared, record, &live);
        if declared.kind.ready {
            let (id, properties) = (record.id.clone(), Arc::clone(&record.properties));
            let mut changes = supersede(record, &self.run.state(), declared.decision.gone);
            changes.extend([StateChange::CloseIntent(intent), self.history()]);
            self.publish_outputs(&declared, &properties).await;
            return Ok(StepOutcome { made: Some(id), ..StepOutcome::changed(changes) });
        }
        record.incomplete = Some("it was created, but was not ready when the run ended".to_owned());
        self.record_created(record.clone(), &declared.decision, None).await?;
        match self.settle(&declared, &live).await {
            Ok(live) => {
                let mut record = self.with_live_state(&declared, record, &live);
                record.incomplete = None;
                self.publish_outputs(&declared, &record.properties).await;
                Ok(StepOutcome::changed(vec![
                    StateChange::PutRecord(Arc::new(record)),
                    StateChange::CloseIntent(intent),
                    self.history(),
                ]))
            }
            Err(error) => {
                record.incomplete = Some(error.to_string());
                self.run
                    .commit(vec![
                        StateChange::PutRecord(Arc::new(record)),
                        StateChange::CloseIntent(intent),
                    ])
                    .await?;
                Err(StepError::NotReady { source: Box::new(error) })
            }
        }
    }

    /// Returns the record that stays if a replacement turned out to be needless.
    ///
    /// Such a replacement was planned because something was unknown, and now changes nothing.
    fn needless_replacement(&self, declared: &Declared<'_>) -> Option<Record> {
        let planned = &self.run.decisions[declared.index];
        let drifted = planned.changes.iter().any(|change| change.drift);
        let certain = planned.reason.is_some() || drifted || !planned.inputs.has_unknown();
        if planned.fate != Fate::ReplaceCreateFirst || certain {
            return None;
        }
        let record = self.run.state().current(self.urn()).cloned()?;
        diff::diff(declared.kind, &declared.decision.inputs, &record, None)
            .is_empty()
            .then_some(record)
    }

    /// Records what was created, before anything else happens.
    ///
    /// `settled`: the intent to close in the same commit.
    async fn record_created(
        &self,
        record: Record,
        decision: &Decision,
        settled: Option<u64>,
    ) -> Result<(), StepError> {
        let id = record.id.clone();
        let mut changes = supersede(record, &self.run.state(), decision.gone);
        changes.extend(settled.map(StateChange::CloseIntent));
        self.run.commit(changes).await.map_err(|source| StepError::NotRecorded { id, source })
    }

    /// Calls create until there is an id.
    ///
    /// On an error the intent is closed, or stays open if the outcome could not be found out or
    /// recorded.
    async fn call_create(
        &self,
        declared: &Declared<'_>,
        record: &Record,
        intent: u64,
        token: &str,
    ) -> Result<LiveState, StepError> {
        let (kind, inputs) = (declared.kind.name.as_str(), &record.inputs);
        let mut attempt = 0;
        loop {
            let failure = match declared.provider.create(kind, inputs, token).await {
                Ok(live) if live.id.is_empty() => {
                    Failure::Other("the plugin returned an empty id".to_owned())
                }
                Ok(live) => return Ok(live),
                Err(failure) => failure,
            };
            if let Failure::Partial { id, outputs, message } = failure {
                let live = LiveState { id, properties: outputs };
                let mut record = self.with_live_state(declared, record.clone(), &live);
                record.incomplete = Some(message.clone());
                return Err(
                    match self.record_created(record, &declared.decision, Some(intent)).await {
                        Ok(()) => StepError::InPart { message },
                        Err(error) => {
                            StepError::InPartNotRecorded { message, source: Box::new(error) }
                        }
                    },
                );
            }
            let unknown = !failure.nothing_happened();
            if unknown
                && let Some(live) =
                    self.what_became_of_it(declared, inputs, token, &failure).await?
            {
                return Ok(live);
            }
            attempt += 1;
            if !failure.is_retryable() || !self.tries_again(attempt, &failure).await {
                self.run.commit(vec![StateChange::CloseIntent(intent)]).await?;
                return Err(if unknown {
                    StepError::NothingMade { source: failure }
                } else {
                    failure.into()
                });
            }
        }
    }

    /// Looks up what a create with an unknown outcome created.
    async fn what_became_of_it(
        &self,
        declared: &Declared<'_>,
        inputs: &Value,
        token: &str,
        failure: &Failure,
    ) -> Result<Option<LiveState>, StepError> {
        let waits = || self.status(&format!("{failure}; looking up what it created"));
        let look = || declared.provider.find(&declared.kind.name, token, inputs);
        let found = find_created::find_created(&self.run.watch.interrupt, waits, look).await;
        found.map_err(|source| StepError::NotFoundOut {
            failure: Box::new(failure.clone()),
            source: Box::new(source),
        })
    }

    async fn settle(
        &self,
        declared: &Declared<'_>,
        created: &LiveState,
    ) -> Result<LiveState, StepError> {
        let (kind, inputs) = (&declared.kind.name, &declared.decision.inputs);
        let mut polls = retry::PollBackoff::default();
        loop {
            let asked = retry::retry_until_interrupted(&self.run.watch.interrupt, || {
                declared.provider.settle(kind, &created.id, inputs, &created.properties)
            })
            .await;
            match asked? {
                Progress::Done(live) => return Ok(live),
                Progress::Again { after_ms, status } => {
                    self.poll(&mut polls, after_ms, &status).await?
                }
            }
        }
    }
}
