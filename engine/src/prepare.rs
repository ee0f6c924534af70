//! From a program to a plan: drives the pure decisions with what the program, the cloud and the store say.
//!
//! Changes nothing, neither in the cloud nor in state: what recovery would settle is kept for the apply.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use kim_model::{Declarations, Failure, Urn, Value};
use tokio::task::JoinSet;

use crate::check;
use crate::decide::{self, Decision, Known, Seen};
use crate::diff;
use crate::event::{Diagnostic, Event, Events, Severity};
use crate::graph::{self, Desired};
use crate::live;
use crate::order::{self, Going};
use crate::plan::{Fate, Operation, Plan, ResourceChange, Step};
use crate::ports::{ProgramError, Ran, RunContext, Transforms};
use crate::providers::Providers;
use crate::recover;
use crate::resolve::Resolver;
use crate::retry;
use crate::stack::{Error, Options, Stack};
use crate::state::{Action, Change, Record, StackId, Standing, State};
use crate::target::Targets;

/// Everything that applying a plan needs beside the plan itself.
pub(crate) struct Groundwork {
    pub(crate) desired: Arc<Desired>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) resolver: Resolver,
    pub(crate) providers: Providers,
    /// The state as it was loaded.
    pub(crate) base: State,
    /// What settles the intents that an earlier run left open.
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

/// A program that declares nothing: a destroy.
struct NoClosures;

#[async_trait::async_trait]
impl Transforms for NoClosures {
    async fn transform(&mut self, callback: u32, _: Vec<Value>) -> Result<Value, ProgramError> {
        Err(ProgramError::new(format!("there is no program, so there is no closure {callback}")))
    }
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
    let base = stack.store.load(&stack.id).await?;
    let recovery = planner.recovery(&base).await?;
    let mut state = base.clone();
    recovery.iter().for_each(|change| state.apply(change));

    let ran = planner.run_program().await?;
    let renames = match &ran {
        Some(ran) => planner.renames(&ran.declarations, &state)?,
        None => Vec::new(),
    };
    renames.iter().for_each(|change| state.apply(change));
    let recovery: Vec<Change> = recovery.into_iter().chain(renames).collect();
    let seen = planner.look(&state).await?;
    match operation {
        Operation::Refresh => planner.refresh(base, recovery, state, seen),
        _ => planner.plan(ran, base, recovery, state, seen).await,
    }
}

