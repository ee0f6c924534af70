//! Looks again for what creates without an answer may have created since.
//!
//! Invariant: a doubt ends only if what its token created is recorded, or a day after it was looked
//! for first. If it could not be looked for at the end of that day, a warning names the token.

use std::collections::BTreeSet;
use std::sync::Arc;

use kim_model::Urn;
use kim_model::schema::Kind;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::answer::Asked;
use super::recover::{with_inputs_as_held, with_live_state};
use super::retry;
use crate::event::{Diagnostic, Severity};
use crate::ports::LiveState;
use crate::providers::Providers;
use crate::state::succession::supersede;
use crate::state::{
    CREATED_LATE, Doubt, OTHER_INPUTS, Record, Standing, State, StateChange, Unfinished,
};

/// The largest number of tokens that are looked up at once.
const LOOKUPS_AT_A_TIME: usize = 16;

/// The time for which a token is looked up again, in milliseconds.
///
/// It is counted from the first miss. A request of AWS cannot arrive so late: AWS accepts it for
/// five minutes after its time stamp (AWS, "Signing AWS API requests").
/// A day also covers queues of other clouds and clocks that are hours wrong.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A doubt, and what its token was found to have created.
pub(crate) struct SecondLook {
    doubt: Doubt,
    /// The error is why it could not be looked up.
    found: Result<Option<LiveState>, String>,
}

/// Looks up the tokens in doubt, each once.
///
/// A token with an open intent is left to the run that holds the intent.
pub(crate) async fn look_again(state: &State, providers: &Providers) -> Vec<SecondLook> {
    let limit = Arc::new(Semaphore::new(LOOKUPS_AT_A_TIME));
    let open: BTreeSet<&str> = state.intents.values().map(|intent| intent.token.as_str()).collect();
    let (mut looks, mut unserved) = (JoinSet::new(), Vec::new());
    for doubt in state.doubts.values().filter(|doubt| !open.contains(&*doubt.intent.token)) {
        let kind = doubt.intent.urn.kind();
        let Some(provider) = providers.of_kind(kind).cloned() else {
            let found = Err(providers.unknown_kind(kind).to_string());
            unserved.push(SecondLook { doubt: doubt.clone(), found });
            continue;
        };
        let (doubt, limit) = (doubt.clone(), Arc::clone(&limit));
        let providers = providers.clone();
        looks.spawn(async move {
            // The semaphore is never closed.
            let _permit = limit.acquire().await;
            let (kind, intent) = (doubt.intent.urn.kind(), &doubt.intent);
            let look = || provider.find(kind, &intent.token, &intent.record.inputs);
            let found = retry::retry_read(look).await.map_err(|failure| failure.to_string());
            let asked = Asked::new(&providers, "find", kind);
            let found = found.and_then(|live| match live.map(|live| asked.about_new(live)) {
                Some(Err(failure)) => Err(failure.to_string()),
                found => Ok(found.and_then(Result::ok)),
            });
            SecondLook { doubt, found }
        });
    }
    let mut seen = unserved;
    while let Some(done) = looks.join_next().await {
        // If the task of a look panicked, the doubt stays: a later run looks again.
        seen.extend(done.ok());
    }
    seen.sort_by_key(|look| look.doubt.intent.copy_id());
    seen
}

