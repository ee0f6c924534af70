//! After a crash: what became of the operations that an earlier run had begun?
//!
//! Each open intent is settled by asking the cloud: what did its token create? Nothing is repeated here; the plan that
//! follows sees the settled state and finishes what was not done. A create that is not found keeps its generation, so a
//! repetition goes out under the same token and a late arrival cannot make a duplicate.

use std::sync::Arc;

use kim_model::Value;

use crate::ports::LiveState;
use crate::providers::Providers;
use crate::retry;
use crate::state::{Action, Change, Intent, Record, Standing, State};

/// The changes that settle every open intent of a state. An error names the resource.
pub(crate) async fn recover(state: &State, providers: &Providers) -> Result<Vec<Change>, String> {
    let mut changes = Vec::new();
    for intent in state.intents.values() {
        changes.extend(settle(intent, state, providers).await?);
        changes.push(Change::Settle(intent.id));
    }
    Ok(changes)
}

async fn settle(intent: &Intent, state: &State, providers: &Providers) -> Result<Vec<Change>, String> {
    let recorded = state.resources.get(&(intent.urn.clone(), intent.generation));
    Ok(match (intent.action, recorded) {
        (Action::Create | Action::CreateReplacement, None) => {
            let found = find(intent, providers).await?;
            found.map_or(Vec::new(), |live| adopt(intent, live, state))
        }
        // The id was saved; whether it settled is not known.
        (Action::Create | Action::CreateReplacement, Some(_)) => Vec::new(),
        (Action::Update, Some(record)) => {
            let incomplete = Some("an update was interrupted".to_owned());
            vec![Change::Put(Arc::new(Record { incomplete, ..Record::clone(record) }))]
        }
        // A delete is looked at by the live read of the plan that follows, and repeated where needed.
        _ => Vec::new(),
    })
}

async fn find(intent: &Intent, providers: &Providers) -> Result<Option<LiveState>, String> {
    let kind = intent.urn.kind();
    let provider = providers.of_kind(kind).ok_or_else(|| {
        format!("{} was being created when a run was cut off, but {}", intent.urn, providers.unknown_kind(kind))
    })?;
    let inputs: &Value = &intent.record.inputs;
    retry::harmless(|| provider.find(kind, &intent.token, inputs)).await.map_err(|failure| {
        format!(
            "{} was being created when a run was cut off, and whether it exists could not be found out: {failure}. Nothing was changed; run it again",
            intent.urn
        )
    })
}

/// The changes that record what a create made: the new copy takes the place of the old one.
pub(crate) fn adopt(intent: &Intent, live: LiveState, state: &State) -> Vec<Change> {
    let record = Record {
        id: live.id,
        properties: Arc::new(live.properties),
        incomplete: Some("the run that created it was cut off".to_owned()),
        ..intent.record.clone()
    };
    take_place(record, state, false)
}

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
