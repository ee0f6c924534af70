//! What a plan tells dependents holds in the apply, or the apply says so before they are touched.

use kim_engine::event::RunResult;
use kim_engine::model::Value;
use kim_engine::plan::Operation;

use crate::fixture::{Case, Fault};

/// Brings a stack up, has the cloud set a property with every write from now on, and returns the
/// case.
async fn rewriting(before: &str, property: &str, value: impl Into<Value>) -> Case {
    let case = Case::new().await;
    case.up(before).await;
    case.cloud().rewrites.insert(property.to_owned(), value.into());
    case.clear_calls();
    case
}

/// Returns the message of an up in which a step fails.
async fn failed_up(case: &Case, program: &str) -> String {
    let summary = case.run(Operation::Up, program).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed, "{program}");
    summary.message.unwrap()
}

// Rules 14, 44.
#[tokio::test]
async fn a_property_that_an_update_answers_otherwise_is_an_error_before_dependents_are_touched() {
    let program = |size: u32| {
        format!(
            r"
                a: Thing size={size}
                b: Thing ref=a.auto size={size}
                export: auto=a.auto
                export: size=a.size
                export: through=b.ref
            "
        )
    };
    let case = rewriting(&program(1), "auto", "hunter2").await;
    let message = failed_up(&case, &program(2)).await;
    assert_eq!(
        message,
        "kim:p/s/test:Thing/a: the plugin test answered another 'auto' than the plan told what refers to it: the property changed with an update, and the plugin's schema does not say that it may. The new value is recorded, and what refers to it was left as it was; plan again\n1 more were not begun"
    );
    assert_eq!(case.calls(), ["update id-1"]);
    let state = case.state().await;
    assert!(state.intents.is_empty());
    assert_eq!(
        format!("{:?}", state.exports),
        r#"{"auto": "hunter2", "size": 2, "through": "auto-id-1"}"#
    );
    case.expect_plan(&program(2), r#"~ b ref: "auto-id-1" → "hunter2", size: 1 → 2"#).await;
    case.cloud().rewrites.clear();
    case.expect_convergence(&program(2)).await;
}

// Rule 14.
#[tokio::test]
async fn what_is_told_in_part_or_as_a_whole_holds_too() {
    // A part of a map, the map as an argument of a closure, the whole resource, a lookup.
    for reference in ["a.facts.k", "up(a.facts)", "up(whole(a))", "look(a.facts.k)"] {
        let program = |size: u32| {
            format!(
                r"
                    a: Thing size={size}
                    b: Thing ref={reference}
                "
            )
        };
        let case = Case::new().await;
        case.cloud()
            .rewrites
            .insert("facts".to_owned(), [("k", "x"), ("l", "y")].into_iter().collect());
        case.up(&program(1)).await;
        case.cloud()
            .rewrites
            .insert("facts".to_owned(), [("k", "z"), ("l", "y")].into_iter().collect());
        case.clear_calls();
        let message = failed_up(&case, &program(2)).await;
        assert!(message.contains("another 'facts.k' than"), "{message}");
        assert_eq!(case.calls(), ["update id-1"]);
        case.expect_convergence(&program(2)).await;
    }
}

// Rule 44.
#[tokio::test]
async fn what_nobody_was_told_and_what_may_change_is_no_error() {
    // Another part of the map, an input in the cloud's spelling, a volatile property.
    for (reference, property, value) in [
        ("a.facts.k", "facts", [("k", "x"), ("l", "z")].into_iter().collect()),
        ("a.id", "auto", Value::text("other")),
        ("a.tags.k", "tags", [("k", "K")].into_iter().collect()),
        ("up(a.version)", "version", Value::Int(7)),
    ] {
        let program = |size: u32| {
            format!(
                r"
                    a: Thing size={size} tags.k=k
                    b: Thing ref={reference}
                "
            )
        };
        let case = Case::new().await;
        case.cloud()
            .rewrites
            .insert("facts".to_owned(), [("k", "x"), ("l", "y")].into_iter().collect());
        case.up(&program(1)).await;
        case.cloud().rewrites.insert(property.to_owned(), value);
        case.up(&program(2)).await;
        case.expect_empty_plan(&program(2)).await;
    }
}

// Rule 44.
#[tokio::test]
async fn what_an_adopted_create_was_seen_to_be_holds_too() {
    let case = Case::new().await;
    let program = |size: u32| format!("a: Thing size={size}\nb: Thing ref=a.auto");
    case.leave_create_open(1);
    failed_up(&case, &program(1)).await;
    case.cloud().rewrites.insert("auto".to_owned(), Value::text("other"));
    case.clear_calls();
    let message = failed_up(&case, &program(2)).await;
    assert!(message.contains("another 'auto' than"), "{message}");
    assert_eq!(case.calls(), ["find ", "settle id-1", "update id-1"]);
    case.expect_convergence(&program(2)).await;
    assert_eq!(case.cloud_property("id-2", "ref").as_text(), Some("other"));
}

#[tokio::test]
async fn an_update_that_turns_out_needless_tells_what_the_cloud_holds() {
    for kind in ["Thing", "Unique", "Ready"] {
        for input in ["ref", "fixed"] {
            let program = |size: u32| {
                format!(
                    r"
                        x: {kind} size={size}
                        a: {kind} {input}=up(x.version)
                        b: {kind} ref=a.auto tags.k=up(x.version)
                    "
                )
            };
            let case = Case::new().await;
            case.up(&program(1)).await;
            case.tamper("id-2", "auto", "drifted");
            case.up(&program(2)).await;
            case.expect_empty_plan(&program(2)).await;
        }
    }
}

// Rules 14, 44.
#[tokio::test]
async fn a_lookup_that_finds_something_else_in_the_apply_is_an_error_before_any_call() {
    // Offline, what an earlier lookup found counts as unchanged, and only the apply makes it.
    let program = |size: u32| {
        format!(
            r"
                x: Thing size={size}
                a: Thing ref=look(one) tags.k=up(x.version)
                b: Thing ref=a.ref
            "
        )
    };
    let mut case = Case::new().await;
    case.up(&program(1)).await;
    case.options.offline = true;
    case.cloud().found = Some("something else".to_owned());
    case.clear_calls();
    let message = failed_up(&case, &program(2)).await;
    assert_eq!(
        message,
        "kim:p/s/test:Thing/a: ref is another than in the plan: the lookup test:echo of the plugin test answered something else meanwhile. Nothing was changed; plan again"
    );
    assert_eq!(case.calls(), ["update id-1"]);
    case.options.offline = false;
    case.expect_convergence(&program(2)).await;
    assert_eq!(case.cloud_property("id-3", "ref").as_text(), Some("something else"));
}

#[tokio::test]
async fn a_failed_update_tells_nothing() {
    let program = |size: u32| {
        format!(
            r"
                a: Thing size={size}
                b: Thing ref=a.auto
            "
        )
    };
    let case = rewriting(&program(1), "auto", "other").await;
    case.fault("update", 1, Fault::LoseAnswer);
    failed_up(&case, &program(2)).await;
    // The next plan knows what the lost update changed.
    case.expect_convergence(&program(2)).await;
    assert_eq!(case.cloud_property("id-2", "ref").as_text(), Some("other"));
}
