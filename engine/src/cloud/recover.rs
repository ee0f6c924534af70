//! Recovers after a killed run: finds out what its open intents came to.
//!
//! Each open intent is settled by asking the cloud what its token created. Nothing is repeated
//! here; the plan that follows sees the settled state and finishes what was not done. A create that
//! is not found keeps its generation, so it is repeated under the same token, and a call that is
//! still in flight cannot create a duplicate.

use std::collections::BTreeMap;
use std::sync::Arc;

use kim_model::Value;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::find_created::{self, looks_for};
use crate::decide::diff;
use crate::error::LiveError;
use crate::event::Events;
use crate::interrupt::Interrupt;
use crate::ports::LiveState;
use crate::providers::Providers;
use crate::state::succession::supersede;
use crate::state::{Action, Intent, Record, State, StateChange};

/// The largest number of tokens that are looked up at once.
const LOOKUPS_AT_A_TIME: usize = 16;

/// Returns the changes that settle every open intent of a state.
///
/// An error names the resource. Dropping the future stops the lookups.
pub(crate) async fn recover(
    state: &State,
    providers: &Providers,
    events: &Arc<dyn Events>,
) -> Result<Vec<StateChange>, LiveError> {
    let mut made = find(state, providers, events).await?;
    let settle = |intent: &Intent| {
        let mut changes = settle(intent, made.remove(&intent.id), state, providers);
        changes.push(StateChange::CloseIntent(intent.id));
        changes
    };
    Ok(state.intents.values().flat_map(settle).collect())
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
    made: Option<LiveState>,
    state: &State,
    providers: &Providers,
) -> Vec<StateChange> {
    match (intent.action, recorded(intent, state)) {
        (Action::Create | Action::CreateReplacement, None) => {
            made.map_or(Vec::new(), |live| adopt(intent, live, state, providers))
        }
        // The id was saved; it is not known if the resource became ready.
        (Action::Create | Action::CreateReplacement, Some(_)) => Vec::new(),
        (Action::Update, Some(record)) => {
            let incomplete = Some("an update was interrupted".to_owned());
            vec![StateChange::PutRecord(Arc::new(Record { incomplete, ..Record::clone(record) }))]
        }
        // The live read of the plan that follows shows a delete's outcome; it is repeated if
        // needed.
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
        if let Some(live) = found? {
            made.insert(intent, live);
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
    let found = find_created::find_created(&Interrupt::default(), waits, look).await;
    found.map_err(|source| LiveError::NotFoundOut { urn: urn.clone(), source })
}

/// Returns the changes that record what a create created.
///
/// The new copy supersedes the old one.
fn adopt(
    intent: &Intent,
    live: LiveState,
    state: &State,
    providers: &Providers,
) -> Vec<StateChange> {
    let Record { inputs, secret_outputs: hidden, .. } = &intent.record;
    // Without its plugin nothing could be looked up, so nothing would be adopted.
    let properties = match providers.kind(intent.urn.kind()) {
        Some(kind) => diff::carry_secrets(kind, inputs, hidden, live.properties),
        None => Value::secret(live.properties.without_secrets()),
    };
    let record = Record {
        id: live.id,
        properties: Arc::new(properties),
        incomplete: Some("the run that created it was cut off".to_owned()),
        ..intent.record.clone()
    };
    supersede(record, state, false)
}
