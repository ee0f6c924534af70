//! Plans: drives the pure decisions with what the program, cloud and store return.
//!
//! Changes nothing, neither in the cloud nor in state: what recovery would settle is kept for the
//! apply.

mod context;
mod decisions;
mod early;
mod planner;
mod plugin_queries;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kim_model::{Declarations, Urn};
use tokio::sync::Mutex;

use crate::decide::holds::Holds;
use crate::decide::order::{Handover, OrderInput};
use crate::decide::steps::{self, StepPlan};
use crate::decide::{
    Afterwards, Decision, Handovers, Observed, Targets, alias, keys, order, refresh,
};
use crate::desired::{self, Desired};
use crate::error::{Error, LiveError};
use crate::event::{Diagnostic, Severity};
use crate::options::Options;
use crate::plan::{Fate, Operation, Plan, Step};
use crate::ports::Ran;
use crate::providers::Providers;
use crate::resolve::Resolver;
use crate::stack::Stack;
use crate::state::validate::{Mended, mend, names_ambiguously, validate};
use crate::state::{Action, CopyId, StackId, State, StateChange};
use crate::watch::Watch;
use decisions::Decider;
use early::Early;
use planner::{Places, Planner};

pub(crate) use context::ApplyContext;

/// Plans an operation.
pub(crate) async fn prepare(
    stack: &Stack,
    operation: Operation,
    options: &Options,
    Watch { events, interrupt, .. }: &Watch,
) -> Result<(Plan, Vec<Diagnostic>, ApplyContext), Error> {
    let gated = stack.providers.iter().map(|provider| stack.gate.provider(Arc::clone(provider)));
    let gated = gated.collect();
    // After the gate has the names of properties.
    stack.gate.learn(&stack.settings);
    let providers = Providers::new(gated)?;
    let targets = Targets::new(&options.targets, &options.exclude);
    let is_asked = !options.replace.is_empty();
    let replaced = is_asked.then(|| Targets::new(&options.replace, &[]));
    let diagnostics = Vec::new();
    let mut planner = Planner {
        stack,
        options,
        events,
        interrupt,
        operation,
        providers,
        targets,
        replaced,
        diagnostics,
    };
    // Neither needs the other, and both take a while.
    let (base, ran) = tokio::join!(stack.store.load(&stack.id), planner.run_program());
    let base = base?;
    if names_ambiguously(&base) {
        return Err(Error::InvalidState(validate(&base)));
    }
    // A destroy or a refresh has no program: it declares nothing.
    let Ran { declarations, transforms } =
        ran?.unwrap_or_else(|| Ran::without_closures(Declarations::default()));
    planner.learn_recorded(&base, &declarations);
    let bad_names = stack.gate.bad_names(&declarations);
    if !bad_names.is_empty() {
        return Err(Error::Invalid(bad_names));
    }
    // Faults of the declarations are reported before any cloud is asked.
    let desired = build(declarations, stack.id.clone(), planner.providers.clone()).await?;
    let mut resolver = Resolver::new(Arc::clone(&desired.declarations), transforms);
    planner.expect_matches(&base, &desired)?;
    let early = Early { desired: &desired, base: &base, resolver: &mut resolver };
    planner.check_early(early).await?;
    let lookups = steps::lookups(&desired, &planner.targets);
    let Places { changes: places, unknown } = planner.places(&base, &desired, &lookups).await?;
    let recovery = planner.recovery(&base).await?;
    let mut state = base.clone();
    for change in &recovery {
        state.apply(change);
    }
    let second_looks = planner.look_again(&base, &mut state).await;

    let renames =
        alias::renames(&desired.declarations, &stack.id, &state).map_err(Error::Invalid)?;
    state.apply_all(&renames);
    let Mended { changes: mended, notices } = mend(&mut state);
    notices.into_iter().for_each(|notice| planner.notice(notice));
    let recovery = recovery.into_iter().chain(second_looks).chain(renames);
    let recovery: Vec<StateChange> = recovery.chain(mended).chain(places).collect();
    let seen = planner.look(&state).await?;
    planner.expect_placed(unknown, &seen)?;
    let found = Found { base, recovery, state, seen, lookups };
    match operation {
        Operation::Refresh => planner.refresh(found),
        _ => planner.plan(desired, Mutex::new(resolver), found).await,
    }
}

