//! Recovers after a killed run: finds out what its open intents came to.
//!
//! Each open intent is settled by asking the cloud what its token created. Nothing is repeated
//! here; the plan that follows sees the settled state and finishes what was not done. A create that
//! is not found stays in doubt, and later runs look for it again (`doubts`). It is repeated under
//! the same token if its kind takes tokens and its inputs are the same, so that a call that is
//! still in flight cannot create a duplicate, and under a new token otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::Value;
use kim_model::schema::Kind;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::answer::Asked;
use super::find_created::{self, looks_for};
use crate::decide::diff;
use crate::error::LiveError;
use crate::event::Events;
use crate::interrupt::Interrupt;
use crate::ports::LiveState;
use crate::providers::Providers;
use crate::state::succession::supersede;
use crate::state::{
    ADOPTED, Action, Doubt, Intent, Record, Standing, State, StateChange, Unfinished,
};

/// The largest number of tokens that are looked up at once.
const LOOKUPS_AT_A_TIME: usize = 16;

/// Returns the changes that settle every open intent of a state.
///
/// An error names the resource. Dropping the future stops the lookups. `now` is in milliseconds
/// since 1970.
pub(crate) async fn recover(
    state: &State,
    providers: &Providers,
    events: &Arc<dyn Events>,
    now: i64,
) -> Result<Vec<StateChange>, LiveError> {
    let mut made = find(state, providers, events).await?;
    // Each intent is settled with what those before it came to: two may be of one resource.
    let (mut settled, mut changes) = (state.clone(), Vec::new());
    for intent in state.intents.values() {
        let made = made.remove(&intent.id);
        let made = made.zip(providers.kind(intent.urn.kind()).map(Arc::as_ref));
        let mut own = settle(intent, made, &settled, now);
        own.push(StateChange::CloseIntent(intent.id));
        for change in &own {
            settled.apply(change);
        }
        changes.extend(own);
    }
    Ok(changes)
}

/// Returns the recorded copy that an intent is about.
fn recorded<'s>(intent: &Intent, state: &'s State) -> Option<&'s Arc<Record>> {
    state.resources.get(&intent.copy_id())
}

/// Returns the creates whose answers were not recorded.
///
/// It is unknown if they created anything.
pub(crate) fn unanswered(state: &State) -> impl Iterator<Item = &Intent> {
    state.intents.values().filter(|intent| {
        matches!(intent.action, Action::Create | Action::CreateReplacement)
            && recorded(intent, state).is_none()
    })
}

/// Returns the changes that settle an intent, without closing it.
///
/// `made`: what a lookup of its token found, if one was made.
fn settle(
    intent: &Intent,
    made: Option<(LiveState, &Kind)>,
    state: &State,
    now: i64,
) -> Vec<StateChange> {
    match (intent.action, recorded(intent, state)) {
        (Action::Create | Action::CreateReplacement, None) => match made {
            Some((live, kind)) => adopt(intent, live, kind, state),
            None => vec![doubt(intent, now)],
        },
        // The id was saved; it is not known if the resource became ready.
        (Action::Create | Action::CreateReplacement, Some(_)) => Vec::new(),
        (Action::Update, Some(record)) => {
            let incomplete = Some("an update was interrupted".to_owned());
            let record = Record { incomplete, ..Record::clone(record) };
            let record = diff::perhaps_with(record, &intent.record.inputs);
            vec![StateChange::PutRecord(Arc::new(record))]
        }
        // The live read of the plan that follows shows if the resource is gone. If it is not, it
        // may be deleted in part, which a read need not show.
        (Action::Delete | Action::DeleteReplaced, Some(record))
            if record.standing == Standing::Current =>
        {
            let half_deleted = Record {
                incomplete: Some("a delete was interrupted".to_owned()),
                unfinished: Some(Unfinished::Delete),
                ..Record::clone(record)
            };
            vec![StateChange::PutRecord(Arc::new(half_deleted))]
        }
        // An old copy is deleted in any case.
        _ => Vec::new(),
    }
}