impl Planner<'_> {
    async fn recovery(&mut self, base: &State) -> Result<Vec<Change>, Error> {
        if base.intents.is_empty() {
            return Ok(Vec::new());
        }
        let count = base.intents.len();
        if self.options.offline {
            self.notice(format!(
                "{count} operations of an interrupted run are still open; the next run that is not offline settles them"
            ));
            return Ok(Vec::new());
        }
        self.events.emit(Event::Phase { message: format!("settling {count} operations of an interrupted run") });
        recover::recover(base, &self.providers).await.map_err(Error::Live)
    }

    async fn run_program(&mut self) -> Result<Option<Ran>, Error> {
        if !matches!(self.operation, Operation::Preview | Operation::Up | Operation::Import) {
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
        let ran = program.run(context).await.map_err(|error| Error::Program(error.message))?;
        for log in &ran.declarations.logs {
            self.events.emit(Event::Log(log.clone()));
        }
        Ok(Some(ran))
    }

    /// Recorded resources that the program now calls by another name. Two claims of one record are an error.
    fn renames(&mut self, declarations: &Declarations, state: &State) -> Result<Vec<Change>, Error> {
        crate::alias::renames(declarations, &self.stack.id, state).map_err(Error::Invalid)
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
            self.events.emit(Event::Phase { message: format!("reading the live state of {count} resources") });
        }
        let seen = live::read(records.into_iter(), &self.providers).await.map_err(Error::Live)?;
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
        ran: Option<Ran>,
        base: State,
        recovery: Vec<Change>,
        state: State,
        seen: BTreeMap<(Urn, u64), Seen>,
    ) -> Result<(Plan, Vec<Diagnostic>, Groundwork), Error> {
        let (declarations, transforms) = match ran {
            Some(ran) => (ran.declarations, ran.transforms),
            None => (Declarations::default(), Box::new(NoClosures) as Box<dyn Transforms>),
        };
        let desired = graph::build(declarations, &self.stack.id, &self.providers).map_err(Error::Invalid)?;
        let resolver = Resolver::new(Arc::new(desired.declarations.clone()), transforms);
        let mut deciding = Deciding { planner: &mut self, desired: &desired, state: &state, seen: &seen, resolver };
        let decisions = deciding.all().await?;
        let exports = deciding.exports().await?;
        let resolver = deciding.resolver;

        let going = self.going(&desired, &decisions, &state, &seen);
        self.protected(&desired, &decisions, &going, &state);
        self.missing(&desired, &decisions, &state);
        let errors: Vec<Diagnostic> =
            self.diagnostics.iter().filter(|one| one.severity == Severity::Error).cloned().collect();
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let fates: Vec<Fate> = decisions.iter().map(|decision| decision.fate).collect();
        let main: Vec<Option<Step>> = (0..decisions.len())
            .map(|index| self.main_step(&desired, index, &decisions[index], &state, &seen))
            .collect();
        let steps = order::order(&desired, &fates, &main, &going, &state).map_err(circular)?;
        let mut resources = self.changes(&desired, &decisions, &going, &state, &seen);
        self.prices(&decisions, &desired, &mut resources).await;
        let plan = Plan { operation: self.operation, resources, steps, exports };
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

    /// The copies that go: what the program no longer declares, the old halves of replacements, and old copies of
    /// earlier runs.
    fn going(
        &self,
        desired: &Desired,
        decisions: &[Decision],
        state: &State,
        seen: &BTreeMap<(Urn, u64), Seen>,
    ) -> Vec<Going> {
        let leaving: BTreeSet<&Urn> = state
            .records()
            .filter(|record| record.standing == Standing::Current && desired.index(&record.urn).is_none())
            .filter(|record| self.targets.takes(&record.urn))
            .map(|record| &record.urn)
            .collect();
        let mut going = Vec::new();
        for record in state.records().filter(|record| self.targets.takes(&record.urn)) {
            let index = desired.index(&record.urn);
            let replaced = match (record.standing, index) {
                (Standing::Replaced, _) => true,
                (Standing::Current, None) => false,
                (Standing::Current, Some(index)) => match decisions[index].fate {
                    Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst => true,
                    _ => continue,
                },
                // Dropped with the step that creates its successor, or right here where there will be none.
                (Standing::ReplacementPending, Some(_)) => continue,
                (Standing::ReplacementPending, None) => false,
            };
            let gone = seen.get(&(record.urn.clone(), record.generation)) == Some(&Seen::Gone);
            let container_goes = record.deleted_with.as_ref().is_some_and(|container| {
                leaving.contains(container)
                    || desired.index(container).is_some_and(|index| decisions[index].fate == Fate::ReplaceDeleteFirst)
            });
            let retained =
                index.map_or(record.retain_on_delete, |index| desired.declaration(index).options.retain_on_delete);
            let no_call = record.component
                || gone
                || container_goes
                || retained
                || record.standing == Standing::ReplacementPending;
            let action = match (no_call, replaced) {
                (true, _) => Action::Forget,
                (false, true) => Action::DeleteReplaced,
                (false, false) => Action::Delete,
            };
            going.push(Going { urn: record.urn.clone(), generation: record.generation, action });
        }
        going
    }

    /// Every delete of something protected is an error; none of them is hidden by another.
    fn protected(&mut self, desired: &Desired, decisions: &[Decision], going: &[Going], state: &State) {
        for copy in going.iter().filter(|copy| copy.action != Action::Forget) {
            let Some(record) = state.resources.get(&(copy.urn.clone(), copy.generation)) else { continue };
            let declared = desired.index(&copy.urn);
            let still_protected = declared.is_none_or(|index| desired.declaration(index).options.protect);
            if !(record.protect && still_protected) || record.standing == Standing::Replaced {
                continue;
            }
            let (what, source) = match declared {
                Some(index) => {
                    let because = decisions[index].changes.iter().find(|change| change.replaces);
                    let because = because.map_or(String::new(), |change| format!(" because {} changes", change.path));
                    (format!("would be replaced{because}"), desired.declaration(index).source.clone())
                }
                None => ("would be deleted".to_owned(), record.source.clone()),
            };
            self.diagnostics.push(Diagnostic {
                severity: Severity::Error,
                message: format!("{} is protected, but {what}; take the protection away first (options: protect), in a run of its own or in this one", copy.urn),
                urn: Some(copy.urn.clone()),
                path: None,
                sources: source.into_iter().collect(),
            });
        }
    }

    /// With targets: whatever is changed must not need a resource that is neither there nor a target.
    fn missing(&mut self, desired: &Desired, decisions: &[Decision], state: &State) {
        if self.targets.is_all() {
            return;
        }
        for (index, node) in desired.nodes.iter().enumerate() {
            if !self.targets.takes(&node.urn) || decisions[index].fate == Fate::Same {
                continue;
            }
            for dependency in &node.dependencies {
                let needed = &desired.nodes[*dependency];
                if !self.targets.takes(&needed.urn) && state.current(&needed.urn).is_none() {
                    self.diagnostics.push(Diagnostic {
                        severity: Severity::Error,
                        message: format!(
                            "{} is a target and needs {}, which does not exist yet and is no target; add --target '{}'",
                            node.urn,
                            needed.urn,
                            needed.urn.qualified_name()
                        ),
                        urn: Some(node.urn.clone()),
                        path: None,
                        sources: desired.declaration(index).source.clone().into_iter().collect(),
                    });
                }
            }
        }
    }

    fn main_step(
        &self,
        desired: &Desired,
        index: usize,
        decision: &Decision,
        state: &State,
        seen: &BTreeMap<(Urn, u64), Seen>,
    ) -> Option<Step> {
        let urn = &desired.nodes[index].urn;
        if !self.targets.takes(urn) {
            return None;
        }
        let current = state.current(urn);
        let pending = state.copies(urn).any(|record| record.standing == Standing::ReplacementPending);
        let action = match decision.fate {
            Fate::Create if pending => Action::CreateReplacement,
            Fate::Create if desired.declaration(index).component => Action::Record,
            Fate::Create => Action::Create,
            Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst => Action::CreateReplacement,
            Fate::Update => Action::Update,
            _ => {
                let current = current?;
                let seen = seen.get(&(urn.clone(), current.generation));
                let updated = record_of(desired, index, decision, Some(current), seen.and_then(Seen::properties));
                return (updated != *current).then(|| Step {
                    urn: urn.clone(),
                    action: Action::Record,
                    generation: current.generation,
                });
            }
        };
        let generation = match action {
            Action::Update => current.map_or(0, |current| current.generation),
            _ => state.next_generation(urn),
        };
        Some(Step { urn: urn.clone(), action, generation })
    }

    /// What the plan means for each resource, in the order of declaration; what goes comes last.
    fn changes(
        &self,
        desired: &Desired,
        decisions: &[Decision],
        going: &[Going],
        state: &State,
        seen: &BTreeMap<(Urn, u64), Seen>,
    ) -> Vec<ResourceChange> {
        let mut resources: Vec<ResourceChange> = desired
            .nodes
            .iter()
            .zip(decisions)
            .enumerate()
            .map(|(index, (node, decision))| ResourceChange {
                urn: node.urn.clone(),
                parent: node.parent.map(|parent| desired.nodes[parent].urn.clone()),
                component: desired.declaration(index).component,
                fate: decision.fate,
                changes: decision.changes.clone(),
                source: desired.declaration(index).source.clone(),
                reason: decision.reason.clone(),
                micros_a_month: None,
                price_basis: None,
            })
            .collect();
        for copy in going.iter() {
            let Some(record) = state.resources.get(&(copy.urn.clone(), copy.generation)) else { continue };
            if record.standing == Standing::Current && desired.index(&copy.urn).is_some() {
                continue;
            }
            let gone = seen.get(&(copy.urn.clone(), copy.generation)) == Some(&Seen::Gone);
            let reason = match (record.standing, desired.index(&copy.urn)) {
                (Standing::Replaced, _) => Some("an old copy of an earlier replacement".to_owned()),
                _ if gone => Some("it is gone from the cloud already".to_owned()),
                (_, None) if self.operation != Operation::Destroy => Some("no longer declared".to_owned()),
                _ => None,
            };
            let forgotten = copy.action == Action::Forget && !record.component && !gone;
            resources.push(ResourceChange {
                urn: copy.urn.clone(),
                parent: record.parent.clone(),
                component: record.component,
                fate: if forgotten { Fate::Forget } else { Fate::Delete },
                changes: Vec::new(),
                source: None,
                reason,
                micros_a_month: None,
                price_basis: None,
            });
        }
        resources
    }

    /// Asks what things cost; what is not known costs nothing to say.
    async fn prices(&self, decisions: &[Decision], desired: &Desired, resources: &mut [ResourceChange]) {
        for (index, decision) in decisions.iter().enumerate() {
            let kind = &desired.declaration(index).kind;
            let Some(provider) = self.providers.of_kind(kind) else { continue };
            if !self.providers.kind(kind).is_some_and(|kind| kind.priced) {
                continue;
            }
            if let Ok(Some(price)) = provider.price(kind, &decision.inputs).await {
                resources[index].micros_a_month = Some(price.micros_a_month);
                resources[index].price_basis = Some(price.basis);
            }
        }
    }

    /// A refresh: what the cloud holds becomes what is recorded.
    fn refresh(
        self,
        base: State,
        recovery: Vec<Change>,
        state: State,
        seen: BTreeMap<(Urn, u64), Seen>,
    ) -> Result<(Plan, Vec<Diagnostic>, Groundwork), Error> {
        let (resources, refreshed, steps) = crate::refresh::refresh(&state, &seen, &self.providers);
        let plan = Plan { operation: self.operation, resources, steps, exports: state.exports.clone() };
        let groundwork = Groundwork {
            desired: Arc::new(Desired::default()),
            decisions: Vec::new(),
            resolver: Resolver::new(Arc::new(Declarations::default()), Box::new(NoClosures)),
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
            path.join(" → ")
        ),
        urn: circle.first().map(|step| step.urn.clone()),
        path: None,
        sources: Vec::new(),
    }])
}

