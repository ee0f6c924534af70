//! Runs that cover some of the resources: they touch nothing else, and leave a valid state.

use kim_engine::Error;
use kim_engine::model::Remedy;
use kim_engine::plan::Operation;

use crate::fixture::{Case, Fault, stack_id};

/// Returns a case after `before`, with these targets.
async fn targeting(before: &str, targets: &[&str]) -> Case {
    let mut case = Case::new().await;
    case.up(before).await;
    case.clear_calls();
    case.options.targets = targets.iter().map(|target| (*target).to_owned()).collect();
    case
}

/// The run is rejected with this message; the remedy is this further target.
async fn refuses(case: &Case, operation: Operation, program: &str, message: &str, target: &str) {
    let before = case.state().await;
    let error = case.run(operation, program).await.unwrap_err();
    assert_eq!(error.to_string(), message);
    let Error::Invalid(diagnostics) = error else { panic!("{error}") };
    let remedy = Remedy::AddTarget { resource: target.to_owned() };
    assert_eq!(diagnostics[0].remedy, Some(remedy));
    assert_eq!(case.calls(), [""; 0]);
    assert_eq!(case.state().await, before);
}

#[tokio::test]
async fn a_target_cannot_turn_a_recorded_dependency_around() {
    let before = r"
        a: Thing size=1
        b: Thing ref=a.id
    ";
    let after = r"
        b: Thing size=1
        a: Thing ref=b.id
    ";
    let mut case = targeting(before, &["a"]).await;
    refuses(
        &case,
        Operation::Up,
        after,
        "kim:p/s/test:Thing/a is a target and would depend on itself, because kim:p/s/test:Thing/b \
         still depends on it as recorded, and is not a target: a -> b -> a",
        "b",
    )
    .await;
    case.options.targets.push("b".to_owned());
    case.up(after).await;
    case.expect_valid_state().await;
}

#[tokio::test]
async fn a_target_cannot_close_a_circle_through_several_others() {
    // What closes the circle is no longer declared, and declared in another way.
    let before = r"
        a: Thing
        m: Thing ref=a.id
        z: Thing ref=m.id
    ";
    let case = targeting(before, &["a"]).await;
    let after = r"
        z: Thing
        a: Thing ref=z.id
    ";
    refuses(
        &case,
        Operation::Up,
        after,
        "kim:p/s/test:Thing/a is a target and would depend on itself, because kim:p/s/test:Thing/z \
         still depends on kim:p/s/test:Thing/m as recorded, and is not a target: a -> z -> m -> a",
        "z",
    )
    .await;
}

#[tokio::test]
async fn a_component_around_a_target_needs_what_is_recorded() {
    let case = targeting("x: Thing", &["g/a"]).await;
    let after = r"
        d: Thing
        g: Group !after=d
        a: Thing !in=g
    ";
    refuses(
        &case,
        Operation::Up,
        after,
        "kim:p/s/test:Group/g is around a target and needs kim:p/s/test:Thing/d, which does not \
         exist yet and is not a target",
        "d",
    )
    .await;
}

#[tokio::test]
async fn targets_follow_what_is_recorded_of_others_between_them() {
    // Between the targets is u, which still depends on b as recorded.
    let before = r"
        x: Thing
        a: Thing ref=x.id
        b: Thing ref=a.id
        u: Thing ref=b.id
    ";
    let after = r"
        x: Thing
        u: Thing
        a: Thing ref=u.id
        b: Thing ref=x.id
    ";
    for failing in 1..=2 {
        let case = targeting(before, &["a", "b"]).await;
        case.fault("update", failing, Fault::denied("no"));
        let summary = case.run(Operation::Up, after).await.unwrap();
        assert!(summary.message.is_some());
        case.expect_valid_state().await;
        case.up(after).await;
        case.expect_valid_state().await;
    }
}

// Rule 36.
#[tokio::test]
async fn a_turn_around_that_fails_half_way_leaves_a_valid_state() {
    let before = r"
        a: Thing size=1
        b: Thing ref=a.id
    ";
    let after = r"
        b: Thing size=1
        a: Thing ref=b.id
    ";
    for failing in 1..=2 {
        let case = Case::new().await;
        case.up(before).await;
        case.fault("update", failing, Fault::denied("no"));
        let summary = case.run(Operation::Up, after).await.unwrap();
        assert!(summary.message.is_some());
        case.expect_valid_state().await;
        case.expect_convergence(after).await;
    }
}

#[tokio::test]
async fn a_turn_around_through_a_component_waits_for_the_component() {
    // y depends on x, which is in p as before; p no longer depends on y.
    let before = r"
        y: Thing
        p: Group !after=y
        x: Thing !in=p
    ";
    let after = r"
        z: Thing
        p: Group
        x: Thing !in=p
        y: Thing ref=x.id
    ";
    let case = Case::new().await;
    case.up(before).await;
    let plan = case.prepare(after).await.unwrap().plan;
    let step = |name: &str| {
        plan.steps.node_indices().find(|at| plan.steps[*at].urn.name() == name).unwrap()
    };
    assert!(plan.steps.contains_edge(step("p"), step("y")));
}

