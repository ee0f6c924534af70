//! Applying: which calls a run makes, in which order, and what is recorded when a call fails.

use kim_engine::event::{Event, RunResult};
use kim_engine::model::{Failure, Remedy, Value};
use kim_engine::plan::Operation;
use kim_engine::state::Standing;
use kim_engine::{Error, Interrupt};

use crate::fixture::{Case, Fault};

#[tokio::test]
async fn outputs_reach_dependents_and_exports() {
    let case = Case::new().await;
    let summary = case
        .up(r"
            a: Thing size=1
            b: Thing ref=up(a.id) secret=secret:x
            export: ref=b.ref
            export: secret=b.secret
        ")
        .await;
    assert_eq!(summary.changes["create"], 2);
    assert_eq!(case.cloud_property("id-2", "ref").as_text(), Some("ID-1"));
    let exports = case.state().await.exports;
    assert_eq!(format!("{exports:?}"), r#"{"ref": "ID-1", "secret": [secret]}"#);
}

// Rule 24.
#[tokio::test]
async fn a_failure_skips_only_its_followers() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::denied("no"));
    let program = r"
        a: Thing ref=a
        b: Thing ref=a.id
        c: Thing ref=b.id
        d: Thing ref=d
    ";
    let summary = case.run(Operation::Up, program).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    assert_eq!(
        (summary.changes["failed"], summary.changes["skipped"], summary.changes["create"]),
        (1, 2, 1)
    );
    assert!(summary.message.unwrap().contains("Thing/a: denied: no"));
    let state = case.state().await;
    assert!(state.intents.is_empty());
    assert_eq!(state.records().count(), 1);
    case.up(program).await;
    assert_eq!(case.cloud_items().len(), 4);
}

// Rule 24.
#[tokio::test]
async fn what_may_be_done_about_a_failure_comes_with_it() {
    let case = Case::new().await;
    let failure = || Failure::Denied("no".to_owned()).with_remedy(Remedy::FewerSteps);
    case.fault("create", 1, Fault::Refuse(failure()));
    case.fault("create", 2, Fault::Refuse(failure()));
    let summary = case.run(Operation::Up, "a: Thing ref=a\nb: Thing ref=b").await.unwrap();
    assert_eq!(summary.changes["failed"], 2);
    assert_eq!(summary.remedies, [Remedy::FewerSteps], "each once");
    case.up("a: Thing ref=a").await;
    case.fault("read", 1, Fault::Refuse(failure()));
    let error = case.run(Operation::Up, "a: Thing ref=a").await.unwrap_err();
    assert_eq!(error.remedy(), Some(Remedy::FewerSteps));
    let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    assert_eq!(causes.map(ToString::to_string).collect::<Vec<_>>(), ["denied: no"]);
}

// Rule 26.
#[tokio::test]
async fn a_lost_answer_makes_no_duplicate() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::LoseAnswer);
    case.up("a: Thing ref=x").await;
    assert_eq!(case.cloud_items().len(), 1);
    assert_eq!(case.calls(), ["create x", "find ", "settle id-1"]);
}

// Rule 27.
#[tokio::test]
async fn a_throttled_call_is_retried() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::throttled("slow down"));
    case.up("a: Thing ref=x").await;
    let waited =
        case.events.lock().unwrap().iter().any(
            |event| matches!(event, Event::StepStatus { status, .. } if status.contains("slow down; retrying in")),
        );
    assert!(waited, "nothing was said about the waiting");
}

// Rule 21.
#[tokio::test]
async fn a_partial_create_is_recorded_and_finished_by_the_next_run() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Partial);
    let summary = case.run(Operation::Up, "a: Thing size=1").await.unwrap();
    assert!(summary.message.unwrap().contains("created in part: half of it failed"));
    assert_eq!(case.only_record().await.id, "id-1");
    case.clear_calls();
    case.up("a: Thing size=1").await;
    assert_eq!(case.calls(), ["update id-1"]);
    case.expect_empty_plan("a: Thing size=1").await;
}

// Rule 20.
#[tokio::test]
async fn a_resource_that_does_not_become_ready_is_recorded() {
    let case = Case::new().await;
    case.fault("settle", 1, Fault::other("it broke while starting"));
    let program = r"
        a: Thing size=1
        b: Thing ref=a.id
    ";
    let summary = case.run(Operation::Up, program).await.unwrap();
    assert!(summary.message.unwrap().contains("did not become ready: it broke while starting"));
    let state = case.state().await;
    assert_eq!(state.records().next().unwrap().id, "id-1");
    assert!(state.intents.is_empty());
    case.up(program).await;
    assert_eq!(case.cloud_items().len(), 2);
}

