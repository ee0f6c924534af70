//! A state that breaks its rules, by an older version or by hand: what a run mends by itself, and
//! what it refuses.

use kim_engine::Interrupt;
use kim_engine::event::Severity;
use kim_engine::model::Value;
use kim_engine::plan::Operation;
use kim_engine::state::{CopyId, Record, StateChange};
use std::sync::Arc;

use crate::fixture::{Case, CommitFault, Fault, steps};

/// Returns a case whose records a and b depend on each other, and c on b.
async fn circular() -> Case {
    let case = Case::new().await;
    case.up(PROGRAM).await;
    case.record_dependency("a", "kim:p/s/test:Thing/b").await;
    case.clear_calls();
    case
}

/// The program of [`circular`].
const PROGRAM: &str = r"
    a: Thing
    b: Thing ref=a.id
    c: Thing ref=b.id
";

/// Returns a case whose record b depends on something that is not recorded.
async fn dangling() -> Case {
    let case = Case::new().await;
    case.up(PROGRAM).await;
    case.record_dependency("b", "kim:p/s/test:Thing/lost").await;
    case.clear_calls();
    case
}

/// Returns the notices of a preview.
async fn notices(case: &Case) -> Vec<String> {
    let prepared = case.prepare(PROGRAM).await.unwrap();
    assert!(prepared.diagnostics.iter().all(|one| one.severity == Severity::Notice));
    prepared.diagnostics.into_iter().map(|one| one.message).collect()
}

/// An id that is one byte too long.
const TOO_LONG: &str = match str::from_utf8(&[b'i'; 2049]) {
    Ok(id) => id,
    Err(_) => "",
};

// Rule 36.
#[tokio::test]
async fn an_up_mends_recorded_dependencies() {
    let case = circular().await;
    assert_eq!(
        notices(&case).await,
        [
            "as recorded, these resources depend on each other in a circle: a -> b -> a; which of them \
          needs which is not known until the program is deployed, so none of them waits for another"
        ]
    );
    case.expect_convergence(PROGRAM).await;
    let case = dangling().await;
    assert_eq!(
        notices(&case).await,
        ["kim:p/s/test:Thing/b: its dependency kim:p/s/test:Thing/lost is not recorded; the \
          reference is dropped"]
    );
    case.expect_convergence(PROGRAM).await;
    assert_eq!(notices(&case).await, [""; 0]);
}

// Rule 36.
#[tokio::test]
async fn a_destroy_and_a_refresh_work_on_what_they_can_mend() {
    for case in [circular().await, dangling().await] {
        case.refresh().await;
        case.expect_valid_state().await;
    }
    for case in [circular().await, dangling().await] {
        case.expect_destroyed().await;
    }
    // What is not in the circle keeps its order.
    let case = circular().await;
    let stack = case.stack("");
    let prepared = stack
        .plan(Operation::Destroy, &case.options, case.sink(), Interrupt::default())
        .await
        .unwrap();
    assert_eq!(steps(&prepared.plan)[0], "Delete c");
}

// Rule 36.
#[tokio::test]
async fn components_in_a_circle_are_mended() {
    let case = Case::new().await;
    let program = r"
        g: Group
        a: Thing !in=g
        b: Thing !after=a
    ";
    case.up(program).await;
    case.record_dependency("g", "kim:p/s/test:Thing/b").await;
    case.expect_convergence(program).await;
    case.record_dependency("g", "kim:p/s/test:Thing/b").await;
    case.expect_destroyed().await;
}

#[tokio::test]
async fn a_targeted_run_mends_what_it_does_not_touch() {
    let mut case = circular().await;
    case.options.targets = vec!["c".to_owned()];
    case.up(&PROGRAM.replace("c: Thing", "c: Thing size=2")).await;
    assert_eq!(case.calls(), ["update id-3"]);
    case.expect_valid_state().await;
}

