//! What an apply does, and what it leaves behind when something fails.

use kim_engine::event::{Event, RunResult};
use kim_engine::model::{Failure, Remedy};
use kim_engine::plan::Operation;
use kim_engine::state::Standing;
use kim_engine::{Error, Interrupt};

use crate::fixture::{Case, Fault};

#[tokio::test]
async fn outputs_reach_dependents_and_exports() {
    let case = Case::new().await;
    let summary = case
        .up("a: Thing size=1\nb: Thing ref=up(a.id) secret=secret:x\nexport: ref=b.ref\nexport: secret=b.secret")
        .await;
    assert_eq!(summary.changes["create"], 2);
    assert_eq!(case.world.lock().unwrap().items["id-2"].properties["ref"].as_text(), Some("ID-1"));
    let exports = case.state().await.exports;
    assert_eq!(format!("{exports:?}"), r#"{"ref": "ID-1", "secret": [secret]}"#);
}

#[tokio::test]
async fn a_failure_skips_only_its_followers() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Refuse(Failure::Denied("no".to_owned())));
    let program = "a: Thing ref=a\nb: Thing ref=a.id\nc: Thing ref=b.id\nd: Thing ref=d";
    let summary = case.run(Operation::Up, program).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    assert_eq!((summary.changes["failed"], summary.changes["skipped"], summary.changes["create"]), (1, 2, 1));
    assert!(summary.message.unwrap().contains("Thing/a: denied: no"));
    let state = case.state().await;
    assert!(state.intents.is_empty());
    assert_eq!(state.records().count(), 1);
    case.up(program).await;
    assert_eq!(case.world.lock().unwrap().items.len(), 4);
}

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

#[tokio::test]
async fn a_lost_answer_makes_no_duplicate() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::LoseAnswer);
    case.up("a: Thing ref=x").await;
    assert_eq!(case.world.lock().unwrap().items.len(), 1);
    assert_eq!(case.calls(), ["create x", "find ", "settle id-1"]);
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Refuse(Failure::Throttled("slow down".to_owned())));
    case.up("a: Thing ref=x").await;
    let waited =
        case.events.lock().unwrap().iter().any(
            |event| matches!(event, Event::StepStatus { status, .. } if status.contains("slow down; retrying in")),
        );
    assert!(waited, "nothing was said about the waiting");
}

#[tokio::test]
async fn a_partial_create_is_recorded_and_finished_by_the_next_run() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Partial);
    let summary = case.run(Operation::Up, "a: Thing size=1").await.unwrap();
    assert!(summary.message.unwrap().contains("created in part: half of it failed"));
    assert_eq!(case.state().await.records().next().unwrap().id, "id-1");
    case.calls();
    case.up("a: Thing size=1").await;
    assert_eq!(case.calls(), ["update id-1"]);
    assert_eq!(case.preview("a: Thing size=1").await.unwrap(), "");
}

#[tokio::test]
async fn what_does_not_become_ready_is_recorded() {
    let case = Case::new().await;
    case.fault("settle", 1, Fault::Refuse(Failure::Other("it broke while starting".to_owned())));
    let summary = case.run(Operation::Up, "a: Thing size=1\nb: Thing ref=a.id").await.unwrap();
    assert!(summary.message.unwrap().contains("did not become ready: it broke while starting"));
    let state = case.state().await;
    assert_eq!(state.records().next().unwrap().id, "id-1");
    assert!(state.intents.is_empty());
    case.up("a: Thing size=1\nb: Thing ref=a.id").await;
    assert_eq!(case.world.lock().unwrap().items.len(), 2);
}

#[tokio::test]
async fn what_is_ready_when_created_is_not_asked_to_settle() {
    let case = Case::new().await;
    case.up("a: Ready size=1\nb: Ready ref=a.auto").await;
    let calls = case.calls();
    assert!(calls.iter().all(|call| !call.starts_with("settle")), "{calls:?}");
    assert_eq!(calls.iter().filter(|call| call.starts_with("create")).count(), 2, "{calls:?}");
    let state = case.state().await;
    assert!(state.intents.is_empty() && state.records().all(|record| record.incomplete.is_none()));
    assert_eq!(case.preview("a: Ready size=1\nb: Ready ref=a.auto").await.unwrap(), "");
}

