//! Updates a resource: repeats the call until the new inputs are reached.
//!
//! Invariant: if an update fails after it may have changed something, its record says so.

use std::sync::Arc;

use super::error::StepError;
use super::step::{Declared, Ready, StepOutcome, StepRun};
use crate::cloud::retry;
use crate::decide::diff;
use crate::ports::{LiveState, Progress};
use crate::state::{Record, StateChange};

/// An update that is about to begin.
pub(super) struct Update<'r> {
    declared: Declared<'r>,
    old: Record,
    new: Record,
    intent: u64,
}

impl<'r> StepRun<'r> {
    pub(super) async fn begin_update(&self) -> Result<Ready<Update<'r>>, StepError> {
        let declared = self.declared().await?;
        let old = self.run.state().current(self.urn()).cloned().ok_or(StepError::NoRecord)?;
        let new = Record { incomplete: None, ..self.record_of(&declared, Some(&old)) };
        let planned = &self.run.decisions[declared.index];
        let differs = !planned.inputs.has_unknown()
            || old.incomplete.is_some()
            || planned.changes.iter().any(|change| change.drift)
            || !diff::diff(declared.kind, &declared.decision.inputs, &old, None).is_empty();
        if !differs {
            self.publish_outputs(&declared, &new.properties).await;
            let done =
                StepOutcome::unchanged(vec![StateChange::PutRecord(Arc::new(new)), self.history()]);
            return Ok(Ready::Ended(done));
        }
        let (intent, change) = self.intent(new.clone(), String::new());
        Ok(Ready::StepWork { intent: Some(change), work: Update { declared, old, new, intent } })
    }

    pub(super) async fn update(&self, update: Update<'_>) -> Result<StepOutcome, StepError> {
        let Update { declared, old, new, intent } = update;
        let mut begun = false;
        match self.call_update(&declared, &old, &mut begun).await {
            Ok(live) => {
                let record = self.with_live_state(&declared, new, &live);
                self.publish_outputs(&declared, &record.properties).await;
                Ok(StepOutcome::changed(vec![
                    StateChange::PutRecord(Arc::new(record)),
                    StateChange::CloseIntent(intent),
                    self.history(),
                ]))
            }
            Err(error) => {
                let mut changes = vec![StateChange::CloseIntent(intent)];
                if begun || !error.nothing_happened() {
                    let incomplete = Some(format!("an update failed: {error}"));
                    changes
                        .insert(0, StateChange::PutRecord(Arc::new(Record { incomplete, ..old })));
                }
                self.run.commit(changes).await?;
                Err(error)
            }
        }
    }

    /// Calls update until done.
    ///
    /// `begun` becomes true if the cloud may have changed already.
    async fn call_update(
        &self,
        declared: &Declared<'_>,
        old: &Record,
        begun: &mut bool,
    ) -> Result<LiveState, StepError> {
        let (kind, inputs) = (&declared.kind.name, &declared.decision.inputs);
        let (mut polls, mut attempt) = (retry::PollBackoff::default(), 0);
        loop {
            match declared.provider.update(kind, &old.id, inputs, &old.properties).await {
                Ok(Progress::Done(live)) => return Ok(live),
                Ok(Progress::Again { after_ms, status }) => {
                    *begun = true;
                    attempt = 0;
                    self.poll(&mut polls, after_ms, &status).await?;
                }
                Err(failure) => {
                    attempt += 1;
                    if !failure.is_retryable() || !self.tries_again(attempt, &failure).await {
                        return Err(failure.into());
                    }
                    *begun |= !failure.nothing_happened();
                }
            }
        }
    }
}
