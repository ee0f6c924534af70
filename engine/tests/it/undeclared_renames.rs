//! Renames that the program does not declare: what is refused, what is said, what is no rename.

use kim_engine::Error;
use kim_engine::event::{Diagnostic, RunResult, Severity};
use kim_engine::model::{Former, FormerParent, Remedy};
use kim_engine::plan::Operation;

use crate::fixture::{Case, Fault};

/// A fresh cloud that was brought up to a program.
async fn up(before: &str) -> Case {
    let case = Case::new().await;
    case.up(before).await;
    case.clear_calls();
    case
}

/// The renames that a preview warns of and an up is refused for, without a call of a change.
async fn undeclared(case: &Case, program: &str) -> Vec<Diagnostic> {
    let state = case.state().await;
    let Err(Error::Invalid(errors)) = case.run(Operation::Up, program).await else {
        panic!("an up is not refused: {program}")
    };
    assert_eq!(case.calls(), [""; 0]);
    assert_eq!(case.state().await, state, "nothing was recorded");
    let mut warnings = case.prepare(program).await.unwrap().diagnostics;
    assert!(warnings.iter().all(|one| one.severity == Severity::Warning));
    for (warning, error) in warnings.iter_mut().zip(&errors) {
        assert_eq!((&warning.urn, &warning.sources), (&error.urn, &error.sources));
        assert_eq!(warning.remedy, error.remedy);
        let end = warning.message.find("; an up refuses to lose what is there").unwrap();
        assert_eq!(
            error.message,
            format!("{}; nothing is deleted for that, unless it is meant", &warning.message[..end])
        );
        warning.message.truncate(end);
    }
    assert_eq!(warnings.len(), errors.len());
    warnings
}

/// The messages of [`undeclared`], without what they all have.
async fn messages(case: &Case, program: &str) -> Vec<String> {
    let diagnostics = undeclared(case, program).await;
    let message = |one: &Diagnostic| {
        let end = one.message.strip_suffix(", which looks like a rename").unwrap();
        end.replace("kim:p/s/test:", "")
    };
    diagnostics.iter().map(message).collect()
}

