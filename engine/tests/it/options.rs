//! Options of a resource: what follows from each, alone and in the runs after a failure.

use kim_engine::Error;
use kim_engine::event::RunResult;
use kim_engine::model::Value;
use kim_engine::plan::Operation;

use crate::fixture::{Case, Fault, check};

// Rule 7.
#[tokio::test]
async fn what_follows_another_one_is_replaced_with_it() {
    let before = r"
        a: Thing fixed=one
        b: Thing size=1 !follow=a
        c: Thing size=1 !after=a
    ";
    let after = before.replace("fixed=one", "fixed=two");
    let case = check(
        before,
        &after,
        r#"
            ± a fixed: "one" → "two"
            ± b # a is replaced, which it is replaced with
        "#,
    )
    .await;
    case.expect_convergence(&after).await;
    // An update replaces nothing.
    let updated = after.replace("fixed=two", "fixed=two size=7");
    case.expect_plan(&updated, "~ a size: ∅ → 7").await;
    case.expect_convergence(&updated).await;
}

// Rule 7.
#[tokio::test]
async fn a_chain_of_followers_is_replaced_and_a_component_is_all_that_it_contains() {
    let before = r"
        g: Group
        a: Unique fixed=one !in=g
        b: Thing size=1 !follow=g
        c: Thing size=1 !follow=b
    ";
    let after = before.replace("fixed=one", "fixed=two");
    let case = check(
        before,
        &after,
        r#"
            ∓ g/a fixed: "one" → "two"
            ∓ b # g/a is replaced, which it is replaced with
            ∓ c # b is replaced, which it is replaced with
        "#,
    )
    .await;
    case.expect_convergence(&after).await;
}

#[tokio::test]
async fn a_follower_that_a_run_did_not_come_to_is_replaced_by_the_next() {
    let before = r"
        a: Thing fixed=one
        b: Thing size=1 !follow=a
    ";
    let after = before.replace("fixed=one", "fixed=two");
    let case = Case::new().await;
    case.up(before).await;
    // The second create is that of the follower.
    case.fault("create", 2, Fault::denied("no"));
    let summary = case.run(Operation::Up, &after).await.unwrap();
    assert_eq!(summary.result, RunResult::Failed);
    case.expect_plan(
        &after,
        r"
            ± b # a was replaced by an earlier run, which it is replaced with
            - a # an old copy of an earlier replacement
        ",
    )
    .await;
    case.expect_convergence(&after).await;
    // A followed resource that somebody deleted is created again.
    let id = case.state().await.records().next().unwrap().id.clone();
    case.remove_item(&id);
    case.expect_plan(
        &after,
        r"
            + a # it is gone from the cloud
            ± b # a is created again, which it is replaced with
        ",
    )
    .await;
    case.expect_convergence(&after).await;
}

// Rule 7.
#[tokio::test]
async fn to_begin_to_follow_replaces_nothing() {
    let case = check(
        "a: Thing size=1\n b: Thing size=1",
        "a: Thing size=1\n b: Thing size=1 !follow=a",
        "",
    )
    .await;
    case.expect_convergence("a: Thing size=1\n b: Thing size=1 !follow=a").await;
    // A new one to follow neither.
    let program = "n: Thing\n a: Thing size=1\n b: Thing size=1 !follow=a !follow=n";
    case.expect_plan(program, "+ n").await;
    case.expect_convergence(program).await;
    // A rename keeps what was followed.
    let renamed = "n: Thing\n z: Thing size=1 !alias=a\n b: Thing size=1 !follow=z !follow=n";
    case.expect_empty_plan(renamed).await;
    case.expect_convergence(renamed).await;
}

