//! Plans: drives the pure decisions with what the program, cloud and store return.
//!
//! Changes nothing, neither in the cloud nor in state: what recovery would settle is kept for the
//! apply.

mod context;
mod decisions;
mod planner;
mod plugin_queries;

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::Declarations;
use tokio::sync::Mutex;

use crate::decide::steps::{self, StepPlan};
use crate::decide::{Observed, Targets, alias, order, refresh};
use crate::desired::{self, Desired};
use crate::error::Error;
use crate::event::{Diagnostic, Events, Severity};
use crate::options::Options;
use crate::plan::{Fate, Operation, Plan, Step};
use crate::ports::{Ran, Transforms};
use crate::providers::Providers;
use crate::resolve::Resolver;
use crate::stack::Stack;
use crate::state::{CopyId, State, StateChange, validate};
use decisions::Decider;
use planner::Planner;

pub(crate) use context::ApplyContext;

/// Plans an operation.
pub(crate) async fn prepare(
    stack: &Stack,
    operation: Operation,
    options: &Options,
    events: &Arc<dyn Events>,
) -> Result<(Plan, Vec<Diagnostic>, ApplyContext), Error> {
    let providers = Providers::new(stack.providers.clone());
    let targets = Targets::new(&options.targets);
    let mut planner =
        Planner { stack, options, events, operation, providers, targets, diagnostics: Vec::new() };
    // Neither needs the other, and both take a while.
    let (base, ran) = tokio::join!(stack.store.load(&stack.id), planner.run_program());
    let base = base?;
    let faults = validate(&base);
    if !faults.is_empty() {
        return Err(Error::InvalidState(faults));
    }
    // A destroy or a refresh has no program: it declares nothing.
    let Ran { declarations, transforms } =
        ran?.unwrap_or_else(|| Ran::without_closures(Declarations::default()));
    // Faults of the declarations are reported before any cloud is asked.
    let desired =
        desired::build(declarations, &stack.id, &planner.providers).map_err(Error::Invalid)?;
    let places = planner.places(&base).await?;
    let recovery = planner.recovery(&base).await?;
    let mut state = base.clone();
    for change in &recovery {
        state.apply(change);
    }

    let renames =
        alias::renames(&desired.declarations, &stack.id, &state).map_err(Error::Invalid)?;
    state.apply_all(&renames);
    let recovery: Vec<StateChange> = recovery.into_iter().chain(renames).chain(places).collect();
    let seen = planner.look(&state).await?;
    let found = Found { base, recovery, state, seen };
    match operation {
        Operation::Refresh => planner.refresh(found),
        _ => planner.plan(desired, transforms, found).await,
    }
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
}

impl Planner<'_> {
    async fn plan(
        mut self,
        desired: Desired,
        transforms: Box<dyn Transforms>,
        found: Found,
    ) -> Result<(Plan, Vec<Diagnostic>, ApplyContext), Error> {
        let Found { base, recovery, state, seen } = found;
        let resolver = Mutex::new(Resolver::new(Arc::clone(&desired.declarations), transforms));
        let unchecked = Vec::new();
        let mut decider = Decider {
            planner: &mut self,
            desired: &desired,
            state: &state,
            seen: &seen,
            resolver,
            unchecked,
        };
        let decisions = decider.decide_all().await?;
        let exports = decider.exports().await?;
        let Decider { resolver, unchecked, .. } = decider;
        self.check_rules(unchecked, &decisions, &desired).await?;

        let step_plan = StepPlan {
            operation: self.operation,
            targets: &self.targets,
            desired: &desired,
            decisions: &decisions,
            state: &state,
            seen: &seen,
            above_targets: steps::above_targets(&desired, &self.targets),
        };
        let removals = step_plan.removals();
        self.diagnostics.extend(step_plan.protected(&removals));
        self.diagnostics.extend(step_plan.missing(&removals));
        let errors: Vec<Diagnostic> = self
            .diagnostics
            .iter()
            .filter(|one| one.severity == Severity::Error)
            .cloned()
            .collect();
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let fates: Vec<Fate> = decisions.iter().map(|decision| decision.fate).collect();
        let main: Vec<Option<Step>> =
            (0..decisions.len()).map(|index| step_plan.step_for(index)).collect();
        let steps = order::order(&desired, &fates, &main, &removals, &state).map_err(circular)?;
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
            base,
            recovery,
            refreshed: BTreeMap::new(),
        };
        Ok((plan, self.diagnostics, context))
    }

    /// Plans a refresh, which records what the cloud holds.
    fn refresh(self, found: Found) -> Result<(Plan, Vec<Diagnostic>, ApplyContext), Error> {
        let Found { base, recovery, state, seen } = found;
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
            base,
            recovery,
            refreshed,
        };
        Ok((plan, self.diagnostics, context))
    }
}

fn circular(circle: Vec<Step>) -> Error {
    let path: Vec<String> = circle
        .iter()
        .map(|step| format!("{:?} {}", step.action, step.urn.qualified_name()))
        .collect();
    let message = format!(
        "these steps wait for each other in a circle: {}; replace one of the resources in the other order (delete_before_replace)",
        path.join(" -> ")
    );
    Error::Invalid(vec![
        Diagnostic::error(message).about(circle.first().map(|step| step.urn.clone())),
    ])
}
