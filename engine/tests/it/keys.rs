//! Keys that no two resources share: what is refused, what is ordered by them, what is a rename.
//!
//! The fixture's cloud refuses a create or update that takes a key which another item has. So a
//! wrong order fails.

use kim_engine::Error;
use kim_engine::event::{Diagnostic, Severity};
use kim_engine::plan::Operation;

use crate::fixture::{Case, check};

/// A fresh cloud that was brought up to a program.
async fn up(before: &str) -> Case {
    let case = Case::new().await;
    case.up(before).await;
    case.clear_calls();
    case
}

/// The errors of an up, which calls nothing and records nothing.
async fn refused(case: &Case, program: &str) -> Vec<Diagnostic> {
    let state = case.state().await;
    let Err(Error::Invalid(errors)) = case.run(Operation::Up, program).await else {
        panic!("it is not refused: {program}")
    };
    assert_eq!(case.calls(), [""; 0], "{program}");
    assert_eq!(case.state().await, state, "{program}");
    errors
}

/// The messages and lines of [`refused`] as a person may read them.
async fn refusal(case: &Case, program: &str) -> String {
    let errors = refused(case, program).await;
    let text = |one: &Diagnostic| {
        let lines: Vec<String> = one.sources.iter().map(ToString::to_string).collect();
        format!("{}\n  at {}", one.message, lines.join(", "))
    };
    errors.iter().map(text).collect::<Vec<_>>().join("\n")
}

/// What an up calls, without the waits.
async fn calls(case: &Case, program: &str) -> Vec<String> {
    case.clear_calls();
    case.up(program).await;
    case.calls().into_iter().filter(|call| !call.starts_with("settle")).collect()
}

