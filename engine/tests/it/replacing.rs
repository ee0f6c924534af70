//! Replacements: the order of the new copy and the old one, along chains of dependencies.

use crate::fixture::Case;

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
