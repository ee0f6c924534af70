//! Replacements: the order of the new copy and the old one, along chains of dependencies.

use kim_engine::Error;
use kim_engine::plan::Operation;

use crate::fixture::{Case, Fault};

/// Returns the error of a preview of `after` on what `before` deployed; nothing is called.
async fn refused(before: &str, after: &str) -> Error {
    let case = Case::new().await;
    case.up(before).await;
    case.clear_calls();
    let error = case.preview(after).await.unwrap_err();
    assert_eq!(case.calls(), [""; 0]);
    error
}

// Rule 8.
#[tokio::test]
async fn create_first_below_delete_first_is_refused_with_the_circle() {
    let program = |fixed: &str| format!("u: Unique fixed={fixed}\nb: Thing fixed=u.id !cbd");
    let error = refused(&program("1x"), &program("2x")).await;
    assert_eq!(
        error.to_string(),
        "these steps wait for each other in a circle: create the new u -> create the new b -> \
         delete the old b -> delete the old u -> create the new u; replace one of the resources in \
         the other order (delete_before_replace)"
    );
    let Error::Invalid(diagnostics) = error else { panic!("{error}") };
    let lines: Vec<u32> = diagnostics[0].sources.iter().map(|source| source.line).collect();
    assert_eq!(lines, [1, 2]);
    // Through one that has no order of its own.
    let program = |fixed: &str| {
        format!("u: Thing fixed={fixed} !dbr\nm: Thing fixed=u.id\nb: Thing fixed=m.id !cbd")
    };
    let message = refused(&program("1x"), &program("2x")).await.to_string();
    assert!(
        message.contains(
            ": create the new u -> create the new m -> create the new b -> delete the old b -> \
             delete the old m -> delete the old u -> create the new u;"
        ),
        "{message}"
    );
}

// Rule 8.
#[tokio::test]
async fn create_first_holds_along_a_chain_without_delete_first() {
    let program = |fixed: &str| {
        format!("u: Unique fixed={fixed} !cbd\nm: Thing fixed=u.id\nb: Thing fixed=m.id !cbd")
    };
    let case = Case::new().await;
    case.up(&program("1x")).await;
    case.clear_calls();
    case.up(&program("2x")).await;
    let calls: Vec<String> =
        case.calls().into_iter().filter(|call| !call.starts_with("settle")).collect();
    assert_eq!(
        calls,
        ["create 2x", "create id-4", "create id-5", "delete id-3", "delete id-2", "delete id-1"]
    );
    // A later run that does not see the declarations deletes in the same order.
    case.clear_calls();
    case.destroy().await;
    assert_eq!(case.calls(), ["delete id-6", "delete id-5", "delete id-4"]);
}

// Rule 9.
#[tokio::test]
async fn create_first_that_is_only_updated_allows_delete_first() {
    let program = |fixed: &str| format!("u: Unique fixed={fixed}\nb: Thing ref=u.id !cbd");
    let case = Case::new().await;
    case.up(&program("1x")).await;
    case.clear_calls();
    case.up(&program("2x")).await;
    assert_eq!(case.calls(), ["delete id-1", "create 2x", "settle id-3", "update id-2"]);
}

// Rule 13.
#[tokio::test]
async fn what_is_in_a_container_stays_if_the_container_does() {
    // The closure gets a number, which the update may change, and returns the same empty text.
    let program = |size: &str, lid: &str| {
        format!(
            r"
                a: Thing size={size}
                box: Thing fixed=up(a.version)
                lid: Thing{lid} !with=box
                knob: Thing ref=lid.id !with=lid
            "
        )
    };
    let case = Case::new().await;
    case.up(&program("1", "")).await;
    case.clear_calls();
    let after = program("2", "");
    case.expect_plan(
        &after,
        r#"
            ~ a size: 1 → 2
            ± box fixed: "" → [unknown]
            ± lid # what it is deleted with is replaced
            ± knob ref: "id-3" → [unknown] # what it is deleted with is replaced
        "#,
    )
    .await;
    case.up(&after).await;
    assert_eq!(case.calls(), ["update id-1"]);
    case.expect_convergence(&after).await;
    // What has a reason of its own is replaced.
    let after = program("3", " fixed=1x");
    case.clear_calls();
    case.up(&after).await;
    let calls = case.calls();
    assert!(!calls.contains(&"delete id-2".to_owned()), "{calls:?}");
    assert!(calls.contains(&"delete id-3".to_owned()), "{calls:?}");
    assert!(calls.contains(&"delete id-4".to_owned()), "{calls:?}");
    case.expect_convergence(&after).await;
    let mut case = Case::new().await;
    case.up(&program("1", "")).await;
    case.options.replace = vec!["lid".to_owned()];
    case.clear_calls();
    case.up(&program("2", "")).await;
    let calls = case.calls();
    assert!(calls.contains(&"delete id-3".to_owned()), "{calls:?}");
}

