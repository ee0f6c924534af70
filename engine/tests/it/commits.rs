//! What is made durable together, and what becomes of a run whose store fails.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kim_engine::MemoryStore;
use kim_engine::event::RunResult;
use kim_engine::plan::Operation;
use kim_engine::ports::{RunEnd, RunEntry, RunId, RunStart, StackSummary, Store, StoreError};
use kim_engine::state::{StackId, State, StateChange};

use crate::fixture::{Case, stack_id};

/// A store that remembers what was recorded in one commit each, and refuses some.
#[derive(Default)]
struct Ledger {
    store: MemoryStore,
    commits: Mutex<Vec<String>>,
    /// Commits that say this are refused.
    refused: Mutex<Option<&'static str>>,
}

impl Ledger {
    async fn case(self: &Arc<Ledger>) -> Case {
        self.create_stack(&stack_id()).await.unwrap();
        Case { store: self.clone(), ..Case::new().await }
    }

    fn refuse(&self, what: Option<&'static str>) {
        *self.refused.lock().unwrap() = what;
    }

    /// The commits since the last time it was asked.
    fn commits(&self) -> Vec<String> {
        std::mem::take(&mut self.commits.lock().unwrap())
    }
}

fn told(change: &StateChange) -> Option<String> {
    match change {
        StateChange::OpenIntent(intent) => Some(format!("intend {}", intent.urn.name())),
        StateChange::PutRecord(record) => Some(format!("put {}", record.urn.name())),
        StateChange::Remove(copy) => Some(format!("remove {}", copy.urn.name())),
        StateChange::Step(step) if step.error.is_some() => Some(format!("{} failed", step.urn.name())),
        _ => None,
    }
}

#[async_trait]
impl Store for Ledger {
    async fn stacks(&self, project: &str) -> Result<Vec<StackSummary>, StoreError> {
        self.store.stacks(project).await
    }

    async fn create_stack(&self, stack: &StackId) -> Result<(), StoreError> {
        self.store.create_stack(stack).await
    }

    async fn remove_stack(&self, stack: &StackId, force: bool) -> Result<(), StoreError> {
        self.store.remove_stack(stack, force).await
    }

    async fn load(&self, stack: &StackId) -> Result<State, StoreError> {
        self.store.load(stack).await
    }

    async fn begin(&self, stack: &StackId, run: RunStart) -> Result<RunId, StoreError> {
        self.store.begin(stack, run).await
    }

    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        let commit = changes.iter().filter_map(told).collect::<Vec<_>>().join(", ");
        let refused = self.refused.lock().unwrap().is_some_and(|refused| commit.contains(refused));
        self.commits.lock().unwrap().push(format!("{commit}{}", if refused { " - refused" } else { "" }));
        if refused {
            return Err(StoreError::Unusable("the disk is full".to_owned()));
        }
        self.store.commit(run, changes).await
    }

    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError> {
        self.store.finish(run, end).await
    }

    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError> {
        self.store.history(stack, limit).await
    }
}

const CHAIN: &str = "a: Ready ref=a\nb: Ready ref=a.id\nc: Ready ref=b.id";

#[tokio::test]
async fn a_chain_records_an_outcome_and_the_next_intent_together() {
    let ledger = Arc::new(Ledger::default());
    let case = ledger.case().await;
    case.up(CHAIN).await;
    assert_eq!(ledger.commits(), ["intend a", "put a, intend b", "put b, intend c", "put c"]);
    case.run(Operation::Destroy, "").await.unwrap();
    assert_eq!(ledger.commits(), ["intend c", "remove c, intend b", "remove b, intend a", "remove a"]);
}

