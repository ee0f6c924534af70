//! One run of planning: its parts, and its calls to program, store and cloud.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use kim_model::{Declarations, Urn};

use crate::clock::unix_millis;
use crate::cloud::{doubts, read, recover};
use crate::decide::{Known, Observed, Targets, alias};
use crate::desired::Desired;
use crate::error::{Error, Selects, Unmatched};
use crate::event::{Diagnostic, Event, Events, Severity, counted};
use crate::interrupt::Interrupt;
use crate::options::Options;
use crate::plan::Operation;
use crate::ports::{ProgramError, Ran, RunContext, StoreError};
use crate::providers::Providers;
use crate::stack::Stack;
use crate::state::{CopyId, Record, Standing, State, StateChange};

/// The parts of a run of planning, and the diagnostics found so far.
pub(super) struct Planner<'p> {
    pub(super) stack: &'p Stack,
    pub(super) options: &'p Options,
    pub(super) events: &'p Arc<dyn Events>,
    /// Ends the lookups of the program.
    pub(super) interrupt: &'p Interrupt,
    pub(super) operation: Operation,
    pub(super) providers: Providers,
    pub(super) targets: Targets,
    /// What is replaced although nothing differs; `None`: nothing is.
    pub(super) replaced: Option<Targets>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// The clouds that the plugins work on.
#[derive(Default)]
pub(super) struct Places {
    /// The changes that record them.
    pub(super) changes: Vec<StateChange>,
    /// The plugins that do not know theirs, and where their resources are as recorded.
    pub(super) unknown: Vec<(String, String)>,
}