/// Decides resource after resource, dependencies first.
struct Deciding<'d, 'p> {
    planner: &'d mut Planner<'p>,
    desired: &'d Desired,
    state: &'d State,
    seen: &'d BTreeMap<(Urn, u64), Seen>,
    resolver: Resolver,
}

impl Deciding<'_, '_> {
    async fn all(&mut self) -> Result<Vec<Decision>, Error> {
        self.stack_references().await?;
        self.constant_lookups().await?;
        let mut decisions: Vec<Option<Decision>> = vec![None; self.desired.nodes.len()];
        for &index in &self.desired.order {
            self.lookups_of(index).await?;
            let decision = self.one(index, &decisions).await?;
            self.resolver.set_resource(index, decision.properties.clone());
            decisions[index] = Some(decision);
        }
        // The order names every node.
        Ok(decisions.into_iter().flatten().collect())
    }

    async fn exports(&mut self) -> Result<BTreeMap<String, Value>, Error> {
        let mut exports = BTreeMap::new();
        for (name, value) in &self.desired.declarations.exports {
            let value = self.resolver.resolve(value).await.map_err(|error| Error::Program(error.message))?;
            exports.insert(name.clone(), value);
        }
        Ok(exports)
    }

    async fn stack_references(&mut self) -> Result<(), Error> {
        for expression in &self.desired.declarations.expressions {
            if let kim_model::Expr::StackReference(stack) = expression {
                let (project, name) = stack.split_once('/').unwrap_or((&self.planner.stack.id.project, stack));
                let id = StackId { project: project.to_owned(), name: name.to_owned() };
                let exports = self.planner.stack.store.load(&id).await?.exports;
                self.resolver.set_reference(stack.clone(), Value::Map(exports));
            }
        }
        Ok(())
    }

