//! Creates that are carried out later than they were looked for, and tokens with other inputs.
//!
//! In the end the cloud holds nothing that state does not know, and nothing twice.

use std::sync::Arc;

use kim_engine::event::{RunResult, Severity};
use kim_engine::model::Value;
use kim_engine::plan::Operation;
use kim_engine::ports::{RunEnd, RunStart, StoreError};
use kim_engine::state::{Doubt, StateChange};
use kim_engine::{Interrupt, Options, Stack};

use crate::fixture::{Case, CommitFault, Fault, stack_id};

/// Runs `program` and kills it while its n-th create is in flight, which is carried out later.
async fn killed_in_create(case: &Case, program: &str, nth: usize) {
    case.fault("create", nth, Fault::LateHang);
    let stack = case.stack(program);
    let interrupt = Interrupt::default();
    let stop = interrupt.clone();
    let prepared =
        stack.plan(Operation::Up, &case.options, Arc::new(()), Interrupt::default()).await.unwrap();
    let run = tokio::spawn(async move {
        stack.apply(prepared, &Options::default(), Arc::new(()), interrupt).await
    });
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    stop.interrupt();
    stop.interrupt();
    run.await.unwrap().unwrap();
}

/// Writes changes of state as another run would.
async fn commit(case: &Case, changes: Vec<StateChange>) {
    let start = RunStart {
        operation: String::new(),
        who: String::new(),
        program: String::new(),
        plugins: Vec::new(),
    };
    let run = case.store.begin(&stack_id(), start).await.unwrap();
    case.store.commit(run, changes).await.unwrap();
    case.store.finish(run, RunEnd::default()).await.unwrap();
}

/// Returns the only doubt.
async fn only_doubt(case: &Case) -> Doubt {
    let state = case.state().await;
    assert_eq!(state.doubts.len(), 1);
    state.doubts.into_values().next().unwrap()
}

/// Makes the first look of the only doubt more than a day old.
async fn let_a_day_pass(case: &Case) {
    let doubt = only_doubt(case).await;
    let since = doubt.since - 25 * 60 * 60 * 1000;
    commit(case, vec![StateChange::OpenDoubt(Arc::new(Doubt { since, ..doubt }))]).await;
}

/// Returns the messages of a preview's diagnostics.
async fn diagnostics(case: &Case, program: &str) -> Vec<String> {
    let prepared = case.prepare(program).await.unwrap();
    prepared.diagnostics.into_iter().map(|one| one.message).collect()
}

/// The programs before and after, and the number of the create that is carried out late.
const LIVES: [(&str, &str); 6] = [
    ("", "a: KIND ref=a"),
    (
        "",
        r"
            a: KIND ref=a
            b: Thing ref=a.id
        ",
    ),
    (
        "",
        r"
            g: Group
            a: KIND ref=a !in=g
        ",
    ),
    ("a: KIND fixed=1x", "a: KIND fixed=2x"),
    ("a: KIND fixed=1x !dbr", "a: KIND fixed=2x !dbr"),
    ("", "a: KIND ref=a !protect !retain"),
];

/// Returns each life for a kind that takes tokens and one that does not.
fn lives() -> impl Iterator<Item = (String, String)> {
    let kinds = ["Thing", "Loose", "Unique"];
    kinds.into_iter().flat_map(|kind| {
        LIVES.map(|(before, after)| (before.replace("KIND", kind), after.replace("KIND", kind)))
    })
}

/// Expects that the cloud holds what the state knows, and that no token had two inputs.
async fn expect_end(case: &Case, program: &str) {
    case.expect_convergence(program).await;
    assert!(case.cloud().mixed_tokens.is_empty());
    let unguarded = program.replace(" !protect", "").replace(" !retain", "");
    case.up(&unguarded).await;
    case.expect_destroyed().await;
}

// Rule 53.
#[tokio::test(start_paused = true)]
async fn a_create_carried_out_after_the_next_run_is_not_left_over() {
    for (before, after) in lives() {
        println!("from:\n{before}\nto:\n{after}");
        let case = Case::new().await;
        case.up(&before).await;
        killed_in_create(&case, &after, 1).await;
        case.up(&after).await;
        case.cloud().catch_up();
        expect_end(&case, &after).await;
    }
}

