//! What passes by itself is waited for, for a while after the run's last change. What never passes
//! ends at once.

use std::time::Duration;

use kim_engine::event::{Event, RunResult};
use kim_engine::model::Failure;
use kim_engine::plan::Operation;
use tokio::time::Instant;

use crate::fixture::{Case, Fault};

fn not_yet() -> Fault {
    Fault::Refuse(Failure::NotYet("Invalid principal in policy".to_owned()))
}

/// Refuses these calls of an operation, counted from now.
fn refuse(case: &Case, operation: &str, calls: std::ops::RangeInclusive<usize>, fault: &Fault) {
    calls.for_each(|nth| case.fault(operation, nth, fault.clone()));
}

/// Runs, and returns how long it took and what failed.
async fn failing(case: &Case, program: &str) -> (Duration, String) {
    let began = Instant::now();
    let summary = case.run(Operation::Up, program).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed, "{program}");
    (began.elapsed(), summary.message.unwrap())
}

fn statuses(case: &Case) -> Vec<String> {
    let events = case.events.lock().unwrap();
    let status = |event: &Event| match event {
        Event::StepStatus { status, .. } => Some(status.clone()),
        _ => None,
    };
    events.iter().filter_map(status).collect()
}

const CHAIN: &str = "a: Ready ref=a\nb: Ready ref=a.id";

// Rule 49.
#[tokio::test(start_paused = true)]
async fn what_the_run_made_just_now_may_be_known_later() {
    let missing = Fault::Refuse(Failure::NotFound("role a".to_owned()));
    let before = "a: Ready ref=a\nb: Ready ref=a.auto";
    let program = "a: Ready ref=b\nb: Ready ref=a.auto size=2";
    for (before, program, call, fault) in [
        ("", CHAIN, "create", not_yet()),
        // A create has nothing of its own that could be missing.
        ("", CHAIN, "create", missing),
        (before, program, "update", not_yet()),
    ] {
        let case = Case::new().await;
        case.up(before).await;
        refuse(&case, call, 2..=7, &fault);
        case.expect_convergence(program).await;
        let waits = |said: &String| said.contains("what this run changed may not be known yet");
        assert!(statuses(&case).iter().any(waits), "{:?}", statuses(&case));
    }
}

// Rule 49.
#[tokio::test(start_paused = true)]
async fn it_is_waited_for_90_seconds_after_the_last_change_of_the_run() {
    let case = Case::new().await;
    // Another step changes something later.
    let program = "c: Thing size=1\na: Ready ref=a\nb: Ready ref=a.id";
    case.fault("settle", 1, Fault::Slow);
    refuse(&case, "create", 3..=100, &not_yet());
    let (took, said) = failing(&case, program).await;
    assert_eq!(took, Duration::from_secs(95));
    insta::assert_snapshot!(said, @"kim:p/s/test:Ready/b: Invalid principal in policy. It did not pass within 90 seconds of the run's last change");
    // What waits in vain keeps nothing else waiting.
    let case = Case::new().await;
    refuse(&case, "create", 2..=100, &not_yet());
    let (took, _) = failing(&case, "a: Ready ref=a\nb: Ready ref=a.id\nc: Ready ref=a.id").await;
    assert_eq!(took, Duration::from_secs(90));
}

// Rule 49.
#[tokio::test(start_paused = true)]
async fn what_this_run_did_not_make_fails_at_once() {
    for (before, program, call) in [
        ("", "b: Ready ref=x", "create"),
        ("a: Ready ref=a", CHAIN, "create"),
        (CHAIN, "a: Ready ref=a\nb: Ready ref=a.id size=2", "update"),
    ] {
        for failure in ["NotYet", "NotFound", "Refused"] {
            let case = Case::new().await;
            case.up(before).await;
            let failure = match failure {
                "NotYet" => Failure::NotYet("Invalid principal".to_owned()),
                "NotFound" => Failure::NotFound("role x".to_owned()),
                _ => Failure::Refused("OperationNotPermitted".to_owned()),
            };
            refuse(&case, call, 1..=100, &Fault::Refuse(failure.clone()));
            let (took, said) = failing(&case, program).await;
            assert_eq!(took, Duration::ZERO, "{program}: {failure:?}");
            assert!(said.contains(&failure.to_string()), "{said}");
        }
    }
}

// Rule 49.
#[tokio::test(start_paused = true)]
async fn a_delete_that_is_refused_for_good_is_not_repeated() {
    let conflict = Failure::Conflict("DependencyViolation".to_owned());
    let refused = Failure::Refused("OperationNotPermitted: it is protected".to_owned());
    let mut said = Vec::new();
    for failure in [refused, conflict] {
        let case = Case::new().await;
        case.up("a: Ready ref=a").await;
        refuse(&case, "delete", 1..=100, &Fault::Refuse(failure));
        case.clear_calls();
        let (_, message) = failing(&case, "").await;
        said.push(format!("{} deletes: {message}", case.calls().len()));
    }
    insta::assert_snapshot!(said.join("\n"), @r"
    1 deletes: kim:p/s/test:Ready/a: refused: OperationNotPermitted: it is protected
    8 deletes: kim:p/s/test:Ready/a: conflict: DependencyViolation
    ");
}

/// A cloud may show for minutes what it deletes.
// Rule 49.
#[tokio::test(start_paused = true)]
async fn a_delete_waits_for_what_else_the_run_deletes() {
    let case = Case::new().await;
    case.up("a: Ready ref=a\nb: Ready ref=b").await;
    let conflict = Fault::Refuse(Failure::Conflict("DependencyViolation".to_owned()));
    // Eight attempts end after half a minute.
    refuse(&case, "delete", 2..=10, &conflict);
    case.expect_convergence("").await;
    // It ends 90 s after the other one.
    let case = Case::new().await;
    case.up("a: Ready ref=a\nb: Ready ref=b").await;
    refuse(&case, "delete", 2..=100, &conflict);
    let (took, _) = failing(&case, "").await;
    assert_eq!(took, Duration::from_secs(90));
}

// Rule 49.
#[tokio::test(start_paused = true)]
async fn what_no_read_shows_is_not_waited_for_longer() {
    let case = Case::new().await;
    case.cloud().hidden_reads = usize::MAX;
    let (took, said) = failing(&case, "a: Thing ref=a").await;
    assert_eq!(took, Duration::from_secs(90));
    insta::assert_snapshot!(said, @"kim:p/s/test:Thing/a: it was created, but did not become ready: not seen yet. It did not pass within 90 seconds of the run's last change. It is recorded; the next run goes on with it");
    // What it is in, it may be in for long.
    let case = Case::new().await;
    case.cloud().repeats = 20;
    case.up("a: Thing ref=a").await;
}
