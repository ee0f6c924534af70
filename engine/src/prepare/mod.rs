//! From a program to a plan: drives the pure decisions with what the program, the cloud and the store say.
//!
//! Changes nothing, neither in the cloud nor in state: what recovery would settle is kept for the apply.

mod asking;
mod deciding;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use kim_model::{Declarations, Urn};
use tokio::sync::Mutex;

use crate::cloud::read;
use crate::cloud::recover;
use crate::decide::steps::{self, Outline};
use crate::decide::{Decision, Seen, Targets, alias, order, refresh};
use crate::desired::{self, Desired};
use crate::error::Error;
use crate::event::{Diagnostic, Event, Events, Severity, counted};
use crate::options::Options;
use crate::plan::{Fate, Operation, Plan, Step};
use crate::ports::{Ran, RunContext, Transforms};
use crate::providers::Providers;
use crate::resolve::Resolver;
use crate::stack::Stack;
use crate::state::{Change, Record, Standing, State, validate};
use deciding::Deciding;

/// Everything that applying a plan needs beside the plan itself.
pub(crate) struct Groundwork {
    pub(crate) desired: Arc<Desired>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) resolver: Mutex<Resolver>,
    pub(crate) providers: Providers,
    /// The state as it was loaded.
    pub(crate) base: State,
    /// What settles the intents that an earlier run left open, renames aliases, and says where the plugins work.
    pub(crate) recovery: Vec<Change>,
    /// Records that a refresh writes.
    pub(crate) refreshed: BTreeMap<(Urn, u64), Record>,
}

/// Everything found out while planning.
struct Planner<'p> {
    stack: &'p Stack,
    options: &'p Options,
    events: &'p Arc<dyn Events>,
    operation: Operation,
    providers: Providers,
    targets: Targets,
    diagnostics: Vec<Diagnostic>,
}

/// Plans an operation.
pub(crate) async fn prepare(
    stack: &Stack,
    operation: Operation,
    options: &Options,
    events: &Arc<dyn Events>,
) -> Result<(Plan, Vec<Diagnostic>, Groundwork), Error> {
    let providers = Providers::new(stack.providers.clone());
    let targets = Targets::new(&options.targets);
    let mut planner = Planner { stack, options, events, operation, providers, targets, diagnostics: Vec::new() };
    // Neither needs the other, and both take their time.
    let (base, ran) = tokio::join!(stack.store.load(&stack.id), planner.run_program());
    let base = base?;
    let faults = validate(&base);
    if !faults.is_empty() {
        return Err(Error::InvalidState(faults));
    }
    // A destroy or a refresh has no program: it declares nothing.
    let Ran { declarations, transforms } = ran?.unwrap_or_else(|| Ran::without_closures(Declarations::default()));
    // Whether declarations go together is told before any cloud is asked.
    let desired = desired::build(declarations, &stack.id, &planner.providers).map_err(Error::Invalid)?;
    let places = planner.places(&base).await?;
    let recovery = planner.recovery(&base).await?;
    let mut state = base.clone();
    recovery.iter().for_each(|change| state.apply(change));

    let renames = alias::renames(&desired.declarations, &stack.id, &state).map_err(Error::Invalid)?;
    renames.iter().for_each(|change| state.apply(change));
    let recovery: Vec<Change> = recovery.into_iter().chain(renames).chain(places).collect();
    let seen = planner.look(&state).await?;
    match operation {
        Operation::Refresh => planner.refresh(base, recovery, state, seen),
        _ => planner.plan(desired, transforms, base, recovery, state, seen).await,
    }
}

