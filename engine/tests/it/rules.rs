//! Clauses of the [rules](../../../docs/rules.md) that belong to no larger subject.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kim_engine::Interrupt;
use kim_engine::event::{Event, RunResult, StepResult};
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

/// Each alone: the record afterwards is that of a stack that had it from the beginning.
// Rule 18.
#[tokio::test]
async fn each_change_of_metadata_alone_is_recorded_without_a_call() {
    let before = "box: Thing ref=box\na: Thing size=1";
    let after = |option: &str| format!("box: Thing ref=box\na: Thing size=1 {option}");
    let moved = "export: x=1\nbox: Thing ref=box\na: Thing size=1".to_owned();
    let options = ["!protect", "!retain", "!after=box", "!hide=auto", "!create-seconds=9"];
    let mut pairs: Vec<(String, String)> =
        options.map(|option| (before.to_owned(), after(option))).into();
    // It waits for the other one before and after.
    let waits = after("!after=box");
    let others = ["!with=box", "!follow=box"];
    pairs.extend(others.map(|option| (waits.clone(), format!("{waits} {option}"))));
    pairs.push((before.to_owned(), moved));
    for (before, program) in pairs {
        let (case, fresh) = (Case::new().await, Case::new().await);
        case.up(&before).await;
        case.clear_calls();
        let checks = case.cloud().checks;
        case.expect_empty_plan(&program).await;
        case.up(&program).await;
        assert_eq!(case.calls(), [""; 0], "{program}");
        assert_eq!(case.cloud().checks, checks, "its inputs are checked again: {program}");
        fresh.up(&program).await;
        assert_eq!(case.state().await.resources, fresh.state().await.resources, "{program}");
        let steps = case.prepare(&program).await.unwrap().plan.steps.node_count();
        assert_eq!(steps, 0, "it is recorded in each run: {program}");
    }
}

/// What is skipped names the resource that failed, however far it is.
// Rule 24.
#[tokio::test]
async fn what_is_skipped_says_because_of_what() {
    let case = Case::new().await;
    case.up("old: Thing ref=old\na: Thing ref=old.id").await;
    case.fault("update", 1, Fault::denied("no"));
    let program = r"
        a: Thing ref=new
        b: Thing size=a.version
        c: Thing ref=b.id
        free: Thing ref=free
    ";
    let summary = case.run(Operation::Up, program).await.unwrap();
    let skipped: Vec<String> = case
        .events
        .lock()
        .unwrap()
        .iter()
        .filter_map(|event| match event {
            Event::StepFinished { urn, result: StepResult::Skipped { because }, .. } => {
                Some(format!("{}: {because}", urn.name()))
            }
            _ => None,
        })
        .collect();
    let skipped = BTreeSet::from_iter(skipped);
    let expected = ["b: a failed", "c: a failed", "old: a failed"].map(str::to_owned);
    assert_eq!(skipped, BTreeSet::from(expected));
    assert_eq!((summary.changes["failed"], summary.changes["create"]), (1, 1));
    let message = summary.message.unwrap();
    assert!(message.contains("Thing/a: denied: no"), "{message}");
    assert!(message.ends_with("3 more were not begun"), "{message}");
    assert!(case.cloud_items().contains_key("id-1"), "what a still uses was deleted");
    case.expect_convergence(program).await;
}

/// A dependency that only `depends_on` made, and that no update has to let go of.
// Rule 10.
#[tokio::test]
async fn a_dependency_that_is_dropped_is_recorded_so_before_its_target_is_deleted() {
    let case = Case::new().await;
    case.up("a: Thing ref=a\nb: Thing !after=a").await;
    let plan = case.prepare("b: Thing").await.unwrap().plan;
    let named = |at: petgraph::graph::NodeIndex| {
        format!("{:?} {}", plan.steps[at].action, plan.steps[at].urn.name())
    };
    let edges: Vec<String> = plan
        .steps
        .edge_indices()
        .filter_map(|edge| plan.steps.edge_endpoints(edge))
        .map(|(first, second)| format!("{} -> {}", named(first), named(second)))
        .collect();
    assert_eq!(edges, ["Record b -> Delete a"]);
}

/// What an update may have changed is not known, also if no read can tell it.
// Rule 26.
#[tokio::test(start_paused = true)]
async fn what_a_cut_off_update_may_have_changed_is_written_again() {
    let case = Case::new().await;
    case.up("a: Thing pin=abcd").await;
    case.fault("update", 1, Fault::HangAfter);
    let stack = case.stack("a: Thing pin=wxyz");
    let run = stack.up(&case.options, case.sink(), Interrupt::default());
    tokio::time::timeout(Duration::from_secs(5), run).await.unwrap_err();
    assert_eq!(case.cloud_property("id-1", "pin"), Value::text("wxyz"));
    case.up("a: Thing pin=abcd").await;
    assert_eq!(case.cloud_property("id-1", "pin"), Value::text("abcd"));
}

/// What a plugin forbids is found by the apply if the plan could not know it.
// Rule 14.
#[tokio::test]
async fn a_plugins_rules_are_asked_again_for_what_was_unknown() {
    let case = Case::new().await;
    case.cloud().rewrites.insert("auto".to_owned(), Value::text("fancy"));
    let summary =
        case.run(Operation::Up, "a: Thing ref=a\nb: Thing ref=b mode=a.auto").await.unwrap();
    let message = summary.message.unwrap();
    assert!(message.contains("fancy needs a size"), "{message}");
    assert_eq!(case.calls(), ["create a", "settle id-1"]);
}

