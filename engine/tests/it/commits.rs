//! Commits: which changes of the state are durable together, and how a run ends whose store fails.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kim_engine::MemoryStore;
use kim_engine::event::RunResult;
use kim_engine::plan::Operation;
use kim_engine::ports::{RunId, Store, StoreError};
use kim_engine::state::StateChange;
use kim_engine::testing::store::StoreLayer;

use crate::fixture::{Case, stack_id};

/// A store that lists its commits, and refuses some.
#[derive(Default)]
struct Ledger {
    store: MemoryStore,
    commits: Mutex<Vec<String>>,
    /// Refuses the commits that contain this.
    refused: Mutex<Option<&'static str>>,
}

impl Ledger {
    async fn case(self: &Arc<Ledger>) -> Case {
        self.store.create_stack(&stack_id()).await.unwrap();
        Case { store: self.clone(), ..Case::new().await }
    }

    /// Refuses the commits that contain this from now on; with `None`, no commit.
    fn refuse(&self, what: Option<&'static str>) {
        *self.refused.lock().unwrap() = what;
    }

    /// Returns the commits since it was last called.
    fn commits(&self) -> Vec<String> {
        std::mem::take(&mut self.commits.lock().unwrap())
    }
}

/// Returns a change in words; `None` for one that these tests are not about.
fn described(change: &StateChange) -> Option<String> {
    match change {
        StateChange::OpenIntent(intent) => Some(format!("intend {}", intent.urn.name())),
        StateChange::PutRecord(record) => Some(format!("put {}", record.urn.name())),
        StateChange::Remove(copy) => Some(format!("remove {}", copy.urn.name())),
        StateChange::Step(step) if step.error.is_some() => {
            Some(format!("{} failed", step.urn.name()))
        }
        _ => None,
    }
}

#[async_trait]
impl StoreLayer for Ledger {
    fn below(&self) -> &dyn Store {
        &self.store
    }

    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        if changes.is_empty() {
            // A check of the lock, not a commit.
            return self.store.commit(run, changes).await;
        }
        let commit = changes.iter().filter_map(described).collect::<Vec<_>>().join(", ");
        let refused = self.refused.lock().unwrap().is_some_and(|refused| commit.contains(refused));
        self.commits
            .lock()
            .unwrap()
            .push(format!("{commit}{}", if refused { " - refused" } else { "" }));
        if refused {
            return Err(StoreError::Unusable("the disk is full".to_owned()));
        }
        self.store.commit(run, changes).await
    }
}

const CHAIN: &str = r"
    a: Ready ref=a
    b: Ready ref=a.id
    c: Ready ref=b.id
";

// Rule 19.
#[tokio::test]
async fn a_chain_records_an_outcome_and_the_next_intent_together() {
    let ledger = Arc::new(Ledger::default());
    let case = ledger.case().await;
    case.up(CHAIN).await;
    assert_eq!(ledger.commits(), ["intend a", "put a, intend b", "put b, intend c", "put c"]);
    case.destroy().await;
    assert_eq!(
        ledger.commits(),
        ["intend c", "remove c, intend b", "remove b, intend a", "remove a"]
    );
}

// Rule 19.
#[tokio::test]
async fn the_next_intent_waits_where_its_step_asks_something_first() {
    let ledger = Arc::new(Ledger::default());
    let case = ledger.case().await;
    // A lookup may take long: the outcome is recorded before it begins.
    let before = r"
        a: Ready ref=a
        b: Ready ref=look(a.id)
    ";
    case.up(before).await;
    assert_eq!(ledger.commits(), ["intend a", "put a", "intend b", "put b"]);
    // A closure of the program may take long too, and may fail.
    let program = r"
        a: Ready ref=a
        b: Ready ref=look(a.id)
        c: Ready ref=c
        d: Ready ref=up(c.id)
    ";
    case.up(program).await;
    assert_eq!(ledger.commits(), ["intend c", "put c", "intend d", "put d"]);
    // The checks of a plugin only compute.
    let checked = r"
        e: Thing ref=e
        f: Thing ref=e.id
    ";
    case.up(&(program.to_owned() + checked)).await;
    assert_eq!(ledger.commits(), ["intend e", "put e", "put e, intend f", "put f", "put f"]);
}

// Rule 19.
#[tokio::test]
async fn an_intent_that_cannot_be_recorded_leaves_the_outcome_before_it_recorded() {
    let ledger = Arc::new(Ledger::default());
    let case = ledger.case().await;
    ledger.refuse(Some("intend b"));
    let summary = case.run(Operation::Up, CHAIN).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    assert_eq!(
        (summary.changes["create"], summary.changes["failed"], summary.changes["skipped"]),
        (1, 1, 1)
    );
    assert_eq!(
        ledger.commits(),
        ["intend a", "put a, intend b - refused", "put a", "intend b - refused", "b failed"]
    );
    assert_eq!(case.cloud_items().len(), 1, "nothing is called without an intent");
    ledger.refuse(None);
    case.up(CHAIN).await;
    assert_eq!(case.cloud_items().len(), 3);
}

// Rule 19.
#[tokio::test]
async fn an_outcome_that_cannot_be_recorded_keeps_its_dependents_from_beginning() {
    let ledger = Arc::new(Ledger::default());
    let case = ledger.case().await;
    ledger.refuse(Some("put b"));
    let summary = case.run(Operation::Up, CHAIN).await.unwrap();
    assert_eq!(
        (summary.changes["create"], summary.changes["failed"], summary.changes["skipped"]),
        (1, 1, 1)
    );
    let message = summary.message.unwrap();
    assert!(message.contains("id-2 was created, but that could not be recorded"), "{message}");
    assert_eq!(
        ledger.commits(),
        ["intend a", "put a, intend b", "put b, intend c - refused", "put b - refused", "b failed"]
    );
    ledger.refuse(None);
    case.up(CHAIN).await;
    assert_eq!(case.cloud_items().len(), 3, "what was created is found again, not created twice");
}

#[tokio::test]
async fn a_run_that_can_record_nothing_more_begins_nothing_more() {
    let ledger = Arc::new(Ledger::default());
    let case = ledger.case().await;
    ledger.refuse(Some(""));
    let program = r"
        a: Thing ref=a
        b: Thing ref=b
        c: Thing ref=c
    ";
    let summary = case.run(Operation::Up, program).await.unwrap();
    assert_eq!((summary.changes["failed"], summary.changes["skipped"]), (1, 2));
    assert_eq!(ledger.commits().len(), 2, "the intent, and that it failed");
    let message = summary.message.unwrap();
    assert_eq!(message.matches("the disk is full").count(), 1, "{message}");
}

#[tokio::test]
async fn a_resource_of_a_dropped_container_is_recorded_with_its_latest_state() {
    // Both were deleted: neither is recorded any more.
    let case = Case::new().await;
    let before = r"
        box: Ready fixed=a
        lid: Ready fixed=b !with=box
    ";
    case.up(before).await;
    case.cloud().items.clear();
    case.refresh().await;
    assert_eq!(case.record_count().await, 0);

    // The box is retained, and the lid is updated, or replaced.
    for (before, after) in [("size=1", "size=2"), ("fixed=1x", "fixed=2x")] {
        let case = Case::new().await;
        let before = format!(
            r"
                box: Ready fixed=a !retain
                lid: Ready {before} !with=box
            "
        );
        case.up(&before).await;
        case.up(&format!("lid: Ready {after}")).await;
        case.expect_valid_state().await;
        assert_eq!(case.record_count().await, 1);
        case.expect_empty_plan(&format!("lid: Ready {after}")).await;
    }
}