    /// Lookups whose arguments are known from the start are made at the same time.
    async fn constant_lookups(&mut self) -> Result<(), Error> {
        if self.planner.options.offline {
            return Ok(());
        }
        let mut calls = JoinSet::new();
        for (index, lookup) in self.desired.declarations.lookups.iter().enumerate() {
            if lookup.arguments.outputs().is_empty() {
                let arguments = self.checked_arguments(index, &lookup.arguments)?;
                let (providers, name) = (self.planner.providers.clone(), lookup.name.clone());
                calls.spawn(async move { (index, look_up(&providers, &name, &arguments).await) });
            }
        }
        while let Some(done) = calls.join_next().await {
            let (index, answer) = done.map_err(|error| Error::Live(format!("a lookup was cut off: {error}")))?;
            self.resolver.set_lookup(index, answer.map_err(|failure| self.lookup_failed(index, &failure))?);
        }
        Ok(())
    }

    /// Makes the lookups that an input draws on, as soon as their arguments are known.
    async fn lookups_of(&mut self, index: usize) -> Result<(), Error> {
        let wanted: BTreeSet<usize> =
            self.desired.nodes[index].inputs.values().flat_map(|reach| reach.lookups.iter().copied()).collect();
        for lookup in wanted {
            if self.resolver.knows_lookup(lookup) || self.planner.options.offline {
                continue;
            }
            let declared = &self.desired.declarations.lookups[lookup];
            let arguments =
                self.resolver.resolve(&declared.arguments).await.map_err(|error| Error::Program(error.message))?;
            if !arguments.has_unknown() {
                let arguments = self.checked_arguments(lookup, &arguments)?;
                let answer = look_up(&self.planner.providers, &declared.name, &arguments).await;
                self.resolver.set_lookup(lookup, answer.map_err(|failure| self.lookup_failed(lookup, &failure))?);
            }
        }
        Ok(())
    }

