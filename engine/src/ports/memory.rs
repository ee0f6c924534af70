//! A store in memory, for embedders that keep nothing and for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::store::{Store, StoreError};
use crate::state::run::{RunEnd, RunEntry, RunId, RunStart, StackSummary};
use crate::state::{StackId, State, StateChange};

/// A store that lives as long as the process.
#[derive(Default)]
pub struct MemoryStore(Mutex<Contents>);

#[derive(Default)]
struct Contents {
    stacks: BTreeMap<StackId, State>,
    runs: Vec<(StackId, RunEntry)>,
}

impl MemoryStore {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64)
}

impl Contents {
    fn state(&mut self, stack: &StackId) -> Result<&mut State, StoreError> {
        let known = self.stacks.keys().filter(|id| id.project == stack.project).map(|id| id.name.clone()).collect();
        let missing = StoreError::NoSuchStack { project: stack.project.clone(), stack: stack.name.clone(), known };
        self.stacks.get_mut(stack).ok_or(missing)
    }

    fn run(&mut self, run: RunId) -> Result<&mut (StackId, RunEntry), StoreError> {
        let missing = || StoreError::Unusable(format!("there is no run {}", run.0));
        self.runs.get_mut((run.0 - 1) as usize).ok_or_else(missing)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn stacks(&self, project: &str) -> Result<Vec<StackSummary>, StoreError> {
        let contents = self.contents();
        let of_project = contents.stacks.iter().filter(|(id, _)| id.project == project);
        Ok(of_project
            .map(|(id, state)| {
                let last = contents.runs.iter().rev().find(|(stack, _)| stack == id).map(|(_, run)| run);
                StackSummary {
                    id: id.clone(),
                    resources: state.records().filter(|record| !record.component).count() as u64,
                    last_run_at: last.map(|run| run.ended_at.unwrap_or(run.started_at)),
                    locked_by: last.filter(|run| run.ended_at.is_none()).map(|run| run.start.who.clone()),
                }
            })
            .collect())
    }

    async fn create_stack(&self, stack: &StackId) -> Result<(), StoreError> {
        let mut contents = self.contents();
        if contents.stacks.contains_key(stack) {
            return Err(StoreError::StackExists(stack.clone()));
        }
        let state = State { stack_id: format!("{stack}@{}", now()), ..State::default() };
        contents.stacks.insert(stack.clone(), state);
        Ok(())
    }

    async fn remove_stack(&self, stack: &StackId, force: bool) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let resources = contents.state(stack)?.records().filter(|record| !record.component).count() as u64;
        if resources > 0 && !force {
            return Err(StoreError::NotEmpty { stack: stack.clone(), resources });
        }
        contents.stacks.remove(stack);
        Ok(())
    }

    async fn load(&self, stack: &StackId) -> Result<State, StoreError> {
        Ok(self.contents().state(stack)?.clone())
    }

    async fn begin(&self, stack: &StackId, start: RunStart) -> Result<RunId, StoreError> {
        let mut contents = self.contents();
        contents.state(stack)?;
        let open = contents.runs.iter().find(|(id, run)| id == stack && run.ended_at.is_none());
        if let Some((_, run)) = open {
            return Err(StoreError::Locked {
                stack: stack.clone(),
                holder: format!("{}, {}", run.start.who, run.start.operation),
                since: format!("{} ms after 1970", run.started_at),
                alive: true,
            });
        }
        let id = RunId(contents.runs.len() as i64 + 1);
        let entry = RunEntry { id, start, started_at: now(), ended_at: None, end: None, steps: Vec::new() };
        contents.runs.push((stack.clone(), entry));
        Ok(id)
    }

    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let (stack, entry) = contents.run(run)?;
        entry.steps.extend(changes.iter().filter_map(|change| match change {
            StateChange::Step(step) => Some(step.clone()),
            _ => None,
        }));
        let stack = stack.clone();
        let state = contents.state(&stack)?;
        for change in &changes {
            state.apply(change);
        }
        Ok(())
    }

    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError> {
        let mut contents = self.contents();
        let (_, entry) = contents.run(run)?;
        entry.ended_at = Some(now());
        entry.end = Some(end);
        Ok(())
    }

    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError> {
        let contents = self.contents();
        let runs = contents.runs.iter().rev().filter(|(id, _)| id == stack);
        Ok(runs.take(limit).map(|(_, run)| run.clone()).collect())
    }
}