/// Returns true if a recorded property, or an input, is secret.
async fn is_secret(case: &Case, name: &str, property: &str) -> (bool, bool) {
    let state = case.state().await;
    let record = state.records().find(|record| record.urn.name() == name).unwrap();
    let marked = |value: &Value| matches!(value.get(property), Some(Value::Secret(_)));
    (marked(&record.inputs), marked(&record.properties))
}

// Rule 15.
#[tokio::test]
async fn what_a_secret_is_part_of_is_secret_and_so_is_what_the_cloud_tells_of_it() {
    let case = Case::new().await;
    let program = r"
        a: Thing ref=join(secret:hunter2) words=[x,secret:hunter2]
        b: Thing ref=a.words[1]
        export: words=a.words
    ";
    case.up(program).await;
    assert_eq!(is_secret(&case, "a", "ref").await, (true, true));
    assert!(is_secret(&case, "a", "words").await.1, "a list comes back in any order");
    assert_eq!(is_secret(&case, "b", "ref").await, (true, true));
    assert!(case.state().await.exports["words"].has_secret());
    // Secret by the schema, and no input: only the cloud tells it.
    let case = Case::new().await;
    case.cloud().rewrites.insert("pin".to_owned(), Value::text("hunter2"));
    case.up("a: Thing\nexport: pin=a.pin").await;
    assert!(is_secret(&case, "a", "pin").await.1);
    assert!(case.state().await.exports["pin"].has_secret());
    // What replaced a secret outside is as secret, also for a program that no longer gives one.
    let case = Case::new().await;
    case.up("a: Thing secret=secret:hunter2 ref=x").await;
    case.tamper("id-1", "secret", "swordfish");
    for program in ["a: Thing ref=x", "a: Thing secret=secret:hunter2 ref=x"] {
        let plan = case.preview(program).await.unwrap();
        assert!(plan.starts_with("~ a secret") && !plan.contains("swordfish"), "{plan}");
    }
}

/// The schema's rules too: what replaces is not what was recorded.
// Rule 6.
#[tokio::test]
async fn a_new_copy_is_checked_with_what_the_program_says() {
    let case = Case::new().await;
    case.up("a: Thing fixed=1x size=1").await;
    case.expect_empty_plan("a: Thing fixed=1x size=5000 !ignore=size").await;
    let message = case.preview_error("a: Thing fixed=2x size=5000 !ignore=size").await;
    assert!(message.contains("size is 5000"), "{message}");
}

// Rule 8.
#[tokio::test]
async fn that_a_copy_was_created_first_is_recorded() {
    let case = Case::new().await;
    case.up("a: Thing fixed=1x").await;
    assert!(!case.only_record().await.create_before_delete);
    case.up("a: Thing fixed=2x").await;
    assert!(case.only_record().await.create_before_delete);
    case.up("a: Thing fixed=2x size=1").await;
    assert!(case.only_record().await.create_before_delete, "an update forgets it");
}

/// The time of a step bounds its retries too.
// Rule 27.
#[tokio::test(start_paused = true)]
async fn no_retry_follows_once_the_time_of_a_step_is_over() {
    let case = Case::new().await;
    for nth in 1..=8 {
        case.fault("create", nth, Fault::throttled("slow down"));
    }
    let summary = case.run(Operation::Up, "a: Thing ref=a !create-seconds=1").await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    let calls = case.calls().len();
    assert!((2..8).contains(&calls), "{calls} calls");
}

/// Several runs at once do not repeat their calls in step.
// Rule 27.
#[tokio::test(start_paused = true)]
async fn the_pauses_between_attempts_are_random() {
    let mut lasted = BTreeSet::new();
    for _ in 0..4 {
        let case = Case::new().await;
        for nth in 1..=4 {
            case.fault("create", nth, Fault::throttled("slow down"));
        }
        let before = tokio::time::Instant::now();
        case.up("a: Ready ref=a").await;
        lasted.insert(before.elapsed());
    }
    assert!(lasted.len() > 1, "{lasted:?}");
}

/// An update that was skipped made nothing; neither does a refresh take an output away.
// Rule 42.
#[tokio::test]
async fn what_a_skipped_update_would_have_made_is_not_exported() {
    let case = Case::new().await;
    case.up("a: Thing ref=x\nb: Thing size=1 !after=a\nexport: size=b.size").await;
    case.fault("update", 1, Fault::denied("no"));
    let program = "a: Thing ref=y\nb: Thing size=2 !after=a\nexport: size=b.size";
    case.run(Operation::Up, program).await.unwrap();
    assert_eq!(case.state().await.exports["size"], Value::Int(1));
    case.refresh().await;
    assert_eq!(case.state().await.exports["size"], Value::Int(1));
    case.up(program).await;
    assert_eq!(case.state().await.exports["size"], Value::Int(2));
}

// Rule 51.
#[tokio::test]
async fn a_key_of_a_map_that_the_cloud_lost_has_drifted() {
    let case = Case::new().await;
    let program = "a: Thing tags.k=v tags.l=w";
    case.up(program).await;
    case.tamper("id-1", "tags", Value::Map([("l".into(), "w".into())].into()));
    case.expect_plan(program, "~ a tags.k: ∅ → \"v\" (drift)").await;
}