/// Builds the desired graph on another thread.
///
/// So an interrupt is seen meanwhile.
async fn build(
    declarations: Declarations,
    stack: StackId,
    providers: Providers,
) -> Result<Desired, Error> {
    let building =
        tokio::task::spawn_blocking(move || desired::build(declarations, &stack, &providers));
    let built = building.await.map_err(|source| LiveError::CutOff { what: "graph", source })?;
    built.map_err(Error::Invalid)
}

/// What is recorded of the stack, and what the cloud holds.
struct Found {
    /// The state as it was loaded.
    base: State,
    /// The changes that an apply records before anything else.
    ///
    /// See [`ApplyContext::recovery`].
    recovery: Vec<StateChange>,
    /// The state with those changes.
    state: State,
    /// What the cloud was seen to hold of each copy.
    seen: BTreeMap<CopyId, Observed>,
    /// The lookups that the run may make, by index.
    lookups: BTreeSet<usize>,
}

impl Planner<'_> {
    async fn plan(
        mut self,
        desired: Desired,
        resolver: Mutex<Resolver>,
        found: Found,
    ) -> Result<(Plan, Vec<Diagnostic>, ApplyContext), Error> {
        let Found { base, recovery, state, seen, lookups } = found;
        let unchecked = Vec::new();
        let above_targets = steps::above_targets(&desired, &self.targets);
        let holds = Holds::new(&state, &seen, &self.providers);
        let mut decider = Decider {
            planner: &mut self,
            desired: &desired,
            state: &state,
            seen: &seen,
            lookups: &lookups,
            holds: &holds,
            resolver,
            above_targets: &above_targets,
            unchecked,
        };
        let decisions = decider.decide_all().await?;
        let exports = decider.exports().await?;
        let Decider { resolver, unchecked, .. } = decider;
        let unchecked = unchecked.into_iter().map(|at| (at, Arc::clone(&decisions[at].inputs)));
        self.check_rules(unchecked.collect(), &desired).await?;

        let step_plan = StepPlan {
            operation: self.operation,
            targets: &self.targets,
            providers: &self.providers,
            desired: &desired,
            decisions: &decisions,
            state: &state,
            seen: &seen,
            holds: &holds,
            above_targets,
        };
        let mut removals = step_plan.removals();
        self.diagnostics.extend(step_plan.protected(&removals));
        self.diagnostics.extend(step_plan.unserved(&removals));
        let main: Vec<Option<Step>> =
            (0..decisions.len()).map(|index| step_plan.step_for(index)).collect();
        self.diagnostics.extend(keys::shared(&desired, &self.providers, |index| {
            self.targets
                .takes(&desired.nodes[index].urn)
                .then(|| decisions[index].properties.as_ref())
        }));
        self.diagnostics.extend(step_plan.against_keys());
        let Handovers { all: handovers, errors } = step_plan.handovers(&main, &removals);
        self.diagnostics.extend(errors);
        if !self.options.delete_renamed {
            self.diagnostics.extend(step_plan.renamed(&removals, &handovers));
        }
        self.diagnostics.extend(step_plan.still_held(&removals));
        let afterwards = Afterwards::new(&desired, &main, &self.targets, &state);
        self.diagnostics.extend(step_plan.missing(&main, &afterwards, &removals));
        let errors: Vec<Diagnostic> = self
            .diagnostics
            .iter()
            .filter(|one| one.severity == Severity::Error)
            .cloned()
            .collect();
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let moves = step_plan.moves();
        let fates: Vec<Fate> = decisions.iter().map(|decision| decision.fate).collect();
        let delete_first = step_plan.delete_first();
        let uncertain: Vec<bool> = decisions.iter().map(Decision::may_be_needless).collect();
        let steps = loop {
            let ordered = order::order(&OrderInput {
                desired: &desired,
                afterwards: &afterwards,
                fates: &fates,
                delete_first: &delete_first,
                uncertain: &uncertain,
                main: &main,
                going: &removals,
                handovers: &handovers,
                holds: &holds,
                moves: &moves,
                state: &state,
            });
            match ordered {
                Ok(steps) => break steps,
                // What would go with its container may have to go before that.
                Err(circle) if step_plan.delete_separately(&circle, &mut removals) => {}
                Err(circle) => {
                    // A rename that nobody declared may be why, and then is what to mend.
                    let mut errors = self.diagnostics;
                    errors.retain(|one| one.severity == Severity::Warning);
                    errors.push(circular(&circle, &desired, &handovers));
                    return Err(Error::Invalid(errors));
                }
            }
        };
        let lifts = step_plan.lifts(&removals);
        let mut resources = step_plan.changes(&removals);
        let unpriced = self.estimate_costs(&decisions, &desired, &mut resources).await;
        let estimates = desired.declarations.estimates.clone();
        let plan =
            Plan { operation: self.operation, resources, steps, exports, estimates, unpriced };
        let context = ApplyContext {
            desired: Arc::new(desired),
            decisions,
            resolver,
            providers: self.providers,
            lookups,
            base,
            recovery,
            lifts,
            refreshed: BTreeMap::new(),
        };
        Ok((plan, self.diagnostics, context))
    }

    /// Plans a refresh, which records what the cloud holds.
    fn refresh(self, found: Found) -> Result<(Plan, Vec<Diagnostic>, ApplyContext), Error> {
        let Found { base, recovery, state, seen, lookups } = found;
        let (resources, refreshed, steps) = refresh::refresh(&state, &seen, &self.providers);
        let exports = state.exports.clone();
        let plan = Plan {
            operation: self.operation,
            resources,
            steps,
            exports,
            estimates: Vec::new(),
            unpriced: 0,
        };
        let Ran { declarations, transforms } = Ran::without_closures(Declarations::default());
        let context = ApplyContext {
            desired: Arc::new(Desired::default()),
            decisions: Vec::new(),
            resolver: Mutex::new(Resolver::new(Arc::new(declarations), transforms)),
            providers: self.providers,
            lookups,
            base,
            recovery,
            lifts: BTreeMap::new(),
            refreshed,
        };
        Ok((plan, self.diagnostics, context))
    }
}

