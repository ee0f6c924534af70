//! Recovery: a run is killed at any instant, and the next run finds out by itself what became of
//! its steps.
//!
//! The kill is the second interrupt: every future is dropped where it stands. The store, which is
//! durable by contract, then holds exactly what it would hold after a SIGKILL. The end-to-end tests
//! send a real signal.

use std::sync::Arc;
use std::time::Duration;

use kim_engine::event::Event;
use kim_engine::plan::Operation;
use kim_engine::ports::StoreError;
use kim_engine::state::Standing;
use kim_engine::{Error, Interrupt, Options};

use crate::fixture::{Case, CommitFault, Fault};

/// Waits until a run waits for a call that hangs: only then does the virtual clock move on.
async fn until_it_hangs() {
    tokio::time::sleep(Duration::from_secs(1)).await;
}

fn kill(interrupt: &Interrupt) {
    interrupt.interrupt();
    interrupt.interrupt();
}

/// Runs `program` and kills it when the n-th call of an operation hangs.
async fn killed(case: &Case, program: &str, operation: &str, nth: usize) {
    case.fault(operation, nth, Fault::Hang);
    let stack = case.stack(program);
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    let prepared =
        stack.plan(Operation::Up, &case.options, Arc::new(()), Interrupt::default()).await.unwrap();
    let run = tokio::spawn(async move {
        stack.apply(prepared, &Options::default(), Arc::new(()), interrupt).await
    });
    until_it_hangs().await;
    kill(&stop);
    run.await.unwrap().unwrap();
}

/// The next run completes the program: no open intent, nothing incomplete, so many items in the
/// cloud.
async fn expect_recovery(case: &Case, program: &str, items: usize) {
    case.up(program).await;
    let state = case.state().await;
    assert!(state.intents.is_empty());
    assert!(
        state
            .records()
            .all(|record| record.standing == Standing::Current && record.incomplete.is_none())
    );
    assert_eq!(case.cloud_items().len(), items);
    case.expect_empty_plan(program).await;
}

// Rule 19.
#[tokio::test(start_paused = true)]
async fn killed_before_the_call_is_sent() {
    let case = Case::new().await;
    let program = r"
        a: Thing ref=a
        b: Thing ref=a.id
    ";
    killed(&case, program, "create", 1).await;
    assert_eq!(case.state().await.intents.len(), 1);
    expect_recovery(&case, program, 2).await;
}

// Rule 26.
#[tokio::test(start_paused = true)]
async fn killed_between_a_create_and_its_answer() {
    let case = Case::new().await;
    let program = r"
        a: Thing ref=a
        b: Thing ref=a.id
    ";
    case.leave_create_open(1);
    case.run(Operation::Up, program).await.unwrap();
    assert_eq!(
        case.state().await.intents.len(),
        1,
        "a create whose outcome is unknown stays an open intent"
    );
    assert_eq!(case.record_count().await, 0);
    expect_recovery(&case, program, 2).await;
}

/// From now on so many reads do not find a new item, and a create that is repeated creates a second
/// one.
fn hide_new_items(case: &Case, reads: usize) {
    let mut world = case.cloud();
    world.ignores_tokens = true;
    world.hidden_reads = reads;
}

/// Runs `program` so that its first create is carried out, but its run does not learn of it, and so
/// many reads do not find the item.
async fn created_unseen(case: &Case, program: &str, reads: usize) {
    hide_new_items(case, reads);
    case.leave_create_open(1);
    case.run(Operation::Up, program).await.unwrap();
    assert_eq!(case.state().await.intents.len(), 1);
    case.cloud().hidden_reads = 0;
}

