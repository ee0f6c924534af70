//! Records the stack's outputs at the end of a run.
//!
//! Invariant: only what was made is recorded. An output that draws on anything else keeps its last
//! value, and has none if there was none.

use std::collections::{BTreeMap, BTreeSet};

use kim_model::{Urn, Value};

use super::error::StepError;
use super::run::Run;
use super::schedule::Outcome;
use crate::plan::Operation;
use crate::state::StateChange;

/// Records the stack's outputs, as far as they changed.
///
/// A destroy drops them with the last resource.
pub(super) async fn record(run: &Run, operation: Operation, outcome: &mut Outcome) {
    let old = run.state().exports.clone();
    let is_empty = run.state().resources.is_empty();
    let exports = match operation {
        Operation::Up => exports(run, &old, outcome).await,
        Operation::Destroy if is_empty => BTreeMap::new(),
        _ => return,
    };
    if exports != old
        && let Err(error) = run.commit(vec![StateChange::Exports(exports)]).await
    {
        outcome.problem(&error.into());
    }
}

/// Returns the outputs that the program declares, each with its last true value.
///
/// After a failed run, those that the program no longer declares stay.
async fn exports(
    run: &Run,
    old: &BTreeMap<String, Value>,
    outcome: &mut Outcome,
) -> BTreeMap<String, Value> {
    let unmade = unmade(run, &outcome.unmade);
    run.resolver.lock().await.withdraw(&unmade);
    let due = run.desired.lookups_of_exports().intersection(&run.lookups).copied().collect();
    match run.make_lookups(due).await {
        Ok(()) => {}
        Err(StepError::Interrupted { .. }) => outcome.interrupt(),
        Err(error) => outcome.problem(&error),
    }
    let mut exports = BTreeMap::new();
    for (name, value) in &run.desired.declarations.exports {
        match run.resolver.lock().await.resolve(value).await {
            Ok(value) if !value.has_unknown() => {
                exports.insert(name.clone(), value);
            }
            Ok(_) => exports
                .extend(old.get_key_value(name).map(|(name, old)| (name.clone(), old.clone()))),
            Err(source) => {
                outcome
                    .problem(&StepError::Output { name: name.clone(), source: Box::new(source) });
            }
        }
    }
    if !outcome.is_success() {
        for (name, value) in old {
            exports.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    exports
}

/// Returns the declared resources that are not made, or not complete.
fn unmade(run: &Run, steps: &BTreeSet<Urn>) -> BTreeSet<usize> {
    let state = run.state();
    let is_unmade = |urn: &Urn| {
        steps.contains(urn) || state.current(urn).is_none_or(|record| record.incomplete.is_some())
    };
    let nodes = run.desired.nodes.iter().enumerate();
    nodes.filter(|(_, node)| is_unmade(&node.urn)).map(|(index, _)| index).collect()
}
