//! One run of planning: its parts, and its calls to program, store and cloud.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::cloud::{doubts, read, recover};
use crate::decide::{Observed, Targets};
use crate::error::Error;
use crate::event::{Diagnostic, Event, Events, Severity, counted};
use crate::options::Options;
use crate::plan::Operation;
use crate::ports::{ProgramError, Ran, RunContext};
use crate::providers::Providers;
use crate::stack::Stack;
use crate::state::{CopyId, Record, Standing, State, StateChange};

/// The parts of a run of planning, and the diagnostics found so far.
pub(super) struct Planner<'p> {
    pub(super) stack: &'p Stack,
    pub(super) options: &'p Options,
    pub(super) events: &'p Arc<dyn Events>,
    pub(super) operation: Operation,
    pub(super) providers: Providers,
    pub(super) targets: Targets,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Planner<'_> {
    /// Returns the changes that record on which clouds the plugins work.
    ///
    /// Rejects a stack whose resources are in another cloud: compared with it, everything would
    /// look deleted, and would be created again.
    pub(super) async fn places(&self, base: &State) -> Result<Vec<StateChange>, Error> {
        let mut changes = Vec::new();
        let nothing_to_compare = self.operation == Operation::Preview && base.resources.is_empty();
        if self.options.offline || nothing_to_compare {
            return Ok(changes);
        }
        for provider in self.providers.all() {
            let plugin = &provider.schema().name;
            let (Some(now), recorded) = (provider.place().await, base.places.get(plugin)) else {
                continue;
            };
            let holds =
                || base.records().any(|record| provider.schema().kind(record.urn.kind()).is_some());
            match recorded {
                Some(recorded) if *recorded == now => {}
                Some(recorded) if holds() => {
                    return Err(Error::OtherPlace {
                        plugin: plugin.clone(),
                        recorded: recorded.clone(),
                        now,
                    });
                }
                _ => changes.push(StateChange::Place { plugin: plugin.clone(), place: now }),
            }
        }
        Ok(changes)
    }

    pub(super) async fn recovery(&mut self, base: &State) -> Result<Vec<StateChange>, Error> {
        let count = base.intents.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let changes_something = self.operation != Operation::Preview;
        if let Some(holder) = self.at_work().await? {
            // Its operations are its own: no other run can find out what they come to, or has to.
            if changes_something {
                return Err(Error::AtWork { stack: self.stack.id.clone(), holder });
            }
            self.notice(format!(
                "{holder} is changing the stack right now: the outcome of {count} of its operations is not known yet"
            ));
            return Ok(Vec::new());
        }
        if self.options.offline {
            let unanswered = recover::unanswered(base).count();
            if changes_something && unanswered > 0 {
                return Err(Error::Unsettled(unanswered));
            }
            self.notice(format!(
                "an interrupted run left {} open; the next run that is not offline settles that",
                counted(count, "operation")
            ));
            return Ok(Vec::new());
        }
        let message = format!("settling {} of an interrupted run", counted(count, "operation"));
        self.events.emit(Event::Phase { message });
        Ok(recover::recover(base, &self.providers, self.events, now()).await?)
    }

    /// Looks again for what creates without an answer may have created since.
    ///
    /// Returns the changes that record it, and applies them. `base` has the doubts of earlier runs,
    /// `state` also those of this one.
    pub(super) async fn look_again(&mut self, base: &State, state: &mut State) -> Vec<StateChange> {
        let mut all = Vec::new();
        if !self.options.offline && !base.doubts.is_empty() {
            let earlier = State {
                intents: state.intents.clone(),
                doubts: base.doubts.clone(),
                ..State::default()
            };
            for look in doubts::look_again(&earlier, &self.providers).await {
                let (changes, told) = doubts::settle(look, state, &self.providers, now());
                for change in &changes {
                    state.apply(change);
                }
                all.extend(changes);
                self.diagnostics.extend(told);
            }
        }
        self.diagnostics.extend(doubts::remaining(state));
        all
    }

    /// Returns the holder of the stack's lock; `None`: it is free.
    async fn at_work(&self) -> Result<Option<String>, Error> {
        let stacks = self.stack.store.stacks(&self.stack.id.project).await?;
        Ok(stacks
            .into_iter()
            .find(|stack| stack.id == self.stack.id)
            .and_then(|stack| stack.locked_by))
    }

    pub(super) async fn run_program(&mut self) -> Result<Option<Ran>, Error> {
        if !matches!(self.operation, Operation::Preview | Operation::Up) {
            return Ok(None);
        }
        let Some(program) = &self.stack.program else {
            return Err(failed(ProgramError::new("the stack was opened without a program")));
        };
        let context = RunContext {
            project: self.stack.id.project.clone(),
            stack: self.stack.id.name.clone(),
            settings: self.stack.settings.clone(),
        };
        let ran = program.run(context).await;
        let logs = ran.as_ref().map_or_else(|error| &error.logs, |ran| &ran.declarations.logs);
        for log in logs {
            self.events.emit(Event::Log(log.clone()));
        }
        ran.map(Some).map_err(failed)
    }

    /// Reads the live state of everything that this run may touch.
    pub(super) async fn look(
        &mut self,
        state: &State,
    ) -> Result<BTreeMap<CopyId, Observed>, Error> {
        if self.options.offline {
            return Ok(BTreeMap::new());
        }
        let requests = |providers: &Providers| {
            providers.all().iter().map(|provider| provider.requests()).sum::<u64>()
        };
        let (started, before) = (Instant::now(), requests(&self.providers));
        let records: Vec<&Record> = state
            .records()
            .filter(|record| {
                record.standing != Standing::ReplacementPending && self.targets.takes(&record.urn)
            })
            .collect();
        let count = records.iter().filter(|record| !record.component).count();
        if count > 0 {
            let message = format!("reading the live state of {}", counted(count, "resource"));
            self.events.emit(Event::Phase { message });
        }
        let seen = read::read(&records, &self.providers, self.events).await?;
        let requests = requests(&self.providers).saturating_sub(before);
        self.events
            .emit(Event::LiveRead { requests, millis: started.elapsed().as_millis() as u64 });
        Ok(seen)
    }

    pub(super) fn notice(&mut self, message: String) {
        self.diagnostics.push(Diagnostic::new(Severity::Notice, message));
    }
}

/// Returns the time in milliseconds since 1970.
fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64)
}

/// Returns the error for a program that did not run to its end.
fn failed(source: ProgramError) -> Error {
    Error::Program { source: Box::new(source), needed_by: None }
}
