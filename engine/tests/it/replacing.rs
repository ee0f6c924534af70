//! Replacements: the order of the new copy and the old one, along chains of dependencies.

use kim_engine::Error;

use crate::fixture::Case;

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
