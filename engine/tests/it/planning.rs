//! What a plan says, and what it refuses.

use kim_engine::Error;
use kim_engine::model::{Failure, Remedy, Value};
use kim_engine::plan::Operation;

use crate::fixture::{Case, Fault, check, dedent, render, steps};

async fn refuses(before: &str, program: &str, expect: &[&str]) {
    let case = Case::new().await;
    case.up(before).await;
    case.calls();
    let message = case.preview(program).await.unwrap_err().to_string();
    for part in expect {
        assert!(message.contains(part), "{message}\ndoes not say: {part}");
    }
    assert_eq!(case.calls(), [""; 0], "a refused plan must call nothing");
}

#[tokio::test]
async fn nothing_changes_the_second_time() {
    check(
        "a: Thing size=1 tags.k=v\nb: Thing ref=a.id secret=secret:x",
        "a: Thing size=1 tags.k=v\nb: Thing ref=a.id secret=secret:x",
        "",
    )
    .await;
}

#[tokio::test]
async fn create_update_replace_delete() {
    check(
        "a: Thing size=1 tags.x=v tags.y=w\nb: Thing fixed=one\nc: Unique fixed=one\nd: Thing",
        "a: Thing size=2 tags.x=v tags.z=z\nb: Thing fixed=two\nc: Unique fixed=two\ne: Thing",
        r#"~ a size: 1 → 2, tags.y: "w" → ∅, tags.z: ∅ → "z"
           ± b fixed: "one" → "two"
           ∓ c fixed: "one" → "two"
           + e
           - d # no longer declared"#,
    )
    .await;
}

#[tokio::test]
async fn a_plan_in_full_has_the_inputs_of_what_comes_and_goes() {
    let case = Case::new().await;
    case.up("a: Thing size=1 fixed=one\nold: Thing size=3 pin=abcd tags.k=v").await;
    let prepared = case.prepare(
        "g: Group\na: Thing size=1 fixed=two\nb: Thing !in=g ref=a.id secret=secret:x pin=abcd tags.k=v tags.l=w",
    );
    let prepared = prepared.await.unwrap();
    assert_eq!(
        render(&prepared.in_full()),
        dedent(
            r#"+ g
               ± a fixed: "one" → "two"
               + g/b mode: ∅ → "plain", pin: ∅ → [secret], ref: ∅ → [unknown], secret: ∅ → [secret], tags.k: ∅ → "v", tags.l: ∅ → "w"
               - old mode: "plain" → ∅, pin: [secret] → ∅, size: 3 → ∅, tags.k: "v" → ∅ # no longer declared"#
        )
    );
    assert_eq!(render(&prepared.plan), "+ g\n± a fixed: \"one\" → \"two\"\n+ g/b\n- old # no longer declared");
}

#[tokio::test]
async fn what_is_secret_by_the_schema_is_no_less_so_because_the_program_did_not_say_it() {
    check("a: Thing pin=abcd", "a: Thing pin=efgh", "~ a pin: [secret] → [secret]").await;
    refuses("", "a: Thing pin=1234", &["pin is a secret that does not fit: it must be text"]).await;
}

#[tokio::test]
async fn unknowns_travel_and_replace_what_cannot_change() {
    check(
        "a: Thing fixed=1x\nb: Thing ref=a.id\nc: Thing fixed=b.id\nd: Thing fixed=a.id\ne: Thing ref=a.size",
        "a: Thing fixed=2x\nb: Thing ref=a.id\nc: Thing fixed=b.id\nd: Thing fixed=a.id\ne: Thing ref=a.size",
        r#"± a fixed: "1x" → "2x"
           ~ b ref: "id-1" → [unknown]
           ± d fixed: "id-1" → [unknown]"#,
    )
    .await;
}

