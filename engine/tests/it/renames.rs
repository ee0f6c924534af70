//! Renames: what aliases keep, and what two names for one resource come to.

use kim_engine::Interrupt;
use kim_engine::event::RunResult;
use kim_engine::plan::Operation;
use kim_engine::state::{State, StateChange};

use crate::fixture::{Case, Fault, dedent};

/// A program that is up, and the same one after a rename.
///
/// The rename changes nothing in the cloud, is recorded everywhere, and needs no second run.
async fn keeps(before: &str, after: &str, former: &[&str]) {
    let case = Case::new().await;
    case.up(before).await;
    case.clear_calls();
    case.expect_empty_plan(after).await;
    case.up(after).await;
    assert_eq!(case.calls(), [""; 0], "a rename calls no cloud: {after}");
    let records = format!("{:?}", case.state().await.resources);
    for name in former {
        assert!(!records.contains(name), "the name {name} is still recorded: {records}");
    }
    case.expect_convergence(after).await;
}

/// The plan of `program` after `before` is rejected with exactly this message.
async fn rejects(before: &str, program: &str, expect: &str) {
    let case = Case::new().await;
    case.up(before).await;
    case.clear_calls();
    assert_eq!(case.preview_error(program).await, dedent(expect));
    assert_eq!(case.calls(), [""; 0]);
}

// Rule 39.
#[tokio::test]
async fn an_alias_of_a_component_reaches_everything_inside_it() {
    let before = r"
        g: Group
        inner: Group !in=g
        a: Thing size=1 !in=g
        b: Thing ref=a.id !in=inner
        lid: Thing !in=inner !with=a
        out: Thing ref=b.id !after=a
    ";
    let after = r"
        h: Group !alias=g
        inner: Group !in=h
        a: Thing size=1 !in=h
        b: Thing ref=a.id !in=inner
        lid: Thing !in=inner !with=a
        out: Thing ref=b.id !after=a
    ";
    keeps(before, after, &["Group/g", "/g/"]).await;
}

// Rule 39.
#[tokio::test]
async fn a_component_and_what_it_contains_are_renamed_at_once() {
    let before = r"
        g: Group
        inner: Group !in=g
        a: Thing size=1 !in=inner
        b: Thing ref=a.id !in=g
    ";
    let after = r"
        h: Group !alias=g
        core: Group !in=h !alias=inner
        z: Unique size=1 !in=core !was=name:a,kind:Thing
        y: Thing ref=z.id !in=h !alias=b
    ";
    keeps(before, after, &["Group/g", "/g/", "inner", "Thing/h/b"]).await;
}

// Rule 4.
#[tokio::test]
async fn of_several_former_names_the_recorded_one_counts() {
    let before = r"
        g2: Group
        a: Thing size=1 !in=g2
    ";
    let after = r"
        h: Group !alias=g1 !alias=g2 !alias=g3
        z: Thing size=1 !in=h !alias=x !alias=a
    ";
    keeps(before, after, &["g2"]).await;
}

// Rule 39.
#[tokio::test]
async fn a_resource_moves_out_of_into_and_between_components() {
    let inside = r"
        g: Group
        a: Thing size=1 !in=g
    ";
    let outside = r"
        g: Group
        a: Thing size=1 !was=in:g
    ";
    keeps(inside, outside, &["/g/"]).await;
    let inside = r"
        g: Group
        a: Thing size=1 !in=g !was=in:
    ";
    let outside = r"
        g: Group
        a: Thing size=1
    ";
    keeps(outside, inside, &["Thing/a\""]).await;
    let before = r"
        g: Group
        i: Group !in=g
        a: Thing size=1 !in=i
        h: Group
    ";
    let after = r"
        g: Group
        i: Group !in=g
        h: Group
        z: Thing size=1 !in=h !was=in:g/i,name:a
    ";
    keeps(before, after, &["i/a"]).await;
    let moved = r"
        h: Group
        g: Group !in=h !was=in:
        i: Group !in=g
        a: Thing size=1 !in=i
    ";
    keeps(before, moved, &["Thing/g/i"]).await;
}