// Rule 26.
#[tokio::test(start_paused = true)]
async fn an_item_that_the_cloud_shows_late_is_awaited_and_not_created_twice() {
    for reads in 1..=5 {
        let case = Case::new().await;
        let program = r"
            a: Thing ref=a
            b: Thing ref=a.id
        ";
        created_unseen(&case, program, reads).await;
        expect_recovery(&case, program, 2).await;
        let reports =
            case.events.lock().unwrap().iter().filter(|event| is_about_recovery(event)).count();
        assert_eq!(reports, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_deletes_an_item_that_the_cloud_shows_late() {
    let case = Case::new().await;
    created_unseen(&case, "a: Thing ref=a", 3).await;
    case.destroy().await;
    assert!(case.cloud_items().is_empty());
    assert_eq!(case.record_count().await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_is_shown_late_in_the_run_that_created_it_is_not_created_twice() {
    let case = Case::new().await;
    hide_new_items(&case, 3);
    case.fault("create", 1, Fault::LoseAnswer);
    case.up("a: Thing ref=a").await;
    assert_eq!(case.cloud_items().len(), 1);
}

/// The id is recorded, but the cloud does not show the item yet when the next run reads it.
// Rule 26.
#[tokio::test(start_paused = true)]
async fn an_item_just_created_is_not_taken_for_deleted() {
    for operation in [Operation::Up, Operation::Refresh, Operation::Destroy] {
        let case = Case::new().await;
        hide_new_items(&case, 4);
        killed(&case, "a: Thing ref=a", "settle", 1).await;
        assert_eq!(case.only_record().await.id, "id-1");
        let summary = case.run(operation, "a: Thing ref=a").await.unwrap();
        assert_eq!(summary.message, None);
        case.expect_convergence("a: Thing ref=a").await;
        case.expect_destroyed().await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_incomplete_item_that_was_deleted_is_created_again() {
    let case = Case::new().await;
    killed(&case, "a: Thing ref=a", "settle", 1).await;
    case.remove_nth_item(0);
    case.expect_convergence("a: Thing ref=a").await;
    let reports =
        case.events.lock().unwrap().iter().filter(|event| is_about_recovery(event)).count();
    assert_eq!(reports, 1);
}

// Rule 33.
#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_recovery_at_once_and_leaves_it_to_the_next_run() {
    let case = Case::new().await;
    created_unseen(&case, "a: Thing ref=a", 3).await;
    let before = case.state().await;
    case.clear_calls();
    let (sink, interrupt) = case.interrupting_sink(is_about_recovery);
    let error = case.stack("a: Thing ref=a").up(&case.options, sink, interrupt).await.unwrap_err();
    assert!(matches!(error, Error::Interrupted), "{error}");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(case.calls(), ["find "]);
    assert_eq!(case.state().await, before);
    expect_recovery(&case, "a: Thing ref=a", 1).await;
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_ends_the_lookups_of_the_run_that_created_the_item() {
    let case = Case::new().await;
    hide_new_items(&case, 3);
    case.fault("create", 1, Fault::LoseAnswer);
    let is_lookup = |event: &Event| matches!(event, Event::StepStatus { status, .. } if status.ends_with("looking up what it created"));
    let (sink, interrupt) = case.interrupting_sink(is_lookup);
    let summary = case.stack("a: Thing ref=a").up(&case.options, sink, interrupt).await.unwrap();
    let message = summary.message.unwrap();
    assert!(
        message.contains("could not be found out either (interrupted). The next run finds out"),
        "{message}"
    );
    assert_eq!(case.calls(), ["create a", "find "]);
    expect_recovery(&case, "a: Thing ref=a", 1).await;
}

#[tokio::test(start_paused = true)]
async fn an_offline_run_does_not_repeat_an_open_create() {
    let mut case = Case::new().await;
    created_unseen(&case, "a: Thing ref=a", 0).await;
    case.options.offline = true;
    let refused = case.run(Operation::Up, "a: Thing ref=a").await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "an interrupted run left 1 operation open, and only the cloud knows whether anything was made, so \
         nothing was changed"
    );
    // A preview is allowed.
    case.expect_plan("a: Thing ref=a", "+ a").await;
    case.options.offline = false;
    expect_recovery(&case, "a: Thing ref=a", 1).await;
}

/// A create that was interrupted before it was ready left a record of what the cloud does not show.
#[tokio::test(start_paused = true)]
async fn an_offline_run_deletes_what_the_cloud_shows_late() {
    for gone in [Operation::Destroy, Operation::Up] {
        let mut case = Case::new().await;
        hide_new_items(&case, 3);
        case.cloud().repeats = 1;
        let (sink, interrupt) =
            case.interrupting_sink(|event| matches!(event, Event::StepStatus { .. }));
        case.stack("a: Thing").up(&case.options, sink, interrupt).await.unwrap();
        assert_eq!((case.record_count().await, case.cloud().items.len()), (1, 1));
        case.options.offline = true;
        case.run(gone, "").await.unwrap();
        assert_eq!((case.record_count().await, case.cloud().items.len()), (0, 0));
    }
}

// Rule 29.
#[tokio::test(start_paused = true)]
async fn a_run_in_progress_is_not_recovered_by_another() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Hang);
    let (stack, options, interrupt) =
        (case.stack("a: Thing ref=a"), case.options.clone(), Interrupt::default());
    let stop = interrupt.clone();
    let run = tokio::spawn(async move { stack.up(&options, Arc::new(()), interrupt).await });
    until_it_hangs().await;
    assert_eq!(case.calls(), ["create a"]);
    let refused = case.run(Operation::Destroy, "").await.unwrap_err();
    let Error::Store(StoreError::Locked { holder, since, alive: true, .. }) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        refused.to_string(),
        format!(
            "stack 'p/s' is locked by {holder} since {since}: another run is changing it. Wait until it has ended"
        )
    );
    assert!(holder == "tester@here" && since.starts_with("20"), "{refused}");
    let preview =
        case.stack("a: Thing ref=a").preview(&case.options, Interrupt::default()).await.unwrap();
    assert_eq!(
        preview.diagnostics[0].message,
        "tester@here is changing the stack right now: the outcome of 1 of its operations is not known yet"
    );
    assert_eq!(case.calls(), [""; 0], "nobody was asked");
    kill(&stop);
    run.await.unwrap().unwrap();
    expect_recovery(&case, "a: Thing ref=a", 1).await;
}

#[tokio::test(start_paused = true)]
async fn many_open_creates_are_looked_up_at_the_same_time() {
    let case = Case::new().await;
    let program: String = (0..20).map(|at| format!("r{at}: Thing ref=r{at}\n")).collect();
    for at in 1..=20 {
        case.leave_create_open(at);
    }
    hide_new_items(&case, 4);
    case.run(Operation::Up, &program).await.unwrap();
    assert_eq!(case.state().await.intents.len(), 20);
    case.cloud().hidden_reads = 0;
    // On the virtual clock.
    let started = tokio::time::Instant::now();
    case.preview(&program).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(7), "{:?}", started.elapsed());
    expect_recovery(&case, &program, 20).await;
}

/// Returns true if the event says that the run looks for what an earlier run created.
fn is_about_recovery(event: &Event) -> bool {
    matches!(event, Event::Phase { message } if message == "looking up what an earlier run created: a")
}

// Rule 20.
#[tokio::test(start_paused = true)]
async fn killed_while_a_resource_becomes_ready() {
    let case = Case::new().await;
    let program = r"
        a: Thing ref=a
        b: Thing ref=a.id
    ";
    killed(&case, program, "settle", 1).await;
    assert_eq!(case.only_record().await.id, "id-1", "the id is saved before any wait");
    expect_recovery(&case, program, 2).await;
}

// Rule 26.
#[tokio::test(start_paused = true)]
async fn killed_in_an_update_and_in_a_delete() {
    let case = Case::new().await;
    let before = r"
        a: Thing size=1
        b: Thing size=1
    ";
    case.up(before).await;
    let after = r"
        a: Thing size=2
        b: Thing size=1
    ";
    killed(&case, after, "update", 1).await;
    expect_recovery(&case, after, 2).await;
    killed(&case, "a: Thing size=2", "delete", 1).await;
    expect_recovery(&case, "a: Thing size=2", 1).await;
}

// Rule 26.
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
        let before = format!(
            r"
                a: {kind} fixed=1x
                b: Thing ref=a.id
            "
        );
        case.up(&before).await;
        let after = before.replace("1x", "2x");
        killed(&case, &after, operation, 1).await;
        expect_recovery(&case, &after, 2).await;
    }
}