// Rule 40.
#[tokio::test]
async fn two_declarations_of_one_key_are_refused_before_any_cloud_is_asked() {
    let case = up("known: Thing").await;
    let program = "known: Thing\na: Keyed fixed=x ref=web\nb: Keyed fixed=x ref=WEB size=2";
    case.cloud().questions.clear();
    insta::assert_snapshot!(refusal(&case, program).await, @r"
    kim:p/s/test:Keyed/a and kim:p/s/test:Keyed/b have the same fixed and ref, which no two have; give one of them another, or declare it once
      at src/lib.rs:3, src/lib.rs:2
    ");
    assert_eq!(case.cloud().questions, [""; 0]);
    assert_eq!(case.calls_and_reads(), [""; 0]);
    // The key is that of something that does not exist yet.
    let program = "n: Thing\na: Keyed fixed=n.id ref=web\nb: Keyed fixed=n.id ref=web\nc: Keyed fixed=n.auto ref=web";
    insta::assert_snapshot!(refusal(&case, program).await, @r"
    kim:p/s/test:Keyed/a and kim:p/s/test:Keyed/b have the same fixed and ref, which no two have; give one of them another, or declare it once
      at src/lib.rs:3, src/lib.rs:2
    ");
}

// Rule 40.
#[tokio::test]
async fn a_key_that_only_the_cloud_tells_is_refused_in_the_plan() {
    let case = up("a: Keyed").await;
    let program = "a: Keyed\nb: Keyed auto=auto-id-1";
    insta::assert_snapshot!(refusal(&case, program).await, @r"
    kim:p/s/test:Keyed/a and kim:p/s/test:Keyed/b have the same auto, which no two have; give one of them another, or declare it once
      at src/lib.rs:2, src/lib.rs:1
    ");
}

// Rule 40.
#[tokio::test]
async fn other_keys_and_keys_that_are_not_whole_or_not_known_are_nobodys() {
    let program = r"
        n: Thing
        m: Thing
        a: Keyed fixed=x ref=web
        b: Keyed fixed=y ref=web
        c: Keyed fixed=x
        d: Keyed fixed=x
        e: Keyed fixed=n.id ref=web
        f: Keyed fixed=m.id ref=web
        g: Thing fixed=x ref=web
        h: Thing fixed=x ref=web
    ";
    let case = Case::new().await;
    case.expect_convergence(program).await;
}

// Rule 40.
#[tokio::test]
async fn a_replacement_that_keeps_a_key_deletes_first_and_says_why() {
    let before = "a: Keyed fixed=x ref=web size=1 !replaces=size";
    let after = "a: Keyed fixed=x ref=Web size=2 !replaces=size";
    let case =
        check(before, after, "∓ a size: 1 → 2 # it keeps fixed and ref, which no two have").await;
    assert_eq!(calls(&case, after).await, ["delete id-1", "create Web"]);
    case.expect_empty_plan(after).await;
}

// Rule 40.
#[tokio::test]
async fn a_replacement_with_another_key_creates_first() {
    let before = "a: Keyed fixed=x ref=web";
    let after = "a: Keyed fixed=y ref=web";
    let case = check(before, after, r#"± a fixed: "x" → "y""#).await;
    assert_eq!(calls(&case, after).await, ["create web", "delete id-1"]);
}

// Rule 40.
#[tokio::test]
async fn a_replacement_of_a_copy_with_other_ignored_inputs_has_the_programs_key() {
    let case = up("a: Keyed fixed=x ref=web size=1").await;
    let after = "a: Keyed fixed=x ref=api size=2 !ignore=ref !replaces=size";
    case.expect_plan(after, "± a size: 1 → 2").await;
    assert_eq!(calls(&case, after).await, ["create api", "delete id-1"]);
}

// Rule 40.
#[tokio::test]
async fn create_first_against_a_key_is_refused() {
    let case = up("a: Keyed fixed=x ref=web size=1").await;
    let program = "a: Keyed fixed=x ref=web size=2 !replaces=size !cbd";
    insta::assert_snapshot!(refusal(&case, program).await, @r"
    kim:p/s/test:Keyed/a would be replaced by creating the new one first (delete_before_replace is false), but the new one keeps fixed and ref, which no two have; change one of them, or do not set delete_before_replace
      at src/lib.rs:1
    ");
    // Another key, or another order, is what it says to write.
    case.up("a: Keyed fixed=x ref=api size=2 !replaces=size !cbd").await;
    case.up("a: Keyed fixed=x ref=api size=3 !replaces=size").await;
}

// Rule 40.
#[tokio::test]
async fn a_delete_comes_before_an_unrelated_create_that_takes_its_key() {
    let mut case = up("z: Keyed fixed=x ref=web size=1\nk: Keyed fixed=k ref=k").await;
    case.options.delete_renamed = true;
    // `a` comes first in every other order.
    let after = "a: Keyed fixed=x ref=WEB size=2\nk: Keyed fixed=k ref=k";
    assert_eq!(calls(&case, after).await, ["delete id-1", "create WEB"]);
    case.expect_convergence(after).await;
}

// Rule 40.
#[tokio::test]
async fn what_uses_both_moves_on_last() {
    let mut case = up("z: Keyed fixed=x ref=web\nu: Thing ref=z.id").await;
    case.options.delete_renamed = true;
    let after = "a: Keyed fixed=x ref=web size=2\nu: Thing ref=a.id";
    assert_eq!(calls(&case, after).await, ["delete id-1", "create web", "update id-2"]);
    case.expect_convergence(after).await;
}

// Rules 40, 41.
#[tokio::test]
async fn a_circle_by_a_rename_that_nobody_declared_says_so() {
    let mut case = up("z: Keyed fixed=x ref=web\nu: Thing fixed=z.id").await;
    let program = "a: Keyed fixed=x ref=web size=2\nu: Thing fixed=a.id";
    let Err(Error::Invalid(errors)) = case.prepare(program).await else { panic!("it is planned") };
    assert_eq!(errors.len(), 2);
    assert!(errors[0].message.contains("looks like a rename"), "{}", errors[0].message);
    case.options.delete_renamed = true;
    insta::assert_snapshot!(refusal(&case, program).await, @r"
    these steps wait for each other in a circle: create a -> create the new u -> delete the old u -> delete z -> create a; a takes fixed and ref from z, which no two have; first remove z in a run of its own, or replace one of the resources in the other order (delete_before_replace)
      at src/lib.rs:1, src/lib.rs:2
    ");
    // The other order is possible.
    let other = format!("{program} !dbr");
    assert_eq!(
        calls(&case, &other).await,
        ["delete id-2", "delete id-1", "create web", "create id-3"]
    );
}

// Rule 40.
#[tokio::test]
async fn an_update_to_another_key_comes_before_a_create_that_takes_it() {
    let case = up("z: Keyed fixed=x ref=web").await;
    let after = "a: Keyed fixed=x ref=web\nz: Keyed fixed=x ref=api";
    assert_eq!(calls(&case, after).await, ["update id-1", "create web"]);
    // And before another update, also along a chain.
    let after = "a: Keyed fixed=x ref=api\nz: Keyed fixed=x ref=db";
    assert_eq!(calls(&case, after).await, ["update id-1", "update id-2"]);
    // The delete of an old copy comes before it, too.
    let after = "b: Keyed fixed=x ref=db\na: Keyed fixed=x ref=api\nz: Keyed fixed=y ref=db";
    assert_eq!(calls(&case, after).await, ["create db", "delete id-1", "create db"]);
}

// Rule 40.
#[tokio::test]
async fn two_that_change_keys_with_each_other_are_refused() {
    let case = up("a: Keyed fixed=x ref=web\nb: Keyed fixed=x ref=api").await;
    let program = "a: Keyed fixed=x ref=api\nb: Keyed fixed=x ref=web";
    insta::assert_snapshot!(refusal(&case, program).await, @r"
    these steps wait for each other in a circle: update a -> update b -> update a; a takes fixed and ref from b, which no two have; first give b another in a run of its own
      at src/lib.rs:1, src/lib.rs:2
    ");
}

// Rule 40.
#[tokio::test]
async fn a_key_of_what_stays_in_the_cloud_is_refused() {
    let case = up("z: Keyed fixed=x ref=web !retain").await;
    insta::assert_snapshot!(refusal(&case, "a: Keyed fixed=x ref=web size=2").await, @r"
    kim:p/s/test:Keyed/a would have the same fixed and ref as kim:p/s/test:Keyed/z, which no two have, but kim:p/s/test:Keyed/z stays in the cloud (retain_on_delete); give the new one another, or let the old one be deleted
      at src/lib.rs:1
    ");
    // Also that of the old copy of a replacement.
    let program = "z: Keyed fixed=x ref=web size=2 !retain !replaces=size";
    insta::assert_snapshot!(refusal(&case, program).await, @r"
    kim:p/s/test:Keyed/z would have the same fixed and ref as an old copy of it, which no two have, but an old copy of it stays in the cloud (retain_on_delete); give the new one another, or let the old one be deleted
      at src/lib.rs:1
    ");
}

// Rule 40.
#[tokio::test]
async fn a_key_of_what_is_no_target_is_refused() {
    let mut case = up("z: Keyed fixed=x ref=web").await;
    case.options.targets = vec!["a".to_owned()];
    insta::assert_snapshot!(refusal(&case, "a: Keyed fixed=x ref=web size=2").await, @r"
    kim:p/s/test:Keyed/a would have the same fixed and ref as kim:p/s/test:Keyed/z, which no two have, but kim:p/s/test:Keyed/z is not a target
      at src/lib.rs:1
    ");
    // Also if the program gives that one another key.
    let program = "a: Keyed fixed=x ref=web size=2\nz: Keyed fixed=x ref=api";
    insta::assert_snapshot!(refusal(&case, program).await, @r"
    kim:p/s/test:Keyed/a would have the same fixed and ref as kim:p/s/test:Keyed/z, which no two have, but kim:p/s/test:Keyed/z is not a target
      at src/lib.rs:1, src/lib.rs:2
    ");
}

// Rule 40.
#[tokio::test]
async fn an_old_copy_of_an_earlier_run_gives_its_key_up_first() {
    let case = up("a: Keyed fixed=x ref=web").await;
    case.fault("delete", 1, crate::fixture::Fault::denied("not now"));
    case.run(Operation::Up, "a: Keyed fixed=y ref=web").await.unwrap();
    // The old copy still has the key that the next one takes again.
    let after = "a: Keyed fixed=x ref=web";
    let made = calls(&case, after).await;
    assert_eq!(made, ["delete id-1", "create web", "delete id-2"]);
    case.expect_convergence(after).await;
}

// Rule 41.
#[tokio::test]
async fn what_takes_the_key_of_something_dropped_looks_like_a_rename() {
    let case = up("a: Keyed fixed=x ref=web size=1").await;
    let program = "z: Keyed fixed=x ref=WEB size=2";
    let errors = refused(&case, program).await;
    insta::assert_snapshot!(refusal(&case, program).await, @r"
    kim:p/s/test:Keyed/a would be deleted and kim:p/s/test:Keyed/z created with the same fixed and ref, which looks like a rename; nothing is deleted for that, unless it is meant
      at src/lib.rs:1
    ");
    let warnings = case.prepare(program).await.unwrap().diagnostics;
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].severity, Severity::Warning);
    assert_eq!((&warnings[0].remedy, &warnings[0].urn), (&errors[0].remedy, &errors[0].urn));
    // What it says to write keeps the resource.
    assert_eq!(calls(&case, "z: Keyed fixed=x ref=WEB size=2 !alias=a").await, ["update id-1"]);
}

// Rule 41.
#[tokio::test]
async fn a_shared_key_tells_more_than_equal_inputs() {
    let case = up("a: Keyed fixed=x ref=web auto=one\nb: Keyed auto=two").await;
    // Each has the key of the other's namesake.
    let program = "c: Keyed auto=two size=1\nd: Keyed auto=one size=2";
    let errors = refused(&case, program).await;
    let messages: Vec<&str> = errors.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(messages.len(), 2);
    assert!(
        messages[0].contains(
            "Keyed/a would be deleted and kim:p/s/test:Keyed/d created with the same auto"
        )
    );
    assert!(
        messages[1].contains(
            "Keyed/b would be deleted and kim:p/s/test:Keyed/c created with the same auto"
        )
    );
}