// Rule 39.
#[tokio::test]
async fn aliases_by_kind_and_by_urn() {
    keeps("a: Thing size=1", "a: Unique size=1 !was=kind:Thing", &["test:Thing"]).await;
    keeps("a: Thing size=1", "z: Thing size=1 !formerly=kim:p/s/test:Thing/a", &["Thing/a"]).await;
    let before = r"
        g: Group
        a: Thing size=1 !in=g
    ";
    let after = r"
        h: Group !formerly=kim:p/s/test:Group/g
        a: Thing size=1 !in=h
    ";
    keeps(before, after, &["/g/"]).await;
}

// Rule 4.
#[tokio::test]
async fn two_that_claim_one_record_are_named_with_both_lines() {
    let before = r"
        g: Group
        a: Thing size=1 !in=g
    ";
    rejects(
        before,
        r"
            h: Group !alias=g
            x: Thing !in=h !alias=a
            y: Thing !in=h !alias=a
        ",
        "'x' (src/lib.rs:2) and 'y' (src/lib.rs:3) both claim the recorded resource kim:p/s/test:Thing/g/a; remove the alias from one of them, or from a component around it",
    )
    .await;
    rejects(
        before,
        r"
            h: Group !alias=g
            a: Thing !in=h
            z: Thing !was=in:g,name:a
        ",
        "'a' (src/lib.rs:2) and 'z' (src/lib.rs:3) both claim the recorded resource kim:p/s/test:Thing/g/a; remove the alias from one of them, or from a component around it",
    )
    .await;
}

// Rule 4.
#[tokio::test]
async fn what_exists_under_its_new_name_already_needs_no_alias() {
    let case = Case::new().await;
    let both = r"
        g: Group
        a: Thing size=1 !in=g
        h: Group !alias=g
        a: Thing size=2 !in=h
    ";
    // Both are new: neither has anything to take over.
    case.up(both).await;
    case.expect_convergence(both).await;
    // A child that is new in the one component does not take that of the other.
    let more = r"
        g: Group
        a: Thing size=1 !in=g
        b: Thing size=3 !in=g
        h: Group !alias=g
        a: Thing size=2 !in=h
    ";
    case.up(more).await;
    let program = format!("{more}\n b: Thing size=4 !in=h");
    case.expect_plan(&program, "+ h/b").await;
    case.expect_convergence(&program).await;
}

// Rule 4.
#[tokio::test]
async fn a_rename_reaches_intents_and_old_copies() {
    let before = r"
        g: Group
        a: Thing fixed=one !in=g
        b: Thing ref=a.id !in=g
    ";
    let case = Case::new().await;
    case.up(before).await;
    case.fault("delete", 1, Fault::denied("no"));
    let replaced = before.replace("fixed=one", "fixed=two");
    assert_eq!(case.run(Operation::Up, &replaced).await.unwrap().result, RunResult::Failed);
    case.leave_create_open(1);
    let more = format!("{replaced}\n c: Thing ref=a.id !in=g");
    assert_eq!(case.run(Operation::Up, &more).await.unwrap().result, RunResult::Failed);
    let after = more.replace("g: Group", "h: Group !alias=g").replace("!in=g", "!in=h");
    case.up(&after).await;
    let state = format!("{:?} {:?}", case.state().await.resources, case.state().await.intents);
    assert!(!state.contains("/g/") && !state.contains("Group/g"), "{state}");
    case.expect_convergence(&after).await;
}