#[tokio::test]
async fn a_target_is_not_replaced_from_under_its_users() {
    for (kind, user) in [("Thing", "ref=a.id"), ("Unique", "ref=a.id"), ("Unique", "!with=a")] {
        let program = |fixed: &str| format!("a: {kind} fixed={fixed}\nb: Thing {user}");
        let case = targeting(&program("1x"), &["a"]).await;
        let message = format!(
            "kim:p/s/test:{kind}/a is a target and would be replaced, but kim:p/s/test:Thing/b \
             depends on it and is not a target"
        );
        refuses(&case, Operation::Up, &program("2x"), &message, "b").await;
    }
}

#[tokio::test]
async fn a_retained_target_is_replaced_beside_its_users() {
    let program = |fixed: &str| format!("a: Thing fixed={fixed} !retain\nb: Thing ref=a.id");
    let case = targeting(&program("1x"), &["a"]).await;
    case.up(&program("2x")).await;
    case.expect_valid_state().await;
    assert_eq!(case.cloud_items().len(), 3);
}

#[tokio::test]
async fn an_old_copy_is_not_deleted_from_under_users_that_are_no_targets() {
    let program = |fixed: &str| format!("a: Thing fixed={fixed}\nb: Thing ref=a.id");
    let mut case = Case::new().await;
    case.up(&program("1x")).await;
    case.fault("update", 1, Fault::denied("no"));
    case.run(Operation::Up, &program("2x")).await.unwrap();
    case.clear_calls();
    case.options.targets = vec!["a".to_owned()];
    refuses(
        &case,
        Operation::Up,
        &program("2x"),
        "kim:p/s/test:Thing/a is a target and an old copy of it would be deleted, but \
         kim:p/s/test:Thing/b depends on it and is not a target",
        "b",
    )
    .await;
}

// Rule 16.
#[tokio::test]
async fn an_old_copy_of_what_is_no_target_awaits_its_deletion() {
    let program = |fixed: &str| format!("a: Thing fixed={fixed}\nb: Thing");
    let mut case = Case::new().await;
    case.up(&program("1x")).await;
    case.fault("delete", 1, Fault::denied("no"));
    case.run(Operation::Up, &program("2x")).await.unwrap();
    case.clear_calls();
    case.options.targets = vec!["b".to_owned()];
    case.up(&program("2x").replace("b: Thing", "b: Thing size=2")).await;
    assert_eq!(case.calls(), ["update id-2"]);
    assert_eq!(case.cloud_items().len(), 3);
    case.options.targets.clear();
    case.up(&program("2x")).await;
    assert_eq!(case.cloud_items().len(), 2);
}

// Rule 16.
#[tokio::test]
async fn targets_are_names_urns_or_globs_of_either() {
    let program = |size: &str| {
        format!(
            "g: Group\nn-1: Thing !in=g size={size}\nn-2: Thing !in=g size={size}\no: Ready size={size}"
        )
    };
    for (target, expect) in [
        ("g/n-1", "~ g/n-1 size: 1 → 2"),
        ("g/n-?", "~ g/n-1 size: 1 → 2\n~ g/n-2 size: 1 → 2"),
        ("g/*", "~ g/n-1 size: 1 → 2\n~ g/n-2 size: 1 → 2"),
        ("*:Ready/*", "~ o size: 1 → 2"),
        ("kim:p/s/test:Ready/o", "~ o size: 1 → 2"),
        ("*", "~ g/n-1 size: 1 → 2\n~ g/n-2 size: 1 → 2\n~ o size: 1 → 2"),
    ] {
        let case = targeting(&program("1"), &[target]).await;
        case.expect_plan(&program("2"), expect).await;
    }
}

/// The program of the tests of what matches nothing.
const NAMED: &str = r"
    g: Group
    node-1: Thing !in=g
    node-2: Thing !in=g
    1/2: Thing
    new: Thing !alias=old
";

/// Returns a case that has to be asked nothing more of its cloud and its lock.
async fn named() -> Case {
    let case = Case::new().await;
    case.up(&NAMED.replace("new: Thing !alias=old", "old: Thing")).await;
    case.clear_calls();
    case
}

/// Returns the error of a run that names what does not exist.
///
/// Nothing was asked of the cloud, and no run was begun.
async fn unmatched(case: &Case, operation: Operation) -> String {
    let runs = case.store.history(&stack_id(), 9).await.unwrap().len();
    let error = case.run(operation, NAMED).await.unwrap_err();
    assert!(matches!(error, Error::Unmatched(_)), "{error:?}");
    assert_eq!(case.calls_and_reads(), [""; 0]);
    assert_eq!(case.store.history(&stack_id(), 9).await.unwrap().len(), runs);
    error.to_string()
}