// Rule 36.
#[tokio::test]
async fn what_names_no_single_resource_in_the_cloud_is_refused() {
    let case = Case::new().await;
    case.up("a: Thing").await;
    let record = case.only_record().await;
    let second = Record { generation: 7, id: String::new(), ..record.clone() };
    case.commit(vec![StateChange::PutRecord(Arc::new(second))]).await;
    let expect = "the recorded state is not valid, so nothing was changed: kim:p/s/test:Thing/a: \
                  there is more than one current copy; kim:p/s/test:Thing/a: generation 7 has no id";
    for operation in [Operation::Up, Operation::Refresh, Operation::Destroy] {
        assert_eq!(case.run_error(operation, "a: Thing").await, expect);
    }
    case.commit(vec![StateChange::Remove(CopyId { generation: 7, ..record.copy_id() })]).await;
    case.expect_empty_plan("a: Thing").await;
}

// Rule 21.
/// The answers of a provider whose id is not what it should be, and what the step says then.
#[tokio::test(start_paused = true)]
async fn no_answer_makes_a_record_without_its_own_id() {
    let empty = "the plugin 'test' returned an empty id";
    let too_long = "the plugin 'test' returned an id of 2049 bytes; at most 2048 are allowed";
    let other = "the plugin 'test' returned the id 'id-9' instead of 'id-1'";
    let program = |size: &str| format!("a: Thing size={size}");
    for (operation, fault, expect) in [
        ("create", Fault::AnswerId(""), None),
        ("create", Fault::AnswerId(TOO_LONG), None),
        ("create", Fault::PartialWithoutId, Some("it was created in part: half of it failed")),
        ("settle", Fault::AnswerId(""), Some("returned an empty id (settle of test:Thing)")),
        ("settle", Fault::AnswerId(TOO_LONG), Some(too_long)),
        ("settle", Fault::AnswerId("id-9"), Some(other)),
        ("update", Fault::AnswerId(""), Some(empty)),
        ("update", Fault::AnswerId("id-9"), Some(other)),
    ] {
        let case = Case::new().await;
        if operation == "update" {
            case.up(&program("1")).await;
        }
        case.fault(operation, 1, fault.clone());
        let message = case.run(Operation::Up, &program("2")).await.unwrap().message;
        match expect {
            Some(expect) => assert!(message.unwrap().contains(expect), "{operation} {fault:?}"),
            // Its token finds what was created.
            None => assert_eq!(message, None, "{operation} {fault:?}"),
        }
        case.expect_valid_state().await;
        case.expect_convergence(&program("2")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_lookup_or_read_makes_a_record_without_its_own_id() {
    // By the run itself, and by the next one.
    for nth in 1..=2 {
        let case = Case::new().await;
        case.fault("create", 1, Fault::LoseAnswer);
        case.fault("find", 1, if nth == 1 { Fault::AnswerId("") } else { Fault::denied("no") });
        case.run(Operation::Up, "a: Thing").await.unwrap();
        case.fault("find", 1, Fault::AnswerId(""));
        let message = case.run_error(Operation::Up, "a: Thing").await;
        assert_eq!(
            message,
            "kim:p/s/test:Thing/a was being created when a run was cut off, and whether it exists \
             could not be found out: the plugin 'test' returned an empty id (find of test:Thing). \
             Nothing was changed; run it \
             again"
        );
        case.expect_valid_state().await;
        case.expect_convergence("a: Thing").await;
    }
    for id in ["", "id-9"] {
        let case = Case::new().await;
        case.up("a: Thing").await;
        case.fault("read", 1, Fault::AnswerId(id));
        let message = case.run_error(Operation::Refresh, "").await;
        assert!(
            message.contains("kim:p/s/test:Thing/a could not be read: the plugin 'test' returned"),
            "{message}"
        );
        case.expect_valid_state().await;
        case.expect_convergence("a: Thing").await;
    }
}

// Rule 21.
/// The answers of a provider with the id of something else.
#[tokio::test(start_paused = true)]
async fn no_answer_makes_a_record_with_the_id_of_another() {
    let second = "b: Thing ref=b";
    let replaced = "a: Thing fixed=2x";
    for (operation, added) in
        [("create", second), ("create", replaced), ("find", second), ("find", replaced)]
    {
        for nth in 1..=2 {
            let case = Case::new().await;
            case.up("a: Thing fixed=1x").await;
            let program = match added == second {
                true => format!("a: Thing fixed=1x\n{second}"),
                false => added.to_owned(),
            };
            if operation == "find" {
                case.fault("create", 1, Fault::LoseAnswer);
            }
            (1..=nth).for_each(|nth| case.fault(operation, nth, Fault::AnswerId("id-1")));
            case.fault("find", nth + 1, Fault::AnswerId("id-1"));
            let summary = case.run(Operation::Up, &program).await.unwrap();
            if let Some(message) = summary.message {
                let expect = "the plugin 'test' returned the id 'id-1', which is that of kim:p/s/test:Thing/a";
                assert!(message.contains(expect), "{message}");
            }
            case.expect_valid_state().await;
            // The next run may find out no more than this one.
            let _ = case.run(Operation::Up, &program).await;
            case.cloud().faults.clear();
            case.expect_convergence(&program).await;
            case.expect_destroyed().await;
        }
    }
}

// Rule 26.
#[tokio::test(start_paused = true)]
async fn an_id_that_another_record_has_by_mistake_is_no_dead_end() {
    let mut case = Case::new().await;
    {
        let mut world = case.cloud();
        world.named = true;
        // What z created is deleted as a, and its token sent again.
        world.state_was_lost = true;
    }
    case.options.delete_renamed = true;
    case.up("a: Thing fixed=name").await;
    case.remove_item("name");
    // The record of what is gone is not seen by a run of the other.
    case.options.targets = vec!["z".to_owned()];
    case.run(Operation::Up, "z: Thing fixed=name").await.unwrap();
    case.options.targets.clear();
    case.expect_valid_state().await;
    let _ = case.run(Operation::Up, "z: Thing fixed=name").await.unwrap();
    case.expect_convergence("z: Thing fixed=name").await;
    case.expect_destroyed().await;
    // What is deleted first may have its name again.
    case.up("a: Unique fixed=name").await;
    case.stack("").taint(&["a".to_owned()]).await.unwrap();
    case.expect_convergence("a: Unique fixed=name").await;
    case.expect_destroyed().await;
}

// Rule 26.
#[tokio::test(start_paused = true)]
async fn what_is_created_again_under_its_own_id_is_no_old_copy() {
    for kind in ["Thing", "Unique", "Loose"] {
        for fault in [Fault::HangAfter, Fault::LoseAnswer, Fault::Partial] {
            let case = Case::new().await;
            case.cloud().named = true;
            let program = format!("a: {kind} fixed=name");
            case.up(&program).await;
            case.remove_item("name");
            case.fault("create", 1, fault);
            let ends = CommitFault::KilledAfter;
            case.run_with_commit_fault(Operation::Up, &program, usize::MAX, ends).await;
            case.clear_calls();
            case.expect_convergence(&program).await;
            assert!(!case.calls().iter().any(|call| call.starts_with("delete")));
            case.expect_destroyed().await;
        }
    }
}

// Rule 36.
#[tokio::test(start_paused = true)]
async fn what_awaits_its_replacement_is_in_no_component_that_the_run_drops() {
    for (before, after) in [
        ("g: Group\na: Unique fixed=1x !in=g", "a: Unique fixed=2x !was=in:g"),
        (
            "g: Group\ni: Group !in=g\na: Unique fixed=1x !in=i",
            "h: Group\na: Unique fixed=2x !was=in:g/i !in=h",
        ),
    ] {
        for fault in [Fault::denied("no"), Fault::Hang] {
            let case = Case::new().await;
            case.up(before).await;
            case.fault("create", 1, fault);
            // It expects a valid state at its end.
            let ends = CommitFault::KilledAfter;
            case.run_with_commit_fault(Operation::Up, after, usize::MAX, ends).await;
            case.expect_convergence(after).await;
            case.expect_destroyed().await;
        }
    }
}

// Rules 21, 43.
/// What is answered that cannot be recorded, in whichever operation, leaves the id that is known.
#[tokio::test(start_paused = true)]
async fn no_answer_makes_a_record_with_a_value_that_is_not_known() {
    let unknown = || Fault::AnswerRef(Value::List(vec![Value::Unknown]));
    let program = |size: &str| format!("a: Thing size={size}");
    for operation in ["create", "settle", "update", "find"] {
        let case = Case::new().await;
        match operation {
            "update" => _ = case.up(&program("1")).await,
            "find" => case.fault("create", 1, Fault::LoseAnswer),
            _ => {}
        }
        case.fault(operation, 1, unknown());
        let message = case.run(Operation::Up, &program("2")).await.unwrap().message.unwrap();
        let expect = format!(
            "the plugin 'test' returned a value that is not known ({operation} of test:Thing)"
        );
        assert!(message.contains(&expect), "{operation}: {message}");
        // What was found is looked up again by the next run, under its intent.
        if operation != "find" {
            assert_eq!(case.only_record().await.id, "id-1", "{operation}");
        }
        case.expect_valid_state().await;
        case.expect_convergence(&program("2")).await;
    }
    let case = Case::new().await;
    case.up("a: Thing").await;
    case.fault("read", 1, unknown());
    let message = case.run_error(Operation::Refresh, "").await;
    assert!(message.contains("a value that is not known (read of test:Thing)"), "{message}");
    case.fault("look up", 1, unknown());
    let message = case.run_error(Operation::Up, "b: Thing ref=look(x)").await;
    assert!(message.contains("a value that is not known (look-up of test:echo)"), "{message}");
}

// Rule 43.
#[tokio::test(start_paused = true)]
async fn the_answers_of_a_run_take_a_bounded_memory() {
    let case = Case::new().await;
    let program: String = (1..=20).map(|n| format!("r{n:02}: Thing\n")).collect();
    let large = || Fault::AnswerRef(Value::Text("x".repeat(24 << 20)));
    (1..=20).for_each(|nth| case.fault("create", nth, large()));
    let message = case.run(Operation::Up, &program).await.unwrap().message.unwrap();
    let expect = "the plugin 'test' returned 24577 KB, with which the large answers of this run take 120 MB; at most 96 MB are allowed (create of test:Thing)";
    assert!(message.contains(expect), "{message}");
    let state = case.state().await;
    assert!(state.records().all(|record| !record.id.is_empty()), "all ids are recorded");
    let incomplete = state.records().filter(|record| record.incomplete.is_some()).count();
    assert_eq!((incomplete, state.records().count()), (16, 20));
    // What is read counts too.
    (1..=20).for_each(|nth| case.fault("read", nth, large()));
    let message = case.run_error(Operation::Refresh, "").await;
    assert!(message.contains("(read of test:Thing)") && message.contains("96 MB"), "{message}");
}

// Rules 21, 43.
#[tokio::test]
async fn a_read_that_answers_each_resource_with_another_is_refused() {
    let case = Case::new().await;
    let program = "a: Thing size=1\nb: Thing size=2";
    case.up(program).await;
    let before = case.state().await;
    case.fault("read", 1, Fault::Swap);
    let message = case.run_error(Operation::Refresh, "").await;
    assert!(
        message.contains(
            "the plugin 'test' returned the id 'id-2' instead of 'id-1' (read of test:Thing)"
        ),
        "{message}"
    );
    assert_eq!(case.state().await.resources, before.resources);
    case.expect_empty_plan(program).await;
}
