//! The stack's outputs: only what was made is exported.

use kim_engine::Interrupt;
use kim_engine::event::{Event, RunResult};
use kim_engine::plan::Operation;

use crate::fixture::{Case, CommitFault, Fault};

/// Returns the recorded outputs as text.
async fn exported(case: &Case) -> String {
    format!("{:?}", case.state().await.exports)
}

/// Runs an up in which a step fails.
async fn failed_up(case: &Case, program: &str) {
    let summary = case.run(Operation::Up, program).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed, "{program}");
}

/// A program whose outputs reach `a` in every way: by a closure, a lookup, a whole resource, a
/// component, and through `b`.
fn far_reaching(size: u32, text: &str) -> String {
    format!(
        r"
            a: Thing size={size} ref={text} tags.k={text}
            b: Thing ref=a.ref
            g: Group x=a.ref
            h: Group x={text} !after=a
            other: Thing size={size}
            export: all=whole(a)
            export: closure=up(a.ref)
            export: component=g.x
            export: in_group=h.x
            export: lookup=look(up(a.ref))
            export: nested=a.tags.k
            export: other=other.size
            export: plain=a.size
            export: through=b.ref
        "
    )
}

// Rule 42.
#[tokio::test]
async fn what_a_failed_create_would_have_made_is_exported_by_nobody() {
    let case = Case::new().await;
    case.fault("create", 1, Fault::denied("no"));
    failed_up(&case, &far_reaching(1, "one")).await;
    assert_eq!(exported(&case).await, r#"{"other": 1}"#);
}

// Rules 28, 42.
#[tokio::test]
async fn outputs_that_reach_a_failed_update_keep_their_values() {
    let case = Case::new().await;
    case.up(&far_reaching(1, "one")).await;
    let before = exported(&case).await;
    case.fault("update", 1, Fault::denied("no"));
    failed_up(&case, &far_reaching(2, "two")).await;
    assert_eq!(exported(&case).await, before.replace(r#""other": 1"#, r#""other": 2"#));
    case.up(&far_reaching(2, "two")).await;
    let after = exported(&case).await;
    for part in [
        r#""closure": "TWO""#,
        r#""component": "two""#,
        r#""in_group": "two""#,
        r#""lookup": "found-TWO""#,
    ] {
        assert!(after.contains(part), "{after}");
    }
    assert!(!after.contains(r#""one""#), "{after}");
}

// Rule 42.
#[tokio::test]
async fn outputs_that_reach_a_failed_replacement_keep_their_values() {
    for kind in ["Thing", "Unique"] {
        let program = |fixed: &str| {
            format!(
                r"
                    a: {kind} fixed={fixed}
                    b: Thing ref=a.id
                    export: fixed=a.fixed
                    export: id=b.ref
                "
            )
        };
        let case = Case::new().await;
        case.up(&program("1x")).await;
        let before = exported(&case).await;
        case.fault("create", 1, Fault::denied("no"));
        failed_up(&case, &program("2x")).await;
        assert_eq!(exported(&case).await, before, "{kind}");
        // The new copy exists although the old one could not be deleted.
        if kind == "Thing" {
            case.fault("delete", 1, Fault::denied("no"));
            failed_up(&case, &program("2x")).await;
            assert_eq!(exported(&case).await, r#"{"fixed": "2x", "id": "id-3"}"#);
        }
    }
}

// Rule 28.
#[tokio::test]
async fn outputs_of_what_an_interrupt_left_out_keep_their_values() {
    let case = Case::new().await;
    let program = |size: u32| {
        format!(
            r"
                a: Thing size={size}
                b: Thing size={size} !after=a
                export: a=a.size
                export: b=b.size
            "
        )
    };
    case.up(&program(1)).await;
    let (sink, interrupt) =
        case.interrupting_sink(|event| matches!(event, Event::StepStarted { .. }));
    let stack = case.stack(&program(2));
    let prepared =
        stack.plan(Operation::Up, &case.options, case.sink(), Interrupt::default()).await.unwrap();
    stack.apply(prepared, &case.options, sink, interrupt).await.unwrap();
    assert_eq!(exported(&case).await, r#"{"a": 2, "b": 1}"#);
}

// Rule 42.
#[tokio::test]
async fn what_was_made_but_could_not_be_recorded_is_not_exported() {
    let case = Case::new().await;
    let program = |size: u32| {
        format!(
            r"
                a: Thing size={size}
                export: a=a.size
            "
        )
    };
    case.up(&program(1)).await;
    // The intent is recorded, and the outcome is not.
    let hit = case.run_with_commit_fault(Operation::Up, &program(2), 2, CommitFault::Refused).await;
    assert!(hit);
    assert_eq!(exported(&case).await, r#"{"a": 1}"#);
}

// Rule 42.
#[tokio::test]
async fn what_the_targets_leave_out_is_exported_as_it_is() {
    let mut case = Case::new().await;
    case.up(&far_reaching(1, "one")).await;
    let before = exported(&case).await;
    case.options.targets = vec!["other".to_owned()];
    case.up(&far_reaching(2, "two")).await;
    assert_eq!(exported(&case).await, before.replace(r#""other": 1"#, r#""other": 2"#));
}

// Rule 28.
#[tokio::test]
async fn an_output_of_what_no_longer_exists_stays_until_its_successor_is_made() {
    let mut case = Case::new().await;
    case.up("a: Thing\nexport: id=a.id").await;
    case.options.targets = vec!["other".to_owned()];
    case.up("new: Thing size=1\nother: Thing\nexport: id=new.id").await;
    assert_eq!(exported(&case).await, r#"{"id": "id-1"}"#);
    case.options.targets.clear();
    case.up("new: Thing size=1\nother: Thing\nexport: id=new.id").await;
    assert_eq!(exported(&case).await, r#"{"id": "id-3"}"#);
}

// Rule 42.
#[tokio::test]
async fn what_is_incomplete_is_exported_once_it_is_complete() {
    let mut case = Case::new().await;
    let program = r"
        a: Thing size=1
        b: Thing
        export: a=a.size
    ";
    case.fault("settle", 1, Fault::denied("no"));
    failed_up(&case, program).await;
    case.options.targets = vec!["b".to_owned()];
    case.up(program).await;
    assert_eq!(exported(&case).await, "{}");
    case.options.targets.clear();
    case.up(program).await;
    assert_eq!(exported(&case).await, r#"{"a": 1}"#);
}

// Rule 28.
#[tokio::test]
async fn an_output_that_fails_takes_no_other_along() {
    let case = Case::new().await;
    case.up("a: Thing\nexport: a=a.id").await;
    let program = r"
        a: Thing
        c: Thing
        export: b=1
        export: c=look(c.facts.k)
    ";
    failed_up(&case, program).await;
    assert_eq!(exported(&case).await, r#"{"a": "id-1", "b": 1}"#);
}

#[tokio::test]
async fn a_destroy_drops_the_outputs_with_the_last_resource() {
    let mut case = Case::new().await;
    case.up("a: Thing size=1\nb: Thing\nexport: s=a.size\nexport: b=b.id").await;
    let before = exported(&case).await;
    case.options.targets = vec!["b".to_owned()];
    case.destroy().await;
    assert_eq!(exported(&case).await, before);
    case.options.targets.clear();
    case.fault("delete", 1, Fault::denied("no"));
    case.destroy().await;
    assert_eq!(exported(&case).await, before);
    case.expect_destroyed().await;
    assert_eq!(exported(&case).await, "{}");
}

#[tokio::test]
async fn a_components_input_may_draw_on_a_lookup_of_what_is_made_in_the_same_run() {
    for (input, found) in [("look(a.id)", "found-id-1"), ("up(look(up(a.id)))", "FOUND-ID-1")] {
        let case = Case::new().await;
        let program = format!(
            r"
                a: Thing
                g: Group x={input} y=a.auto
                b: Thing !in=g ref=g.x
                export: x=g.x
            "
        );
        case.up(&program).await;
        assert_eq!(case.cloud_property("id-2", "ref").as_text(), Some(found));
        let state = case.state().await;
        let group = state.records().find(|record| record.component).unwrap();
        let expected = format!(r#"{{"x": "{found}", "y": "auto-id-1"}}"#);
        assert_eq!(format!("{:?}", group.inputs), expected);
        assert_eq!(exported(&case).await, format!(r#"{{"x": "{found}"}}"#));
        case.expect_empty_plan(&program).await;
    }
}

#[tokio::test]
async fn what_draws_on_a_lookup_by_two_components_is_made_after_both() {
    let case = Case::new().await;
    let program = r"
        a: Thing
        g: Group x=look(a.id)
        h: Group !in=g y=look(g.x)
        b: Thing !in=h ref=h.y
    ";
    case.up(program).await;
    assert_eq!(case.cloud_property("id-2", "ref").as_text(), Some("found-found-id-1"));
    case.expect_empty_plan(program).await;
    // The component follows what changes, and so does what is inside it.
    case.remove_item("id-1");
    case.up(program).await;
    assert_eq!(case.cloud_property("id-2", "ref").as_text(), Some("found-found-id-3"));
    case.expect_empty_plan(program).await;
}
