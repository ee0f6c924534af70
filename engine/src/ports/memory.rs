//! A store in memory, for tests and for embedders that keep nothing.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::store::{Store, StoreError};
use crate::clock::unix_millis;
use crate::state::run::{RunEnd, RunEntry, RunId, RunStart, StackSummary};
use crate::state::{StackId, State, StateChange};

/// A store that lives as long as the process.
#[derive(Default)]
pub struct MemoryStore(Mutex<Contents>);

#[derive(Default)]
struct Contents {
    stacks: BTreeMap<StackId, State>,
    runs: BTreeMap<RunId, (StackId, RunEntry)>,
    /// The runs that hold the locks.
    locks: BTreeMap<StackId, RunId>,
    /// The id of the last run, also if its stack was removed.
    last_run: i64,
}

impl MemoryStore {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns an id that no other stack of this process has.
fn new_stack_id(stack: &StackId) -> String {
    static CREATED: AtomicU64 = AtomicU64::new(0);
    format!("{stack}@{}-{}", unix_millis(), CREATED.fetch_add(1, Ordering::Relaxed))
}

/// Returns a time in milliseconds since 1970 in the format of RFC 3339.
fn rfc3339(millis: i64) -> String {
    let (days, seconds) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000) / 1000);
    // Years begin in March, so that the day of a leap year is the last one (Howard Hinnant,
    // "chrono-compatible low-level date algorithms", civil_from_days).
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Names a run for people.
fn named(run: &RunEntry) -> String {
    format!("{}, {}", run.start.who, run.start.operation)
}

/// Returns the number of resources that are recorded.
fn recorded(state: &State) -> u64 {
    state.records().filter(|record| !record.component).count() as u64
}

/// Returns the number of resources that are recorded or may exist.
///
/// An open create may have created one, and one in doubt may still create one.
fn recorded_or_open(state: &State) -> u64 {
    let open = state.intents.values().filter(|intent| !intent.token.is_empty());
    recorded(state) + (open.count() + state.doubts.len()) as u64
}

impl Contents {
    fn state(&mut self, stack: &StackId) -> Result<&mut State, StoreError> {
        let known = self
            .stacks
            .keys()
            .filter(|id| id.project == stack.project)
            .map(|id| id.name.clone())
            .collect();
        let missing = StoreError::NoSuchStack {
            project: stack.project.clone(),
            stack: stack.name.clone(),
            known,
        };
        self.stacks.get_mut(stack).ok_or(missing)
    }

    /// Returns the runs of a stack, newest first.
    fn runs_of(&self, stack: &StackId) -> impl Iterator<Item = &RunEntry> {
        self.runs.values().rev().filter(move |(id, _)| id == stack).map(|(_, run)| run)
    }

    /// Returns the run that holds the lock of a stack.
    fn holder(&self, stack: &StackId) -> Option<&RunEntry> {
        self.runs.get(self.locks.get(stack)?).map(|(_, run)| run)
    }

    /// Returns an error that names the run that holds the lock of a stack, if one does.
    fn reject_if_locked(&self, stack: &StackId) -> Result<(), StoreError> {
        match self.holder(stack) {
            Some(run) => Err(StoreError::Locked {
                stack: stack.clone(),
                holder: named(run),
                since: rfc3339(run.started_at),
                alive: true,
            }),
            None => Ok(()),
        }
    }

    /// Returns the stack of a run. Returns an error if the run may record nothing more.
    fn stack_of(&self, run: RunId) -> Result<StackId, StoreError> {
        let refused = |why: &str| {
            StoreError::Unusable(format!("run {} {why}: it can record nothing more", run.0))
        };
        let (stack, entry) = self.runs.get(&run).ok_or_else(|| refused("is not in the history"))?;
        if entry.ended_at.is_some() {
            return Err(refused("has ended"));
        }
        let mut later = self.runs.range((Bound::Excluded(run), Bound::Unbounded));
        match later.find(|(_, (of, _))| of == stack) {
            Some((_, (_, taker))) => Err(StoreError::TakenOver {
                stack: stack.clone(),
                taker: named(taker),
                since: rfc3339(taker.started_at),
            }),
            None => Ok(stack.clone()),
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn stacks(&self, project: &str) -> Result<Vec<StackSummary>, StoreError> {
        let contents = self.contents();
        let of_project = contents.stacks.iter().filter(|(id, _)| id.project == project);
        Ok(of_project
            .map(|(id, state)| {
                let last = contents.runs_of(id).next();
                StackSummary {
                    id: id.clone(),
                    resources: recorded(state),
                    last_run_at: last.map(|run| run.ended_at.unwrap_or(run.started_at)),
                    locked_by: contents.holder(id).map(|run| run.start.who.clone()),
                    locked_since: contents.holder(id).map(|run| rfc3339(run.started_at)),
                    holder_is_alive: contents.holder(id).is_some(),
                }
            })
            .collect())
    }

    async fn create_stack(&self, stack: &StackId) -> Result<(), StoreError> {
        let mut contents = self.contents();
        if contents.stacks.contains_key(stack) {
            return Err(StoreError::StackExists(stack.clone()));
        }
        let state = State { stack_id: new_stack_id(stack), ..State::default() };
        contents.stacks.insert(stack.clone(), state);
        Ok(())
    }

    async fn remove_stack(&self, stack: &StackId, force: bool) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let resources = recorded_or_open(contents.state(stack)?);
        contents.reject_if_locked(stack)?;
        if resources > 0 && !force {
            return Err(StoreError::NotEmpty { stack: stack.clone(), resources });
        }
        contents.stacks.remove(stack);
        contents.runs.retain(|_, (id, _)| id != stack);
        Ok(())
    }

    async fn load(&self, stack: &StackId) -> Result<State, StoreError> {
        Ok(self.contents().state(stack)?.clone())
    }

    async fn begin(&self, stack: &StackId, start: RunStart) -> Result<RunId, StoreError> {
        let mut contents = self.contents();
        contents.state(stack)?;
        contents.reject_if_locked(stack)?;
        contents.last_run += 1;
        let id = RunId(contents.last_run);
        let entry = RunEntry {
            id,
            start,
            started_at: unix_millis(),
            ended_at: None,
            end: None,
            steps: Vec::new(),
        };
        contents.runs.insert(id, (stack.clone(), entry));
        contents.locks.insert(stack.clone(), id);
        Ok(id)
    }

    async fn unlock(&self, stack: &StackId) -> Result<Option<String>, StoreError> {
        let mut contents = self.contents();
        contents.state(stack)?;
        let holder = contents.holder(stack).map(named);
        contents.locks.remove(stack);
        Ok(holder)
    }

    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let stack = contents.stack_of(run)?;
        if let Some((_, entry)) = contents.runs.get_mut(&run) {
            entry.steps.extend(changes.iter().filter_map(|change| match change {
                StateChange::Step(step) => Some(step.clone()),
                _ => None,
            }));
        }
        let state = contents.state(&stack)?;
        state.apply_all(&changes);
        Ok(())
    }

    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let stack = contents.stack_of(run)?;
        if let Some((_, entry)) = contents.runs.get_mut(&run) {
            entry.ended_at = Some(unix_millis());
            entry.end = Some(end);
        }
        if contents.locks.get(&stack) == Some(&run) {
            contents.locks.remove(&stack);
        }
        Ok(())
    }

    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError> {
        let mut contents = self.contents();
        contents.state(stack)?;
        Ok(contents.runs_of(stack).take(limit).cloned().collect())
    }
}
