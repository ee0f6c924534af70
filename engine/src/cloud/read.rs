//! The live state of recorded resources, read in batches.
//!
//! One call reads as many resources of a kind as its plugin takes, and as fit one answer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use kim_model::Urn;
use kim_model::bounds::READ;
use tokio::task::JoinSet;

use super::answer::{Asked, recorded_memory};
use super::find_created::looks_for;
use super::retry;
use crate::decide::Observed;
use crate::error::LiveError;
use crate::event::Events;
use crate::ports::Live;
use crate::providers::Providers;
use crate::state::{CopyId, Record, Unfinished};

/// The largest number of batches in flight at once.
const BATCHES_AT_A_TIME: usize = 16;

/// Reads copies of resources, except components and kinds without a plugin.
///
/// An incomplete copy counts as missing only after several misses: it may have just been created,
/// and cloud reads are eventually consistent.
pub(crate) async fn read(
    records: &[&Record],
    providers: &Providers,
    events: &Arc<dyn Events>,
) -> Result<BTreeMap<CopyId, Observed>, LiveError> {
    let mut seen = read_once(records.iter().copied(), providers).await?;
    for attempt in 1..retry::LOOKUPS {
        let gone = |record: &Record| seen.get(&record.copy_id()) == Some(&Observed::Missing);
        let missing: Vec<&Record> =
            records.iter().copied().filter(|record| may_be_new(record) && gone(record)).collect();
        if missing.is_empty() {
            break;
        }
        if attempt == 1 {
            for record in &missing {
                events.emit(looks_for(&record.urn));
            }
        }
        tokio::time::sleep(retry::lookup_pause(attempt - 1)).await;
        let again = read_once(missing.into_iter(), providers).await?;
        seen.extend(again);
    }
    Ok(seen)
}

/// Returns true if a copy may have been created so lately that a read misses it.
pub(crate) fn may_be_new(record: &Record) -> bool {
    record.incomplete.is_some() && record.unfinished != Some(Unfinished::Delete)
}

/// Returns the copies in batches of at most so many, each of which fits one answer.
fn batches_of<'r, 's>(records: &'s [&'r Record], most: usize) -> Vec<&'s [&'r Record]> {
    let mut batches = Vec::with_capacity(records.len().div_ceil(most));
    let (mut from, mut memory) = (0, 0_u64);
    for (at, record) in records.iter().enumerate() {
        let own = recorded_memory(&record.properties);
        memory = memory.saturating_add(own);
        if at - from == most || (at > from && READ.is_exceeded_by(memory)) {
            batches.push(&records[from..at]);
            (from, memory) = (at, own);
        }
    }
    batches.extend((from < records.len()).then(|| &records[from..]));
    batches
}

async fn read_once<'r>(
    records: impl Iterator<Item = &'r Record>,
    providers: &Providers,
) -> Result<BTreeMap<CopyId, Observed>, LiveError> {
    let mut by_kind: HashMap<&str, Vec<&Record>> = HashMap::new();
    for record in records.filter(|record| !record.component && !record.id.is_empty()) {
        by_kind.entry(record.urn.kind()).or_default().push(record);
    }
    let limit = Arc::new(tokio::sync::Semaphore::new(BATCHES_AT_A_TIME));
    let mut batches = JoinSet::new();
    for (kind, records) in by_kind {
        let (Some(provider), Some(schema)) = (providers.of_kind(kind), providers.kind(kind)) else {
            continue;
        };
        for batch in batches_of(&records, schema.read_batch.max(1) as usize) {
            let provider = Arc::clone(provider);
            let limit = Arc::clone(&limit);
            let kind = kind.to_owned();
            let copies: Vec<CopyId> = batch.iter().map(|record| record.copy_id()).collect();
            let asked: Vec<Live> = batch
                .iter()
                .map(|record| Live {
                    id: record.id.clone(),
                    properties: record.properties.as_ref().clone(),
                })
                .collect();
            batches.spawn(async move {
                // The semaphore is never closed.
                let _permit = limit.acquire_owned().await;
                let answered = retry::retry_read(|| provider.read(&kind, &asked)).await;
                let ids: Vec<String> = asked.into_iter().map(|live| live.id).collect();
                (kind, copies, ids, answered)
            });
        }
    }
    let mut seen = BTreeMap::new();
    while let Some(done) = batches.join_next().await {
        let (kind, copies, ids, answered) =
            done.map_err(|source| LiveError::CutOff { what: "read", source })?;
        let others = copies.len().saturating_sub(1);
        let not_read =
            |urn: &Urn, others, source| LiveError::NotRead { urn: urn.clone(), others, source };
        let states = answered.map_err(|source| not_read(&copies[0].urn, others, source))?;
        if states.len() != copies.len() {
            return Err(LiveError::OtherCount {
                kind,
                answered: states.len(),
                asked: copies.len(),
            });
        }
        let asked = Asked::new(providers, "read", &kind);
        for ((copy, id), state) in copies.into_iter().zip(ids).zip(states) {
            let state = state.map(|live| asked.about(&id, live)).transpose();
            let state = state.map_err(|source| not_read(&copy.urn, 0, source))?;
            seen.insert(copy, state.map_or(Observed::Missing, Observed::Present));
        }
    }
    Ok(seen)
}