impl Planner<'_> {
    /// Rejects names and patterns of the options that match no resource.
    ///
    /// What the program declares and what is recorded counts.
    pub(super) fn expect_matches(&self, base: &State, desired: &Desired) -> Result<(), Error> {
        let Options { targets, exclude, replace, .. } = self.options;
        // Most runs name nothing, and to know all names takes time.
        if [targets, exclude, replace].iter().all(|patterns| patterns.is_empty()) {
            return Ok(());
        }
        // What is wrong with them is reported once the state was read.
        let renames = alias::renames(&desired.declarations, &self.stack.id, base);
        let renames = renames.unwrap_or_default();
        let mut known = Known::recorded(&self.stack.id, base);
        if matches!(self.operation, Operation::Preview | Operation::Up) {
            known = known.and_declared(desired, &renames);
        }
        let unmatched: Vec<Unmatched> = [
            (Selects::Target, targets),
            (Selects::Exclusion, exclude),
            (Selects::Replacement, replace),
        ]
        .into_iter()
        .flat_map(|(selects, patterns)| known.unmatched(selects, patterns))
        .collect();
        if unmatched.is_empty() { Ok(()) } else { Err(Error::Unmatched(unmatched)) }
    }

    /// Returns the clouds of the plugins that this run concerns.
    ///
    /// Rejects a stack whose resources are in another cloud: compared with it, everything would
    /// look deleted, and would be created again.
    pub(super) async fn places(
        &self,
        base: &State,
        desired: &Desired,
        lookups: &BTreeSet<usize>,
    ) -> Result<Places, Error> {
        let mut places = Places::default();
        let is_empty = base.resources.is_empty() && base.doubts.is_empty();
        let nothing_to_compare = self.operation == Operation::Preview && is_empty;
        if self.options.offline || nothing_to_compare {
            return Ok(places);
        }
        // What may still be created is in that cloud, too.
        let in_doubt = base.doubts.values().map(|doubt| doubt.intent.urn.kind());
        let recorded_kinds: BTreeSet<&str> =
            base.records().map(|record| record.urn.kind()).chain(in_doubt).collect();
        let touched_kinds = self.touched_kinds(base, desired);
        for provider in self.providers.all() {
            let schema = provider.schema();
            let offers = |kinds: &BTreeSet<&str>| {
                schema.kinds.iter().any(|kind| kinds.contains(kind.name.as_str()))
            };
            let looks_up = || {
                let mut names = lookups.iter().map(|at| &desired.declarations.lookups[*at].name);
                names.any(|name| schema.lookup(name).is_some())
            };
            if !offers(&touched_kinds) && !looks_up() {
                continue;
            }
            let plugin = schema.name.clone();
            let recorded = base.places.get(&plugin).cloned();
            match (provider.place().await, recorded) {
                (Some(now), Some(recorded)) if recorded == now => {}
                (Some(now), Some(recorded)) if offers(&recorded_kinds) => {
                    return Err(Error::OtherPlace { plugin, recorded, now });
                }
                (Some(place), _) => places.changes.push(StateChange::Place { plugin, place }),
                (None, Some(recorded)) if offers(&recorded_kinds) => {
                    places.unknown.push((plugin, recorded));
                }
                (None, _) => {}
            }
        }
        Ok(places)
    }

    /// Returns the kinds of what this run may touch and of what it settles.
    fn touched_kinds<'s>(&self, base: &'s State, desired: &'s Desired) -> BTreeSet<&'s str> {
        let declared = desired.nodes.iter().map(|node| &node.urn);
        let recorded = base.records().map(|record| &record.urn);
        let touched = declared.chain(recorded).filter(|urn| self.targets.takes(urn));
        let open = base.intents.values().map(|intent| &intent.urn);
        let in_doubt = base.doubts.values().map(|doubt| &doubt.intent.urn);
        touched.chain(open).chain(in_doubt).map(Urn::kind).collect()
    }

    /// Rejects a run that does not know on which cloud it works.
    ///
    /// If that cloud holds everything, it is the right one; in another one everything would look
    /// deleted. `unknown` are plugins, with the clouds that their resources are in.
    pub(super) fn expect_placed(
        &self,
        unknown: Vec<(String, String)>,
        seen: &BTreeMap<CopyId, Observed>,
    ) -> Result<(), Error> {
        for (plugin, recorded) in unknown {
            let providers = self.providers.all().iter();
            let schemas = providers.map(|provider| provider.schema());
            let Some(schema) = schemas.into_iter().find(|schema| schema.name == plugin) else {
                continue;
            };
            let is_there: Vec<bool> = seen
                .iter()
                .filter(|(copy, _)| schema.kind(copy.urn.kind()).is_some())
                .map(|(_, observed)| *observed != Observed::Missing)
                .collect();
            if is_there.is_empty() || is_there.contains(&false) {
                return Err(Error::UnknownPlace { plugin, recorded });
            }
        }
        Ok(())
    }

    pub(super) async fn recovery(&mut self, base: &State) -> Result<Vec<StateChange>, Error> {
        let count = base.intents.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let changes_something = self.operation != Operation::Preview;
        if let Some((holder, since, alive)) = self.at_work().await? {
            // Its operations are its own: no other run can find out what they come to, or has to.
            if changes_something {
                let stack = self.stack.id.clone();
                return Err(StoreError::Locked { stack, holder, since, alive }.into());
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
        Ok(recover::recover(base, &self.providers, self.events, unix_millis()).await?)
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
                let (changes, told) = doubts::settle(look, state, &self.providers, unix_millis());
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

    /// Returns the lock's holder, since when, and if it is known to be alive.
    ///
    /// Returns `None` if the lock is free.
    async fn at_work(&self) -> Result<Option<(String, String, bool)>, Error> {
        let stacks = self.stack.store.stacks(&self.stack.id.project).await?;
        let stack = stacks.into_iter().find(|stack| stack.id == self.stack.id);
        Ok(stack.and_then(|stack| {
            let since = stack.locked_since.unwrap_or_default();
            Some((stack.locked_by?, since, stack.holder_is_alive))
        }))
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
        let ran = self.stack.gate.run(program.as_ref(), context).await;
        let logs = ran.as_ref().map_or_else(|error| &error.logs, |ran| &ran.declarations.logs);
        for log in logs {
            self.events.emit(Event::Log(log.clone()));
        }
        ran.map(Some).map_err(failed)
    }

    /// Learns the secrets that are recorded.
    ///
    /// A secret input stays one where a cloud still tells it, also once it was replaced. What the
    /// program now says in clear is none.
    pub(super) fn learn_recorded(&self, base: &State, declarations: &Declarations) {
        let gate = &self.stack.gate;
        let open = base.intents.values().map(|intent| &intent.record);
        let in_doubt = base.doubts.values().map(|doubt| &doubt.intent.record);
        let records: Vec<&Record> = base.records().chain(open).chain(in_doubt).collect();
        for record in &records {
            gate.learn_recorded(&record.inputs);
            gate.learn_recorded(&record.properties);
        }
        let inputs = records.iter().map(|record| record.inputs.as_ref());
        gate.learn_of_before(inputs, declarations, &self.stack.settings);
        base.exports.values().for_each(|value| gate.learn_recorded(value));
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

/// Returns the error for a program that did not run to its end.
fn failed(source: ProgramError) -> Error {
    Error::Program { source: Box::new(source), needed_by: None }
}