/// What the remedies of a program tell to declare.
async fn formers(case: &Case, program: &str) -> Vec<Former> {
    let diagnostics = undeclared(case, program).await;
    diagnostics
        .into_iter()
        .map(|one| match one.remedy {
            Some(Remedy::DeclareFormer { former }) => *former,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// A program that deletes and creates, and in which nothing looks renamed.
async fn is_no_rename(before: &str, program: &str) {
    let case = up(before).await;
    let prepared = case.prepare(program).await.unwrap();
    assert_eq!(prepared.diagnostics, [], "{program}");
    case.expect_convergence(program).await;
}

fn named(name: &str) -> Former {
    Former { name: Some(name.to_owned()), ..Former::default() }
}

// Rule 41.
#[tokio::test]
async fn what_looks_like_a_rename_is_refused_and_a_preview_says_so() {
    let case = up("a: Thing size=1 tags.k=v").await;
    let program = "b: Thing\nz: Thing size=1 tags.k=v";
    let found = undeclared(&case, program).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "kim:p/s/test:Thing/a would be deleted and kim:p/s/test:Thing/z created with the same inputs, which looks like a rename"
    );
    assert_eq!(found[0].sources[0].to_string(), "src/lib.rs:2");
    assert_eq!(found[0].remedy, Some(Remedy::DeclareFormer { former: Box::new(named("a")) }));
    // What it says to write keeps the resource.
    case.up("b: Thing\nz: Thing size=1 tags.k=v !alias=a").await;
    assert_eq!(case.calls(), ["create ?", "settle id-2"]);
}

// Rule 41.
#[tokio::test]
async fn what_is_meant_is_carried_out() {
    let mut case = up("a: Thing size=1").await;
    case.options.delete_renamed = true;
    assert_eq!(case.prepare("z: Thing size=1").await.unwrap().diagnostics, []);
    case.expect_convergence("z: Thing size=1").await;
}

// Rule 41.
#[tokio::test]
async fn other_inputs_another_kind_and_what_others_hold_are_no_rename() {
    is_no_rename("a: Thing size=1", "z: Thing size=2").await;
    is_no_rename("a: Thing size=1", "z: Ready size=1").await;
    is_no_rename("a: Thing size=1 tags.k=v", "z: Thing size=1").await;
    // Two new ones that equal one another, and nothing that goes.
    is_no_rename("a: Thing size=1", "a: Thing size=1\ny: Thing size=1\nz: Thing size=1").await;
    // What moves on to the next name is updated in place.
    is_no_rename("a: Thing size=1\nb: Thing size=2", "a: Thing size=2\nb: Thing size=1").await;
}

// Rule 41.
#[tokio::test]
async fn where_nothing_is_lost_nothing_is_refused() {
    // It is gone already.
    let case = up("a: Thing size=1").await;
    case.remove_item("id-1");
    assert_eq!(case.prepare("z: Thing size=1").await.unwrap().diagnostics, []);
    case.expect_convergence("z: Thing size=1").await;
    // It stays in the cloud.
    let case = up("a: Thing size=1 !retain").await;
    case.up("z: Thing size=1").await;
    assert_eq!(case.calls(), ["create ?", "settle id-2"]);
    // It would be replaced under its old name, too.
    let case = up("a: Thing size=1").await;
    case.stack("").taint(&["a".to_owned()]).await.unwrap();
    case.expect_convergence("z: Thing size=1").await;
    // What is created was recorded under that name before.
    let case = up("a: Thing size=1\nz: Thing size=1").await;
    case.remove_item("id-2");
    case.expect_convergence("z: Thing size=1").await;
    // A destroy is asked for.
    let case = up("a: Thing size=1").await;
    case.expect_destroyed().await;
}

#[tokio::test]
async fn an_old_copy_that_awaits_its_deletion_is_no_rename() {
    let case = up("a: Thing fixed=1x").await;
    case.fault("delete", 1, Fault::denied("not now"));
    let summary = case.run(Operation::Up, "a: Thing fixed=2x").await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    let program = "a: Thing fixed=2x\nz: Thing fixed=1x";
    assert_eq!(case.prepare(program).await.unwrap().diagnostics, []);
    case.expect_convergence(program).await;
}

// Rule 51.
#[tokio::test]
async fn a_delete_that_was_begun_is_ended() {
    let mut case = up("a: Thing size=1").await;
    case.options.delete_renamed = true;
    case.cloud().repeats = usize::MAX;
    case.fault("create", 1, Fault::denied("not now"));
    case.options.step_timeout = std::time::Duration::from_millis(1);
    let summary = case.run(Operation::Up, "z: Thing size=1").await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    assert_eq!(case.record_count().await, 1, "the delete was begun, and z was not created");
    case.cloud().repeats = 0;
    case.options.delete_renamed = false;
    case.expect_convergence("z: Thing size=1").await;
}

// Rule 41.
#[tokio::test]
async fn several_that_are_alike_are_paired_by_name_then_by_order() {
    let before = r"
        a1: Thing size=1
        a2: Thing size=1
        a3: Thing size=1
    ";
    let program = r"
        g: Group
        z9: Thing size=1
        z1: Thing size=1
        a2: Thing size=1 !in=g
        z2: Thing size=1
    ";
    assert_eq!(
        messages(&up(before).await, program).await,
        [
            "Thing/a1 would be deleted and Thing/z9 created with the same inputs",
            "Thing/a2 would be deleted and Thing/g/a2 created with the same inputs",
            "Thing/a3 would be deleted and Thing/z1 created with the same inputs",
        ]
    );
}

// Rule 41.
#[tokio::test]
async fn what_is_not_known_yet_has_to_draw_on_the_same() {
    let before = r"
        box: Thing size=1
        lid: Thing ref=box.id size=7
    ";
    // The new one belongs to something new.
    let other = r"
        crate: Thing size=2
        cover: Thing ref=crate.id size=7
    ";
    is_no_rename(before, other).await;
    let renamed = r"
        crate: Thing size=1
        cover: Thing ref=crate.id size=7
    ";
    assert_eq!(
        messages(&up(before).await, renamed).await,
        [
            "Thing/box would be deleted and Thing/crate created with the same inputs",
            "Thing/lid would be deleted and Thing/cover created with the same inputs",
        ]
    );
    // What is known has to be the same besides.
    let resized = r"
        crate: Thing size=1
        cover: Thing ref=crate.id size=8
    ";
    assert_eq!(messages(&up(before).await, resized).await.len(), 1);
}

// Rule 41.
#[tokio::test]
async fn what_the_program_ignores_makes_no_difference() {
    let case = up("a: Thing size=1 tags.k=old").await;
    let found = messages(&case, "z: Thing size=1 tags.k=new !ignore=tags").await;
    assert_eq!(found, ["Thing/a would be deleted and Thing/z created with the same inputs"]);
}

// Rule 41.
#[tokio::test]
async fn what_has_the_very_inputs_comes_before_what_the_program_takes_for_alike() {
    let case = up("a1: Thing size=1 tags.k=old\na2: Thing size=1 tags.k=new").await;
    let found = messages(&case, "z: Thing size=1 tags.k=new !ignore=tags").await;
    assert_eq!(found, ["Thing/a2 would be deleted and Thing/z created with the same inputs"]);
}

// Rule 41.
#[tokio::test]
async fn among_many_of_a_kind_each_rename_is_found() {
    let program = |name: &str, tag: &str| {
        // In another order than that of the names.
        let numbers = (0..600).map(|n| n * 7 % 600);
        let lines = numbers.map(|n| {
            format!("{name}{n}: Thing tags.k={tag}{n}\nlid-{name}{n}: Thing ref={name}{n}.id")
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let case = up(&program("a", "v")).await;
    assert_eq!(messages(&case, &program("z", "v")).await.len(), 1_200);
    // If the inputs changed besides, none is alike: the lids draw on something new.
    assert_eq!(case.prepare(&program("z", "w")).await.unwrap().diagnostics, []);
}

// Rules 39, 41.
#[tokio::test]
async fn a_component_that_was_renamed_or_moved_is_one_rename() {
    let before = r"
        g: Group
        inner: Group !in=g
        a: Thing size=1 !in=g
        b: Thing ref=a.id !in=inner
        c: Thing ref=b.id !in=inner
    ";
    let renamed = r"
        h: Group
        inner: Group !in=h
        a: Thing size=1 !in=h
        b: Thing ref=a.id !in=inner
        c: Thing ref=b.id !in=inner
    ";
    let case = up(before).await;
    assert_eq!(
        messages(&case, renamed).await,
        ["3 resources in Group/g would be deleted and the same created in Group/h"]
    );
    assert_eq!(formers(&case, renamed).await, [named("g")]);
    case.up(&renamed.replace("h: Group", "h: Group !alias=g")).await;
    assert_eq!(case.calls(), [""; 0], "what it says to write keeps everything inside");

    let moved = r"
        out: Group
        g: Group !in=out
        inner: Group !in=g
        a: Thing size=1 !in=g
        b: Thing ref=a.id !in=inner
        c: Thing ref=b.id !in=inner
    ";
    let case = up(before).await;
    let outside = Former { parent: FormerParent::Outside, ..Former::default() };
    assert_eq!(formers(&case, moved).await, [outside]);
    case.up(&moved.replace("g: Group !in=out", "g: Group !in=out !was=in:")).await;
    assert_eq!(case.calls(), [""; 0]);
}

#[tokio::test]
async fn what_moved_out_of_a_component_that_stays_is_a_rename_of_its_own() {
    let before = r"
        g: Group
        a: Thing size=1 !in=g
        b: Thing size=2 !in=g
    ";
    let program = r"
        g: Group
        z: Thing size=1
        b: Thing size=2 !in=g
    ";
    let former = Former {
        name: Some("a".to_owned()),
        parent: FormerParent::Component("g".to_owned()),
        ..Former::default()
    };
    assert_eq!(formers(&up(before).await, program).await, [former]);
}

#[tokio::test]
async fn a_rename_that_the_targets_leave_out_is_none() {
    let mut case = up("a: Thing size=1").await;
    case.options.targets = vec!["z".to_owned()];
    case.up("z: Thing size=1").await;
    assert_eq!(case.cloud_items().len(), 2, "nothing was deleted");
    case.options.targets = vec!["a".to_owned()];
    case.up("z: Thing size=1").await;
    assert_eq!(case.calls(), ["create ?", "settle id-2", "delete id-1"]);
}

#[tokio::test]
async fn a_protected_and_a_contained_resource_are_told_of_too() {
    let case = up("a: Thing size=1 !protect").await;
    let error = case.run_error(Operation::Up, "z: Thing size=1").await;
    assert!(error.contains("Thing/a is protected, but would be deleted"), "{error}");
    assert!(error.contains("which looks like a rename"), "{error}");
    let case = up("box: Thing size=1\nlid: Thing size=2 !with=box").await;
    assert_eq!(
        messages(&case, "cover: Thing size=2").await,
        ["Thing/lid would be deleted and Thing/cover created with the same inputs"]
    );
}