#[tokio::test]
async fn secrets_stay_hidden_and_marking_one_is_no_change() {
    check("a: Thing secret=hunter2", "a: Thing secret=secret:hunter2", "").await;
    check("a: Thing secret=secret:hunter2", "a: Thing secret=secret:hunter3", "~ a secret: [secret] → [secret]").await;
    // What derives from a secret is secret.
    let case = check(
        "a: Thing secret=secret:hunter2\nb: Thing ref=up(a.secret)",
        "a: Thing secret=secret:hunter3\nb: Thing ref=up(a.secret)",
        "~ a secret: [secret] → [secret]\n~ b ref: [secret] → [secret]",
    )
    .await;
    assert!(!format!("{:?}", case.state().await).to_lowercase().contains("hunter"));
}

#[tokio::test]
async fn drift_is_told_from_change() {
    let case = Case::new().await;
    let program = "a: Thing size=1 tags.k=v\nb: Thing size=5";
    case.up(program).await;
    case.tamper("id-1", |properties| {
        properties.insert("size".to_owned(), 9.into());
    });
    assert_eq!(case.preview(program).await.unwrap(), "~ a size: 9 → 1 (drift)");
    case.world.lock().unwrap().items.remove("id-2");
    let gone = dedent("~ a size: 9 → 1 (drift)\n+ b # it is gone from the cloud");
    assert_eq!(case.preview(program).await.unwrap(), gone);
    case.up(program).await;
    assert_eq!(case.preview(program).await.unwrap(), "");
    assert_eq!(case.world.lock().unwrap().items.len(), 2);
}

