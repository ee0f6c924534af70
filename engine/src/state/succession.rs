//! How copies follow each other: a new one takes the place of the old, and what is gone is no longer mentioned.

use std::collections::BTreeSet;
use std::sync::Arc;

use kim_model::Urn;

use super::change::Change;
use super::record::{Record, Standing};
use super::stack_state::State;

/// The changes by which a new copy becomes the current one: what was current awaits deletion, what awaited its
/// replacement is dropped, and the next create gets another token. `gone`: the cloud no longer has what was current.
pub(crate) fn take_place(record: Record, state: &State, gone: bool) -> Vec<Change> {
    let mut changes = Vec::new();
    for old in state.copies(&record.urn).filter(|old| old.generation != record.generation) {
        match old.standing {
            Standing::Current if gone => changes.push(Change::Remove(old.urn.clone(), old.generation)),
            Standing::Current => {
                changes.push(Change::Put(Arc::new(Record { standing: Standing::Replaced, ..old.clone() })));
            }
            Standing::ReplacementPending => changes.push(Change::Remove(old.urn.clone(), old.generation)),
            Standing::Replaced => {}
        }
    }
    changes.push(Change::NextGeneration(record.urn.clone(), record.generation + 1));
    changes.push(Change::Put(Arc::new(record)));
    changes
}

/// A record that no longer mentions what is lost.
pub(crate) fn without(record: &Record, lost: &BTreeSet<&Urn>) -> Record {
    let mut record = record.clone();
    record.dependencies.retain(|urn| !lost.contains(urn));
    record.deleted_with.take_if(|urn| lost.contains(urn));
    record
}
