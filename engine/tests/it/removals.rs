//! Removals: nothing is deleted that is still needed, and nothing is left behind.

use kim_engine::plan::Operation;

use crate::fixture::{Case, Fault};

/// Returns the position of a call.
fn at(calls: &[String], call: &str) -> usize {
    let found = calls.iter().position(|one| one.starts_with(call));
    found.unwrap_or_else(|| panic!("{call} not in {calls:?}"))
}

// Rule 11.
#[tokio::test]
async fn an_old_copy_waits_until_an_incomplete_new_one_works() {
    let half = [
        ("settle", Fault::denied("no"), "settle"),
        ("create", Fault::Partial, "update"),
        ("settle", Fault::other("broken"), "settle"),
    ];
    for (operation, fault, completion) in half {
        let case = Case::new().await;
        case.up("a: Thing fixed=1x").await;
        case.fault(operation, 1, fault);
        case.run(Operation::Up, "a: Thing fixed=2x").await.unwrap();
        // The new copy does not work yet.
        case.fault(completion, 1, Fault::denied("no"));
        case.clear_calls();
        let summary = case.run(Operation::Up, "a: Thing fixed=2x").await.unwrap();
        assert!(summary.message.is_some());
        assert_eq!(case.calls(), [format!("{completion} id-2")]);
        assert!(case.cloud_items().contains_key("id-1"));
        case.expect_convergence("a: Thing fixed=2x").await;
    }
}

// Rule 11.
#[tokio::test]
async fn an_old_copy_waits_until_a_vanished_new_one_is_created_again() {
    let case = Case::new().await;
    case.up("a: Thing fixed=1x").await;
    case.fault("delete", 1, Fault::denied("no"));
    case.run(Operation::Up, "a: Thing fixed=2x").await.unwrap();
    case.remove_item("id-2");
    case.fault("create", 1, Fault::denied("no"));
    case.clear_calls();
    case.run(Operation::Up, "a: Thing fixed=2x").await.unwrap();
    assert_eq!(case.calls(), ["create 2x"]);
    case.expect_convergence("a: Thing fixed=2x").await;
}

// Rule 11.
#[tokio::test]
async fn delete_first_deletes_every_older_copy_first() {
    // The first replacement creates first, and its old copy stays for now.
    let case = Case::new().await;
    case.up("u: Unique fixed=1x").await;
    case.fault("delete", 1, Fault::denied("no"));
    case.run(Operation::Up, "u: Unique fixed=2x !cbd").await.unwrap();
    case.clear_calls();
    case.up("u: Unique fixed=3x").await;
    let calls = case.calls();
    assert_eq!(calls[2..], ["create 3x", "settle id-3"], "{calls:?}");
    // The same where the current copy is gone, or was deleted by an earlier run.
    for gone in [true, false] {
        let case = Case::new().await;
        case.up("u: Unique fixed=1x").await;
        case.fault("delete", 1, Fault::denied("no"));
        case.run(Operation::Up, "u: Unique fixed=2x !cbd").await.unwrap();
        if gone {
            case.remove_item("id-2");
        } else {
            // Of the two deletes, that of the old copy is refused again.
            case.fault("delete", 1, Fault::denied("no"));
            case.run(Operation::Up, "u: Unique fixed=3x").await.unwrap();
        }
        case.clear_calls();
        case.up("u: Unique fixed=3x").await;
        let calls = case.calls();
        assert!(at(&calls, "delete id-1") < at(&calls, "create 3x"), "{calls:?}");
    }
}

// Rule 13.
#[tokio::test]
async fn what_lives_in_a_container_that_stays_is_deleted_itself() {
    let programs = [
        "box: Thing !retain\nlid: Thing !with=box",
        "box: Group\nlid: Thing !with=box",
        "crate: Thing !retain\nbox: Thing !with=crate !retain\nlid: Thing !with=box",
    ];
    for program in programs {
        let case = Case::new().await;
        case.up(program).await;
        case.clear_calls();
        case.destroy().await;
        let lid = case.calls();
        assert_eq!(lid.len(), 1, "{program}: {lid:?}");
        assert!(case.cloud_items().len() < 3 && case.record_count().await == 0);
    }
    // A container that is itself deleted with another one needs no call, nor does what is in it.
    let case = Case::new().await;
    case.up("crate: Thing\nbox: Thing !with=crate\nlid: Thing !with=box").await;
    case.clear_calls();
    case.destroy().await;
    assert_eq!(case.calls(), ["delete id-1"]);
    // One that is gone already took nothing along that still exists.
    let case = Case::new().await;
    case.up("box: Thing\nlid: Thing !with=box").await;
    case.remove_item("id-1");
    case.clear_calls();
    case.expect_destroyed().await;
    assert_eq!(case.calls(), ["delete id-2"]);
}