// Rule 53.
#[tokio::test(start_paused = true)]
async fn a_create_carried_out_after_its_run_repeated_it_is_not_left_over() {
    for (before, after) in lives() {
        println!("from:\n{before}\nto:\n{after}");
        let case = Case::new().await;
        case.up(&before).await;
        case.fault("create", 1, Fault::Late);
        case.fault("create", 2, Fault::Late);
        case.up(&after).await;
        case.cloud().catch_up();
        expect_end(&case, &after).await;
    }
}

// Rule 53.
#[tokio::test(start_paused = true)]
async fn a_create_carried_out_after_its_repetition_was_refused_is_not_left_over() {
    for kind in ["Thing", "Loose"] {
        for refusal in [Fault::denied("denied"), Fault::throttled("throttled")] {
            let case = Case::new().await;
            case.fault("create", 1, Fault::Late);
            (2..30).for_each(|nth| case.fault("create", nth, refusal.clone()));
            let run = case.run(Operation::Up, &format!("a: {kind}")).await.unwrap();
            assert_eq!(run.result, RunResult::Failed);
            case.cloud().faults.clear();
            case.up("").await;
            case.cloud().catch_up();
            case.expect_convergence("").await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_carried_out_after_its_run_was_killed_in_the_repetition_is_not_left_over() {
    for (before, after) in lives() {
        println!("from:\n{before}\nto:\n{after}");
        let case = Case::new().await;
        case.up(&before).await;
        case.fault("create", 1, Fault::Late);
        // Lookups and pauses take less than a minute.
        case.fault("create", 2, Fault::HangAfter);
        let (stack, interrupt) = (case.stack(&after), Interrupt::default());
        let (stop, options) = (interrupt.clone(), case.options.clone());
        let run = tokio::spawn(async move { stack.up(&options, Arc::new(()), interrupt).await });
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        stop.interrupt();
        stop.interrupt();
        run.await.unwrap().unwrap();
        case.up(&after).await;
        case.cloud().catch_up();
        expect_end(&case, &after).await;
    }
}

/// Each commit goes wrong once, in every way, of a run whose first create is carried out late.
#[tokio::test(start_paused = true)]
async fn whichever_commit_goes_wrong_a_late_create_is_not_left_over() {
    for (before, after) in lives() {
        for fault in CommitFault::ALL {
            for nth in 1.. {
                let case = Case::new().await;
                case.up(&before).await;
                case.fault("create", 1, Fault::Late);
                let hit = case.run_with_commit_fault(Operation::Up, &after, nth, fault).await;
                println!("{fault:?} at commit {nth}, from:\n{before}\nto:\n{after}");
                case.up(&after).await;
                case.cloud().catch_up();
                expect_end(&case, &after).await;
                if !hit {
                    break;
                }
            }
        }
    }
}

// Rule 53.
#[tokio::test(start_paused = true)]
async fn a_create_carried_out_after_the_resource_was_dropped_is_deleted() {
    for (before, after) in lives() {
        for operation in [Operation::Up, Operation::Destroy, Operation::Refresh] {
            println!("{operation:?}, from:\n{before}\nto:\n{after}");
            let case = Case::new().await;
            case.up(&before).await;
            killed_in_create(&case, &after, 1).await;
            case.run(operation, "c: Thing").await.unwrap();
            case.cloud().catch_up();
            expect_end(&case, "c: Thing").await;
        }
    }
}

// Rule 53.
#[tokio::test(start_paused = true)]
async fn a_destroy_deletes_what_was_created_late() {
    for kind in ["Thing", "Loose"] {
        let program = format!("a: {kind} ref=a");
        let case = Case::new().await;
        killed_in_create(&case, &program, 1).await;
        case.up(&program).await;
        case.cloud().catch_up();
        let summary = case.destroy().await;
        assert_eq!(summary.message, None);
        assert!(case.cloud_items().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_before_the_create_is_carried_out_keeps_the_token_and_the_next_one_deletes() {
    let case = Case::new().await;
    killed_in_create(&case, "a: Thing ref=a", 1).await;
    case.destroy().await;
    assert_eq!(case.record_count().await, 0);
    let refused = case.store.remove_stack(&stack_id(), false).await;
    assert_eq!(refused, Err(StoreError::NotEmpty { stack: stack_id(), resources: 1 }));
    assert_eq!(
        diagnostics(&case, "").await,
        [
            "creates of earlier runs may still be carried out, because their answers never came: a. Nothing that \
          they created was found. For a day each run looks again, and adopts or deletes what it finds"
        ]
    );
    assert_eq!(case.cloud().catch_up(), 1);
    case.expect_plan("", "- a # no longer declared").await;
    case.destroy().await;
    assert!(case.cloud_items().is_empty());
    case.store.remove_stack(&stack_id(), false).await.unwrap();
}

// Rule 53.
#[tokio::test(start_paused = true)]
async fn what_was_created_late_is_reported_and_deleted_beside_its_successor() {
    let case = Case::new().await;
    let program = "a: Loose ref=a";
    killed_in_create(&case, program, 1).await;
    case.up(program).await;
    case.expect_empty_plan(program).await;
    assert_eq!(case.cloud().catch_up(), 1);
    let prepared = case.prepare(program).await.unwrap();
    assert_eq!(prepared.diagnostics.len(), 1);
    assert_eq!(prepared.diagnostics[0].severity, Severity::Warning);
    assert_eq!(
        prepared.diagnostics[0].message,
        "kim:p/s/test:Loose/a: a create of an earlier run, whose answer never came, was carried out late and created \
         id-2. id-1 was created in its place, so id-2 is to be deleted"
    );
    case.expect_plan(program, "- a # created late, by a create of an earlier run").await;
    case.clear_calls();
    case.up(program).await;
    assert_eq!(case.calls(), ["find ", "delete id-2"]);
    case.expect_empty_plan(program).await;
    assert!(case.state().await.doubts.is_empty());
}

// Rule 53.
#[tokio::test(start_paused = true)]
async fn what_was_created_late_is_deleted_before_what_it_may_be_in_the_way_of() {
    let case = Case::new().await;
    case.cloud().named = true;
    case.up("a: Loose fixed=one\nb: Thing ref=a.id").await;
    let program = "a: Loose fixed=two\nb: Thing ref=a.id";
    case.fault("create", 1, Fault::Late);
    case.fault("create", 2, Fault::denied("no"));
    case.run(Operation::Up, program).await.unwrap();
    assert_eq!(case.cloud().catch_up(), 1);
    case.clear_calls();
    case.up(program).await;
    let calls = case.calls();
    assert_eq!(calls[1..3], ["delete two", "create two"], "{calls:?}");
    case.expect_empty_plan(program).await;
}

// Rule 53.
#[tokio::test(start_paused = true)]
async fn what_was_created_late_is_adopted_if_nothing_is_in_its_place() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::Late);
    case.fault("create", 2, Fault::denied("no"));
    case.run(Operation::Up, "a: Loose size=1").await.unwrap();
    assert_eq!(case.cloud().catch_up(), 1);
    assert_eq!(
        diagnostics(&case, "a: Loose size=2").await,
        [
            "kim:p/s/test:Loose/a: a create of an earlier run, whose answer never came, was carried out late and \
          created id-1. That is the resource now"
        ]
    );
    case.expect_plan(
        "a: Loose size=2",
        "~ a size: 1 → 2 # created late, by a create of an earlier run",
    )
    .await;
    expect_end(&case, "a: Loose size=2").await;
}

#[tokio::test(start_paused = true)]
async fn a_repetition_with_other_inputs_has_another_token() {
    for (kind, first, second) in [("Thing", "size=1", "size=2"), ("Loose", "fixed=1x", "fixed=2x")]
    {
        for late in [false, true] {
            let case = Case::new().await;
            killed_in_create(&case, &format!("a: {kind} {first}"), 1).await;
            let program = format!("a: {kind} {second}");
            if late {
                case.up(&program).await;
            }
            case.cloud().catch_up();
            expect_end(&case, &program).await;
        }
    }
}

// Rules 26, 53.
#[tokio::test(start_paused = true)]
async fn a_repetition_with_the_same_inputs_has_the_same_token_and_ends_the_doubt() {
    let case = Case::new().await;
    killed_in_create(&case, "a: Thing ref=a", 1).await;
    case.refresh().await;
    only_doubt(&case).await;
    case.up("a: Thing ref=a").await;
    assert!(case.state().await.doubts.is_empty());
    assert_eq!(case.cloud().catch_up(), 0);
    expect_end(&case, "a: Thing ref=a").await;
}

// Rule 53.
#[tokio::test(start_paused = true)]
async fn a_token_is_looked_up_for_a_day_and_never_used_again() {
    let case = Case::new().await;
    killed_in_create(&case, "a: Thing size=1", 1).await;
    case.refresh().await;
    let token = only_doubt(&case).await.intent.token;
    let_a_day_pass(&case).await;
    case.refresh().await;
    assert!(case.state().await.doubts.is_empty());
    case.up("a: Thing size=1").await;
    let items = case.cloud_items();
    assert!(items.values().all(|item| item.token != token));
}

#[tokio::test(start_paused = true)]
async fn a_doubt_outlives_a_failed_look_an_offline_run_and_another_name() {
    let mut case = Case::new().await;
    killed_in_create(&case, "a: Loose ref=a", 1).await;
    case.up("a: Loose ref=a").await;
    case.fault("find", 1, Fault::denied("not today"));
    assert!(
        diagnostics(&case, "a: Loose ref=a").await[0]
            .ends_with("could not be found out: denied: not today. A later run looks again")
    );
    case.options.offline = true;
    case.clear_calls();
    case.up("a: Loose ref=a").await;
    assert_eq!(case.calls(), [""; 0]);
    case.options.offline = false;
    case.up("z: Loose ref=a !alias=a").await;
    case.cloud().catch_up();
    expect_end(&case, "z: Loose ref=a !alias=a").await;
}

#[tokio::test(start_paused = true)]
async fn what_an_interrupted_run_created_holds_its_secrets_as_secrets() {
    let program = "a: Loose secret=secret:hunter2 pin=abcd";
    for late in [true, false] {
        let case = Case::new().await;
        killed_in_create(&case, program, 1).await;
        if late {
            case.up(program).await;
        }
        case.cloud().catch_up();
        case.refresh().await;
        let state = case.state().await;
        assert_eq!(state.records().count(), if late { 2 } else { 1 });
        for record in state.records() {
            let secret = record.properties.get("secret").unwrap();
            assert_eq!(*secret, Value::secret("hunter2".into()), "{record:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_create_needs_nothing_that_was_deleted_meanwhile() {
    let program = r"
        b: Thing ref=b
        g: Group
        a: Loose ref=b.id !in=g !with=b
    ";
    let case = Case::new().await;
    killed_in_create(&case, program, 2).await;
    case.up("c: Thing ref=c").await;
    assert_eq!(case.cloud().catch_up(), 1);
    expect_end(&case, "c: Thing ref=c").await;
}

/// Takes a resource out of the state with all that is known of its tokens, as an older copy of the
/// state would.
async fn forget_all(case: &Case) {
    case.cloud().state_was_lost = true;
    let state = case.state().await;
    let forgotten = state.resources.keys().cloned().map(StateChange::Remove);
    let generations = state.generations.keys();
    let first = generations.map(|urn| StateChange::NextGeneration { urn: urn.clone(), next: 0 });
    commit(case, forgotten.chain(first).collect()).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_token_created_with_other_inputs_is_adopted_then_updated_or_replaced() {
    for (kind, before, after, plan) in [
        ("Thing", "size=1", "size=2", "~ a size: 1 → 2 # adopted: created by an interrupted run"),
        ("Thing", "fixed=1x", "fixed=2x", "± a fixed: \"1x\" → \"2x\""),
        ("Unique", "fixed=1x", "fixed=2x", "∓ a fixed: \"1x\" → \"2x\""),
        (
            "Ready",
            "secret=secret:one",
            "secret=secret:two",
            "~ a secret: [secret] → [secret] # adopted: created by an interrupted run",
        ),
    ] {
        let case = Case::new().await;
        case.up(&format!("a: {kind} {before}")).await;
        forget_all(&case).await;
        let program = format!("a: {kind} {after}");
        let summary = case.run(Operation::Up, &program).await.unwrap();
        assert_eq!(
            summary.message.unwrap(),
            "kim:p/s/test:KIND/a: its token was used before: with other inputs. It created id-1, perhaps with other \
             inputs. That is recorded; the next run goes on with it"
                .replace("KIND", kind)
        );
        case.expect_plan(&program, plan).await;
        case.expect_convergence(&program).await;
        case.expect_destroyed().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_whose_item_was_deleted_gives_way_to_the_next_one() {
    let case = Case::new().await;
    case.up("a: Thing size=1").await;
    case.destroy().await;
    forget_all(&case).await;
    case.up("a: Thing size=2").await;
    case.expect_convergence("a: Thing size=2").await;
    case.expect_destroyed().await;
}

#[tokio::test(start_paused = true)]
async fn what_a_token_created_with_other_inputs_is_found_by_a_later_run_too() {
    for (kind, before, after) in [("Thing", "size=1", "size=2"), ("Thing", "fixed=1x", "fixed=2x")]
    {
        for fault in [Fault::denied("no"), Fault::other("broken")] {
            let case = Case::new().await;
            case.up(&format!("a: {kind} {before}")).await;
            forget_all(&case).await;
            case.fault("find", 1, fault);
            let program = format!("a: {kind} {after}");
            let summary = case.run(Operation::Up, &program).await.unwrap();
            assert!(summary.message.unwrap().contains("The next run finds out by itself"));
            case.expect_convergence(&program).await;
            case.expect_destroyed().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whichever_commit_goes_wrong_a_used_token_is_no_dead_end() {
    for deleted in [false, true] {
        for fault in CommitFault::ALL {
            for nth in 1.. {
                let case = Case::new().await;
                case.up("a: Thing fixed=1x").await;
                if deleted {
                    case.destroy().await;
                }
                forget_all(&case).await;
                let after = "a: Thing fixed=2x";
                let hit = case.run_with_commit_fault(Operation::Up, after, nth, fault).await;
                println!("{fault:?} at commit {nth}, deleted: {deleted}");
                // One run may still find out what the token was used for.
                let _ = case.run(Operation::Up, after).await.unwrap();
                case.expect_convergence(after).await;
                case.expect_destroyed().await;
                if !hit {
                    break;
                }
            }
        }
    }
}

// Rule 53.
#[tokio::test(start_paused = true)]
async fn a_token_that_nobody_can_look_up_is_given_up_after_a_day_with_a_warning() {
    let case = Case::new().await;
    killed_in_create(&case, "a: Loose ref=a", 1).await;
    case.up("a: Loose ref=a").await;
    let token = only_doubt(&case).await.intent.token;
    // No plugin offers its kind any more.
    let unserved = || Stack { providers: Vec::new(), ..case.stack("") };
    let look = || async {
        let prepared = unserved()
            .plan(Operation::Refresh, &case.options, case.sink(), Interrupt::default())
            .await
            .unwrap();
        let said = prepared.diagnostics.iter().map(|one| one.message.clone()).collect::<Vec<_>>();
        unserved().apply(prepared, &case.options, case.sink(), Interrupt::default()).await.unwrap();
        said.join("\n")
    };
    let said = look().await;
    assert!(
        said.contains("no plugin offers") && said.contains("A later run looks again"),
        "{said}"
    );
    let_a_day_pass(&case).await;
    let said = look().await;
    assert!(said.contains("Nobody looks any more") && said.contains(&token), "{said}");
    assert!(case.state().await.doubts.is_empty());
}
