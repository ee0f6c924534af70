//! A run that is killed at any instant: the next one settles what was in flight, by itself.
//!
//! The kill is the second interrupt: every future is dropped where it stands, exactly what a SIGKILL leaves behind in
//! the store (which is durable by contract). The end-to-end tests do it with a real signal.

use std::sync::Arc;
use std::time::Duration;

use kim_engine::event::Event;
use kim_engine::model::Failure;
use kim_engine::plan::Operation;
use kim_engine::ports::StoreError;
use kim_engine::state::{Standing, validate};
use kim_engine::{Error, Interrupt};

use crate::disk::{Trouble, converges, goes, troubled};
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
    case.fault("find", 1, Fault::Refuse(Failure::Denied("cut off".to_owned())));
    case.run(Operation::Up, program).await.unwrap();
    assert_eq!(case.state().await.intents.len(), 1, "what nobody knows stays an open intent");
    assert_eq!(case.state().await.records().count(), 0);
    settles(program, 2).await(&case).await;
}

/// From now on the cloud shows what it has made only after so many looks, and would make it twice under the same token.
fn shows_late(case: &Case, looks: usize) {
    let mut world = case.world.lock().unwrap();
    world.forgetful = true;
    world.unseen = looks;
}

/// A create that the cloud has carried out and does not show yet, and whose answer nobody heard.
async fn made_unseen(case: &Case, program: &str, looks: usize) {
    shows_late(case, looks);
    case.fault("create", 1, Fault::LoseAnswer);
    case.fault("find", 1, Fault::Refuse(Failure::Denied("cut off".to_owned())));
    case.run(Operation::Up, program).await.unwrap();
    assert_eq!(case.state().await.intents.len(), 1);
    case.world.lock().unwrap().unseen = 0;
}