// Rule 13.
#[tokio::test]
async fn what_lives_in_a_retained_container_is_replaced_by_calls_of_its_own() {
    for kind in ["Thing", "Unique"] {
        let program = |fixed: &str| {
            format!("box: {kind} fixed={fixed} !retain\nlid: Thing ref=box.id !with=box")
        };
        let case = Case::new().await;
        case.up(&program("1x")).await;
        case.clear_calls();
        case.up(&program("2x")).await;
        let calls = case.calls();
        let deletes = calls.iter().filter(|call| call.starts_with("delete"));
        assert_eq!(deletes.collect::<Vec<_>>(), ["delete id-2"], "{calls:?}");
        case.expect_valid_state().await;
        // The old box stays; its lid does not.
        assert_eq!(case.cloud_items().len(), 3);
    }
}

// Rule 13.
#[tokio::test]
async fn what_lives_in_old_copies_that_stay_is_deleted_itself() {
    let program =
        |fixed: &str| format!("box: Thing fixed={fixed} !retain\nlid: Part fixed=box.id !with=box");
    let case = Case::new().await;
    case.up(&program("1x")).await;
    case.fault("delete", 1, Fault::denied("no"));
    case.run(Operation::Up, &program("2x")).await.unwrap();
    case.clear_calls();
    case.destroy().await;
    let calls = case.calls();
    assert_eq!(case.record_count().await, 0, "{calls:?}");
    assert_eq!(case.cloud_items().into_keys().collect::<Vec<_>>(), ["id-1", "id-3"], "{calls:?}");
}

// Rule 10.
#[tokio::test]
async fn users_of_what_lives_in_a_container_let_go_before_the_container_is_deleted() {
    let case = Case::new().await;
    let program = r"
        box: Thing
        lid: Thing !with=box
        user: Thing ref=lid.id
        knob: Thing !with=lid
        holder: Thing ref=knob.id
    ";
    case.up(program).await;
    case.clear_calls();
    case.up("holder: Thing ref=none").await;
    let calls = case.calls();
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert_eq!(at(&calls, "delete id-1"), 2, "{calls:?}");
}

// Rules 11, 13.
#[tokio::test]
async fn what_waits_for_a_user_of_its_container_is_deleted_itself() {
    let direct = "a: Unique\nc: Thing ref=a.id\nd: Part fixed=a.id !with=a !after=c";
    let through_another = r"
        a: Unique
        c: Thing ref=a.id
        e: Thing ref=c.id
        d: Part fixed=a.id !with=a !after=e
    ";
    let two_at_once = r"
        a: Unique
        c: Thing ref=a.id
        d: Part fixed=a.id !with=a !after=c
        e: Part fixed=a.id !with=a !after=d
        f: Part fixed=a.id !with=a
    ";
    for program in [direct, through_another, two_at_once] {
        let case = Case::new().await;
        case.up(program).await;
        case.clear_calls();
        case.destroy().await;
        let calls = case.calls();
        let part = if program == two_at_once { "delete id-4" } else { "delete id-3" };
        assert!(at(&calls, part) < at(&calls, "delete id-2"), "{calls:?}");
        assert!(at(&calls, "delete id-2") < at(&calls, "delete id-1"), "{calls:?}");
        assert!(!calls.iter().any(|call| call == "delete id-5"), "f goes with a: {calls:?}");
        case.expect_destroyed().await;

        // The same where the program drops them, and where something new comes in their place.
        let case = Case::new().await;
        case.up(program).await;
        case.expect_convergence("z: Thing").await;
    }
}

// Rules 12, 22.
#[tokio::test]
async fn an_old_copy_is_retained_or_deleted_as_the_program_said_that_replaced_it() {
    // (before, the program that replaces, what the next one says; true if the old copy stays)
    let cases = [
        ("a: Thing !retain", "a: Thing fixed=x", "", false),
        ("a: Thing !retain", "a: Thing fixed=x", "a: Thing fixed=x !retain", false),
        ("a: Thing", "a: Thing fixed=x !retain", "", true),
        ("a: Thing", "a: Thing fixed=x !retain", "a: Thing fixed=x", true),
    ];
    for (before, replacing, after, stays) in cases {
        let case = Case::new().await;
        // Nothing but the end of the old copy is left for the last run.
        case.up(&format!("{before}\nuser: Thing ref=a.id")).await;
        case.fault("update", 1, Fault::denied("no"));
        case.run(Operation::Up, &format!("{replacing}\nuser: Thing ref=a.id")).await.unwrap();
        assert!(case.cloud_items().contains_key("id-1"), "{before}");
        let after = if after.is_empty() { "z: Thing".to_owned() } else { after.to_owned() };
        case.up(&after).await;
        assert_eq!(case.cloud_items().contains_key("id-1"), stays, "{before}, then {after}");
        assert_eq!(case.state().await.records().filter(|one| one.id == "id-1").count(), 0);
    }
}