/// Returns the error for steps that wait for each other.
fn circular(circle: &[Step], desired: &Desired, handovers: &[Handover<'_>]) -> Diagnostic {
    let path: Vec<String> = circle.iter().chain(circle.first()).map(in_words).collect();
    let advice = advice(circle, desired, handovers);
    let message =
        format!("these steps wait for each other in a circle: {}; {advice}", path.join(" -> "));
    let places: BTreeSet<usize> =
        circle.iter().filter_map(|step| desired.index(&step.urn)).collect();
    let sources = places.into_iter().filter_map(|at| desired.declaration(at).source.clone());
    let first = circle.first().map(|step| step.urn.clone());
    Diagnostic::error(message).about(first).declared_at(sources)
}

/// Returns what to do about steps that wait for each other.
fn advice(circle: &[Step], desired: &Desired, handovers: &[Handover<'_>]) -> String {
    let other_order = "replace one of the resources in the other order (delete_before_replace)";
    let is_part = |urn: &Urn| circle.iter().any(|step| step.urn == *urn);
    let handover = handovers.iter().find(|Handover { from, to, .. }| {
        let taker = &desired.nodes[*to].urn;
        from.urn != *taker && is_part(&from.urn) && is_part(taker)
    });
    let Some(Handover { from, to, key }) = handover else { return other_order.to_owned() };
    let (taker, giver) = (&desired.nodes[*to].urn, from.urn.qualified_name());
    let first = match desired.index(&from.urn) {
        Some(_) => format!("give {giver} another"),
        None => format!("remove {giver}"),
    };
    let replaces = circle.iter().any(|step| step.action == Action::CreateReplacement);
    let or = if replaces { format!(", or {other_order}") } else { String::new() };
    format!(
        "{} takes {} from {giver}, which no two have; first {first} in a run of its own{or}",
        taker.qualified_name(),
        keys::names(key)
    )
}

/// Returns a step in words.
fn in_words(step: &Step) -> String {
    let action = match step.action {
        Action::Create => "create",
        Action::CreateReplacement => "create the new",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::DeleteReplaced => "delete the old",
        Action::Forget => "forget",
        Action::Record => "record",
    };
    format!("{action} {}", step.urn.qualified_name())
}
