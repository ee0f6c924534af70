//! Several plugins: which of them a run asks, and what it needs of each.

use std::sync::Arc;

use kim_engine::event::Summary;
use kim_engine::model::Remedy;
use kim_engine::plan::Operation;
use kim_engine::ports::Provider;
use kim_engine::{Error, Interrupt, Stack};

use crate::fixture::{Case, Cloud, Fault};

/// Returns a stack with the plugins `test` and `other`.
fn two(case: &Case, program: &str) -> Stack {
    let other: Arc<dyn Provider> = Arc::new(Cloud::other(Arc::clone(&case.world)));
    let mut stack = case.stack(program);
    stack.providers.push(other);
    stack
}

/// Carries out an operation of a stack.
async fn run(case: &Case, stack: &Stack, operation: Operation) -> Result<Summary, Error> {
    let prepared = stack.plan(operation, &case.options, case.sink(), Interrupt::default()).await?;
    stack.apply(prepared, &case.options, case.sink(), Interrupt::default()).await
}

/// Returns the places that were asked for and the lookups that were made since the last call.
fn questions(case: &Case) -> Vec<String> {
    let mut questions = std::mem::take(&mut case.cloud().questions);
    questions.sort();
    questions
}

// Rule 15.
#[tokio::test]
async fn what_a_lookup_finds_by_a_secret_or_says_is_secret_is_secret() {
    for program in [
        "a: Thing ref=look(secret:hunter2)\nexport: out=look(secret:hunter2)",
        "s: Thing auto=secret:hunter2\na: Thing ref=look(s.auto)\nexport: out=up(look(s.auto))",
        "a: Thing ref=lookother(hunter2)\nexport: out=lookother(hunter2)",
    ] {
        let case = Case::new().await;
        for _ in 0..2 {
            run(&case, &two(&case, program), Operation::Up).await.unwrap();
            let state = format!("{:?}", case.state().await).to_lowercase();
            assert!(!state.contains("hunter2"), "{program}: {state}");
            let events = format!("{:?}", case.events.lock().unwrap()).to_lowercase();
            assert!(!events.contains("hunter2"), "{program}: {events}");
        }
        let item = case.cloud_items().into_values().last().unwrap();
        assert_eq!(item.properties["ref"], "found-hunter2".into());
    }
}

// Rule 16.
#[tokio::test]
async fn a_run_asks_only_the_plugins_of_what_it_touches() {
    let mut case = Case::new().await;
    case.cloud().place = Some("here".to_owned());
    // Nothing is of the other plugin.
    run(&case, &two(&case, "a: Thing"), Operation::Up).await.unwrap();
    assert_eq!(questions(&case), ["place test"]);
    let program = r"
        a: Thing ref=look(x)
        b: other:Thing ref=lookother(y)
        c: Thing ref=lookother(z)
    ";
    run(&case, &two(&case, program), Operation::Up).await.unwrap();
    assert_eq!(
        questions(&case),
        [
            "look up other:echo",
            "look up other:echo",
            "look up test:echo",
            "place other",
            "place test"
        ]
    );
    for (target, expect) in [
        ("a", &["look up test:echo", "place test"][..]),
        ("b", &["look up other:echo", "place other"]),
        ("c", &["look up other:echo", "place other", "place test"]),
    ] {
        case.options.targets = vec![target.to_owned()];
        run(&case, &two(&case, program), Operation::Up).await.unwrap();
        assert_eq!(questions(&case), expect, "{target}");
    }
    // A destroy makes no lookup.
    case.options.targets = vec!["b".to_owned()];
    run(&case, &two(&case, ""), Operation::Destroy).await.unwrap();
    assert_eq!(questions(&case), ["place other"]);
}

#[tokio::test]
async fn outputs_of_lookups_that_targets_leave_out_stay() {
    let mut case = Case::new().await;
    let program = r"
        a: Thing
        b: Thing ref=look(y)
        export: b=b.ref
        export: y=look(z)
    ";
    case.up(program).await;
    let before = case.state().await.exports;
    assert_eq!(before["y"].as_text(), Some("found-z"));
    case.options.targets = vec!["a".to_owned()];
    case.up(&program.replace("a: Thing", "a: Thing size=2")).await;
    assert_eq!(case.state().await.exports, before);
}

#[tokio::test]
async fn what_no_plugin_can_delete_is_refused_while_planning() {
    let case = Case::new().await;
    let program = "a: Thing\nb: other:Thing\nc: other:Thing !retain";
    run(&case, &two(&case, program), Operation::Up).await.unwrap();
    case.clear_calls();
    for (operation, program) in [(Operation::Destroy, ""), (Operation::Up, "a: Thing size=2")] {
        let error = case.run(operation, program).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "kim:p/s/other:Thing/b would be deleted, but no plugin offers its kind 'other:Thing' \
             any more"
        );
        let Error::Invalid(diagnostics) = error else { panic!("{error}") };
        assert_eq!(diagnostics.len(), 1);
        assert_eq!(diagnostics[0].remedy, Some(Remedy::AddPlugin));
        assert_eq!(diagnostics[0].sources[0].line, 2);
        assert_eq!(case.calls(), [""; 0]);
    }
    // What is retained needs no plugin.
    run(&case, &two(&case, "a: Thing\nc: other:Thing !retain"), Operation::Up).await.unwrap();
    case.up("a: Thing").await;
    assert_eq!(case.record_count().await, 1);
}

#[tokio::test]
async fn nothing_counts_as_gone_in_a_cloud_that_is_not_known() {
    const EXPECT: &str = "the resources of plugin test are in account 1, but where this run would \
                          work could not be found out; nothing was changed";
    let mut case = Case::new().await;
    case.cloud().place = Some("account 1".to_owned());
    case.up("a: Thing\nb: Thing").await;
    case.cloud().place = None;
    // The right cloud has them.
    case.up("a: Thing size=2\nb: Thing").await;
    case.remove_item("id-2");
    case.clear_calls();
    for operation in [Operation::Preview, Operation::Up, Operation::Destroy, Operation::Refresh] {
        let error = case.run(operation, "a: Thing size=2\nb: Thing").await.unwrap_err();
        assert!(matches!(&error, Error::UnknownPlace { plugin, .. } if plugin == "test"));
        assert_eq!(error.to_string(), EXPECT);
    }
    assert_eq!(case.calls(), [""; 0]);
    // Nothing of it is read, so nothing is known.
    case.options.targets = vec!["c".to_owned()];
    let three = "a: Thing size=2\nb: Thing\nc: Thing";
    assert_eq!(case.run_error(Operation::Up, three).await, EXPECT);
    case.options.targets.clear();
    // Its own failure says more.
    case.fault("read", 1, Fault::denied("no credentials"));
    let message = case.run_error(Operation::Refresh, "").await;
    assert!(
        message.contains("could not be read") && message.contains("no credentials"),
        "{message}"
    );
    case.cloud().place = Some("account 1".to_owned());
    case.expect_convergence(three).await;
}
