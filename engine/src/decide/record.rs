//! The record of a declared resource.

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::{Urn, Value};

use super::decision::Decision;
use super::diff::mark_secrets;
use super::ignored::put_back;
use crate::desired::Desired;
use crate::plan::Fate;
use crate::state::{Record, Standing, State};

/// Returns the record of a declared resource.
///
/// `current` is the copy that stays; `None` for a new one. `state` has the present copies of what
/// it is replaced with.
pub(crate) fn record_of(
    desired: &Desired,
    index: usize,
    decision: &Decision,
    current: Option<&Record>,
    state: &State,
) -> Record {
    let (node, declaration) = (&desired.nodes[index], desired.declaration(index));
    let properties = match current {
        _ if declaration.component => decision.inputs.clone(),
        Some(current) if decision.fate == Fate::Same => {
            // A drift inside an ignored path does not count as applied.
            let mut properties = decision.properties.clone();
            if !declaration.options.ignore_changes.is_empty() {
                put_back(
                    Arc::make_mut(&mut properties),
                    &current.properties,
                    &declaration.options.ignore_changes,
                );
                let hidden = &declaration.options.secret_outputs;
                mark_secrets(Arc::make_mut(&mut properties), hidden);
            }
            properties
        }
        Some(current) => current.properties.clone(),
        None => Arc::new(Value::map()),
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
        protect: declaration.options.protect == Some(true),
        retain_on_delete: declaration.options.retain_on_delete == Some(true),
        create_before_delete: decision.fate == Fate::ReplaceCreateFirst
            || current.is_some_and(|current| current.create_before_delete),
        deleted_with: node.deleted_with.map(|at| desired.nodes[at].urn.clone()),
        incomplete: None,
        unfinished: None,
        tainted: false,
        source: declaration.source.clone(),
        follows: follows(desired, index, state),
        timeouts: declaration.options.timeouts,
        secret_outputs: declaration.options.secret_outputs.clone(),
    }
}

/// Returns the present generations of what a resource is replaced with.
///
/// That includes the container that it is deleted with.
fn follows(desired: &Desired, index: usize, state: &State) -> BTreeMap<Urn, u64> {
    let node = &desired.nodes[index];
    let followed = node.replace_with.iter().chain(&node.deleted_with);
    let followed = followed.map(|at| &desired.nodes[*at].urn);
    let present = followed.filter_map(|urn| state.current(urn));
    let present = present.filter(|record| !record.component);
    present.map(|record| (record.urn.clone(), record.generation)).collect()
}