#[tokio::test(start_paused = true)]
async fn what_takes_long_is_asked_for_until_it_is_done() {
    let case = Case::new().await;
    case.world.lock().unwrap().slow = 500;
    case.up("a: Thing size=1\nb: Thing size=1").await;
    case.up("a: Thing size=2").await;
    assert_eq!(case.preview("a: Thing size=2").await.unwrap(), "");
    assert_eq!(case.world.lock().unwrap().items.len(), 1);
}

#[tokio::test]
async fn create_first_the_new_one_fails_and_the_old_one_stays() {
    let case = Case::new().await;
    case.up("a: Thing fixed=1x").await;
    case.fault("create", 1, Fault::Refuse(Failure::Denied("no".to_owned())));
    case.run(Operation::Up, "a: Thing fixed=2x").await.unwrap();
    let state = case.state().await;
    let record = state.records().next().unwrap();
    assert_eq!((record.id.as_str(), record.standing, state.records().count()), ("id-1", Standing::Current, 1));
}

#[tokio::test]
async fn create_first_the_old_one_cannot_go_and_goes_next_time() {
    let case = Case::new().await;
    case.up("a: Thing fixed=1x").await;
    case.fault("delete", 1, Fault::Refuse(Failure::Denied("no".to_owned())));
    let summary = case.run(Operation::Up, "a: Thing fixed=2x").await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    assert_eq!(
        case.state().await.records().map(|r| (r.id.clone(), r.standing)).collect::<Vec<_>>(),
        [("id-1".to_owned(), Standing::Replaced), ("id-2".to_owned(), Standing::Current)]
    );
    // Also where the program no longer names it.
    case.calls();
    case.up("b: Thing").await;
    let deletes: Vec<String> = case.calls().into_iter().filter(|call| call.starts_with("delete")).collect();
    assert_eq!(deletes.len(), 2, "{deletes:?}");
    assert_eq!(case.world.lock().unwrap().items.len(), 1);
}

#[tokio::test]
async fn delete_first_is_resumed_without_a_second_delete() {
    let case = Case::new().await;
    case.up("u: Unique fixed=1x").await;
    case.fault("create", 1, Fault::Refuse(Failure::Denied("no".to_owned())));
    case.run(Operation::Up, "u: Unique fixed=2x").await.unwrap();
    assert_eq!(case.state().await.records().next().unwrap().standing, Standing::ReplacementPending);
    case.calls();
    // It is created even if the difference would not need a replacement any more.
    case.up("u: Unique fixed=1x").await;
    assert_eq!(case.calls(), ["create 1x", "settle id-2"]);
    assert_eq!(case.state().await.records().count(), 1);
}

#[tokio::test]
async fn delete_first_dropped_meanwhile_is_forgotten_without_a_call() {
    let case = Case::new().await;
    case.up("u: Unique fixed=1x").await;
    case.fault("create", 1, Fault::Refuse(Failure::Denied("no".to_owned())));
    case.run(Operation::Up, "u: Unique fixed=2x").await.unwrap();
    case.calls();
    case.up("").await;
    assert_eq!(case.calls(), [""; 0]);
    assert_eq!(case.state().await.records().count(), 0);
}

#[tokio::test]
async fn a_failed_update_is_repeated_even_if_nothing_differs() {
    let case = Case::new().await;
    case.up("a: Thing size=1").await;
    case.fault("update", 1, Fault::LoseAnswer);
    case.run(Operation::Up, "a: Thing size=2").await.unwrap();
    case.calls();
    case.up("a: Thing size=2").await;
    assert_eq!(case.calls(), ["update id-1"]);
    assert_eq!(case.preview("a: Thing size=2").await.unwrap(), "");
}