/// Also where no step of the run writes the record anew: an intent, a doubt, what is no target.
// Rule 4.
#[tokio::test(start_paused = true)]
async fn a_rename_reaches_every_place_of_the_state() {
    let case = Case::new().await;
    let before = r"
        g: Group
        box: Thing fixed=box !in=g
        lid: Thing ref=box.id !in=g !with=box !follow=box
    ";
    case.up(before).await;
    case.fault("create", 1, Fault::LateHang);
    let interrupt = Interrupt::default();
    let (stack, options) = (case.stack(&format!("{before}\n c: Thing !in=g")), &case.options);
    let run = stack.up(options, case.sink(), interrupt);
    let _ = tokio::time::timeout(std::time::Duration::from_secs(5), run).await;
    case.up(before).await;
    case.fault("create", 1, Fault::LoseAnswer);
    // The first lookup is that of the doubt.
    case.fault("find", 2, Fault::denied("cut off"));
    case.run(Operation::Up, &format!("{before}\n d: Thing ref=box.id !in=g !with=box"))
        .await
        .unwrap();

    let mut state = case.state().await;
    assert_eq!((state.intents.len(), state.doubts.len()), (1, 1), "{state:?}");
    let named = |state: &State| {
        let text = format!("{:?} {:?} {:?}", state.resources, state.intents, state.doubts);
        (text.matches("kim:p/").count(), text.matches("kim:q/").count())
    };
    let (all, none) = named(&state);
    assert_eq!(none, 0);
    let renames: Vec<StateChange> = state
        .records()
        .map(|record| record.urn.clone())
        .chain(state.intents.values().map(|intent| intent.urn.clone()))
        .chain(state.doubts.values().map(|doubt| doubt.intent.urn.clone()))
        .map(|from| {
            let to = from.as_str().replace("kim:p/", "kim:q/").parse().unwrap();
            StateChange::Rename { from, to }
        })
        .collect();
    state.apply_all(&renames);
    assert_eq!(named(&state), (0, all), "{state:?}");
    // A count is never lost: a token of the old name must not go out again.
    for (urn, generation) in &state.generations {
        let new = urn.as_str().replace("kim:p/", "kim:q/").parse().unwrap();
        assert_eq!(state.generations.get(&new), Some(generation), "{urn}");
    }
}

// Rule 39.
#[tokio::test]
async fn what_was_recorded_under_another_project_is_kept_by_an_alias() {
    let before = r"
        g: Group
        a: Thing size=1 !in=g
        b: Thing ref=a.id
    ";
    let case = Case::new().await;
    case.up(before).await;
    case.rename_records(|urn| urn.replace("kim:p/", "kim:old/")).await;
    let after = r"
        g: Group !was=project:old
        a: Thing size=1 !in=g
        z: Thing ref=a.id !was=project:old,name:b
    ";
    case.clear_calls();
    case.expect_empty_plan(after).await;
    case.up(after).await;
    assert_eq!(case.calls(), [""; 0]);
    assert!(!format!("{:?}", case.state().await.resources).contains("kim:old"));
    case.expect_convergence(after).await;
}

// Rules 4, 23.
#[tokio::test]
async fn a_name_is_taken_over_with_every_copy_that_has_it() {
    // The old copy is deleted, its successor is not made yet.
    let case = Case::new().await;
    case.up("d: Unique").await;
    case.fault("create", 1, Fault::denied("no"));
    case.run(Operation::Up, "d: Unique fixed=x").await.unwrap();
    case.clear_calls();
    case.up("xd: Unique fixed=x !alias=d").await;
    assert_eq!(case.calls(), ["create x", "settle id-2"]);
    assert_eq!(case.record_count().await, 1);

    // An old copy alone is left, and may hold what must not be there twice.
    let case = Case::new().await;
    case.up("d: Unique").await;
    case.fault("delete", 1, Fault::denied("no"));
    case.run(Operation::Up, "d: Unique fixed=x !cbd").await.unwrap();
    case.remove_item("id-2");
    case.fault("delete", 1, Fault::denied("no"));
    case.run(Operation::Up, "z: Thing").await.unwrap();
    case.clear_calls();
    case.up("xd: Unique !alias=d").await;
    assert_eq!(case.calls()[0], "delete id-1");
    case.expect_convergence("xd: Unique !alias=d").await;
}
