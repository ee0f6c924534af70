//! A run that is killed at any instant: the next one settles what was in flight, by itself.
//!
//! The kill is the second interrupt: every future is dropped where it stands, exactly what a SIGKILL leaves behind in
//! the store (which is durable by contract). The end-to-end tests do it with a real signal.

use std::sync::Arc;
use std::time::Duration;

use kim_engine::Interrupt;
use kim_engine::event::Event;
use kim_engine::plan::Operation;
use kim_engine::state::Standing;

use crate::fixture::{Case, Fault};

/// Runs `program` and kills it when the n-th call of an operation hangs.
async fn killed(case: &Case, program: &str, operation: &str, nth: usize) {
    case.fault(operation, nth, Fault::Hang);
    let stack = case.stack(program);
    let sink: Arc<dyn kim_engine::event::Events> = Arc::new(|_: Event| {});
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    let prepared = stack.plan(Operation::Up, &case.options, sink.clone()).await.unwrap();
    let run =
        tokio::spawn(
            async move { (stack.apply(prepared, &kim_engine::Options::default(), sink, interrupt).await, stack) },
        );
    // The virtual clock moves on only when everything waits for the call that hangs.
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.interrupt();
    stop.interrupt();
    run.await.unwrap().0.unwrap();
}

async fn settles(program: &str, items: usize) -> impl AsyncFnOnce(&Case) {
    let program = program.to_owned();
    async move |case: &Case| {
        case.up(&program).await;
        let state = case.state().await;
        assert!(state.intents.is_empty());
        assert!(state.records().all(|record| record.standing == Standing::Current && record.incomplete.is_none()));
        assert_eq!(case.world.lock().unwrap().items.len(), items);
        assert_eq!(case.preview(&program).await.unwrap(), "");
    }
}

#[tokio::test(start_paused = true)]
async fn killed_before_the_call_left() {
    let case = Case::new().await;
    let program = "a: Thing ref=a\nb: Thing ref=a.id";
    killed(&case, program, "create", 1).await;
    assert_eq!(case.state().await.intents.len(), 1);
    settles(program, 2).await(&case).await;
}

#[tokio::test(start_paused = true)]
async fn killed_after_the_create_before_its_answer() {
    let case = Case::new().await;
    let program = "a: Thing ref=a\nb: Thing ref=a.id";
    // The create happens, its answer is lost, and the look-up by token hangs when the process dies.
    case.fault("create", 1, Fault::LoseAnswer);
    case.fault("find", 1, Fault::Refuse(kim_engine::model::Failure::Denied("cut off".to_owned())));
    case.run(Operation::Up, program).await.unwrap();
    assert_eq!(case.state().await.intents.len(), 1, "what nobody knows stays an open intent");
    assert_eq!(case.state().await.records().count(), 0);
    settles(program, 2).await(&case).await;
}

#[tokio::test(start_paused = true)]
async fn killed_while_it_became_ready() {
    let case = Case::new().await;
    let program = "a: Thing ref=a\nb: Thing ref=a.id";
    killed(&case, program, "settle", 1).await;
    assert_eq!(case.state().await.records().next().unwrap().id, "id-1", "the id is saved before any wait");
    settles(program, 2).await(&case).await;
}

#[tokio::test(start_paused = true)]
async fn killed_in_an_update_and_in_a_delete() {
    let case = Case::new().await;
    case.up("a: Thing size=1\nb: Thing size=1").await;
    killed(&case, "a: Thing size=2\nb: Thing size=1", "update", 1).await;
    settles("a: Thing size=2\nb: Thing size=1", 2).await(&case).await;
    killed(&case, "a: Thing size=2", "delete", 1).await;
    settles("a: Thing size=2", 1).await(&case).await;
}

#[tokio::test(start_paused = true)]
async fn killed_in_a_replacement() {
    for (kind, operation) in [
        ("Thing", "create"),
        ("Thing", "settle"),
        ("Thing", "delete"),
        ("Unique", "delete"),
        ("Unique", "create"),
        ("Unique", "settle"),
    ] {
        let case = Case::new().await;
        case.up(&format!("a: {kind} fixed=1x\nb: Thing ref=a.id")).await;
        let after = format!("a: {kind} fixed=2x\nb: Thing ref=a.id");
        killed(&case, &after, operation, 1).await;
        settles(&after, 2).await(&case).await;
    }
}