    fn checked_arguments(&self, index: usize, arguments: &Value) -> Result<Value, Error> {
        let lookup = &self.desired.declarations.lookups[index];
        let Some(schema) = self.planner.providers.lookup(&lookup.name) else { return Ok(arguments.clone()) };
        let (checked, problems) = check::check(&lookup.name, &schema.arguments.properties, arguments);
        if problems.is_empty() {
            return Ok(checked);
        }
        let diagnostics = problems.into_iter().map(|problem| Diagnostic {
            severity: Severity::Error,
            message: format!("lookup {}: {} {}", lookup.name, problem.path, problem.message),
            urn: None,
            path: Some(problem.path.to_string()),
            sources: lookup.source.clone().into_iter().collect(),
        });
        Err(Error::Invalid(diagnostics.collect()))
    }

    fn lookup_failed(&self, index: usize, failure: &Failure) -> Error {
        let lookup = &self.desired.declarations.lookups[index];
        Error::Invalid(vec![Diagnostic {
            severity: Severity::Error,
            message: format!("lookup {} failed: {failure}", lookup.name),
            urn: None,
            path: None,
            sources: lookup.source.clone().into_iter().collect(),
        }])
    }

    async fn one(&mut self, index: usize, decided: &[Option<Decision>]) -> Result<Decision, Error> {
        let (node, declaration) = (&self.desired.nodes[index], self.desired.declaration(index));
        let current = self.state.current(&node.urn);
        let inputs = self.resolver.resolve(&declaration.inputs).await.map_err(|error| Error::Program(error.message))?;
        if declaration.component {
            let fate = if current.is_some() { Fate::Same } else { Fate::Create };
            return Ok(plain(fate, inputs.clone(), inputs));
        }
        if !self.planner.targets.takes(&node.urn) {
            let properties = current.map_or(Value::Unknown, |current| current.properties.clone());
            return Ok(plain(Fate::Same, inputs, properties));
        }
        let Some(kind) = self.planner.providers.kind(&declaration.kind).cloned() else {
            // The graph was built with the same providers.
            return Err(Error::Live(self.planner.providers.unknown_kind(&declaration.kind)));
        };
        let inputs = self.inputs(index, inputs, current, decided, &kind).await?;
        let record = current
            .or_else(|| self.state.copies(&node.urn).find(|record| record.standing == Standing::ReplacementPending));
        let unseen = Seen::NotAsked;
        let seen = record.and_then(|record| self.seen.get(&(node.urn.clone(), record.generation))).unwrap_or(&unseen);
        let fate_of = |at: usize| decided[at].as_ref().map(|decision| decision.fate);
        let container_replaced = node
            .deleted_with
            .is_some_and(|at| matches!(fate_of(at), Some(Fate::ReplaceCreateFirst | Fate::ReplaceDeleteFirst)));
        let forced = if container_replaced {
            Some("what it lives in is replaced".to_owned())
        } else {
            let asked = !self.planner.options.replace.is_empty()
                && Targets::new(&self.planner.options.replace).takes(&node.urn);
            asked.then(|| "--replace asks for it".to_owned())
        };
        let old_uses: BTreeSet<usize> = record
            .into_iter()
            .flat_map(|record| record.dependencies.iter())
            .filter_map(|urn| self.desired.index(urn))
            .collect();
        let upstream_goes_first =
            node.dependencies.union(&old_uses).any(|at| fate_of(*at) == Some(Fate::ReplaceDeleteFirst));
        Ok(decide::decide(Known {
            kind: &kind,
            inputs,
            record,
            seen,
            ignore_changes: &declaration.options.ignore_changes,
            replace_on_changes: &declaration.options.replace_on_changes,
            delete_before_replace: declaration.options.delete_before_replace,
            forced,
            upstream_goes_first,
        }))
    }