// Rule 13.
#[tokio::test]
async fn what_is_in_a_container_that_the_program_drops_is_replaced() {
    let before = "a: Ready\nb: Part fixed=a.id !with=a";
    let moves = "a: Thing\nb: Part fixed=a.id !with=a !ignore=fixed";
    let moves_without_option = "a: Thing\nb: Part fixed=a.id !ignore=fixed";
    for after in [moves, moves_without_option] {
        let case = Case::new().await;
        case.up(before).await;
        case.up(after).await;
        assert!(!case.cloud_items().contains_key("id-2"), "{after}");
        case.expect_convergence(after).await;
    }
    // In a container that is retained it can stay.
    let case = Case::new().await;
    case.up("a: Ready !retain\nb: Part fixed=a.id !with=a").await;
    case.clear_calls();
    case.up("b: Part !ignore=fixed").await;
    assert_eq!(case.calls(), [""; 0]);
}

// Rule 13.
#[tokio::test]
async fn what_leaves_its_container_as_that_is_replaced_is_replaced_too() {
    let case = Case::new().await;
    case.up("a: Unique\nb: Part fixed=a.id !with=a").await;
    let after = "a: Unique fixed=x\nb: Part !ignore=fixed";
    case.up(after).await;
    assert!(!case.cloud_items().contains_key("id-2"), "it went with its container");
    case.expect_convergence(after).await;
}

/// The closure gets a number, which the update may change, and returns the same empty text. So the
/// replacement of `box` is planned, and needless.
fn needless(size: &str, rest: &str) -> String {
    format!("a: Thing size={size}\nbox: Thing fixed=up(a.version)\n{rest}")
}

// Rules 7, 14.
#[tokio::test]
async fn what_follows_another_one_stays_if_that_one_does() {
    let rest =
        "b: Thing size=1 !follow=box\nc: Thing size=1 !follow=b\nd: Thing ref=c.id !with=box";
    let case = Case::new().await;
    case.up(&needless("1", rest)).await;
    let after = needless("2", rest);
    case.expect_plan(
        &after,
        r#"
            ~ a size: 1 → 2
            ± box fixed: "" → [unknown]
            ± b # box is replaced, which it is replaced with
            ± c # b is replaced, which it is replaced with
            ± d ref: "id-4" → [unknown] # what it is deleted with is replaced
        "#,
    )
    .await;
    case.clear_calls();
    let summary = case.up(&after).await;
    assert_eq!(case.calls(), ["update id-1"]);
    let counts: Vec<_> = summary.changes.iter().filter(|(_, count)| **count > 0).collect();
    assert_eq!(counts, [(&"same".to_owned(), &4), (&"update".to_owned(), &1)]);
    case.expect_convergence(&after).await;
}

#[tokio::test]
async fn what_follows_two_is_replaced_if_one_of_them_is() {
    let rest = "x: Thing fixed=one\nb: Thing size=1 !follow=box !follow=x";
    let case = Case::new().await;
    case.up(&needless("1", rest)).await;
    case.clear_calls();
    let after = needless("2", &rest.replace("one", "two"));
    case.up(&after).await;
    let expected = ["update id-1", "create two", "settle id-5", "create ?", "settle id-6"];
    assert_eq!(case.calls(), [&expected[..], &["delete id-4", "delete id-2"]].concat());
    case.expect_convergence(&after).await;
}

// Rules 9, 14.
#[tokio::test]
async fn what_is_deleted_first_stays_if_its_replacement_is_needless() {
    // By what is not known, by what it is in, and by what it follows.
    for rest in [
        "u: Unique fixed=up(a.version)",
        "u: Unique size=1 !with=box",
        "u: Unique size=1 !follow=box",
        "u: Unique ref=box.id !with=box !retain",
        "u: Unique fixed=box.id",
    ] {
        let case = Case::new().await;
        case.up(&needless("1", rest)).await;
        case.clear_calls();
        let after = needless("2", rest);
        case.up(&after).await;
        assert_eq!(case.calls(), ["update id-1"], "{rest}");
        case.expect_convergence(&after).await;
    }
}

#[tokio::test]
async fn what_cannot_wait_to_be_judged_is_deleted_first() {
    // The delete of `v` comes before that of `u`, which comes before all that `v` will refer to.
    let rest = "u: Unique fixed=box.id\nv: Unique fixed=u.id";
    let case = Case::new().await;
    case.up(&needless("1", rest)).await;
    case.clear_calls();
    let after = needless("2", rest);
    case.up(&after).await;
    assert_eq!(case.calls(), ["update id-1", "delete id-4", "create id-3", "settle id-5"]);
    case.expect_convergence(&after).await;
}

