//! Guards: what the cloud refuses to delete as long as a property of it is true; numbers that only
//! grow.

use kim_engine::plan::Operation;
use kim_engine::state::Standing;

use crate::fixture::{Case, Fault};

/// Returns a case with a program up, and without the calls of that.
async fn deployed(program: &str) -> Case {
    let case = Case::new().await;
    case.up(program).await;
    case.clear_calls();
    case
}

// Rule 48.
#[tokio::test]
async fn a_guard_protects_before_anything_is_done() {
    let case = deployed("a: Thing fixed=1x lock=true\nb: Thing ref=a.id").await;
    let replaced = case.preview_error("a: Thing fixed=2x lock=true\nb: Thing ref=a.id").await;
    let dropped = case.preview_error("c: Thing").await;
    let destroyed = case.run_error(Operation::Destroy, "").await;
    insta::assert_snapshot!([replaced, dropped, destroyed].join("\n\n"));
    // Somebody took it off: nothing protects it.
    case.tamper("id-1", "lock", false);
    case.expect_plan("b: Thing", "~ b ref: \"id-1\" → ∅\n- a # no longer declared").await;
    // Somebody put it on.
    let case = deployed("a: Thing fixed=1x").await;
    case.tamper("id-1", "lock", true);
    let message = case.run_error(Operation::Destroy, "").await;
    assert!(message.contains("is protected by lock"), "{message}");
    assert_eq!(case.calls(), [""; 0]);
}

// Rule 48.
#[tokio::test]
async fn a_guard_that_the_program_takes_off_is_lifted_before_the_delete() {
    let case = deployed("a: Thing fixed=1x size=1 lock=true").await;
    // What somebody changed outside stays as it is.
    case.tamper("id-1", "size", 7);
    case.fault("delete", 1, Fault::denied("no"));
    let after = "a: Thing fixed=2x size=1 lock=false";
    case.run(Operation::Up, after).await.unwrap();
    assert_eq!(case.calls(), ["create 2x", "settle id-2", "update id-1", "delete id-1"]);
    assert_eq!(case.cloud_property("id-1", "size"), 7.into());
    // The old copy is left. It is lifted again if it has to be, also if it is not declared.
    case.tamper("id-1", "lock", true);
    let state = case.state().await;
    assert!(state.records().any(|record| record.standing == Standing::Replaced));
    case.up("").await;
    assert_eq!(case.calls(), ["update id-1", "delete id-1", "delete id-2"]);
    assert!(case.cloud_items().is_empty());
}

// Rule 48.
#[tokio::test]
async fn a_guard_is_lifted_before_what_is_deleted_first() {
    let case = deployed("a: Unique fixed=1x lock=true").await;
    let after = "a: Unique fixed=2x lock=false";
    // The guard is off, and the delete does not end: the next run goes on.
    case.fault("delete", 1, Fault::denied("no"));
    case.run(Operation::Up, after).await.unwrap();
    assert_eq!(case.calls(), ["update id-1", "delete id-1"]);
    case.up(after).await;
    assert_eq!(case.calls(), ["delete id-1", "create 2x", "settle id-2"]);
    case.expect_convergence(after).await;
    // What guards it is not lifted: nothing is deleted.
    let case = deployed("a: Unique fixed=1x lock=true").await;
    case.fault("update", 1, Fault::denied("no"));
    let summary = case.run(Operation::Up, after).await.unwrap();
    assert_eq!(case.calls(), ["update id-1"]);
    insta::assert_snapshot!(summary.message.unwrap());
    case.expect_convergence(after).await;
}

#[tokio::test]
async fn a_number_that_only_grows_is_not_made_smaller() {
    let case = deployed("a: Thing stock=80").await;
    insta::assert_snapshot!(case.preview_error("a: Thing stock=50").await);
    // Somebody made it larger.
    case.tamper("id-1", "stock", 100);
    let message = case.preview_error("a: Thing stock=90").await;
    assert!(message.contains("100 → 90"), "{message}");
    case.expect_plan("a: Thing stock=90 !ignore=stock", "").await;
    case.expect_plan("a: Thing stock=101", "~ a stock: 100 → 101").await;
    // A new copy may be smaller.
    let after = "a: Thing stock=50 !replaces=stock";
    case.expect_plan(after, "± a stock: 100 → 50").await;
    case.expect_plan("a: Thing stock=50 fixed=x", "± a fixed: ∅ → \"x\", stock: 100 → 50").await;
    // A secret is not told.
    let message = case.preview_error("a: Thing stock=secret:9").await;
    assert!(!message.contains('9'), "{message}");
}

#[tokio::test]
async fn a_number_that_only_grows_is_not_made_smaller_by_what_is_known_late() {
    let program = |size: &str| format!("a: Thing size={size}\nb: Thing stock=a.version");
    let case = deployed(&program("1")).await;
    case.tamper("id-2", "stock", 5);
    let summary = case.run(Operation::Up, &program("2")).await.unwrap();
    assert_eq!(case.calls(), ["update id-1"]);
    insta::assert_snapshot!(summary.message.unwrap());
}