/// Returns the changes that a second look makes, and what a person should know.
///
/// `now` is in milliseconds since 1970.
pub(crate) fn settle(
    look: SecondLook,
    state: &State,
    providers: &Providers,
    now: i64,
) -> (Vec<StateChange>, Option<Diagnostic>) {
    let SecondLook { doubt, found } = look;
    let (urn, token) = (&doubt.intent.urn, &doubt.intent.token);
    // Clouds remember tokens, perhaps with other inputs: it is not used again.
    let next = state.next_generation(urn).max(doubt.intent.generation + 1);
    let close = || {
        let next = StateChange::NextGeneration { urn: urn.clone(), next };
        vec![StateChange::CloseDoubt(token.clone()), next]
    };
    let is_over = now.saturating_sub(doubt.since) > DAY_MS;
    let warning =
        |message: String| Some(Diagnostic::new(Severity::Warning, message).about(urn.clone()));
    match (found, providers.kind(urn.kind())) {
        (Ok(Some(live)), Some(kind)) => {
            let same = |record: &Record| {
                record.id == live.id
                    && record.urn.kind() == urn.kind()
                    && record.standing != Standing::ReplacementPending
            };
            if state.records().any(same) {
                return (close(), None);
            }
            let (mut changes, told) = record_late(&doubt, live, kind, state);
            changes.push(StateChange::CloseDoubt(token.clone()));
            (changes, Some(told))
        }
        (Ok(_), _) if is_over => (close(), None),
        (Ok(_), _) => (Vec::new(), None),
        (Err(why), _) if is_over => {
            let message = format!(
                "{urn}: a create of an earlier run may have been carried out late, and for a day that could not be found out: {why}. Nobody looks any more. What it may have created has the token {token}"
            );
            (close(), warning(message))
        }
        (Err(why), _) => {
            let message = format!(
                "{urn}: a create of an earlier run may have been carried out late, and that could not be found out: {why}. A later run looks again"
            );
            (Vec::new(), warning(message))
        }
    }
}

/// Returns the changes that record what was created late, and the warning about it.
///
/// It is the current copy if there is none, else an old copy, which awaits deletion.
fn record_late(
    doubt: &Doubt,
    live: LiveState,
    kind: &Kind,
    state: &State,
) -> (Vec<StateChange>, Diagnostic) {
    let urn = &doubt.intent.urn;
    let (id, current) = (live.id.clone(), state.current(urn));
    let record = mentioning_recorded(&doubt.intent.record, state);
    let record = if record.incomplete.as_deref() == Some(OTHER_INPUTS) {
        with_inputs_as_held(kind, record, live)
    } else {
        with_live_state(kind, record, live)
    };
    let record = Record {
        urn: urn.clone(),
        generation: state.next_generation(urn),
        // Nothing ever used it, and its container may have been deleted before it existed. If it is
        // declared, the program's own options count.
        deleted_with: None,
        protect: false,
        retain_on_delete: false,
        incomplete: Some(CREATED_LATE.to_owned()),
        unfinished: Some(Unfinished::Create),
        ..record
    };
    let late = format!(
        "{urn}: a create of an earlier run, whose answer never came, was carried out late and created {id}"
    );
    let (changes, message) = match current {
        None => (supersede(record, state, false), format!("{late}. That is the resource now")),
        Some(current) => {
            let next = record.generation + 1;
            let old = Record { standing: Standing::Replaced, ..record };
            let changes = vec![
                StateChange::NextGeneration { urn: urn.clone(), next },
                StateChange::PutRecord(Arc::new(old)),
            ];
            let instead = &current.id;
            (
                changes,
                format!("{late}. {instead} was created in its place, so {id} is to be deleted"),
            )
        }
    };
    (changes, Diagnostic::new(Severity::Warning, message).about(urn.clone()))
}

/// Returns a record without references to what is no longer recorded.
///
/// They are as old as the create.
fn mentioning_recorded(record: &Record, state: &State) -> Record {
    let is_recorded = |urn: &Urn| state.copies(urn).next().is_some();
    let mut record = record.clone();
    record.parent.take_if(|urn| !is_recorded(urn));
    record.dependencies.retain(is_recorded);
    record.follows.retain(|urn, _| is_recorded(urn));
    record
}

/// Returns the notice that creates may still be carried out, if any may.
pub(crate) fn remaining(state: &State) -> Option<Diagnostic> {
    let names: BTreeSet<&str> =
        state.doubts.values().map(|doubt| doubt.intent.urn.qualified_name()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    (!names.is_empty()).then(|| {
        let message = format!(
            "creates of earlier runs may still be carried out, because their answers never came: {}. Nothing that they created was found. For a day each run looks again, and adopts or deletes what it finds",
            names.join(", ")
        );
        Diagnostic::new(Severity::Notice, message)
    })
}