// Rule 7.
#[tokio::test]
async fn a_change_that_would_be_an_update_replaces_where_the_program_says_so() {
    let case = check(
        "a: Thing size=1 tags.k=v tags.team=x !replaces=size !replaces=tags.k",
        "a: Thing size=2 tags.k=v tags.team=x !replaces=size !replaces=tags.k",
        "± a size: 1 → 2",
    )
    .await;
    let other = "a: Thing size=1 tags.k=v tags.team=y !replaces=size !replaces=tags.k";
    case.expect_plan(other, r#"~ a tags.team: "x" → "y""#).await;
    let inside = "a: Thing size=1 tags.k=w tags.team=x !replaces=size !replaces=tags.k";
    case.expect_plan(inside, r#"± a tags.k: "v" → "w""#).await;
    // The whole map goes, and what is named in it with it.
    let whole = "a: Thing size=1 !replaces=size !replaces=tags.k";
    let plan = case.preview(whole).await.unwrap();
    assert!(plan.starts_with("± a"), "{plan}");
    case.expect_convergence(whole).await;
}

// Rule 7.
#[tokio::test]
async fn such_a_path_may_lead_into_objects_lists_and_what_comes_or_goes() {
    let options = "!replaces=ports[1] !replaces=shape.sides[0] !replaces=tags.k !replaces=secret";
    for (before, after, expect) in [
        ("ports=[1,2]", "ports=[7,2]", "~ a ports: [1, 2] → [7, 2]"),
        ("ports=[1,2]", "ports=[1,7]", "± a ports: [1, 2] → [1, 7]"),
        ("ports=[1]", "ports=[1,2]", "± a ports: [1] → [1, 2]"),
        ("ports=[1,2]", "ports=[1,2,3]", "~ a ports: [1, 2] → [1, 2, 3]"),
        ("ports=[1,2]", "", "± a ports: [1, 2] → ∅"),
        ("ports=[1]", "", "~ a ports: [1] → ∅"),
        (
            "shape.sides=[1,2] shape.label=x",
            "shape.sides=[1,7] shape.label=x",
            "~ a shape.sides: [1, 2] → [1, 7]",
        ),
        (
            "shape.sides=[1,2] shape.label=x",
            "shape.sides=[7,2] shape.label=x",
            "± a shape.sides: [1, 2] → [7, 2]",
        ),
        (
            "shape.sides=[1] shape.label=x",
            "shape.sides=[1] shape.label=y",
            r#"~ a shape.label: "x" → "y""#,
        ),
        ("tags.team=x", "", r#"~ a tags: {"team": "x"} → ∅"#),
        ("tags.team=x tags.k=v", "", r#"± a tags: {"k": "v", "team": "x"} → ∅"#),
        ("secret=secret:one", "secret=secret:two", "± a secret: [secret] → [secret]"),
    ] {
        let (before, after) =
            (format!("a: Thing {before} {options}"), format!("a: Thing {after} {options}"));
        let case = check(&before, &after, expect).await;
        case.expect_convergence(&after).await;
    }
    // Of a list, drift counts at the path alone too.
    let program = "a: Thing ports=[1,2] !replaces=ports[1]";
    let case = Case::new().await;
    case.up(program).await;
    case.tamper("id-1", "ports", vec![Value::Int(7), Value::Int(2)]);
    case.expect_plan(program, "~ a ports: [7, 2] → [1, 2] (drift)").await;
    case.tamper("id-1", "ports", vec![Value::Int(1), Value::Int(7)]);
    case.expect_plan(program, "± a ports: [1, 7] → [1, 2] (drift)").await;
    // What is not known yet may be there.
    let program = |size: &str| {
        format!("n: Thing size={size}\na: Thing ports=[1,n.version] !replaces=ports[1]")
    };
    let case = Case::new().await;
    case.up(&program("1")).await;
    let plan = case.preview(&program("2")).await.unwrap();
    assert!(plan.contains("± a ports"), "{plan}");
    case.expect_convergence(&program("2")).await;
}

// Rule 7.
#[tokio::test]
async fn drift_of_such_a_property_replaces_too() {
    let program = "a: Thing size=1 !replaces=size";
    let case = Case::new().await;
    case.up(program).await;
    case.tamper("id-1", "size", 5);
    case.expect_plan(program, "± a size: 5 → 1 (drift)").await;
    case.expect_convergence(program).await;
}

// Rule 12.
#[tokio::test]
async fn what_is_inside_a_protected_component_is_protected_unless_it_says_otherwise() {
    let before = r"
        g: Group !protect
        inner: Group !in=g
        a: Thing size=1 !in=inner
        b: Thing size=1 !in=inner !protect=no
        free: Group !in=g !protect=no
        c: Thing size=1 !in=free
    ";
    let case = Case::new().await;
    case.up(before).await;
    let protected: Vec<String> = case
        .state()
        .await
        .records()
        .filter(|record| record.protect)
        .map(|record| record.urn.qualified_name().to_owned())
        .collect();
    assert_eq!(protected, ["g", "g/inner", "g/inner/a"]);
    assert_eq!(
        case.run_error(Operation::Destroy, "").await,
        "kim:p/s/test:Thing/g/inner/a is protected, but would be deleted; remove the protection first (options: protect), in a run of its own or in this one"
    );
    case.expect_empty_plan(&before.replace("g: Group !protect", "g: Group")).await;
    let lifted = before.replace("g: Group !protect", "g: Group");
    case.up(&lifted).await;
    case.expect_destroyed().await;
}

// Rule 12.
#[tokio::test]
async fn retention_reaches_inside_too_and_other_options_do_not() {
    let before = r"
        g: Group !retain !ignore=size !hide=auto
        a: Thing size=1 !in=g
        b: Thing size=1 !in=g !retain=no
    ";
    let case = Case::new().await;
    case.up(before).await;
    case.expect_plan(
        &before.replace("size=1 !in=g !retain", "size=2 !in=g !retain"),
        "~ g/b size: 1 → 2",
    )
    .await;
    case.up("").await;
    assert_eq!(case.cloud_items().into_keys().collect::<Vec<_>>(), ["id-1"]);
}

// Rule 15.
#[tokio::test]
async fn secret_outputs_are_secret_in_state_plan_and_outputs() {
    let program = r"
        a: Thing size=1 tags.k=v tags.z=w !hide=auto !hide=tags.k
        b: Thing ref=a.auto tags.k=x
        export: auto=a.auto
        export: tags=a.tags
    ";
    let case = Case::new().await;
    case.up(program).await;
    let shown = |text: &str| ["auto-id-1", "\"v\""].iter().any(|secret| text.contains(secret));
    let state = case.state().await;
    let text = format!("{:?} {:?}", state.resources, state.exports);
    assert!(!shown(&text), "{text}");
    assert!(text.contains("\"w\""), "what is beside it stays as it is: {text}");
    let events = format!("{:?}", case.events.lock().unwrap());
    assert!(!shown(&events), "{events}");
    // The next plan has read it, and a refresh too.
    case.expect_convergence(program).await;
    case.tamper(
        "id-1",
        "tags",
        [("k", "v"), ("z", "q")].into_iter().collect::<kim_engine::model::Value>(),
    );
    let plan = case.preview(program).await.unwrap();
    assert_eq!(plan, "~ a tags.z: \"q\" → \"w\" (drift)");
    assert_eq!(case.refresh().await.result, RunResult::Succeeded);
    let text = format!("{:?}", case.state().await.resources);
    assert!(!shown(&text), "{text}");
}

// Rule 15.
#[tokio::test]
async fn to_make_a_property_secret_is_no_change_but_is_recorded() {
    let case = check("a: Thing size=1", "a: Thing size=1 !hide=auto", "").await;
    case.up("a: Thing size=1 !hide=auto").await;
    assert_eq!(case.calls(), [""; 0]);
    let record = case.only_record().await;
    assert!(record.properties.get("auto").unwrap().has_secret(), "{record:?}");
    case.expect_convergence("a: Thing size=1 !hide=auto").await;
    // Once it is in clear again, that is recorded too.
    case.expect_convergence("a: Thing size=1").await;
    assert!(!case.only_record().await.properties.has_secret());
}

#[tokio::test]
async fn what_a_killed_run_created_keeps_its_secret_outputs() {
    let case = Case::new().await;
    case.leave_create_open(1);
    let program = "a: Thing size=1 !hide=auto";
    assert_eq!(case.run(Operation::Up, program).await.unwrap().result, RunResult::Failed);
    // The recovery records what it found before it is settled; that is refused.
    case.fault("settle", 1, Fault::denied("no"));
    assert_eq!(case.run(Operation::Up, program).await.unwrap().result, RunResult::Failed);
    let record = case.only_record().await;
    assert!(record.properties.get("auto").unwrap().has_secret(), "{record:?}");
    case.expect_convergence(program).await;
}

#[tokio::test(start_paused = true)]
async fn each_operation_ends_after_the_time_that_the_program_says() {
    let times = "!create-seconds=90 !update-seconds=7200 !delete-seconds=1";
    let (one, two) = (format!("a: Thing size=1 {times}"), format!("a: Thing size=2 {times}"));
    for (before, after, expect) in [
        ("", &*one, "it took longer than 90 seconds ("),
        (&*one, &*two, "it took longer than 120 minutes ("),
        // Recorded, as the program no longer says it.
        (&*one, "", "it took longer than 1 second ("),
        // The program's present word counts.
        (&*one, "a: Thing size=2 !update-seconds=60", "it took longer than 1 minute ("),
        (&*one, "a: Thing size=2", "it took longer than 45 minutes ("),
    ] {
        let case = Case::new().await;
        case.up(before).await;
        case.cloud().repeats = usize::MAX;
        let began = tokio::time::Instant::now();
        let summary = case.run(Operation::Up, after).await.unwrap();
        let message = summary.message.unwrap();
        assert!(message.contains(expect), "{message}");
        assert!(began.elapsed().as_secs() <= 7_201, "it waits no longer than it may");
        case.expect_valid_state().await;
        case.cloud().repeats = 0;
        case.expect_convergence(after).await;
    }
}

#[tokio::test(start_paused = true)]
async fn to_settle_what_an_earlier_run_created_takes_no_longer_than_its_update() {
    let case = Case::new().await;
    let program = |times: &str| format!("a: Thing size=1 {times}");
    case.cloud().repeats = usize::MAX;
    let summary = case.run(Operation::Up, &program("!create-seconds=90")).await.unwrap();
    assert!(summary.message.unwrap().contains("it took longer than 90 seconds ("));
    case.clear_calls();
    let began = tokio::time::Instant::now();
    let summary = case.run(Operation::Up, &program("!create-seconds=90 !update-seconds=7")).await;
    let message = summary.unwrap().message.unwrap();
    assert!(message.contains("it took longer than 7 seconds ("), "{message}");
    assert!(began.elapsed().as_secs() <= 8);
    assert!(case.calls().iter().all(|call| call == "settle id-1"));
    case.cloud().repeats = 0;
    case.expect_convergence(&program("")).await;
}

// Rule 18.
#[tokio::test]
async fn a_change_of_timeouts_alone_calls_nothing_and_is_recorded() {
    let case = check("a: Thing size=1", "a: Thing size=1 !delete-seconds=9", "").await;
    case.up("a: Thing size=1 !delete-seconds=9").await;
    assert_eq!(case.calls(), [""; 0]);
    assert_eq!(case.only_record().await.timeouts.delete_seconds, Some(9));
}

// Rule 7.
#[tokio::test]
async fn what_is_tainted_is_replaced_by_the_next_run_with_its_reason() {
    let program = r"
        g: Group
        a: Thing size=1 !in=g
        b: Thing ref=a.id
    ";
    let case = Case::new().await;
    case.up(program).await;
    case.clear_calls();
    let stack = case.stack(program);
    let taint = |name: &'static str| {
        let stack = stack.clone();
        async move {
            let urns = stack.taint(&[name.to_owned()]).await;
            urns.map(|urns| urns.iter().map(ToString::to_string).collect::<Vec<_>>())
        }
    };
    assert_eq!(taint("g/a").await.unwrap(), ["kim:p/s/test:Thing/g/a"]);
    assert_eq!(taint("*").await.unwrap(), ["kim:p/s/test:Thing/b"], "the other is marked already");
    assert_eq!(stack.untaint(&["b".to_owned()]).await.unwrap().len(), 1);
    assert_eq!(case.calls_and_reads(), [""; 0], "a mark calls no cloud");
    let history = case.store.history(&crate::fixture::stack_id(), 3).await.unwrap();
    let operations: Vec<&str> = history.iter().map(|run| &*run.start.operation).collect();
    assert_eq!(operations, ["untaint", "taint", "taint"]);
    // A refresh, and a run that does not come to it, leave the mark.
    case.refresh().await;
    case.fault("create", 1, Fault::denied("no"));
    assert_eq!(case.run(Operation::Up, program).await.unwrap().result, RunResult::Failed);
    let plan = case.preview(program).await.unwrap();
    assert!(plan.starts_with("± g/a # it is marked as tainted"), "{plan}");
    case.expect_convergence(program).await;
}

#[tokio::test]
async fn a_mark_that_names_nothing_or_a_component_is_rejected() {
    let case = Case::new().await;
    let program = "g: Group\n alpha: Thing !in=g !protect";
    case.up(program).await;
    let stack = case.stack(program);
    let wrong = ["g/alfa".to_owned(), "g".to_owned()];
    assert_eq!(
        stack.taint(&wrong).await.unwrap_err().to_string(),
        "no recorded resource of stack 'p/s' matches 'g/alfa', which is to be marked; did you mean 'g/alpha'?\n\
         no recorded resource of stack 'p/s' matches 'g', which is to be marked; 'g' is a component: name what it contains, 'g/*'"
    );
    stack.taint(&["g/alpha".to_owned()]).await.unwrap();
    assert_eq!(
        case.preview_error(program).await,
        "kim:p/s/test:Thing/g/alpha is protected, but would be replaced because it is marked as tainted; remove the protection first (options: protect), in a run of its own or in this one"
    );
    stack.untaint(&["g/*".to_owned()]).await.unwrap();
    case.expect_empty_plan(program).await;
}

// Rule 13.
#[tokio::test]
async fn what_lives_in_a_container_follows_it_also_after_a_run_that_did_not_come_to_it() {
    let before = r"
        box: Thing fixed=one
        lid: Thing size=1 !with=box
    ";
    let after = before.replace("fixed=one", "fixed=two");
    let case = Case::new().await;
    case.up(before).await;
    case.fault("create", 2, Fault::denied("no"));
    assert_eq!(case.run(Operation::Up, &after).await.unwrap().result, RunResult::Failed);
    case.expect_plan(
        &after,
        r"
            ± lid # what it is deleted with was replaced by an earlier run
            - box # an old copy of an earlier replacement
        ",
    )
    .await;
    case.expect_convergence(&after).await;
}

#[tokio::test]
async fn what_a_killed_run_created_keeps_the_secrets_of_its_inputs() {
    let case = Case::new().await;
    case.leave_create_open(1);
    let program = "a: Thing size=1 secret=secret:hunter2 pin=abcd";
    assert_eq!(case.run(Operation::Up, program).await.unwrap().result, RunResult::Failed);
    case.fault("settle", 1, Fault::denied("no"));
    assert_eq!(case.run(Operation::Up, program).await.unwrap().result, RunResult::Failed);
    let record = case.only_record().await;
    let shown = format!("{:?}", record.properties);
    assert!(!shown.contains("hunter2") && !shown.contains("abcd"), "{shown}");
    case.expect_convergence(program).await;
}

#[tokio::test]
async fn a_follower_that_begins_with_the_commit_of_what_it_follows_sees_it() {
    // Outcome and next intent share a commit only where the first is ready at once.
    let before = r"
        a: Ready fixed=one
        b: Ready size=1 !follow=a
        c: Ready size=1 !with=a
    ";
    let case = Case::new().await;
    case.expect_convergence(before).await;
    case.expect_convergence(&before.replace("fixed=one", "fixed=two")).await;
}

// Rule 15.
#[tokio::test]
async fn what_becomes_secret_is_secret_also_where_changes_are_ignored_and_outside_of_targets() {
    let before = "a: Thing tags.k=hunter2 size=1\nb: Thing ref=x";
    let hidden = "a: Thing tags.k=other size=1 !ignore=tags.k !hide=tags.k\nb: Thing ref=a.tags.k";
    for targets in [vec![], vec!["b".to_owned()]] {
        let mut case = Case::new().await;
        case.up(before).await;
        case.options.targets.clone_from(&targets);
        let plan = case.preview(hidden).await.unwrap();
        assert!(!plan.contains("hunter2"), "{plan}");
        case.up(hidden).await;
        let state = case.state().await;
        let b = state.records().find(|record| record.urn.name() == "b").unwrap();
        assert!(b.inputs.has_secret() && b.properties.has_secret(), "{targets:?}: {b:?}");
        let a = state.records().find(|record| record.urn.name() == "a").unwrap();
        assert!(!targets.is_empty() || (a.inputs.has_secret() && a.properties.has_secret()));
    }
}

// Rule 5.
#[tokio::test]
async fn a_path_of_an_option_that_the_kind_does_not_have_is_an_error() {
    let mut messages = Vec::new();
    for recorded in ["", "a: Thing size=1"] {
        let case = Case::new().await;
        case.up(recorded).await;
        case.clear_calls();
        for option in ["ignore", "replaces", "hide"] {
            for path in ["szie", "shape.labl", "shape.sides[0].x", "tags.team.x", "[0]", "xyzzy"] {
                let program = format!("a: Thing size=1 !{option}={path}");
                let error = case.preview(&program).await.unwrap_err();
                let Error::Invalid(diagnostics) = error else { panic!("{error}") };
                let [fault] = &diagnostics[..] else { panic!("{diagnostics:?}") };
                messages.push(fault.message.clone());
            }
        }
        assert_eq!(case.calls(), [""; 0]);
    }
    let (new, existing) = messages.split_at(messages.len() / 2);
    assert_eq!(new, existing);
    insta::assert_snapshot!(new.join("\n"));
}

// Rule 5.
#[tokio::test]
async fn a_path_of_an_option_without_a_value_yet_is_no_fault() {
    let case = Case::new().await;
    for option in ["ignore", "replaces", "hide"] {
        for path in ["fixed", "shape.label", "shape.sides[3]", "tags.any-key", "words[2]", "auto"] {
            let prepared =
                case.prepare(&format!("a: Thing size=1 !{option}={path}")).await.unwrap();
            assert_eq!(prepared.diagnostics, []);
        }
    }
}