// Rule 16.
#[tokio::test]
async fn what_matches_no_resource_is_an_error_with_the_nearest_names() {
    let mut case = named().await;
    let mut said = Vec::new();
    for pattern in [
        "g/nod-1",
        "node-1",
        "G/Node-1",
        "G/NODE-*",
        "g/nod?",
        "xyzzy",
        "1/2",
        "g",
        "*:Group/*",
        "old",
        "node",
        "kim:p/s/test:Thing/g/nod-1",
        "kim:p/s/test:Ready/g/node-1",
        "kim:p/prod/test:Thing/g/node-1",
        "kim:q/s/test:Thing/*",
        "",
    ] {
        case.options.targets = vec![pattern.to_owned()];
        said.push(unmatched(&case, Operation::Preview).await);
    }
    insta::assert_snapshot!(said.join("\n"));
}

// Rule 16.
#[tokio::test]
async fn each_pattern_of_each_option_is_judged_by_itself() {
    let mut case = named().await;
    let given = |pattern: &str| vec!["g/node-1".to_owned(), pattern.to_owned(), "*".to_owned()];
    case.options.targets = given("g/nod-1");
    case.options.exclude = given("g/node-3*");
    let mut said = vec!["destroy:".to_owned(), unmatched(&case, Operation::Destroy).await];
    said.extend(["refresh:".to_owned(), unmatched(&case, Operation::Refresh).await]);
    case.options.replace = given("node");
    said.extend(["up:".to_owned(), unmatched(&case, Operation::Up).await]);
    case.options.targets = vec!["g/node-1".to_owned()];
    case.options.exclude.clear();
    said.extend(["replace:".to_owned(), unmatched(&case, Operation::Up).await]);
    insta::assert_snapshot!(said.join("\n"));
    // What only the program has, and what only the state has.
    case.options.replace.clear();
    for name in ["new", "g/node-2"] {
        case.options.targets = vec![name.to_owned()];
        case.preview(&NAMED.replace("    node-2: Thing !in=g\n", "")).await.unwrap();
    }
}

// Rule 16.
#[tokio::test]
async fn what_is_excluded_is_left_alone() {
    let program = |size: &str| {
        format!("g: Group\nn-1: Thing !in=g size={size}\nn-2: Thing !in=g size={size}\no: Thing")
    };
    let both = "~ g/n-1 size: 1 → 2\n~ g/n-2 size: 1 → 2";
    for (targets, exclude, expect) in [
        (&[][..], &["g/n-1"][..], "~ g/n-2 size: 1 → 2"),
        (&[], &["g/*"], ""),
        (&[], &["o"], both),
        (&["g/*"], &["*n-2"], "~ g/n-1 size: 1 → 2"),
        (&["o"], &["g/*"], ""),
        (&["g/n-1"], &["g/n-1"], ""),
    ] {
        let mut case = targeting(&program("1"), targets).await;
        case.options.exclude = exclude.iter().map(|pattern| (*pattern).to_owned()).collect();
        case.expect_plan(&program("2"), expect).await;
        case.up(&program("2")).await;
        case.expect_valid_state().await;
    }
    // What is excluded is not deleted.
    let mut case = targeting(&program("1"), &[]).await;
    case.options.exclude = vec!["g*".to_owned()];
    case.run(Operation::Destroy, "").await.unwrap();
    // The longest path begins first, so o was created last.
    assert_eq!(case.calls(), ["delete id-3"]);
}

// Rule 16.
#[tokio::test]
async fn what_is_excluded_is_neither_needed_nor_robbed() {
    let before = "a: Thing fixed=1x\nb: Thing ref=a.id";
    let about = "kim:p/s/test:Thing";
    for (after, exclude, expect, named) in [
        (
            "d: Thing\na: Thing fixed=1x ref=d.id\nb: Thing ref=a.id",
            "d",
            format!("{about}/a needs {about}/d, which does not exist yet and is excluded"),
            "d",
        ),
        (
            "a: Thing fixed=2x\nb: Thing ref=a.id",
            "b",
            format!("{about}/a would be replaced, but {about}/b depends on it and is excluded"),
            "b",
        ),
        (
            "b: Thing\na: Thing fixed=1x ref=b.id",
            "b",
            format!(
                "{about}/a would depend on itself, because {about}/b still depends on it as \
                 recorded, and is excluded: a -> b -> a"
            ),
            "b",
        ),
    ] {
        let mut case = targeting(before, &[]).await;
        case.options.exclude = vec![exclude.to_owned()];
        let error = case.run(Operation::Up, after).await.unwrap_err();
        assert_eq!(error.to_string(), expect);
        let Error::Invalid(diagnostics) = error else { panic!("{error}") };
        let remedy = Remedy::Include { resource: named.to_owned() };
        assert_eq!(diagnostics[0].remedy, Some(remedy));
    }
}