#[tokio::test]
async fn an_unknown_that_turns_out_the_same_calls_nothing() {
    let case = Case::new().await;
    case.up("a: Thing size=1\nb: Thing size=a.version").await;
    case.calls();
    // The version may change with the update of a, so b may have to be updated; ignoring it shows it does not.
    case.up("a: Thing size=2\nb: Thing size=a.version").await;
    assert_eq!(case.calls(), ["update id-1", "update id-2"]);
    case.up("x: Thing size=2\na: Thing size=2 ref=x.ref\nb: Thing size=2").await;
    assert_eq!(case.preview("x: Thing size=2\na: Thing size=2 ref=x.ref\nb: Thing size=2").await.unwrap(), "");
}

#[tokio::test]
async fn metadata_alone_is_saved_without_a_call() {
    let case = Case::new().await;
    case.up("a: Thing size=1\nb: Thing size=1").await;
    case.calls();
    case.up("a: Thing size=1\nb: Thing size=1 !protect !after=a").await;
    assert_eq!(case.calls(), [""; 0]);
    let state = case.state().await;
    let b = state.records().find(|record| record.urn.name() == "b").unwrap();
    assert!(b.protect && b.dependencies.len() == 1);
}

#[tokio::test]
async fn a_plan_that_was_overtaken_is_refused() {
    let case = Case::new().await;
    let stack = case.stack("a: Thing size=1");
    let sink: std::sync::Arc<dyn kim_engine::event::Events> = std::sync::Arc::new(|_| {});
    let prepared = stack.plan(Operation::Up, &case.options, sink.clone()).await.unwrap();
    case.up("b: Thing").await;
    let error = stack.apply(prepared, &case.options, sink, Interrupt::default()).await.unwrap_err();
    assert!(matches!(error, Error::Moved), "{error}");
    assert_eq!(case.world.lock().unwrap().items.len(), 1);
    // The lock is free again.
    case.up("b: Thing size=3").await;
}

#[tokio::test]
async fn an_interrupt_lets_what_flies_land_and_begins_nothing_new() {
    let mut case = Case::new().await;
    case.options.parallel = 1;
    let program = "a: Thing ref=a\nb: Thing ref=a.id\nc: Thing ref=b.id";
    let stack = case.stack(program);
    let interrupt = Interrupt::default();
    let (events, stop) = (std::sync::Arc::clone(&case.events), interrupt.clone());
    let sink: std::sync::Arc<dyn kim_engine::event::Events> = std::sync::Arc::new(move |event: Event| {
        if matches!(event, Event::StepStarted { .. }) {
            stop.interrupt();
        }
        events.lock().unwrap().push(event);
    });
    let prepared = stack.plan(Operation::Up, &case.options, sink.clone()).await.unwrap();
    let summary = stack.apply(prepared, &case.options, sink, interrupt).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    assert!(summary.message.unwrap().contains("interrupted"));
    assert_eq!((case.state().await.records().count(), summary.changes["skipped"]), (1, 2));
    case.up(program).await;
    assert_eq!(case.world.lock().unwrap().items.len(), 3);
}

/// Runs a program of which something fails, then one without a failure: state is valid after both.
async fn fails_then_works(case: &Case, failing: &str, then: &str, items: usize) {
    let summary = case.run(Operation::Up, failing).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    assert_eq!(kim_engine::state::validate(&case.state().await), [""; 0]);
    case.up(then).await;
    assert_eq!(kim_engine::state::validate(&case.state().await), [""; 0]);
    assert_eq!(case.world.lock().unwrap().items.len(), items);
    assert_eq!(case.preview(then).await.unwrap(), "");
}

fn no() -> Fault {
    Fault::Refuse(Failure::Denied("no".to_owned()))
}

#[tokio::test]
async fn a_name_used_again_after_an_alias_gets_a_resource_of_its_own() {
    let case = Case::new().await;
    case.up("a: Thing size=1").await;
    case.up("z: Thing size=1 !alias=a").await;
    case.up("z: Thing size=1 !alias=a\na: Thing size=2").await;
    let ids: Vec<String> = case.state().await.records().map(|record| record.id.clone()).collect();
    assert_eq!(ids, ["id-2", "id-1"]);
}