#[tokio::test]
async fn what_is_deleted_first_is_deleted_once_it_is_known_to_be_replaced() {
    let program = |size: &str| format!("a: Thing size={size}\nu: Unique fixed=join(a.version)");
    let case = Case::new().await;
    case.up(&program("1")).await;
    case.clear_calls();
    case.up(&program("2")).await;
    assert_eq!(case.calls(), ["update id-1", "delete id-2", "create 2", "settle id-3"]);
    // What makes the new inputs known failed: the old copy stays.
    case.fault("update", 1, Fault::denied("no"));
    case.run(Operation::Up, &program("3")).await.unwrap();
    assert_eq!(case.calls(), ["update id-1"]);
    case.expect_convergence(&program("3")).await;
}

#[tokio::test]
async fn a_replacement_is_not_needless_where_the_cloud_drifted() {
    let case = Case::new().await;
    case.up(&needless("1", "")).await;
    case.tamper("id-2", "fixed", "other");
    let after = needless("2", "");
    case.clear_calls();
    case.up(&after).await;
    let calls = case.calls();
    assert!(calls.contains(&"delete id-2".to_owned()), "{calls:?}");
    case.expect_convergence(&after).await;
    // Also of what follows one whose replacement is needless.
    let rest = "b: Thing fixed=one !follow=box";
    let case = Case::new().await;
    case.up(&needless("1", rest)).await;
    case.tamper("id-3", "fixed", "two");
    case.clear_calls();
    let after = needless("2", rest);
    case.up(&after).await;
    let calls = case.calls();
    assert!(!calls.contains(&"delete id-2".to_owned()), "{calls:?}");
    assert!(calls.contains(&"delete id-3".to_owned()), "{calls:?}");
    case.expect_convergence(&after).await;
}

#[tokio::test]
async fn a_replacement_is_not_needless_of_what_is_incomplete() {
    let case = Case::new().await;
    // It was created, and never seen ready.
    case.fault("settle", 2, Fault::denied("no"));
    case.run(Operation::Up, &needless("1", "")).await.unwrap();
    case.clear_calls();
    let after = needless("2", "");
    case.up(&after).await;
    let calls = case.calls();
    assert!(calls.contains(&"delete id-2".to_owned()), "{calls:?}");
    case.expect_convergence(&after).await;
}

#[tokio::test]
async fn a_replacement_is_needless_if_only_what_is_ignored_differs() {
    let program = |size: &str, team: &str| {
        let options = "!ignore=tags.team !ignore=ports";
        format!("a: Thing size={size}\nbox: Thing fixed=up(a.version) tags.team={team} {options}")
    };
    let case = Case::new().await;
    case.up(&program("1", "old")).await;
    case.clear_calls();
    case.up(&program("2", "new")).await;
    assert_eq!(case.calls(), ["update id-1"]);
    let record = case.state().await;
    let record = record.records().find(|record| record.urn.name() == "box").unwrap().clone();
    assert_eq!(record.inputs.get("tags").unwrap().get("team").unwrap(), &"old".into());
    case.expect_convergence(&program("2", "new")).await;
}

// Rule 9.
#[tokio::test]
async fn what_is_deleted_first_stays_where_its_successor_turns_out_impossible() {
    let program = |size: &str| {
        format!("a: Thing size={size}\nu: Unique fixed=join(a.version) size=a.version")
    };
    let case = Case::new().await;
    case.up(&program("1")).await;
    // The update makes it larger than a size may be.
    case.tamper("id-1", "version", 1500);
    case.clear_calls();
    let summary = case.run(Operation::Up, &program("2")).await.unwrap();
    let message = summary.message.unwrap();
    assert!(message.contains("of 0 to 1000"), "{message}");
    assert_eq!(case.calls(), ["update id-1"]);
    assert!(case.cloud_items().contains_key("id-2"));
}

// Rule 13.
#[tokio::test]
async fn what_leaves_a_container_that_is_declared_after_it_is_refused_if_that_is_replaced() {
    let case = Case::new().await;
    case.up("a: Unique\nb: Part fixed=a.id !with=a").await;
    let message = case.preview_error("b: Part !ignore=fixed\na: Unique fixed=x").await;
    insta::assert_snapshot!(message, @"kim:p/s/test:Part/b would stay, but kim:p/s/test:Unique/a is replaced, and what was recorded as deleted with it is deleted; replace both, or take it out of kim:p/s/test:Unique/a in a run of its own");
}