    /// Puts ignored inputs back, fills defaults in, and checks; everything that is wrong becomes a diagnostic.
    async fn inputs(
        &mut self,
        index: usize,
        mut inputs: Value,
        current: Option<&Record>,
        decided: &[Option<Decision>],
        kind: &kim_model::schema::Kind,
    ) -> Result<Value, Error> {
        let (node, declaration) = (&self.desired.nodes[index], self.desired.declaration(index));
        if let Some(current) = current {
            for path in diff::put_back(&mut inputs, &current.inputs, &declaration.options.ignore_changes) {
                let message = format!(
                    "{}: ignore_changes names {path}, which is not there, neither in the program nor in state",
                    node.urn
                );
                self.planner.notice(message);
            }
            if self.planner.options.offline {
                self.trust_lookups(index, &mut inputs, current, decided);
            }
        }
        let (inputs, mut problems) = check::check(&declaration.kind, &kind.properties, &inputs);
        let mut warnings = Vec::new();
        let same_as_before = current.is_some_and(|current| current.inputs == inputs);
        let asks = problems.is_empty() && !same_as_before;
        let provider = self.planner.providers.of_kind(&declaration.kind);
        if let Some(provider) = provider.filter(|provider| asks && provider.has_checks(&kind.name)) {
            let answer = provider.check(&declaration.kind, &inputs).await;
            let violations =
                answer.map_err(|failure| Error::Live(format!("{} could not be checked: {failure}", node.urn)))?;
            for violation in violations {
                let problem = check::Problem { path: violation.path, message: violation.message };
                if violation.warning { warnings.push(problem) } else { problems.push(problem) }
            }
        }
        let graded = problems
            .into_iter()
            .map(|p| (Severity::Error, p))
            .chain(warnings.into_iter().map(|p| (Severity::Warning, p)));
        for (severity, problem) in graded {
            let at = if problem.path.is_root() { String::new() } else { format!("{} ", problem.path) };
            self.planner.diagnostics.push(Diagnostic {
                severity,
                message: format!("{} '{}': {at}{}", declaration.kind, declaration.name, problem.message),
                urn: Some(node.urn.clone()),
                path: Some(problem.path.to_string()),
                sources: declaration.source.clone().into_iter().collect(),
            });
        }
        Ok(inputs)
    }

