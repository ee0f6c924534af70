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
