//! Clauses of the [rules](../../../docs/rules.md) that belong to no larger subject.

use std::sync::Arc;

use async_trait::async_trait;
use kim_engine::Interrupt;
use kim_engine::event::RunResult;
use kim_engine::model::{Failure, Value, schema};
use kim_engine::plan::Operation;
use kim_engine::ports::{Deletion, LiveState, Progress, Provider};
use kim_engine::state::{Action, Standing};

use crate::fixture::{Case, Cloud, Fault, stack_id};

/// The fixture's provider as another version of its plugin.
struct Upgraded(Cloud);

#[async_trait]
impl Provider for Upgraded {
    fn schema(&self) -> &schema::Plugin {
        self.0.schema()
    }

    fn digest(&self) -> String {
        "another".to_owned()
    }

    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
        self.0.create(kind, inputs, token).await
    }

    async fn read(
        &self,
        kind: &str,
        resources: &[kim_engine::ports::Live],
    ) -> Result<Vec<Option<LiveState>>, Failure> {
        self.0.read(kind, resources).await
    }

    async fn update(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        self.0.update(kind, id, inputs, properties).await
    }

    async fn delete(&self, kind: &str, id: &str, properties: &Value) -> Result<Deletion, Failure> {
        self.0.delete(kind, id, properties).await
    }

    async fn find(
        &self,
        kind: &str,
        token: &str,
        inputs: &Value,
    ) -> Result<Option<LiveState>, Failure> {
        self.0.find(kind, token, inputs).await
    }
}

// Rule 7.
#[tokio::test]
async fn another_digest_of_a_plugin_is_no_difference() {
    let case = Case::new().await;
    case.up("a: Thing size=1").await;
    let mut stack = case.stack("a: Thing size=1");
    stack.providers = vec![Arc::new(Upgraded(Cloud::new(Arc::clone(&case.world))))];
    let plan = stack
        .plan(Operation::Preview, &case.options, case.sink(), Interrupt::default())
        .await
        .unwrap()
        .plan;
    assert!(plan.is_empty() && plan.steps.node_count() == 0, "{plan:?}");
}

// Rule 11.
#[tokio::test]
async fn every_old_copy_is_deleted_once_also_if_the_program_no_longer_names_it() {
    let case = Case::new().await;
    case.up("a: Thing fixed=0x").await;
    for number in 1..=2 {
        case.cloud().faults.clear();
        (1..=4).for_each(|nth| case.fault("delete", nth, Fault::denied("not now")));
        let summary = case.run(Operation::Up, &format!("a: Thing fixed={number}x")).await.unwrap();
        assert_eq!(summary.result, RunResult::Failed);
    }
    case.cloud().faults.clear();
    assert_eq!((case.record_count().await, case.cloud_items().len()), (3, 3));
    case.clear_calls();
    case.up("b: Thing size=1").await;
    let mut deletes = case.calls();
    deletes.retain(|call| call.starts_with("delete"));
    deletes.sort();
    assert_eq!(deletes, ["delete id-1", "delete id-2", "delete id-3"]);
    case.expect_convergence("b: Thing size=1").await;
}

// Rule 21.
#[tokio::test]
async fn a_create_that_failed_outright_leaves_nothing() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::denied("no"));
    let summary = case.run(Operation::Up, "a: Thing size=1").await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    let state = case.state().await;
    assert!(state.resources.is_empty() && state.intents.is_empty(), "{state:?}");
}

// Rule 23.
#[tokio::test]
async fn a_delete_that_fails_leaves_no_replacement_pending() {
    let case = Case::new().await;
    case.up("u: Unique fixed=1x").await;
    case.fault("delete", 1, Fault::denied("no"));
    case.clear_calls();
    case.run(Operation::Up, "u: Unique fixed=2x").await.unwrap();
    assert_eq!(case.calls(), ["delete id-1"]);
    let record = case.only_record().await;
    assert_eq!((record.standing, record.id.as_str()), (Standing::Current, "id-1"));
    case.up("u: Unique fixed=2x").await;
    assert_eq!(case.calls(), ["delete id-1", "create 2x", "settle id-2"]);
}

// Rule 29.
#[tokio::test(start_paused = true)]
async fn one_worker_is_enough_for_any_plan() {
    let case = Case::new().await;
    assert_eq!(case.options.parallel, 1);
    case.cloud().repeats = 2;
    let wide = |size: u32| -> String {
        let users = (0..40).map(|n| format!("t{n}: Thing size={size} fixed=u.id\n"));
        format!("u: Unique fixed={size}x\n{}", users.collect::<String>())
    };
    for size in 1..=2 {
        let program = wide(size);
        let run = case.up(&program);
        tokio::time::timeout(std::time::Duration::from_secs(24 * 60 * 60), run).await.unwrap();
    }
    case.expect_convergence(&wide(2)).await;
}