    /// Offline, a lookup is not made: an input that is unknown only because of one is taken to be as recorded.
    fn trust_lookups(&self, index: usize, inputs: &mut Value, current: &Record, decided: &[Option<Decision>]) {
        let Value::Map(map) = inputs else { return };
        for (name, reach) in &self.desired.nodes[index].inputs {
            let upstream_same = reach
                .resources
                .iter()
                .all(|at| decided[*at].as_ref().is_some_and(|decision| decision.fate == Fate::Same));
            let trusted = upstream_same && !reach.lookups.is_empty();
            if let Some(value) = map.get_mut(name).filter(|value| trusted && value.has_unknown()) {
                *value = current.inputs.get(name).cloned().unwrap_or_default();
            }
        }
    }
}

async fn look_up(providers: &Providers, name: &str, arguments: &Value) -> Result<Value, Failure> {
    match providers.of_lookup(name) {
        Some(provider) => retry::harmless(|| provider.look_up(name, arguments)).await,
        None => Err(Failure::Other(providers.unknown_lookup(name))),
    }
}

fn plain(fate: Fate, inputs: Value, properties: Value) -> Decision {
    Decision { fate, inputs, properties, changes: Vec::new(), reason: None, gone: false }
}

/// The record of a declared resource. `current` is the copy that stays (none for a new one); `live` what the cloud holds.
pub(crate) fn record_of(
    desired: &Desired,
    index: usize,
    decision: &Decision,
    current: Option<&Record>,
    live: Option<&Value>,
) -> Record {
    let (node, declaration) = (&desired.nodes[index], desired.declaration(index));
    let properties = match (live, current) {
        _ if declaration.component => decision.inputs.clone(),
        (_, Some(_)) if decision.fate == Fate::Same => decision.properties.clone(),
        (Some(live), _) => live.clone(),
        (None, Some(current)) => current.properties.clone(),
        (None, None) => Value::map(),
    };
    Record {
        urn: node.urn.clone(),
        generation: current.map_or(0, |current| current.generation),
        standing: Standing::Current,
        component: declaration.component,
        id: current.map_or(String::new(), |current| current.id.clone()),
        inputs: decision.inputs.clone(),
        properties,
        parent: node.parent.map(|parent| desired.nodes[parent].urn.clone()),
        dependencies: node.dependencies.iter().map(|at| desired.nodes[*at].urn.clone()).collect(),
        protect: declaration.options.protect,
        retain_on_delete: declaration.options.retain_on_delete,
        create_before_delete: decision.fate == Fate::ReplaceCreateFirst
            || current.is_some_and(|current| current.create_before_delete),
        deleted_with: node.deleted_with.map(|at| desired.nodes[at].urn.clone()),
        incomplete: None,
        tainted: false,
        source: declaration.source.clone(),
    }
}