impl Planner<'_> {
    /// What is new about where the plugins work. A stack whose resources are elsewhere is refused: compared with another
    /// cloud, everything would look as if it were gone, and be created again.
    async fn places(&self, base: &State) -> Result<Vec<Change>, Error> {
        let mut changes = Vec::new();
        let nothing_to_compare = self.operation == Operation::Preview && base.resources.is_empty();
        if self.options.offline || nothing_to_compare {
            return Ok(changes);
        }
        for provider in self.providers.all() {
            let plugin = &provider.schema().name;
            let (Some(now), recorded) = (provider.place().await, base.places.get(plugin)) else { continue };
            let holds = || base.records().any(|record| provider.schema().kind(record.urn.kind()).is_some());
            match recorded {
                Some(recorded) if *recorded == now => {}
                Some(recorded) if holds() => {
                    return Err(Error::OtherPlace { plugin: plugin.clone(), recorded: recorded.clone(), now });
                }
                _ => changes.push(Change::Place(plugin.clone(), now)),
            }
        }
        Ok(changes)
    }

    async fn recovery(&mut self, base: &State) -> Result<Vec<Change>, Error> {
        let count = base.intents.len();
        if count == 0 {
            return Ok(Vec::new());
        }
        let changes_something = self.operation != Operation::Preview;
        if let Some(holder) = self.at_work().await? {
            // Its operations are its own: nobody else can tell what becomes of them, or has to.
            if changes_something {
                return Err(Error::AtWork { stack: self.stack.id.clone(), holder });
            }
            self.notice(format!(
                "{holder} is changing the stack right now: what becomes of {count} of its operations is not known yet"
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
        recover::recover(base, &self.providers, self.events).await.map_err(Error::Live)
    }

    /// Who holds the stack's lock, if anybody does.
    async fn at_work(&self) -> Result<Option<String>, Error> {
        let stacks = self.stack.store.stacks(&self.stack.id.project).await?;
        Ok(stacks.into_iter().find(|stack| stack.id == self.stack.id).and_then(|stack| stack.locked_by))
    }

    async fn run_program(&mut self) -> Result<Option<Ran>, Error> {
        if !matches!(self.operation, Operation::Preview | Operation::Up) {
            return Ok(None);
        }
        let Some(program) = &self.stack.program else {
            return Err(Error::Program("the stack was opened without a program".to_owned()));
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
        ran.map(Some).map_err(|error| Error::Program(error.message))
    }

    /// Reads the live state of everything that this run may touch.
    async fn look(&mut self, state: &State) -> Result<BTreeMap<(Urn, u64), Seen>, Error> {
        if self.options.offline {
            return Ok(BTreeMap::new());
        }
        let requests = |providers: &Providers| providers.all().iter().map(|provider| provider.requests()).sum::<u64>();
        let (started, before) = (Instant::now(), requests(&self.providers));
        let records: Vec<&Record> = state
            .records()
            .filter(|record| record.standing != Standing::ReplacementPending && self.targets.takes(&record.urn))
            .collect();
        let count = records.iter().filter(|record| !record.component).count();
        if count > 0 {
            let message = format!("reading the live state of {}", counted(count, "resource"));
            self.events.emit(Event::Phase { message });
        }
        let seen = read::read(&records, &self.providers, self.events).await.map_err(Error::Live)?;
        let requests = requests(&self.providers).saturating_sub(before);
        self.events.emit(Event::LiveRead { requests, millis: started.elapsed().as_millis() as u64 });
        Ok(seen)
    }

    fn notice(&mut self, message: String) {
        self.diagnostics.push(Diagnostic {
            severity: Severity::Notice,
            message,
            urn: None,
            path: None,
            sources: Vec::new(),
        });
    }

    async fn plan(
        mut self,
        desired: Desired,
        transforms: Box<dyn Transforms>,
        base: State,
        recovery: Vec<Change>,
        state: State,
        seen: BTreeMap<(Urn, u64), Seen>,
    ) -> Result<(Plan, Vec<Diagnostic>, Groundwork), Error> {
        let resolver = Mutex::new(Resolver::new(Arc::clone(&desired.declarations), transforms));
        let unchecked = Vec::new();
        let mut deciding =
            Deciding { planner: &mut self, desired: &desired, state: &state, seen: &seen, resolver, unchecked };
        let decisions = deciding.all().await?;
        let exports = deciding.exports().await?;
        let Deciding { resolver, unchecked, .. } = deciding;
        self.rules(unchecked, &decisions, &desired).await?;

        let outline = Outline {
            operation: self.operation,
            targets: &self.targets,
            desired: &desired,
            decisions: &decisions,
            state: &state,
            seen: &seen,
            above_targets: steps::above_targets(&desired, &self.targets),
        };
        let going = outline.going();
        self.diagnostics.extend(outline.protected(&going));
        self.diagnostics.extend(outline.missing(&going));
        let errors: Vec<Diagnostic> =
            self.diagnostics.iter().filter(|one| one.severity == Severity::Error).cloned().collect();
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let fates: Vec<Fate> = decisions.iter().map(|decision| decision.fate).collect();
        let main: Vec<Option<Step>> = (0..decisions.len()).map(|index| outline.main_step(index)).collect();
        let steps = order::order(&desired, &fates, &main, &going, &state).map_err(circular)?;
        let mut resources = outline.changes(&going);
        let unpriced = self.prices(&decisions, &desired, &mut resources).await;
        let estimates = desired.declarations.estimates.clone();
        let plan = Plan { operation: self.operation, resources, steps, exports, estimates, unpriced };
        let groundwork = Groundwork {
            desired: Arc::new(desired),
            decisions,
            resolver,
            providers: self.providers,
            base,
            recovery,
            refreshed: BTreeMap::new(),
        };
        Ok((plan, self.diagnostics, groundwork))
    }

    /// A refresh: what the cloud holds becomes what is recorded.
    fn refresh(
        self,
        base: State,
        recovery: Vec<Change>,
        state: State,
        seen: BTreeMap<(Urn, u64), Seen>,
    ) -> Result<(Plan, Vec<Diagnostic>, Groundwork), Error> {
        let (resources, refreshed, steps) = refresh::refresh(&state, &seen, &self.providers);
        let exports = state.exports.clone();
        let plan = Plan { operation: self.operation, resources, steps, exports, estimates: Vec::new(), unpriced: 0 };
        let Ran { declarations, transforms } = Ran::without_closures(Declarations::default());
        let groundwork = Groundwork {
            desired: Arc::new(Desired::default()),
            decisions: Vec::new(),
            resolver: Mutex::new(Resolver::new(Arc::new(declarations), transforms)),
            providers: self.providers,
            base,
            recovery,
            refreshed,
        };
        Ok((plan, self.diagnostics, groundwork))
    }
}

fn circular(circle: Vec<Step>) -> Error {
    let path: Vec<String> =
        circle.iter().map(|step| format!("{:?} {}", step.action, step.urn.qualified_name())).collect();
    Error::Invalid(vec![Diagnostic {
        severity: Severity::Error,
        message: format!(
            "these steps wait for each other in a circle: {}; let one of the resources be replaced the other way round (delete_before_replace)",
            path.join(" -> ")
        ),
        urn: circle.first().map(|step| step.urn.clone()),
        path: None,
        sources: Vec::new(),
    }])
}