#[tokio::test]
async fn the_clouds_own_spelling_is_no_drift() {
    let case = Case::new().await;
    // The cloud fills `auto` in and the program does not care what becomes of it.
    case.up("a: Thing size=1").await;
    case.tamper("id-1", |properties| {
        properties.insert("auto".to_owned(), "something else".into());
        properties.insert("version".to_owned(), 7.into());
    });
    assert_eq!(case.preview("a: Thing size=1").await.unwrap(), "");
    assert_eq!(case.preview("a: Thing size=1 auto=mine").await.unwrap(), r#"~ a auto: "something else" → "mine""#);
}

#[tokio::test]
async fn refresh_records_drift_and_the_preview_still_shows_it() {
    let case = Case::new().await;
    case.up("a: Thing size=1\nb: Thing").await;
    case.tamper("id-1", |properties| {
        properties.insert("size".to_owned(), 9.into());
    });
    case.world.lock().unwrap().items.remove("id-2");
    let summary = case.run(Operation::Refresh, "").await.unwrap();
    assert_eq!((summary.changes["drifted"], summary.changes["forget"]), (1, 1));
    assert_eq!(case.preview("a: Thing size=1\nb: Thing").await.unwrap(), "~ a size: 9 → 1\n+ b");
    assert_eq!(case.preview("a: Thing size=9").await.unwrap(), "");
}

#[tokio::test]
async fn reads_are_batched() {
    let case = Case::new().await;
    let program: String = (0..10).map(|n| format!("t{n}: Thing size={n}\n")).collect();
    case.up(&program).await;
    case.world.lock().unwrap().calls.clear();
    case.preview(&program).await.unwrap();
    // Three at a time, as the schema says.
    let mut calls = case.world.lock().unwrap().calls.clone();
    calls.sort();
    assert_eq!(calls, ["read test:Thing 1", "read test:Thing 3", "read test:Thing 3", "read test:Thing 3"]);
}

#[tokio::test]
async fn offline_asks_nothing() {
    let mut case = Case::new().await;
    case.up("a: Thing size=1").await;
    case.tamper("id-1", |properties| {
        properties.insert("size".to_owned(), 9.into());
    });
    case.world.lock().unwrap().calls.clear();
    case.options.offline = true;
    assert_eq!(case.preview("a: Thing size=1").await.unwrap(), "");
    assert_eq!(case.world.lock().unwrap().calls, [""; 0]);
}

#[tokio::test]
async fn ignored_changes_are_no_changes() {
    check(
        "a: Thing size=1 tags.k=v",
        "a: Thing size=2 tags.k=w tags.l=x !ignore=size !ignore=tags.k",
        r#"~ a tags.l: ∅ → "x""#,
    )
    .await;
    let case = Case::new().await;
    case.up("a: Thing size=1 !ignore=size").await;
    case.tamper("id-1", |properties| {
        properties.insert("size".to_owned(), 9.into());
    });
    assert_eq!(case.preview("a: Thing size=3 !ignore=size").await.unwrap(), "");
}

/// The sizes of what the cloud holds.
fn sizes(case: &Case) -> Vec<Value> {
    let world = case.world.lock().unwrap();
    world.items.values().map(|item| item.properties.get("size").cloned().unwrap_or_default()).collect()
}

#[tokio::test]
async fn what_is_ignored_counts_on_a_new_copy() {
    // A replacement, also one that draws on an unknown and whose old copy goes first.
    for kind in ["Thing", "Unique"] {
        let case = Case::new().await;
        case.up(&format!("u: {kind} fixed=1x size=1")).await;
        case.up(&format!("u: {kind} fixed=2x size=2 !ignore=size")).await;
        assert_eq!(sizes(&case), [2.into()], "{kind}");
        case.up(&format!("x: Thing size=9\nu: {kind} fixed=x.id size=3 !ignore=size")).await;
        assert_eq!(sizes(&case), [9.into(), 3.into()], "{kind}");
    }
    // What is gone is made as the program says; what stays, stays as it is.
    let case = Case::new().await;
    case.up("u: Thing size=1\nv: Thing size=1").await;
    case.world.lock().unwrap().items.remove("id-1");
    case.up("u: Thing size=2 !ignore=size\nv: Thing size=2 !ignore=size").await;
    assert_eq!(sizes(&case), [1.into(), 2.into()]);
}

#[tokio::test]
async fn a_replacement_is_a_graph_of_steps() {
    let case = Case::new().await;
    let before = "a: Thing fixed=1x\nb: Thing ref=a.id\nc: Thing fixed=a.id";
    case.up(before).await;
    let stack = case.stack(&before.replace("1x", "2x"));
    let sink = std::sync::Arc::new(|_| {});
    let prepared = stack.plan(Operation::Preview, &case.options, sink).await.unwrap();
    let order = steps(&prepared.plan);
    let at = |step: &str| order.iter().position(|one| one == step).unwrap_or_else(|| panic!("{step} not in {order:?}"));
    // The new one, then its users move over, then the old one goes; old users go before what they used.
    assert!(at("CreateReplacement a") < at("Update b"));
    assert!(at("Update b") < at("DeleteReplaced a"));
    assert!(at("CreateReplacement c") < at("DeleteReplaced c"));
    assert!(at("DeleteReplaced c") < at("DeleteReplaced a"));
}

#[tokio::test]
async fn delete_first_takes_along_only_what_has_to_be_replaced() {
    let case = check(
        "u: Unique fixed=1x\nuser: Thing fixed=u.id\nlooker: Thing ref=u.id\nwaiter: Thing size=1 !after=u",
        "u: Unique fixed=2x\nuser: Thing fixed=u.id\nlooker: Thing ref=u.id\nwaiter: Thing size=1 !after=u",
        r#"∓ u fixed: "1x" → "2x"
           ∓ user fixed: "id-1" → [unknown]
           ~ looker ref: "id-1" → [unknown]"#,
    )
    .await;
    case.up("u: Unique fixed=2x\nuser: Thing fixed=u.id\nlooker: Thing ref=u.id\nwaiter: Thing size=1 !after=u").await;
    let calls = case.calls();
    let at = |call: &str| {
        calls.iter().position(|one| one.starts_with(call)).unwrap_or_else(|| panic!("{call} not in {calls:?}"))
    };
    assert!(at("delete id-2") < at("delete id-1"), "{calls:?}");
    assert!(at("delete id-1") < at("create 2x"), "{calls:?}");
    assert!(at("create 2x") < at("update id-3"), "{calls:?}");
}

#[tokio::test]
async fn deletes_follow_recorded_dependencies_even_where_the_edge_was_dropped() {
    let case = Case::new().await;
    case.up("a: Thing size=1\nb: Thing ref=a.id\nc: Thing ref=b.id").await;
    case.calls();
    // b no longer mentions a, and a goes: b has to move away first. c goes entirely.
    case.up("b: Thing ref=none").await;
    let calls = case.calls();
    assert_eq!(calls.last().map(String::as_str), Some("delete id-1"), "{calls:?}");
    assert_eq!(calls.len(), 3, "{calls:?}");
}

#[tokio::test]
async fn destroy_goes_backwards() {
    let case = Case::new().await;
    case.up("g: Group\na: Thing size=1 !in=g\nb: Thing ref=a.id\nc: Thing ref=b.id").await;
    case.calls();
    let summary = case.run(Operation::Destroy, "").await.unwrap();
    assert_eq!(summary.changes["delete"], 3);
    assert_eq!(case.calls(), ["delete id-3", "delete id-2", "delete id-1"]);
    let state = case.state().await;
    assert_eq!(state.records().count(), 0);
    assert!(state.exports.is_empty());
}

#[tokio::test]
async fn protection_holds_on_both_sides_and_every_offence_is_named() {
    let before = "a: Thing fixed=1x !protect\nb: Thing !protect";
    refuses(
        before,
        "a: Thing fixed=2x !protect",
        &[
            "Thing/a is protected, but would be replaced because fixed changes",
            "Thing/b is protected, but would be deleted",
        ],
    )
    .await;
    // Protection that is new in this run holds in this run.
    refuses("a: Thing fixed=1x", "a: Thing fixed=2x !protect", &["Thing/a is protected, but would be replaced"]).await;
    // Unprotecting and replacing in one run is allowed.
    check(before, "a: Thing fixed=2x\nb: Thing !protect", r#"± a fixed: "1x" → "2x""#).await;
}

#[tokio::test]
async fn protection_stops_a_delete_first_chain_before_the_first_delete() {
    refuses(
        "u: Unique fixed=1x\nuser: Thing fixed=u.id !protect",
        "u: Unique fixed=2x\nuser: Thing fixed=u.id !protect",
        &["Thing/user is protected, but would be replaced because fixed changes"],
    )
    .await;
}

#[tokio::test]
async fn aliases_keep_a_resource_under_a_new_name() {
    let case = check("a: Thing size=1\nb: Thing ref=a.id", "z: Thing size=1 !alias=a\nb: Thing ref=z.id", "").await;
    case.up("z: Thing size=1 !alias=a\nb: Thing ref=z.id").await;
    let records = format!("{:?}", case.state().await.resources);
    assert!(!records.contains("test:Thing/a"), "the old name is still there: {records}");
    refuses("a: Thing", "y: Thing !alias=a\nz: Thing !alias=a", &["'y' and 'z' both claim", "'z'"]).await;
}

#[tokio::test]
async fn wrong_declarations_are_all_named_with_their_places() {
    refuses("", "a: Thing\na: Thing", &["declared twice, at src/lib.rs:1 and at src/lib.rs:2"]).await;
    refuses("", "a: Thinj", &["no plugin offers the kind of resource 'test:Thinj'; did you mean 'test:Thing'?"]).await;
    refuses(
        "",
        "a: Thing siz=1\nb: Thing size=many\nc: Thing size=2000\nd: Thing mode=fancyy\ne: Thing id=x\nf: Thing mode=fancy",
        &[
            "'a': siz is not a property of test:Thing; did you mean 'size'?",
            "'b': size is \"many\", but must be a whole number of 0 to 1000",
            "'c': size is 2000, but must be a whole number of 0 to 1000",
            "'d': mode is \"fancyy\", but must be one of plain, fancy; did you mean 'fancy'?",
            "'e': id is set by the plugin",
            "'f': mode fancy needs a size",
        ],
    )
    .await;
    refuses(
        "",
        "a: Thing\nb: Thing ref=a.sizee",
        &["asked for its property 'sizee', which the kind does not have; did you mean 'size'?"],
    )
    .await;
    refuses("a: Thing", "b: Thing size=secret:many", &["size is a secret that does not fit"]).await;
}

#[tokio::test]
async fn what_does_not_go_together_is_told_before_the_cloud_is_asked() {
    for (program, expect) in [
        ("a: Thing\na: Thing", "declared twice"),
        ("a: Thinj", "no plugin offers the kind"),
        ("g: Group\na: Thing !in=g !after=g\nb: Thing !in=g !after=g", "in a circle: g/a -> g/b -> g/a"),
        ("b: Thing ref=panic", "the program failed"),
    ] {
        let case = Case::new().await;
        case.up("a: Thing").await;
        // An intent is left open, about which the cloud would be asked as well.
        case.fault("create", 1, Fault::LoseAnswer);
        case.fault("find", 1, Fault::Refuse(Failure::Other("no answer".to_owned())));
        case.run(Operation::Up, "a: Thing\nb: Thing").await.unwrap();
        assert_eq!(case.state().await.intents.len(), 1);
        case.world.lock().unwrap().calls.clear();
        let message = case.preview(program).await.unwrap_err().to_string();
        assert!(message.contains(expect), "{message}");
        assert_eq!(case.world.lock().unwrap().calls, [""; 0], "{expect}");
    }
}

#[tokio::test]
async fn a_program_that_fails_changes_nothing() {
    refuses("a: Thing", "b: Thing ref=panic", &["the program failed, so nothing was changed", "src/lib.rs:7"]).await;
}

#[tokio::test]
async fn targets_touch_nothing_else() {
    let mut case = Case::new().await;
    case.up("a: Thing size=1\nb: Thing size=1\nc: Thing ref=b.id").await;
    case.options.targets = vec!["c".to_owned()];
    assert_eq!(
        case.preview("a: Thing size=2\nb: Thing size=2\nc: Thing ref=x\nd: Thing").await.unwrap(),
        r#"~ c ref: "id-2" → "x""#
    );
    let message = case.preview("a: Thing\nb: Thing\nd: Thing\nc: Thing ref=d.id").await.unwrap_err().to_string();
    assert!(message.contains("needs kim:p/s/test:Thing/d, which does not exist yet and is not a target"), "{message}");
}

#[tokio::test]
async fn what_lives_in_a_container_goes_with_it() {
    let case = Case::new().await;
    case.up("box: Thing fixed=1x\nlid: Thing ref=box.id !with=box").await;
    case.calls();
    case.run(Operation::Destroy, "").await.unwrap();
    assert_eq!(case.calls(), ["delete id-1"]);
    assert_eq!(case.state().await.records().count(), 0);
}

#[tokio::test]
async fn retained_resources_are_forgotten_not_deleted() {
    let case = Case::new().await;
    case.up("a: Thing fixed=1x !retain\nb: Thing !retain").await;
    case.calls();
    case.up("a: Thing fixed=2x !retain").await;
    assert_eq!(case.calls().iter().filter(|call| call.starts_with("delete")).count(), 0);
    assert_eq!(case.world.lock().unwrap().items.len(), 3);
    assert_eq!(case.state().await.records().count(), 1);
}

#[tokio::test]
async fn a_target_that_others_need_is_not_deleted_from_under_them() {
    let mut case = Case::new().await;
    case.up("a: Thing\nb: Thing ref=a.id").await;
    case.options.targets = vec!["a".to_owned()];
    let error = case.run(Operation::Destroy, "").await.unwrap_err();
    assert!(error.to_string().contains("Thing/b depends on it and is not a target"), "{error}");
    let Error::Invalid(diagnostics) = error else { panic!("{error}") };
    assert_eq!(diagnostics[0].remedy, Some(Remedy::AddTarget { resource: "b".to_owned() }));
}

#[tokio::test]
async fn after_a_refresh_nothing_mentions_what_is_gone() {
    let case = Case::new().await;
    case.up("a: Thing\nb: Thing ref=a.id").await;
    case.world.lock().unwrap().items.remove("id-1");
    case.run(Operation::Refresh, "").await.unwrap();
    assert_eq!(kim_engine::state::validate(&case.state().await), [""; 0]);
    assert_eq!(case.preview("b: Thing ref=id-1").await.unwrap(), "");
}

#[tokio::test]
async fn the_graph_is_valid_dot() {
    let case = Case::new().await;
    let sink = std::sync::Arc::new(|_| {});
    let prepared =
        case.stack("a: Thing\nb: Thing ref=a.id").plan(Operation::Preview, &case.options, sink).await.unwrap();
    let expect = r#"
        digraph {
            0 [ label = "test:Thing/a" ]
            1 [ label = "test:Thing/b" ]
            1 -> 0 [ ]
        }"#;
    assert_eq!(dedent(&prepared.dot()), dedent(expect));
}

#[tokio::test]
async fn a_stack_is_not_compared_with_another_cloud() {
    let case = Case::new().await;
    let set = |place: &str| case.world.lock().unwrap().place = Some(place.to_owned());
    set("account 1");
    case.up("a: Thing").await;
    set("account 2");
    let message = case.preview("a: Thing").await.unwrap_err().to_string();
    assert!(message.contains("are in account 1, but this run would work on account 2"), "{message}");
    set("account 1");
    case.run(Operation::Destroy, "").await.unwrap();
    // What holds nothing may move.
    set("account 2");
    case.up("a: Thing").await;
}

#[tokio::test]
async fn a_secret_that_is_dropped_or_unmarked_stays_hidden() {
    check("a: Thing secret=secret:hunter2", "a: Thing", "~ a secret: [secret] → ∅").await;
    check("a: Thing secret=secret:hunter2", "a: Thing secret=other", "~ a secret: [secret] → [secret]").await;
    check("a: Thing tags.k=secret:hunter2", "a: Thing", "~ a tags: [secret] → ∅").await;
}

#[tokio::test]
async fn what_goes_with_its_container_is_protected_too() {
    let case = Case::new().await;
    case.up("box: Thing\nlid: Thing ref=box.id !with=box !protect").await;
    let message = case.run(Operation::Destroy, "").await.unwrap_err().to_string();
    assert!(message.contains("Thing/lid is protected, but would be deleted"), "{message}");
}

#[tokio::test]
async fn drift_behind_an_ignored_path_shows_once_it_is_ignored_no_more() {
    let case = Case::new().await;
    case.up("a: Thing size=1 !ignore=size").await;
    case.tamper("id-1", |properties| {
        properties.insert("size".to_owned(), 9.into());
    });
    case.up("a: Thing size=1 !ignore=size").await;
    assert_eq!(case.preview("a: Thing size=1").await.unwrap(), "~ a size: 9 → 1 (drift)");
}

#[tokio::test]
async fn dependents_get_the_programs_spelling_in_every_run() {
    let case = Case::new().await;
    let program = "a: Thing ref=Foo\nb: Thing fixed=a.ref";
    case.up(program).await;
    // The cloud spells it its own way, and did so when it was created.
    let foo = |properties: &mut std::collections::BTreeMap<String, kim_engine::model::Value>| {
        properties.insert("ref".to_owned(), "foo".into());
    };
    case.tamper("id-1", foo);
    case.rewrite("a", foo).await;
    assert_eq!(case.preview(program).await.unwrap(), "");
}