#[tokio::test]
async fn a_kind_that_is_ready_when_created_is_not_settled() {
    let case = Case::new().await;
    let program = r"
        a: Ready size=1
        b: Ready ref=a.auto
    ";
    case.up(program).await;
    let calls = case.calls();
    assert!(calls.iter().all(|call| !call.starts_with("settle")), "{calls:?}");
    assert_eq!(calls.iter().filter(|call| call.starts_with("create")).count(), 2, "{calls:?}");
    let state = case.state().await;
    assert!(state.intents.is_empty() && state.records().all(|record| record.incomplete.is_none()));
    case.expect_empty_plan(program).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_operation_is_repeated_until_it_is_done() {
    let case = Case::new().await;
    case.cloud().repeats = 500;
    let before = r"
        a: Thing size=1
        b: Thing size=1
    ";
    case.up(before).await;
    case.up("a: Thing size=2").await;
    case.expect_empty_plan("a: Thing size=2").await;
    assert_eq!(case.cloud_items().len(), 1);
}

// Rule 22.
#[tokio::test]
async fn create_first_keeps_the_old_copy_when_the_create_fails() {
    let case = Case::new().await;
    case.up("a: Thing fixed=1x").await;
    case.fault("create", 1, Fault::denied("no"));
    case.run(Operation::Up, "a: Thing fixed=2x").await.unwrap();
    let record = case.only_record().await;
    assert_eq!((record.id.as_str(), record.standing), ("id-1", Standing::Current));
}

// Rules 8, 22.
#[tokio::test]
async fn create_first_deletes_the_old_copy_in_the_next_run_when_the_delete_fails() {
    let case = Case::new().await;
    case.up("a: Thing fixed=1x").await;
    case.fault("delete", 1, Fault::denied("no"));
    let summary = case.run(Operation::Up, "a: Thing fixed=2x").await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    assert_eq!(
        case.state().await.records().map(|r| (r.id.clone(), r.standing)).collect::<Vec<_>>(),
        [("id-1".to_owned(), Standing::Replaced), ("id-2".to_owned(), Standing::Current)]
    );
    // Also if the program no longer declares the resource.
    case.clear_calls();
    case.up("b: Thing").await;
    let deletes: Vec<String> =
        case.calls().into_iter().filter(|call| call.starts_with("delete")).collect();
    assert_eq!(deletes.len(), 2, "{deletes:?}");
    assert_eq!(case.cloud_items().len(), 1);
}

// Rule 23.
#[tokio::test]
async fn delete_first_is_resumed_without_a_second_delete() {
    let case = Case::new().await;
    case.up("u: Unique fixed=1x").await;
    case.fault("create", 1, Fault::denied("no"));
    case.run(Operation::Up, "u: Unique fixed=2x").await.unwrap();
    assert_eq!(case.only_record().await.standing, Standing::ReplacementPending);
    case.clear_calls();
    // It is created even if the program no longer needs a replacement.
    case.up("u: Unique fixed=1x").await;
    assert_eq!(case.calls(), ["create 1x", "settle id-2"]);
    assert_eq!(case.record_count().await, 1);
}

// Rule 23.
#[tokio::test]
async fn delete_first_dropped_meanwhile_is_forgotten_without_a_call() {
    let case = Case::new().await;
    case.up("u: Unique fixed=1x").await;
    case.fault("create", 1, Fault::denied("no"));
    case.run(Operation::Up, "u: Unique fixed=2x").await.unwrap();
    case.clear_calls();
    case.up("").await;
    assert_eq!(case.calls(), [""; 0]);
    assert_eq!(case.record_count().await, 0);
}

#[tokio::test]
async fn a_failed_update_is_repeated_even_if_nothing_differs() {
    let case = Case::new().await;
    case.up("a: Thing size=1").await;
    case.fault("update", 1, Fault::LoseAnswer);
    case.run(Operation::Up, "a: Thing size=2").await.unwrap();
    case.clear_calls();
    case.up("a: Thing size=2").await;
    assert_eq!(case.calls(), ["update id-1"]);
    case.expect_empty_plan("a: Thing size=2").await;
}

// Rule 14.
#[tokio::test]
async fn an_unknown_that_turns_out_the_same_calls_nothing() {
    let case = Case::new().await;
    let before = r"
        a: Thing size=1
        b: Thing size=a.version
    ";
    case.up(before).await;
    case.clear_calls();
    // The version of a may change with its update, so b may have to be updated.
    let after = r"
        a: Thing size=2
        b: Thing size=a.version
    ";
    case.up(after).await;
    assert_eq!(case.calls(), ["update id-1", "update id-2"]);
    let then = r"
        x: Thing size=2
        a: Thing size=2 ref=x.ref
        b: Thing size=2
    ";
    case.up(then).await;
    case.expect_empty_plan(then).await;
}

// Rule 18.
#[tokio::test]
async fn metadata_alone_is_saved_without_a_call() {
    let case = Case::new().await;
    let before = r"
        a: Thing size=1
        b: Thing size=1
    ";
    case.up(before).await;
    case.clear_calls();
    let after = r"
        a: Thing size=1
        b: Thing size=1 !protect !after=a
    ";
    case.up(after).await;
    assert_eq!(case.calls(), [""; 0]);
    let state = case.state().await;
    let b = state.records().find(|record| record.urn.name() == "b").unwrap();
    assert!(b.protect && b.dependencies.len() == 1);
}

#[tokio::test]
async fn a_plan_that_was_overtaken_is_refused() {
    let case = Case::new().await;
    let stack = case.stack("a: Thing size=1");
    let prepared =
        stack.plan(Operation::Up, &case.options, case.sink(), Interrupt::default()).await.unwrap();
    case.up("b: Thing").await;
    let error =
        stack.apply(prepared, &case.options, case.sink(), Interrupt::default()).await.unwrap_err();
    assert!(matches!(error, Error::Moved), "{error}");
    assert_eq!(case.cloud_items().len(), 1);
    // The lock is free again.
    case.up("b: Thing size=3").await;
}

// Rule 25.
#[tokio::test]
async fn an_interrupt_awaits_steps_in_flight_and_begins_none() {
    let mut case = Case::new().await;
    case.options.parallel = 1;
    let program = r"
        a: Thing ref=a
        b: Thing ref=a.id
        c: Thing ref=b.id
    ";
    let stack = case.stack(program);
    let (sink, interrupt) =
        case.interrupting_sink(|event| matches!(event, Event::StepStarted { .. }));
    let prepared =
        stack.plan(Operation::Up, &case.options, sink.clone(), Interrupt::default()).await.unwrap();
    let summary = stack.apply(prepared, &case.options, sink, interrupt).await.unwrap();
    assert_eq!(summary.result, RunResult::Interrupted);
    assert!(summary.message.unwrap().contains("interrupted"));
    assert_eq!((case.record_count().await, summary.changes["skipped"]), (1, 2));
    case.up(program).await;
    assert_eq!(case.cloud_items().len(), 3);
}

/// Runs a program of which a step fails, then one without a failure: the state is valid after both.
async fn fails_then_works(case: &Case, failing: &str, then: &str, items: usize) {
    let summary = case.run(Operation::Up, failing).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    case.expect_valid_state().await;
    case.up(then).await;
    case.expect_valid_state().await;
    assert_eq!(case.cloud_items().len(), items);
    case.expect_empty_plan(then).await;
}

// Rule 4.
#[tokio::test]
async fn a_name_used_again_after_an_alias_gets_a_resource_of_its_own() {
    let case = Case::new().await;
    case.up("a: Thing size=1").await;
    case.up("z: Thing size=1 !alias=a").await;
    let program = r"
        z: Thing size=1 !alias=a
        a: Thing size=2
    ";
    case.up(program).await;
    let ids: Vec<String> = case.state().await.records().map(|record| record.id.clone()).collect();
    assert_eq!(ids, ["id-2", "id-1"]);
}

#[tokio::test]
async fn a_resource_in_a_container_waits_for_it() {
    let case = Case::new().await;
    let program = r"
        box: Thing ref=box
        lid: Thing !with=box
    ";
    case.fault("create", 1, Fault::denied("no"));
    fails_then_works(&case, program, program, 2).await;
    case.fault("delete", 1, Fault::denied("no"));
    case.destroy().await;
    assert_eq!(case.record_count().await, 2, "the lid is still there, as its box is");
    case.destroy().await;
    assert_eq!(case.record_count().await, 0);
}

#[tokio::test]
async fn a_retained_copy_makes_room_like_a_deleted_one() {
    let case = Case::new().await;
    let before = r"
        a: Unique fixed=1x !retain
        b: Thing !after=a
    ";
    case.up(before).await;
    case.fault("create", 1, Fault::denied("no"));
    let after = r"
        a: Unique fixed=2x !retain
        b: Thing !after=a
    ";
    fails_then_works(&case, after, after, 3).await;
}

#[tokio::test]
async fn a_target_records_its_components_too() {
    let mut case = Case::new().await;
    case.options.targets = vec!["g/a".to_owned()];
    let program = r"
        g: Group
        a: Thing !in=g
        b: Thing !in=g
    ";
    case.up(program).await;
    case.expect_valid_state().await;
    assert_eq!(case.record_count().await, 2);
}

// Rule 35.
#[tokio::test]
async fn a_lookup_may_refer_to_a_resource_of_the_same_run() {
    let case = Case::new().await;
    let program = r"
        a: Thing size=1
        b: Thing ref=look(a.id)
        export: found=look(b.id)
    ";
    case.up(program).await;
    assert_eq!(case.cloud_property("id-2", "ref").as_text(), Some("found-id-1"));
    assert_eq!(case.state().await.exports["found"].as_text(), Some("found-id-2"));
    case.expect_empty_plan(program).await;
}

// Rule 14.
#[tokio::test]
async fn an_incomplete_resource_may_get_more_outputs() {
    let case = Case::new().await;
    let program = r"
        a: Thing size=1
        b: Thing ref=a.auto
    ";
    case.fault("create", 1, Fault::Partial);
    case.run(Operation::Up, program).await.unwrap();
    case.cloud().items.get_mut("id-1").unwrap().properties.remove("auto");
    case.up(program).await;
    assert_eq!(case.cloud_property("id-2", "ref").as_text(), Some("auto-id-1"));
}

#[tokio::test]
async fn drift_is_corrected_although_an_unknown_turns_out_the_same() {
    let case = Case::new().await;
    let before = r"
        a: Thing size=1
        b: Thing size=1 ref=up(a.mode)
    ";
    case.up(before).await;
    case.tamper("id-2", "size", 9);
    let after = r"
        a: Thing size=1 fixed=new
        b: Thing size=1 ref=up(a.mode)
    ";
    case.up(after).await;
    assert_eq!(case.cloud_property("id-2", "size").as_int(), Some(1));
}

// Rule 33.
#[tokio::test]
async fn a_refresh_that_is_interrupted_leaves_valid_state() {
    let case = Case::new().await;
    let program = r"
        a: Thing
        b: Thing ref=a.id
    ";
    case.up(program).await;
    case.remove_item("id-1");
    let stack = case.stack("");
    let (sink, interrupt) =
        case.interrupting_sink(|event| matches!(event, Event::StepStarted { .. }));
    let prepared = stack
        .plan(Operation::Refresh, &case.options, sink.clone(), Interrupt::default())
        .await
        .unwrap();
    stack.apply(prepared, &case.options, sink, interrupt).await.unwrap();
    case.expect_valid_state().await;
}

#[tokio::test(start_paused = true)]
async fn an_update_gets_what_was_read_in_its_run() {
    let mut case = Case::new().await;
    case.up("a: Thing size=1").await;
    case.tamper("id-1", "ref", "by hand");
    case.up("a: Thing size=2").await;
    let got = case.cloud().update_got.pop().unwrap();
    assert_eq!(got.get("ref").and_then(Value::as_text), Some("by hand"));

    // A run that reads nothing has what was recorded.
    case.options.offline = true;
    case.tamper("id-1", "ref", "by hand again");
    case.up("a: Thing size=3").await;
    let got = case.cloud().update_got.pop().unwrap();
    assert_eq!((got.get("size"), got.get("ref")), (Some(&Value::Int(2)), None));
}

#[tokio::test(start_paused = true)]
async fn a_change_is_sent_although_an_unknown_turns_out_the_same() {
    let case = Case::new().await;
    case.up("a: Thing size=1\nb: Thing size=1 ref=up(a.version)").await;
    case.rewrite_record("b", "size", 2).await;
    case.tamper("id-2", "size", 3);
    let program = "a: Thing size=2\nb: Thing size=2 ref=up(a.version)";
    case.up(program).await;
    assert_eq!(case.cloud_property("id-2", "size"), Value::Int(2));
    case.expect_empty_plan(program).await;
}

// Rule 43.
#[tokio::test(start_paused = true)]
async fn the_statuses_of_a_step_are_bounded() {
    let case = Case::new().await;
    case.cloud().repeats = 100;
    case.cloud().status = "s".repeat(16 << 10);
    case.up("a: Thing").await;
    let events = case.events.lock().unwrap();
    let statuses: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::StepStatus { status, .. } => Some(status.as_str()),
            _ => None,
        })
        .collect();
    let shown: usize = statuses.iter().map(|status| status.len()).sum();
    assert!(shown < 256 << 10, "{shown}");
    assert_eq!(
        statuses.last(),
        Some(&"further statuses are not shown (at most 256 KB a step, 16 MB a run)")
    );
}
