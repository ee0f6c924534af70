//! Runs that end early: another run took the stack over, the caller dropped the future or
//! interrupted it.

use std::time::Duration;

use kim_engine::event::Summary;
use kim_engine::model::Failure;
use kim_engine::plan::Operation;
use kim_engine::ports::{RunEnd, RunStart};
use kim_engine::{Error, Interrupt};
use tokio::task::JoinHandle;

use crate::fixture::{Case, Fault, stack_id};

/// Starts an operation in a task of its own.
async fn start(
    case: &Case,
    operation: Operation,
    program: &str,
) -> JoinHandle<Result<Summary, Error>> {
    let stack = case.stack(program);
    let prepared = stack.plan(operation, &case.options, case.sink()).await.unwrap();
    let (options, sink) = (case.options.clone(), case.sink());
    tokio::spawn(async move { stack.apply(prepared, &options, sink, Interrupt::default()).await })
}

/// Takes the stack over as another process does: it removes the lock, runs and ends.
async fn take_over(case: &Case) {
    case.store.unlock(&stack_id()).await.unwrap();
    let start = RunStart {
        operation: "up".to_owned(),
        who: "ben@loom".to_owned(),
        program: String::new(),
        plugins: Vec::new(),
    };
    let run = case.store.begin(&stack_id(), start).await.unwrap();
    case.store.finish(run, RunEnd::default()).await.unwrap();
}

/// Takes a run over after some time: from then on it calls nothing and records nothing.
async fn expect_silence_after_take_over(
    case: &Case,
    operation: Operation,
    program: &str,
    after: Duration,
) {
    let run = start(case, operation, program).await;
    tokio::time::sleep(after).await;
    assert!(!run.is_finished(), "the run has ended before it was taken over");
    take_over(case).await;
    case.clear_calls();
    let state = case.state().await;
    let summary = tokio::time::timeout(Duration::from_secs(30), run).await.unwrap();
    assert_eq!(case.calls_and_reads(), [""; 0], "calls after the run was taken over");
    assert_eq!(case.state().await, state);
    let message = summary.unwrap().unwrap().message.unwrap();
    let told = "another run took stack 'p/s' over: ben@loom, up, begun 20";
    assert_eq!(message.matches(told).count(), 1, "{message}");
    let history = case.store.history(&stack_id(), 2).await.unwrap();
    assert_eq!(history[1].end, None, "a run that was taken over has no end");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_taken_over_repeats_no_delete_that_is_refused() {
    let case = Case::new().await;
    case.up("a: Thing ref=a").await;
    for nth in 1..=8 {
        case.fault("delete", nth, Fault::Refuse(Failure::Conflict("in use".to_owned())));
    }
    let soon = Duration::from_millis(500);
    expect_silence_after_take_over(&case, Operation::Destroy, "", soon).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_taken_over_polls_no_more() {
    for (before, operation, program) in [
        ("", Operation::Up, "a: Thing ref=a"),
        ("a: Thing ref=a", Operation::Up, "a: Thing ref=b"),
        ("a: Thing ref=a", Operation::Destroy, ""),
    ] {
        let case = Case::new().await;
        case.up(before).await;
        case.cloud().repeats = 1000;
        let soon = Duration::from_secs(7);
        expect_silence_after_take_over(&case, operation, program, soon).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_taken_over_drops_the_call_in_flight_and_begins_no_step() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Hang);
    let program = r"
        a: Thing ref=a
        b: Thing ref=a.id
    ";
    let soon = Duration::from_secs(1);
    expect_silence_after_take_over(&case, Operation::Up, program, soon).await;
    // The next run finds out what became of the call.
    case.expect_convergence(program).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_taken_over_looks_nothing_up() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Refuse(Failure::Transient("no answer".to_owned())));
    let soon = Duration::from_millis(300);
    expect_silence_after_take_over(&case, Operation::Up, "a: Thing ref=a", soon).await;
}
