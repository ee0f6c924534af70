//! How copies succeed each other: a new copy supersedes the old one.
//!
//! No record refers to a deleted copy.

use std::collections::BTreeSet;
use std::sync::Arc;

use kim_model::Urn;

use super::change::StateChange;
use super::record::{Record, Standing};
use super::stack_state::State;

/// Returns the changes by which a new copy becomes the current one.
///
/// The current copy awaits deletion, one that awaited its replacement is dropped, and the next
/// create gets another token. `gone`: the cloud no longer has the current copy.
///
/// Whether the old copy is retained is decided now: by the program that replaces it.
pub(crate) fn supersede(record: Record, state: &State, gone: bool) -> Vec<StateChange> {
    let mut changes = Vec::new();
    for old in state.copies(&record.urn).filter(|old| old.generation != record.generation) {
        match old.standing {
            // What has the same id is the same thing: it was deleted, and created under its name.
            _ if old.id == record.id && !record.component => {
                changes.push(StateChange::Remove(old.copy_id()));
            }
            Standing::Current if gone => changes.push(StateChange::Remove(old.copy_id())),
            Standing::Current => {
                changes.push(StateChange::PutRecord(Arc::new(Record {
                    standing: Standing::Replaced,
                    retain_on_delete: record.retain_on_delete,
                    ..old.clone()
                })));
            }
            Standing::ReplacementPending => changes.push(StateChange::Remove(old.copy_id())),
            Standing::Replaced => {}
        }
    }
    // Generations may have been skipped, whose tokens must not be used again either.
    let next = state.next_generation(&record.urn).max(record.generation + 1);
    changes.push(StateChange::NextGeneration { urn: record.urn.clone(), next });
    changes.push(StateChange::PutRecord(Arc::new(record)));
    changes
}

/// Returns the record without references to the lost resources.
pub(crate) fn without(record: &Record, lost: &BTreeSet<&Urn>) -> Record {
    let mut record = record.clone();
    record.dependencies.retain(|urn| !lost.contains(urn));
    record.follows.retain(|urn, _| !lost.contains(urn));
    record.deleted_with.take_if(|urn| lost.contains(urn));
    record
}