#[tokio::test(start_paused = true)]
async fn what_the_cloud_shows_late_is_waited_for_and_not_made_twice() {
    for looks in 1..=5 {
        let case = Case::new().await;
        let program = "a: Thing ref=a\nb: Thing ref=a.id";
        made_unseen(&case, program, looks).await;
        settles(program, 2).await(&case).await;
        let told = case.events.lock().unwrap().iter().filter(|event| says_that_it_looks(event)).count();
        assert_eq!(told, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_late_is_not_left_behind_by_a_destroy() {
    let case = Case::new().await;
    made_unseen(&case, "a: Thing ref=a", 3).await;
    case.run(Operation::Destroy, "").await.unwrap();
    assert!(case.world.lock().unwrap().items.is_empty());
    assert_eq!(case.state().await.records().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_late_in_the_run_that_made_it_is_not_made_twice() {
    let case = Case::new().await;
    shows_late(&case, 3);
    case.fault("create", 1, Fault::LoseAnswer);
    case.up("a: Thing ref=a").await;
    assert_eq!(case.world.lock().unwrap().items.len(), 1);
}

/// Its id is recorded, but the cloud does not show it yet when the next run looks.
#[tokio::test(start_paused = true)]
async fn what_was_just_made_is_not_taken_for_gone() {
    for operation in [Operation::Up, Operation::Refresh, Operation::Destroy] {
        let case = Case::new().await;
        shows_late(&case, 4);
        killed(&case, "a: Thing ref=a", "settle", 1).await;
        assert_eq!(case.state().await.records().next().unwrap().id, "id-1");
        let summary = case.run(operation, "a: Thing ref=a").await.unwrap();
        assert_eq!(summary.message, None);
        converges(&case, "a: Thing ref=a").await;
        goes(&case).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_not_completed_and_is_gone_is_made_again() {
    let case = Case::new().await;
    killed(&case, "a: Thing ref=a", "settle", 1).await;
    case.lose(0);
    converges(&case, "a: Thing ref=a").await;
    let told = case.events.lock().unwrap().iter().filter(|event| says_that_it_looks(event)).count();
    assert_eq!(told, 1);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_the_looking_at_once_and_leaves_it_to_the_next_run() {
    let case = Case::new().await;
    made_unseen(&case, "a: Thing ref=a", 3).await;
    let before = case.state().await;
    case.calls();
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    let sink = Arc::new(move |event: Event| {
        if says_that_it_looks(&event) {
            stop.interrupt();
        }
    });
    let error = case.stack("a: Thing ref=a").up(&case.options, sink, interrupt).await.unwrap_err();
    assert!(matches!(error, Error::Interrupted), "{error}");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(case.calls(), ["find "]);
    assert_eq!(case.state().await, before);
    settles("a: Thing ref=a", 1).await(&case).await;
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_the_looking_in_the_run_that_made_it() {
    let case = Case::new().await;
    shows_late(&case, 3);
    case.fault("create", 1, Fault::LoseAnswer);
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    let sink = Arc::new(move |event: Event| {
        if matches!(&event, Event::StepStatus { status, .. } if status.ends_with("looking up what it created")) {
            stop.interrupt();
        }
    });
    let summary = case.stack("a: Thing ref=a").up(&case.options, sink, interrupt).await.unwrap();
    let message = summary.message.unwrap();
    assert!(message.contains("could not be found out either (interrupted). The next run finds out"), "{message}");
    assert_eq!(case.calls(), ["create a", "find "]);
    settles("a: Thing ref=a", 1).await(&case).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_open_is_not_made_again_by_a_run_that_may_not_ask() {
    let mut case = Case::new().await;
    made_unseen(&case, "a: Thing ref=a", 0).await;
    case.options.offline = true;
    let refused = case.run(Operation::Up, "a: Thing ref=a").await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "an interrupted run left 1 operation open, and only the cloud knows whether anything was made, so \
         nothing was changed"
    );
    // To look at is allowed.
    assert_eq!(case.preview("a: Thing ref=a").await.unwrap(), "+ a");
    case.options.offline = false;
    settles("a: Thing ref=a", 1).await(&case).await;
}

#[tokio::test(start_paused = true)]
async fn what_another_run_is_doing_is_not_settled_for_it() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Hang);
    let (stack, options, interrupt) = (case.stack("a: Thing ref=a"), case.options.clone(), Interrupt::default());
    let stop = interrupt.clone();
    let run = tokio::spawn(async move { stack.up(&options, Arc::new(()), interrupt).await });
    // The virtual clock moves on only when everything waits for the call that hangs.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(case.calls(), ["create a"]);
    let refused = case.run(Operation::Destroy, "").await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "stack 'p/s' is locked by tester@here: another run is changing it. Wait until it has ended"
    );
    let preview = case.stack("a: Thing ref=a").preview(&case.options).await.unwrap();
    assert_eq!(
        preview.diagnostics[0].message,
        "tester@here is changing the stack right now: the outcome of 1 of its operations is not known yet"
    );
    assert_eq!(case.calls(), [""; 0], "nobody was asked");
    stop.interrupt();
    stop.interrupt();
    run.await.unwrap().unwrap();
    settles("a: Thing ref=a", 1).await(&case).await;
}

#[tokio::test(start_paused = true)]
async fn many_are_looked_for_at_the_same_time() {
    let case = Case::new().await;
    let program: String = (0..20).map(|at| format!("r{at}: Thing ref=r{at}\n")).collect();
    for at in 1..=20 {
        case.fault("create", at, Fault::LoseAnswer);
        case.fault("find", at, Fault::Refuse(Failure::Denied("cut off".to_owned())));
    }
    shows_late(&case, 4);
    case.run(Operation::Up, &program).await.unwrap();
    assert_eq!(case.state().await.intents.len(), 20);
    case.world.lock().unwrap().unseen = 0;
    let started = tokio::time::Instant::now();
    case.preview(&program).await.unwrap();
    // On the virtual clock: as long as for one.
    assert!(started.elapsed() < Duration::from_secs(7), "{:?}", started.elapsed());
    settles(&program, 20).await(&case).await;
}

fn says_that_it_looks(event: &Event) -> bool {
    matches!(event, Event::Phase { message } if message == "looking up what an earlier run created: a")
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

#[tokio::test(start_paused = true)]
async fn a_provider_that_breaks_is_no_success_and_costs_nothing() {
    let (before, after) = ("a: Thing size=1\nb: Thing size=1", "a: Thing size=2\nc: Thing ref=a.id");
    for operation in ["create", "settle", "update", "delete"] {
        let case = Case::new().await;
        case.up(before).await;
        case.fault(operation, 1, Fault::Panic);
        let summary = case.run(Operation::Up, after).await.unwrap();
        assert!(summary.message.unwrap().contains("it broke off, by a fault"), "{operation}");
        converges(&case, after).await;
        goes(&case).await;
    }
    // Also where the next run asks what there is.
    let case = Case::new().await;
    made_unseen(&case, "a: Thing ref=a", 0).await;
    let before = case.state().await;
    case.fault("find", 1, Fault::Panic);
    assert!(matches!(case.run(Operation::Up, "a: Thing ref=a").await, Err(Error::Live(_))));
    assert_eq!(case.state().await, before);
    converges(&case, "a: Thing ref=a").await;
}

#[tokio::test(start_paused = true)]
async fn of_two_runs_at_once_one_changes_something() {
    let case = Case::new().await;
    let program = "a: Thing ref=a\nb: Thing ref=a.id";
    let plan = async || {
        let stack = case.stack(program);
        let prepared = stack.plan(Operation::Up, &case.options, case.sink()).await.unwrap();
        (stack, prepared)
    };
    let ((one, first), (two, second), (three, third)) = (plan().await, plan().await, plan().await);
    case.fault("create", 1, Fault::Hang);
    let (options, interrupt) = (case.options.clone(), Interrupt::default());
    let stop = interrupt.clone();
    let run = tokio::spawn(async move { one.apply(first, &options, Arc::new(()), interrupt).await });
    // The virtual clock moves on only when everything waits for the call that hangs.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let refused = two.apply(second, &case.options, case.sink(), Interrupt::default()).await.unwrap_err();
    assert!(matches!(refused, Error::Store(StoreError::Locked { .. })), "{refused}");
    stop.interrupt();
    stop.interrupt();
    run.await.unwrap().unwrap();
    // The lock is free now, but what is open has to be settled first.
    let refused = three.apply(third, &case.options, case.sink(), Interrupt::default()).await.unwrap_err();
    assert!(matches!(refused, Error::Moved), "{refused}");
    converges(&case, program).await;
    goes(&case).await;
}

/// Every commit of a run goes wrong once, in every way; the next run makes it good. The cloud takes no tokens, so that
/// nothing is hidden that is created twice.
#[tokio::test(start_paused = true)]
async fn whatever_commit_goes_wrong_the_next_run_makes_it_good() {
    let programs = [
        ("", "a: Thing ref=a\nb: Thing ref=a.id\nexport: x=b.id"),
        ("", "g: Group\na: Ready size=1 !in=g\nb: Ready ref=a.id"),
        ("a: Thing size=1\nb: Thing size=1", "a: Thing size=2\nb: Thing size=1 !after=a"),
        ("a: Thing fixed=1x\nb: Thing ref=a.id", "a: Thing fixed=2x\nb: Thing ref=a.id"),
        ("a: Thing fixed=1x\nb: Thing fixed=a.id", "a: Thing fixed=2x\nb: Thing fixed=a.id"),
        ("a: Unique fixed=1x\nb: Thing ref=a.id", "a: Unique fixed=2x\nb: Thing ref=a.id"),
        ("a: Unique fixed=1x\nb: Thing fixed=a.id", "a: Unique fixed=2x\nb: Thing fixed=a.id"),
        ("a: Thing ref=a\nb: Thing ref=a.id", "c: Thing ref=c"),
        ("a: Thing ref=a\nb: Thing ref=a.id", "z: Thing ref=a !alias=a\nb: Thing ref=z.id"),
    ];
    for (before, after) in programs {
        for (operation, program) in [(Operation::Up, after), (Operation::Destroy, "")] {
            for trouble in Trouble::ALL {
                for nth in 1.. {
                    let case = Case::new().await;
                    case.up(before).await;
                    case.world.lock().unwrap().forgetful = true;
                    let struck = troubled(&case, operation, program, nth, trouble).await;
                    println!("{before:?} → {operation:?} {program:?}: {trouble:?} at commit {nth}");
                    converges(&case, after).await;
                    goes(&case).await;
                    if !struck {
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_ends_is_given_up_and_gone_on_with() {
    let (before, after) = ("a: Thing size=1\nb: Thing size=1 fixed=1x", "a: Thing size=2\nb: Thing size=1 fixed=2x");
    for (before, after) in [("", before), (before, after), (before, "c: Thing size=1")] {
        let case = Case::new().await;
        case.up(before).await;
        case.world.lock().unwrap().slow = usize::MAX;
        let summary = case.run(Operation::Up, after).await.unwrap();
        let message = summary.message.unwrap();
        assert!(message.contains("it took longer than 45 minutes ("), "{message}");
        assert_eq!(validate(&case.state().await), [""; 0]);
        assert!(case.state().await.intents.is_empty(), "it is known what there is");
        case.world.lock().unwrap().slow = 0;
        converges(&case, after).await;
        goes(&case).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_step_that_broke_off_is_counted_as_failed_and_what_follows_as_skipped() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Panic);
    let summary = case.run(Operation::Up, "a: Thing ref=a\nb: Thing ref=a.id").await.unwrap();
    assert_eq!((summary.changes.get("failed"), summary.changes.get("skipped")), (Some(&1), Some(&1)));
    assert_eq!(summary.changes["create"], 0);
    assert!(summary.message.unwrap().contains("it broke off, by a fault of its provider or of kim"));
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_a_preview_is_only_looked_at() {
    let case = Case::new().await;
    let stack = case.stack("a: Thing ref=a\nexport: x=a.id");
    let prepared = stack.preview(&case.options).await.unwrap();
    let refused = stack.apply(prepared, &case.options, case.sink(), Interrupt::default()).await;
    assert!(matches!(refused, Err(Error::OnlyPreviewed)));
    assert!(case.calls().is_empty());
}