#[tokio::test]
async fn the_next_intent_waits_where_it_takes_asking_to_begin() {
    let ledger = Arc::new(Ledger::default());
    let case = ledger.case().await;
    // What a lookup finds may take its time: what is made is recorded before that.
    case.up("a: Ready ref=a\nb: Ready ref=look(a.id)").await;
    assert_eq!(ledger.commits(), ["intend a", "put a", "intend b", "put b"]);
    // A closure of the program may take its time too, and fail.
    let program = "a: Ready ref=a\nb: Ready ref=look(a.id)\nc: Ready ref=c\nd: Ready ref=up(c.id)";
    case.up(program).await;
    assert_eq!(ledger.commits(), ["intend c", "put c", "intend d", "put d"]);
    // A plugin's rules only compute.
    case.up(&format!("{program}\ne: Thing ref=e\nf: Thing ref=e.id")).await;
    assert_eq!(ledger.commits(), ["intend e", "put e", "put e, intend f", "put f", "put f"]);
}

#[tokio::test]
async fn an_intent_that_cannot_be_recorded_is_no_harm_to_the_outcome_before_it() {
    let ledger = Arc::new(Ledger::default());
    let case = ledger.case().await;
    ledger.refuse(Some("intend b"));
    let summary = case.run(Operation::Up, CHAIN).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    assert_eq!((summary.changes["create"], summary.changes["failed"], summary.changes["skipped"]), (1, 1, 1));
    assert_eq!(ledger.commits(), ["intend a", "put a, intend b - refused", "put a", "intend b - refused", "b failed"]);
    assert_eq!(case.world.lock().unwrap().items.len(), 1, "nothing is called without an intent");
    ledger.refuse(None);
    case.up(CHAIN).await;
    assert_eq!(case.world.lock().unwrap().items.len(), 3);
}

#[tokio::test]
async fn an_outcome_that_cannot_be_recorded_keeps_what_follows_from_beginning() {
    let ledger = Arc::new(Ledger::default());
    let case = ledger.case().await;
    ledger.refuse(Some("put b"));
    let summary = case.run(Operation::Up, CHAIN).await.unwrap();
    assert_eq!((summary.changes["create"], summary.changes["failed"], summary.changes["skipped"]), (1, 1, 1));
    let message = summary.message.unwrap();
    assert!(message.contains("id-2 was created, but that could not be recorded"), "{message}");
    assert_eq!(
        ledger.commits(),
        ["intend a", "put a, intend b", "put b, intend c - refused", "put b - refused", "b failed"]
    );
    ledger.refuse(None);
    case.up(CHAIN).await;
    assert_eq!(case.world.lock().unwrap().items.len(), 3, "what was made is found again, not made twice");
}

#[tokio::test]
async fn a_run_that_can_record_nothing_more_begins_nothing_more() {
    let ledger = Arc::new(Ledger::default());
    let case = ledger.case().await;
    ledger.refuse(Some(""));
    let summary = case.run(Operation::Up, "a: Thing ref=a\nb: Thing ref=b\nc: Thing ref=c").await.unwrap();
    assert_eq!((summary.changes["failed"], summary.changes["skipped"]), (1, 2));
    assert_eq!(ledger.commits().len(), 2, "the intent, and that it failed");
    let message = summary.message.unwrap();
    assert_eq!(message.matches("the disk is full").count(), 1, "{message}");
}

/// What goes with a container: its record must not come back from an earlier moment.
#[tokio::test]
async fn what_a_dropped_container_held_is_recorded_as_it_is_by_then() {
    // Both are gone: neither is recorded any more.
    let case = Case::new().await;
    case.up("box: Ready fixed=a\nlid: Ready fixed=b !with=box").await;
    case.world.lock().unwrap().items.clear();
    case.run(Operation::Refresh, "").await.unwrap();
    assert_eq!(case.state().await.records().count(), 0);

    // The box is let go, and the lid changes: in place, and by a new one.
    for (before, after) in [("size=1", "size=2"), ("fixed=1x", "fixed=2x")] {
        let case = Case::new().await;
        case.up(&format!("box: Ready fixed=a !retain\nlid: Ready {before} !with=box")).await;
        case.up(&format!("lid: Ready {after}")).await;
        assert_eq!(kim_engine::state::validate(&case.state().await), [""; 0]);
        assert_eq!(case.state().await.records().count(), 1);
        assert_eq!(case.preview(&format!("lid: Ready {after}")).await.unwrap(), "");
    }
}