/// Returns what the unanswered creates created, by the numbers of their intents.
///
/// When a run was killed is not recorded, so each create may still be in flight.
async fn find(
    state: &State,
    providers: &Providers,
    events: &Arc<dyn Events>,
) -> Result<BTreeMap<u64, LiveState>, LiveError> {
    let limit = Arc::new(Semaphore::new(LOOKUPS_AT_A_TIME));
    let mut looks = JoinSet::new();
    for intent in unanswered(state) {
        let intent = intent.clone();
        let providers = providers.clone();
        let events = Arc::clone(events);
        let limit = Arc::clone(&limit);
        looks.spawn(
            async move { (intent.id, find_one(&intent, &providers, &events, &limit).await) },
        );
    }
    let mut made = BTreeMap::new();
    while let Some(done) = looks.join_next().await {
        let (intent, found) =
            done.map_err(|source| LiveError::CutOff { what: "look-up", source })?;
        if let Some((live, intent)) = found?.zip(state.intents.get(&intent))
            && is_new(intent, &live, state)
        {
            made.insert(intent.id, live);
        }
    }
    Ok(made)
}

async fn find_one(
    intent: &Intent,
    providers: &Providers,
    events: &Arc<dyn Events>,
    limit: &Semaphore,
) -> Result<Option<LiveState>, LiveError> {
    let (urn, kind) = (&intent.urn, intent.urn.kind());
    let nobody =
        || LiveError::NobodyToAsk { urn: urn.clone(), source: providers.unknown_kind(kind) };
    let provider = providers.of_kind(kind).ok_or_else(nobody)?;
    let look = || async {
        // The semaphore is never closed; the pauses between lookups hold no permit.
        let _permit = limit.acquire().await;
        provider.find(kind, &intent.token, &intent.record.inputs).await
    };
    let waits = || events.emit(looks_for(urn));
    let asked = Asked::new(providers, "find", kind);
    let found = find_created::find_created(&Interrupt::default(), asked, waits, look).await;
    found.map_err(|source| LiveError::NotFoundOut { urn: urn.clone(), source })
}

/// Returns true if no other copy has the id of what a create created.
///
/// A copy that was gone may have it: what was deleted outside is created under its old name. What
/// has the id of another copy is not adopted: the create stays in doubt.
fn is_new(intent: &Intent, live: &LiveState, state: &State) -> bool {
    !state.records().any(|record| {
        record.id == live.id
            && record.urn.kind() == intent.urn.kind()
            && record.standing != Standing::ReplacementPending
            && !(record.urn == intent.urn && intent.action == Action::Create)
    })
}

/// Returns the change that records that a create may still be carried out.
fn doubt(intent: &Intent, now: i64) -> StateChange {
    StateChange::OpenDoubt(Arc::new(Doubt { intent: intent.clone(), since: now }))
}

/// Returns the changes that record what a create created.
///
/// The new copy supersedes the old one.
fn adopt(intent: &Intent, live: LiveState, kind: &Kind, state: &State) -> Vec<StateChange> {
    let record = with_live_state(kind, intent.record.clone(), live);
    supersede(adopted(record), state, false)
}

/// Returns the record of what an earlier create made and nobody saw ready.
pub(crate) fn adopted(record: Record) -> Record {
    let incomplete = Some(ADOPTED.to_owned());
    Record { incomplete, unfinished: Some(Unfinished::Create), ..record }
}

/// Returns the record with what the cloud holds.
///
/// What was secret when it was created is secret in it.
pub(crate) fn with_live_state(kind: &Kind, record: Record, live: LiveState) -> Record {
    let properties =
        diff::carry_secrets(kind, &record.inputs, &record.secret_outputs, live.properties);
    Record { id: live.id, properties: Arc::new(properties), ..record }
}

/// Returns the record with what the cloud holds, of which the inputs are not known.
///
/// Each input is what the cloud holds of it. So what differs from the program is found.
pub(crate) fn with_inputs_as_held(kind: &Kind, record: Record, live: LiveState) -> Record {
    let names = record.inputs.as_map().into_iter().flat_map(|inputs| inputs.keys());
    let held = |name: &String| Some((name.clone(), live.properties.get(name)?.clone()));
    let inputs = Value::Map(names.filter_map(held).collect());
    let inputs = diff::carry_secrets(kind, &record.inputs, &record.secret_outputs, inputs);
    let record = with_live_state(kind, record, live);
    Record { inputs: Arc::new(inputs), ..record }
}
