//! A refresh: records what the cloud holds. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kim_model::{Difference, Urn, Value};
use petgraph::stable_graph::StableDiGraph;

use super::observed::Observed;
use super::{diff, ignored, spelling};
use crate::plan::{Fate, PropertyChange, ResourceChange, Step};
use crate::ports::LiveState;
use crate::providers::Providers;
use crate::state::succession::without;
use crate::state::{Action, CopyId, Record, Standing, State};

type Refreshed = (Vec<ResourceChange>, BTreeMap<CopyId, Record>, StableDiGraph<Step, ()>);

/// Returns what a refresh records: changed properties, and inputs that drifted.
///
/// The next preview then shows the difference to the program. What is missing from the cloud is
/// dropped.
pub(crate) fn refresh(
    state: &State,
    seen: &BTreeMap<CopyId, Observed>,
    providers: &Providers,
) -> Refreshed {
    let mut resources = Vec::new();
    let mut records = BTreeMap::new();
    let mut steps = StableDiGraph::new();
    let mut nodes = BTreeMap::new();
    let lost = lost(state, seen);
    for recorded in state.records() {
        let copy = recorded.copy_id();
        let record = &without(recorded, &lost);
        let (fate, changes) = match seen.get(&copy) {
            Some(Observed::Missing) => (Fate::Forget, Vec::new()),
            Some(Observed::Present(live)) => {
                let (updated, changes) = update(record, live, providers);
                if updated == *recorded {
                    (Fate::Same, changes)
                } else {
                    records.insert(copy.clone(), updated);
                    (if changes.is_empty() { Fate::Same } else { Fate::Record }, changes)
                }
            }
            _ => {
                if record != recorded {
                    records.insert(copy.clone(), record.clone());
                }
                (Fate::Same, Vec::new())
            }
        };
        let action = match fate {
            Fate::Forget => Some(Action::Forget),
            _ if records.contains_key(&copy) => Some(Action::Record),
            _ => None,
        };
        if let Some(action) = action {
            let node =
                steps.add_node(Step { urn: copy.urn.clone(), action, generation: copy.generation });
            nodes.insert(copy, node);
        }
        if record.standing == Standing::Current {
            resources.push(ResourceChange {
                urn: record.urn.clone(),
                parent: record.parent.clone(),
                component: record.component,
                fate,
                changes,
                source: record.source.clone(),
                reason: (fate == Fate::Forget).then(|| "it is gone from the cloud".to_owned()),
                micros_a_month: None,
                price_basis: None,
            });
        }
    }
    // Update referencing records before dropping what they reference, so an interrupt never leaves
    // a dangling reference.
    for record in state.records() {
        let Some(&first) = nodes.get(&record.copy_id()) else { continue };
        let mentioned =
            record.dependencies.iter().chain(&record.parent).chain(&record.deleted_with);
        for copy in mentioned.filter(|urn| lost.contains(urn)).flat_map(|urn| state.copies(urn)) {
            if let Some(&second) = nodes.get(&copy.copy_id()) {
                steps.update_edge(first, second, ());
            }
        }
    }
    (resources, records, steps)
}

/// Returns the URNs of which no copy exists any more.
fn lost<'s>(state: &'s State, seen: &BTreeMap<CopyId, Observed>) -> BTreeSet<&'s Urn> {
    let gone = |record: &Record| seen.get(&record.copy_id()) == Some(&Observed::Missing);
    state.records().map(|record| &record.urn).filter(|urn| state.copies(urn).all(gone)).collect()
}

/// Returns a change from what was to what is.
fn backwards(change: PropertyChange) -> PropertyChange {
    let inside = change.inside.into_iter();
    let inside = inside.map(|part| Difference { old: part.new, new: part.old, ..part }).collect();
    PropertyChange { old: change.new, new: change.old, inside, ..change }
}

fn update(
    record: &Record,
    live: &LiveState,
    providers: &Providers,
) -> (Record, Vec<PropertyChange>) {
    let Some(kind) = providers.kind(record.urn.kind()) else { return (record.clone(), Vec::new()) };
    let hidden = &record.secret_outputs;
    let properties = spelling::as_recorded(kind, &live.properties, record);
    let properties = diff::carry_secrets(kind, &record.inputs, hidden, properties);
    let properties = diff::keep_secrets(record, &record.inputs, properties);
    // Seen from the recorded inputs, everything that differs is drift.
    let changes: Vec<PropertyChange> = diff::diff(kind, &record.inputs, record, Some(&properties))
        .into_iter()
        .map(backwards)
        .collect();
    let mut inputs = Value::clone(&record.inputs);
    for PropertyChange { path, .. } in &changes {
        let held = properties.at(path).filter(|value| *value != Value::Null);
        ignored::set(&mut inputs, path.steps(), held);
    }
    let inputs = diff::carry_secrets(kind, &record.inputs, hidden, inputs);
    let (inputs, properties) = (Arc::new(inputs), Arc::new(properties));
    (Record { inputs, properties, id: live.id.clone(), ..record.clone() }, changes)
}
