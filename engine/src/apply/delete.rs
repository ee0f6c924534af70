//! Deletes a resource, or drops its record without deleting it.
//!
//! Invariants: what is deleted already is no error; a copy that is deleted first for its
//! replacement leaves a record until the replacement exists; what guards a copy is lifted first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kim_model::{Failure, Urn, schema};

use super::error::StepError;
use super::run::Run;
use super::step::{Ready, StepOutcome, StepRun};
use crate::cloud::find_created::{find_created, looks_for};
use crate::cloud::{read, retry};
use crate::decide::Lift;
use crate::plan::Fate;
use crate::ports::{Deletion, Live, Provider};
use crate::state::succession::without;
use crate::state::{Record, Standing, StateChange, Unfinished};

/// A delete that is about to begin.
pub(super) struct Delete<'r> {
    provider: &'r Arc<dyn Provider>,
    kind: &'r schema::Kind,
    record: Arc<Record>,
    intent: u64,
}

/// Returns the current copy of a resource, if its delete has begun and did not end.
pub(super) fn half_deleted_copy(run: &Run, urn: &Urn) -> Option<Record> {
    let state = run.state();
    let record = state.current(urn);
    record.filter(|record| record.unfinished == Some(Unfinished::Delete)).cloned()
}

impl<'r> StepRun<'r> {
    pub(super) async fn begin_delete(&self) -> Result<Ready<Delete<'r>>, StepError> {
        let (provider, kind) = self.provider()?;
        let Some(record) = self.leaving().await? else {
            return Ok(Ready::Ended(StepOutcome::unchanged(Vec::new())));
        };
        let (intent, change) = self.intent(Record::clone(&record), String::new());
        Ok(Ready::StepWork {
            intent: Some(change),
            work: Delete { provider, kind, record, intent },
        })
    }

    pub(super) async fn delete(&self, delete: Delete<'_>) -> Result<StepOutcome, StepError> {
        let Delete { provider, kind, record, intent } = delete;
        self.run.patience.deletes();
        let mut begun = false;
        match self.call_delete(provider, kind, &record, &mut begun).await {
            Ok(()) => {
                let mut changes = self.gone(&record);
                changes.extend([StateChange::CloseIntent(intent), self.history()]);
                Ok(StepOutcome::changed(changes))
            }
            Err(error) => {
                let mut changes = vec![StateChange::CloseIntent(intent)];
                if begun {
                    changes.extend(self.half_deleted(&record, &error));
                }
                self.run.commit(changes).await?;
                Err(error)
            }
        }
    }

    /// Returns the change that records that a delete began and did not end.
    ///
    /// An old copy is deleted in any case: nothing has to complete it.
    fn half_deleted(&self, record: &Record, error: &StepError) -> Option<StateChange> {
        let recorded = self.run.state().resources.get(&record.copy_id()).cloned()?;
        (recorded.standing == Standing::Current).then(|| {
            StateChange::PutRecord(Arc::new(Record {
                incomplete: Some(error.incomplete("a delete")),
                unfinished: Some(Unfinished::Delete),
                ..Record::clone(&recorded)
            }))
        })
    }

    /// Ends the delete of the current copy that an earlier run began.
    ///
    /// A cloud may no longer show a resource while that still holds what the new copy needs: a NAT
    /// gateway its address, an instance its interface. The record says that its delete has begun,
    /// so no intent is needed.
    pub(super) async fn finish_delete(&self) -> Result<(), StepError> {
        let Some(record) = half_deleted_copy(self.run, self.urn()) else { return Ok(()) };
        let (provider, kind) = self.provider()?;
        self.call_delete(provider, kind, &record, &mut false).await
    }

    pub(super) async fn begin_forget(&self) -> Result<Ready<Arc<Record>>, StepError> {
        Ok(match self.leaving().await? {
            Some(work) => Ready::StepWork { intent: None, work },
            None => Ready::Ended(StepOutcome::unchanged(Vec::new())),
        })
    }

    pub(super) fn forget(&self, record: &Record) -> StepOutcome {
        let mut changes = self.gone(record);
        changes.push(self.history());
        StepOutcome::changed(changes)
    }

    /// Returns the copy to remove.
    ///
    /// Returns `None` if it is removed already, or stays because its replacement turned out to be
    /// needless.
    async fn leaving(&self) -> Result<Option<Arc<Record>>, StepError> {
        let record = self.run.state().resources.get(&self.step.copy_id()).cloned();
        let Some(record) = record else { return Ok(None) };
        let stays = record.standing == Standing::Current
            && match self.fate() {
                Some(Fate::ReplaceCreateFirst) => true,
                Some(Fate::ReplaceDeleteFirst) => self.is_needless().await?,
                _ => false,
            };
        Ok((!stays).then_some(record))
    }

    fn fate(&self) -> Option<Fate> {
        self.run.desired.index(self.urn()).map(|index| self.run.decisions[index].fate)
    }

    /// Returns the changes that record that a copy no longer exists.
    ///
    /// Its record is dropped. If the copy was deleted first for its replacement, the record waits
    /// for that.
    fn gone(&self, record: &Record) -> Vec<StateChange> {
        if self.fate() == Some(Fate::ReplaceDeleteFirst) && record.standing == Standing::Current {
            // It no longer exists, so it depends on nothing, and no component that this run drops
            // waits for it.
            let stays = |parent: &Urn| self.run.desired.index(parent).is_some();
            let awaiting = Record {
                standing: Standing::ReplacementPending,
                parent: record.parent.clone().filter(stays),
                dependencies: BTreeSet::new(),
                follows: BTreeMap::new(),
                deleted_with: None,
                ..record.clone()
            };
            return vec![StateChange::PutRecord(Arc::new(awaiting))];
        }
        let mut changes = self.unmentioned();
        changes.push(StateChange::Remove(record.copy_id()));
        changes
    }

    /// Returns the changes that remove references to this resource if no copy stays.
    ///
    /// They concern what is deleted together with its last copy. The steps of those copies come
    /// after this one, and a run may end between the two.
    fn unmentioned(&self) -> Vec<StateChange> {
        let state = self.run.state();
        // If two copies are deleted at the same time, neither sees itself as the last one.
        let stays = |copy: &Record| !self.run.leaving.contains(&copy.copy_id());
        if state.copies(self.urn()).any(stays) {
            return Vec::new();
        }
        let lost = BTreeSet::from([self.urn()]);
        let inside = self.run.inside.get(self.urn()).into_iter().flatten();
        let records = inside.filter_map(|copy| state.resources.get(copy));
        records.map(|record| StateChange::PutRecord(Arc::new(without(record, &lost)))).collect()
    }

    /// Calls delete until the resource is gone.
    ///
    /// A conflict is retried: what is in the way is often being deleted itself. `begun` becomes
    /// true if something may be deleted already.
    async fn call_delete(
        &self,
        provider: &Arc<dyn Provider>,
        kind: &schema::Kind,
        record: &Record,
        begun: &mut bool,
    ) -> Result<(), StepError> {
        if self.run.offline && read::may_be_new(record) {
            self.look_for(provider, kind, record).await?;
        }
        self.lift_guard(provider, kind, record, begun).await?;
        let (mut polls, mut attempt) = (retry::PollBackoff::default(), 0);
        loop {
            match provider.delete(&kind.name, &record.id, &record.properties).await {
                Ok(Deletion::Gone) | Err(Failure::NotFound(_)) => return Ok(()),
                Ok(Deletion::Again { after_ms, status }) => {
                    *begun = true;
                    attempt = 0;
                    self.poll(&mut polls, after_ms, &status).await?;
                }
                Err(failure) => {
                    *begun |= !failure.nothing_happened();
                    let conflicts = matches!(failure, Failure::Conflict(_));
                    let (repeats, passes) = (failure.is_retryable(), failure.is_not_yet());
                    let hope = self.hope(repeats || conflicts, passes || conflicts);
                    self.wait_for_retry(&mut attempt, failure, hope).await?;
                }
            }
        }
    }

    /// Updates a guarded copy until the cloud allows its delete.
    ///
    /// `begun` becomes true if the cloud may have changed already.
    async fn lift_guard(
        &self,
        provider: &Arc<dyn Provider>,
        kind: &schema::Kind,
        record: &Record,
        begun: &mut bool,
    ) -> Result<(), StepError> {
        let Some(lift) = self.run.lifts.get(&record.copy_id()) else { return Ok(()) };
        for guard in &lift.guards {
            self.status(&format!("setting {guard} to false"));
        }
        let (id, Lift { inputs, held, .. }) = (&record.id, lift);
        match self.call_update(provider, kind, id, inputs, held, begun).await {
            Ok(_) => Ok(()),
            // There is nothing to guard.
            Err(
                StepError::Provider(Failure::NotFound(_))
                | StepError::NotPassed { failure: Failure::NotFound(_) },
            ) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits until the cloud shows a copy whose create did not end.
    ///
    /// Before that its delete would find nothing to do, and leave it. A run that is not offline has
    /// waited for it already.
    async fn look_for(
        &self,
        provider: &Arc<dyn Provider>,
        kind: &schema::Kind,
        record: &Record,
    ) -> Result<(), StepError> {
        let live = Live { id: record.id.clone(), properties: record.properties.as_ref().clone() };
        let look = || async {
            let read = provider.read(&kind.name, std::slice::from_ref(&live)).await?;
            Ok(read.into_iter().next().flatten())
        };
        let waits = || self.run.watch.events.emit(looks_for(self.urn()));
        find_created(&self.run.watch.interrupt, self.asked("read"), waits, look).await?;
        Ok(())
    }
}