// Rules 26, 40.
#[tokio::test(start_paused = true)]
async fn killed_while_a_key_passes_on() {
    let before = "z: Keyed fixed=x ref=web\nk: Keyed fixed=k ref=k";
    for (after, operations) in [
        // From what is deleted to what is created.
        ("a: Keyed fixed=x ref=web\nk: Keyed fixed=k ref=k", ["delete", "create", "settle"]),
        // From what is updated to what is created.
        (
            "a: Keyed fixed=x ref=web\nz: Keyed fixed=x ref=api\nk: Keyed fixed=k ref=k",
            ["update", "create", "settle"],
        ),
        // From the old copy to the new one.
        (
            "z: Keyed fixed=x ref=web size=1 !replaces=size\nk: Keyed fixed=k ref=k",
            ["delete", "create", "settle"],
        ),
    ] {
        for operation in operations {
            let mut case = Case::new().await;
            case.options.delete_renamed = true;
            case.up(before).await;
            killed(&case, after, operation, 1).await;
            expect_recovery(&case, after, after.lines().count()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_of_a_provider_fails_the_run_and_loses_nothing() {
    let before = r"
        a: Thing size=1
        b: Thing size=1
    ";
    let after = r"
        a: Thing size=2
        c: Thing ref=a.id
    ";
    for operation in ["create", "settle", "update", "delete"] {
        let case = Case::new().await;
        case.up(before).await;
        case.fault(operation, 1, Fault::Panic);
        let summary = case.run(Operation::Up, after).await.unwrap();
        assert!(summary.message.unwrap().contains("it broke off, by a fault"), "{operation}");
        case.expect_convergence(after).await;
        case.expect_destroyed().await;
    }
    // Also where recovery asks the cloud.
    let case = Case::new().await;
    created_unseen(&case, "a: Thing ref=a", 0).await;
    let before = case.state().await;
    case.fault("find", 1, Fault::Panic);
    assert!(matches!(case.run(Operation::Up, "a: Thing ref=a").await, Err(Error::Live(_))));
    assert_eq!(case.state().await, before);
    case.expect_convergence("a: Thing ref=a").await;
}

// Rule 29.
#[tokio::test(start_paused = true)]
async fn of_two_runs_at_once_only_one_applies() {
    let case = Case::new().await;
    let program = r"
        a: Thing ref=a
        b: Thing ref=a.id
    ";
    let plan = async || {
        let stack = case.stack(program);
        let prepared = stack
            .plan(Operation::Up, &case.options, case.sink(), Interrupt::default())
            .await
            .unwrap();
        (stack, prepared)
    };
    let ((one, first), (two, second), (three, third)) = (plan().await, plan().await, plan().await);
    case.fault("create", 1, Fault::Hang);
    let (options, interrupt) = (case.options.clone(), Interrupt::default());
    let stop = interrupt.clone();
    let run =
        tokio::spawn(async move { one.apply(first, &options, Arc::new(()), interrupt).await });
    until_it_hangs().await;
    let refused =
        two.apply(second, &case.options, case.sink(), Interrupt::default()).await.unwrap_err();
    assert!(matches!(refused, Error::Store(StoreError::Locked { .. })), "{refused}");
    kill(&stop);
    run.await.unwrap().unwrap();
    // The lock is free now, but the open intent has to be recovered first.
    let refused =
        three.apply(third, &case.options, case.sink(), Interrupt::default()).await.unwrap_err();
    assert!(matches!(refused, Error::Moved), "{refused}");
    case.expect_convergence(program).await;
    case.expect_destroyed().await;
}

// Rule 26.
/// Each commit of a run goes wrong once, in every way, and the next run converges. The cloud
/// ignores tokens, so a create that is repeated shows as a second item.
#[tokio::test(start_paused = true)]
async fn whichever_commit_goes_wrong_the_next_run_converges() {
    let programs = [
        (
            "",
            r"
                a: Thing ref=a
                b: Thing ref=a.id
                export: x=b.id
            ",
        ),
        (
            "",
            r"
                g: Group
                a: Ready size=1 !in=g
                b: Ready ref=a.id
            ",
        ),
        (
            r"
                a: Thing size=1
                b: Thing size=1
            ",
            r"
                a: Thing size=2
                b: Thing size=1 !after=a
            ",
        ),
        (
            r"
                a: Thing fixed=1x
                b: Thing ref=a.id
            ",
            r"
                a: Thing fixed=2x
                b: Thing ref=a.id
            ",
        ),
        (
            r"
                a: Thing fixed=1x
                b: Thing fixed=a.id
            ",
            r"
                a: Thing fixed=2x
                b: Thing fixed=a.id
            ",
        ),
        (
            r"
                a: Unique fixed=1x
                b: Thing ref=a.id
            ",
            r"
                a: Unique fixed=2x
                b: Thing ref=a.id
            ",
        ),
        (
            r"
                a: Unique fixed=1x
                b: Thing fixed=a.id
            ",
            r"
                a: Unique fixed=2x
                b: Thing fixed=a.id
            ",
        ),
        (
            r"
                a: Thing ref=a
                b: Thing ref=a.id
            ",
            "c: Thing ref=c",
        ),
        (
            r"
                a: Thing ref=a
                b: Thing ref=a.id
            ",
            r"
                z: Thing ref=a !alias=a
                b: Thing ref=z.id
            ",
        ),
    ];
    for (before, after) in programs {
        for (operation, program) in [(Operation::Up, after), (Operation::Destroy, "")] {
            for fault in CommitFault::ALL {
                for nth in 1.. {
                    let case = Case::new().await;
                    case.up(before).await;
                    case.cloud().ignores_tokens = true;
                    let hit = case.run_with_commit_fault(operation, program, nth, fault).await;
                    println!(
                        "{operation:?}, {fault:?} at commit {nth}, from:\n{before}\nto:\n{program}"
                    );
                    case.expect_convergence(after).await;
                    case.expect_destroyed().await;
                    if !hit {
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_never_ends_is_given_up_and_continued_by_the_next_run() {
    let before = r"
        a: Thing size=1
        b: Thing size=1 fixed=1x
    ";
    let after = r"
        a: Thing size=2
        b: Thing size=1 fixed=2x
    ";
    for (before, after) in [("", before), (before, after), (before, "c: Thing size=3")] {
        let case = Case::new().await;
        case.up(before).await;
        case.cloud().repeats = usize::MAX;
        let summary = case.run(Operation::Up, after).await.unwrap();
        let message = summary.message.unwrap();
        assert!(message.contains("it took longer than 45 minutes ("), "{message}");
        case.expect_valid_state().await;
        assert!(case.state().await.intents.is_empty(), "it is known what there is");
        case.cloud().repeats = 0;
        case.expect_convergence(after).await;
        case.expect_destroyed().await;
    }
}

// Rule 24.
#[tokio::test(start_paused = true)]
async fn a_step_that_panicked_counts_as_failed_and_its_dependents_as_skipped() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Panic);
    let program = r"
        a: Thing ref=a
        b: Thing ref=a.id
    ";
    let summary = case.run(Operation::Up, program).await.unwrap();
    assert_eq!(
        (summary.changes.get("failed"), summary.changes.get("skipped")),
        (Some(&1), Some(&1))
    );
    assert_eq!(summary.changes["create"], 0);
    assert!(
        summary.message.unwrap().contains("it broke off, by a fault of its provider or of kim")
    );
}

#[tokio::test(start_paused = true)]
async fn the_plan_of_a_preview_cannot_be_applied() {
    let case = Case::new().await;
    let program = r"
        a: Thing ref=a
        export: x=a.id
    ";
    let stack = case.stack(program);
    let prepared = stack.preview(&case.options, Interrupt::default()).await.unwrap();
    let refused = stack.apply(prepared, &case.options, case.sink(), Interrupt::default()).await;
    assert!(matches!(refused, Err(Error::OnlyPreviewed)));
    assert!(case.calls().is_empty());
}

/// Returns the calls of the next run, and what the record then says of completeness.
async fn next_run(case: &Case, program: &str) -> (Vec<String>, Option<String>) {
    case.clear_calls();
    case.up(program).await;
    let record = case.only_record().await;
    assert_eq!(record.unfinished, None);
    (case.calls(), record.incomplete)
}

// Rule 21.
#[tokio::test(start_paused = true)]
async fn a_create_that_was_not_seen_ready_is_settled_and_not_updated() {
    let case = Case::new().await;
    case.fault("settle", 1, Fault::other("it broke while starting"));
    case.run(Operation::Up, "a: Thing size=1").await.unwrap();
    // It fails again, and is still to be settled.
    case.fault("settle", 1, Fault::other("still starting"));
    case.run(Operation::Up, "a: Thing size=1").await.unwrap();
    case.expect_plan("a: Thing size=1", "~ a # it was left incomplete: still starting").await;
    assert_eq!(next_run(&case, "a: Thing size=1").await, (vec!["settle id-1".to_owned()], None));
    case.expect_empty_plan("a: Thing size=1").await;
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_not_seen_ready_is_settled_before_it_is_updated() {
    let case = Case::new().await;
    case.fault("settle", 1, Fault::other("it broke while starting"));
    case.run(Operation::Up, "a: Thing size=1").await.unwrap();
    let calls = ["settle id-1", "update id-1"].map(str::to_owned).to_vec();
    assert_eq!(next_run(&case, "a: Thing size=2").await, (calls, None));

    // Half of it is made, which its answer tells.
    let case = Case::new().await;
    case.fault("settle", 1, Fault::other("it broke while starting"));
    case.run(Operation::Up, "a: Thing size=1").await.unwrap();
    case.tamper("id-1", "size", 7);
    let calls = ["settle id-1", "update id-1"].map(str::to_owned).to_vec();
    assert_eq!(next_run(&case, "a: Thing size=1").await, (calls, None));
}

// Rule 51.
#[tokio::test(start_paused = true)]
async fn what_was_deleted_in_part_is_completed_by_the_run_that_keeps_it() {
    for fault in [Fault::other("it broke"), Fault::LoseAnswer] {
        let case = Case::new().await;
        case.up("a: Thing size=1").await;
        let gone = fault == Fault::LoseAnswer;
        case.fault("delete", 1, fault);
        case.destroy().await;
        if gone {
            case.expect_plan("a: Thing size=1", "+ a # it is gone from the cloud").await;
            continue;
        }
        case.expect_plan(
            "a: Thing size=1",
            "~ a # it was left incomplete: a delete failed: it broke",
        )
        .await;
        assert_eq!(
            next_run(&case, "a: Thing size=1").await,
            (vec!["update id-1".to_owned()], None)
        );
        case.expect_empty_plan("a: Thing size=1").await;
    }
}

// Rule 51.
#[tokio::test(start_paused = true)]
async fn what_was_deleted_in_part_is_deleted_by_the_run_that_drops_it() {
    let case = Case::new().await;
    case.up("a: Thing size=1").await;
    // It was under way, so the denial does not mean that nothing happened.
    case.cloud().repeats = 1;
    case.fault("delete", 2, Fault::denied("no"));
    case.destroy().await;
    assert!(case.only_record().await.incomplete.is_some());
    case.expect_destroyed().await;
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_did_nothing_leaves_a_resource_as_it_was() {
    let case = Case::new().await;
    case.up("a: Thing size=1").await;
    case.fault("delete", 1, Fault::denied("no"));
    case.destroy().await;
    case.expect_empty_plan("a: Thing size=1").await;
}

// Rule 51.
#[tokio::test(start_paused = true)]
async fn an_old_copy_that_was_deleted_in_part_is_deleted_by_the_next_run() {
    let case = Case::new().await;
    case.up("a: Thing fixed=one").await;
    case.fault("delete", 1, Fault::other("it broke"));
    case.run(Operation::Up, "a: Thing fixed=two").await.unwrap();
    case.clear_calls();
    case.expect_convergence("a: Thing fixed=two").await;
    assert_eq!(case.calls(), ["delete id-1"]);
}

// Rule 21.
#[tokio::test(start_paused = true)]
async fn a_kind_without_an_update_is_completed_by_settling() {
    for (operation, fault) in [
        ("settle", Fault::other("still starting")),
        ("delete", Fault::other("it broke")),
        ("create", Fault::Partial),
        ("create", Fault::PartialWithoutId),
    ] {
        let case = Case::new().await;
        case.fault(operation, 1, fault);
        case.run(Operation::Up, "a: Firm size=1").await.unwrap();
        if operation == "delete" {
            case.destroy().await;
        }
        assert_eq!(next_run(&case, "a: Firm size=1").await, (vec!["settle id-1".to_owned()], None));
        case.expect_empty_plan("a: Firm size=1").await;
    }
}

// Rules 26, 51.
#[tokio::test(start_paused = true)]
async fn killed_in_a_delete_it_is_completed_by_the_run_that_keeps_it() {
    let case = Case::new().await;
    case.up("a: Thing size=1").await;
    killed(&case, "", "delete", 1).await;
    case.expect_plan("a: Thing size=1", "~ a # it was left incomplete: a delete was interrupted")
        .await;
    assert_eq!(next_run(&case, "a: Thing size=1").await, (vec!["update id-1".to_owned()], None));

    // A delete first of a replacement that is called off is one too.
    killed(&case, "a: Thing fixed=new !dbr", "delete", 1).await;
    assert_eq!(next_run(&case, "a: Thing size=1").await, (vec!["update id-1".to_owned()], None));

    killed(&case, "", "delete", 1).await;
    case.expect_destroyed().await;
}

// Rule 51.
#[tokio::test(start_paused = true)]
async fn what_was_leaving_and_is_no_longer_shown_is_deleted_before_its_new_copy_is_made() {
    for killed_in in ["", "a: Thing fixed=new !dbr"] {
        let case = Case::new().await;
        case.up("a: Thing size=1").await;
        (case.cloud().hides_leaving, case.cloud().repeats) = (true, 3);
        killed(&case, killed_in, "delete", 2).await;
        let program = "a: Thing size=1";
        case.expect_plan(program, "+ a # it is gone from the cloud").await;
        let (calls, _) = next_run(&case, program).await;
        let calls: Vec<&str> = calls.iter().map(String::as_str).collect();
        assert_eq!(calls[..4], ["delete id-1", "delete id-1", "delete id-1", "create ?"]);
        case.expect_empty_plan(program).await;
    }
}

// Rule 51.
#[tokio::test(start_paused = true)]
async fn what_is_still_leaving_at_an_interrupt_is_deleted_by_the_next_run() {
    let case = Case::new().await;
    case.up("a: Thing size=1").await;
    (case.cloud().hides_leaving, case.cloud().repeats) = (true, 9);
    killed(&case, "", "delete", 2).await;
    case.fault("delete", 2, Fault::Hang);
    case.clear_calls();
    case.run_with_commit_fault(Operation::Up, "a: Thing size=1", 99, CommitFault::KilledBefore)
        .await;
    assert_eq!(case.calls(), ["delete id-1", "delete id-1"]);
    case.expect_convergence("a: Thing size=1").await;
    assert_eq!(case.cloud().items.len(), 1);
}

// Rule 15.
#[tokio::test(start_paused = true)]
async fn a_secret_that_an_update_may_have_brought_stays_secret() {
    for (before, program) in [
        ("a: Thing size=1", "a: Thing size=2 secret=secret:hunter2 tags.k=secret:hunter2"),
        ("a: Thing ref=x tags.k=v", "a: Thing ref=secret:hunter2 tags.k=secret:hunter2"),
        ("a: Thing words=[x,y]", "a: Thing words=[secret:hunter2,y] ports=[1]"),
    ] {
        for (operation, fault) in
            [("update", Fault::HangAfter), ("update", Fault::LoseAnswer), ("none", Fault::Hang)]
        {
            let case = Case::new().await;
            case.up(before).await;
            case.fault(operation, 1, fault);
            let (nth, ends) = (if operation == "none" { 2 } else { 99 }, CommitFault::KilledBefore);
            case.run_with_commit_fault(Operation::Up, program, nth, ends).await;
            case.prepare(before).await.unwrap();
            case.refresh().await;
            case.prepare(before).await.unwrap();
            case.refresh().await;
            let (state, events) = (case.state().await, case.events.lock().unwrap().clone());
            assert!(!format!("{state:?}").contains("hunter2"), "{state:?}");
            assert!(!format!("{events:?}").contains("hunter2"), "{events:?}");
            case.up(program).await;
            case.expect_convergence(before).await;
            assert!(!case.only_record().await.properties.has_secret());
        }
    }
}