#[tokio::test]
async fn what_lives_in_a_container_waits_for_it() {
    let case = Case::new().await;
    let program = "box: Thing ref=box\nlid: Thing !with=box";
    case.fault("create", 1, no());
    fails_then_works(&case, program, program, 2).await;
    case.fault("delete", 1, no());
    case.run(Operation::Destroy, "").await.unwrap();
    assert_eq!(case.state().await.records().count(), 2, "the lid is still there, as its box is");
    case.run(Operation::Destroy, "").await.unwrap();
    assert_eq!(case.state().await.records().count(), 0);
}

#[tokio::test]
async fn a_retained_copy_makes_room_like_a_deleted_one() {
    let case = Case::new().await;
    case.up("a: Unique fixed=1x !retain\nb: Thing !after=a").await;
    case.fault("create", 1, no());
    let after = "a: Unique fixed=2x !retain\nb: Thing !after=a";
    fails_then_works(&case, after, after, 3).await;
}

#[tokio::test]
async fn a_target_brings_the_records_of_its_components() {
    let mut case = Case::new().await;
    case.options.targets = vec!["g/a".to_owned()];
    case.up("g: Group\na: Thing !in=g\nb: Thing !in=g").await;
    assert_eq!(kim_engine::state::validate(&case.state().await), [""; 0]);
    assert_eq!(case.state().await.records().count(), 2);
}

#[tokio::test]
async fn a_lookup_of_what_is_created_in_the_same_run_is_made() {
    let case = Case::new().await;
    let program = "a: Thing size=1\nb: Thing ref=look(a.id)\nexport: found=look(b.id)";
    case.up(program).await;
    assert_eq!(case.world.lock().unwrap().items["id-2"].properties["ref"].as_text(), Some("found-id-1"));
    assert_eq!(case.state().await.exports["found"].as_text(), Some("found-id-2"));
    assert_eq!(case.preview(program).await.unwrap(), "");
}

#[tokio::test]
async fn what_is_incomplete_may_still_tell_more() {
    let case = Case::new().await;
    let program = "a: Thing size=1\nb: Thing ref=a.auto";
    case.fault("settle", 1, Fault::Refuse(Failure::Other("not yet".to_owned())));
    case.run(Operation::Up, program).await.unwrap();
    case.tamper("id-1", |properties| {
        properties.remove("auto");
    });
    case.up(program).await;
    assert_eq!(case.world.lock().unwrap().items["id-2"].properties["ref"].as_text(), Some("auto-id-1"));
}

#[tokio::test]
async fn drift_is_repaired_although_an_unknown_turns_out_the_same() {
    let case = Case::new().await;
    case.up("a: Thing size=1\nb: Thing size=1 ref=up(a.mode)").await;
    case.tamper("id-2", |properties| {
        properties.insert("size".to_owned(), 9.into());
    });
    case.up("a: Thing size=1 fixed=new\nb: Thing size=1 ref=up(a.mode)").await;
    assert_eq!(case.world.lock().unwrap().items["id-2"].properties["size"].as_int(), Some(1));
}

#[tokio::test]
async fn a_refresh_that_is_interrupted_leaves_valid_state() {
    let case = Case::new().await;
    case.up("a: Thing\nb: Thing ref=a.id").await;
    case.world.lock().unwrap().items.remove("id-1");
    let stack = case.stack("");
    let interrupt = Interrupt::default();
    let (sink, stop) = (case.sink(), interrupt.clone());
    let watching: std::sync::Arc<dyn kim_engine::event::Events> = std::sync::Arc::new(move |event: Event| {
        if matches!(event, Event::StepStarted { .. }) {
            stop.interrupt();
        }
        sink.emit(event);
    });
    let prepared = stack.plan(Operation::Refresh, &case.options, watching.clone()).await.unwrap();
    stack.apply(prepared, &case.options, watching, interrupt).await.unwrap();
    assert_eq!(kim_engine::state::validate(&case.state().await), [""; 0]);
}