// Rule 31.
#[tokio::test]
async fn reads_cost_a_call_a_page_and_no_page_mixes_kinds() {
    let case = Case::new().await;
    let of = |kind: &str, count: usize| -> String {
        (0..count).map(|n| format!("{}{n}: {kind} size={n}\n", kind.to_lowercase())).collect()
    };
    let program = of("Thing", 6) + &of("Ready", 4);
    case.up(&program).await;
    for operation in [Operation::Preview, Operation::Up] {
        case.clear_calls();
        let stack = case.stack(&program);
        stack.plan(operation, &case.options, case.sink(), Interrupt::default()).await.unwrap();
        let mut reads = case.calls_and_reads();
        reads.sort();
        let expect =
            ["read test:Ready 1", "read test:Ready 3", "read test:Thing 3", "read test:Thing 3"];
        assert_eq!(reads, expect, "{operation:?}");
    }
}

// Rule 32.
#[tokio::test]
async fn what_refers_to_something_gone_is_rewritten() {
    let case = Case::new().await;
    let program = "a: Thing\nb: Thing ref=a.id\nc: Thing fixed=a.id";
    case.up(program).await;
    let a = case.state().await.records().find(|one| one.urn.name() == "a").unwrap().id.clone();
    case.remove_item(&a);
    let plan = case.preview(program).await.unwrap();
    assert!(plan.starts_with("+ a # it is gone from the cloud\n~ b ref: "), "{plan}");
    assert!(plan.contains("± c fixed: "), "{plan}");
    case.up(program).await;
    let state = case.state().await;
    let of = |name: &str| state.records().find(|one| one.urn.name() == name).unwrap().clone();
    assert_ne!(of("a").id, a);
    assert_eq!(case.cloud_property(&of("b").id, "ref"), Value::text(&of("a").id));
    assert_eq!(case.cloud_property(&of("c").id, "fixed"), Value::text(&of("a").id));
    case.expect_convergence(program).await;
}

// Rule 33.
#[tokio::test(start_paused = true)]
async fn an_open_create_outlives_a_refresh_that_cannot_settle_it() {
    let mut case = Case::new().await;
    case.up("b: Thing size=2").await;
    let program = "a: Thing size=1\nb: Thing size=2";
    case.leave_create_open(1);
    case.run(Operation::Up, program).await.unwrap();
    let before = case.state().await;
    assert_eq!(before.intents.len(), 1);
    case.options.offline = true;
    case.run(Operation::Refresh, "").await.unwrap_err();
    assert_eq!(case.state().await, before);
    case.options.offline = false;
    case.refresh().await;
    assert!(case.state().await.intents.is_empty(), "what was created is adopted");
    case.expect_convergence(program).await;
}

// Rule 35.
#[tokio::test]
async fn a_lookup_is_never_recorded_and_never_deleted() {
    let case = Case::new().await;
    case.up("a: Thing ref=look(x)").await;
    let record = case.only_record().await;
    assert!(record.dependencies.is_empty());
    case.clear_calls();
    case.up("a: Thing ref=x").await;
    case.expect_destroyed().await;
    let calls = case.calls();
    assert_eq!(calls, ["update id-1", "delete id-1"]);
}

// Rule 37.
#[tokio::test(start_paused = true)]
async fn a_run_is_in_the_history_with_who_what_and_how_long() {
    let case = Case::new().await;
    case.fault("create", 2, Fault::denied("no"));
    // What is created becomes ready after two waits.
    case.cloud().repeats = 2;
    let stack = case.stack("a: Thing size=1\nb: Thing ref=a.id");
    let prepared =
        stack.plan(Operation::Up, &case.options, case.sink(), Interrupt::default()).await.unwrap();
    stack.apply(prepared, &case.options, case.sink(), Interrupt::default()).await.unwrap();
    let history = case.store.history(&stack_id(), 9).await.unwrap();
    let [run] = history.as_slice() else { panic!("{history:?}") };
    assert_eq!((run.start.operation.as_str(), run.start.who.as_str()), ("up", "tester@here"));
    assert_eq!(run.start.program, "fixture");
    assert_eq!(run.start.plugins, [("test".to_owned(), "cloud".to_owned())]);
    assert!(run.started_at > 0 && run.ended_at.is_some_and(|ended| ended >= run.started_at));
    let end = run.end.as_ref().unwrap();
    assert!(!end.succeeded && !end.interrupted && end.message.contains("Thing/b: denied: no"));
    assert_eq!((end.changes["create"], end.changes["failed"]), (1, 1));
    let steps: Vec<_> = run
        .steps
        .iter()
        .map(|step| (step.urn.name(), step.action, step.error.as_deref().unwrap_or("")))
        .collect();
    assert_eq!(steps[0], ("a", Action::Create, ""));
    let millis: Vec<u64> = run.steps.iter().map(|step| step.millis).collect();
    assert!(millis[0] > 0 && millis[1] == 0, "the clock stands except for waits: {millis:?}");
    assert_eq!((steps[1].0, steps[1].1, steps.len()), ("b", Action::Create, 2));
    assert!(steps[1].2.contains("denied: no"), "{steps:?}");
}
