//! Planning: what a plan says, and which programs and options are rejected.

use kim_engine::Error;
use kim_engine::model::{Remedy, Value};
use kim_engine::plan::Operation;

use crate::fixture::{Case, Fault, check, dedent, render, steps};

/// After `before`, the plan of `program` is rejected without a call, in an error that has all these
/// parts.
async fn refuses(before: &str, program: &str, expect: &[&str]) {
    let case = Case::new().await;
    case.up(before).await;
    case.clear_calls();
    let message = case.preview_error(program).await;
    for part in expect {
        assert!(message.contains(part), "{message}\ndoes not say: {part}");
    }
    assert_eq!(case.calls(), [""; 0], "a refused plan must call nothing");
}

#[tokio::test]
async fn nothing_changes_the_second_time() {
    check(
        r"
            a: Thing size=1 tags.k=v
            b: Thing ref=a.id secret=secret:x
        ",
        r"
            a: Thing size=1 tags.k=v
            b: Thing ref=a.id secret=secret:x
        ",
        "",
    )
    .await;
}

// Rules 2, 7.
#[tokio::test]
async fn a_plan_creates_updates_replaces_and_deletes() {
    check(
        r"
            a: Thing size=1 tags.x=v tags.y=w
            b: Thing fixed=one
            c: Unique fixed=one
            d: Thing
        ",
        r"
            a: Thing size=2 tags.x=v tags.z=z
            b: Thing fixed=two
            c: Unique fixed=two
            e: Thing
        ",
        r#"
            ~ a size: 1 → 2, tags.y: "w" → ∅, tags.z: ∅ → "z"
            ± b fixed: "one" → "two"
            ∓ c fixed: "one" → "two"
            + e
            - d # no longer declared
        "#,
    )
    .await;
}

#[tokio::test]
async fn a_plan_in_full_has_the_inputs_of_what_comes_and_goes() {
    let case = Case::new().await;
    let program = r"
        a: Thing size=1 fixed=one
        old: Thing size=3 pin=abcd tags.k=v
    ";
    case.up(program).await;
    let after = r"
        g: Group
        a: Thing size=1 fixed=two
        b: Thing !in=g ref=a.id secret=secret:x pin=abcd tags.k=v tags.l=w
    ";
    let prepared = case.prepare(after).await.unwrap();
    assert_eq!(
        render(&prepared.in_full()),
        dedent(
            r#"
                + g
                ± a fixed: "one" → "two"
                + g/b mode: ∅ → "plain", pin: ∅ → [secret], ref: ∅ → [unknown], secret: ∅ → [secret], tags.k: ∅ → "v", tags.l: ∅ → "w"
                - old mode: "plain" → ∅, pin: [secret] → ∅, size: 3 → ∅, tags.k: "v" → ∅ # no longer declared
            "#
        )
    );
    assert_eq!(
        render(&prepared.plan),
        dedent(
            r#"
                + g
                ± a fixed: "one" → "two"
                + g/b
                - old # no longer declared
            "#
        )
    );
}

// Rule 15.
#[tokio::test]
async fn a_property_that_is_secret_by_the_schema_is_secret_whatever_the_program_says() {
    check("a: Thing pin=abcd", "a: Thing pin=efgh", "~ a pin: [secret] → [secret]").await;
    refuses("", "a: Thing pin=1234", &["pin is a secret that does not fit: it must be text"]).await;
}

// Rule 14.
#[tokio::test]
async fn an_unknown_is_propagated_and_replaces_what_cannot_be_updated() {
    check(
        r"
            a: Thing fixed=1x
            b: Thing ref=a.id
            c: Thing fixed=b.id
            d: Thing fixed=a.id
            e: Thing ref=a.size
        ",
        r"
            a: Thing fixed=2x
            b: Thing ref=a.id
            c: Thing fixed=b.id
            d: Thing fixed=a.id
            e: Thing ref=a.size
        ",
        r#"
            ± a fixed: "1x" → "2x"
            ~ b ref: "id-1" → [unknown]
            ± d fixed: "id-1" → [unknown]
        "#,
    )
    .await;
}

// Rule 15.
#[tokio::test]
async fn secrets_stay_hidden_and_marking_one_is_no_change() {
    check("a: Thing secret=hunter2", "a: Thing secret=secret:hunter2", "").await;
    check(
        "a: Thing secret=secret:hunter2",
        "a: Thing secret=secret:hunter3",
        "~ a secret: [secret] → [secret]",
    )
    .await;
    // A value that derives from a secret is secret.
    let case = check(
        r"
            a: Thing secret=secret:hunter2
            b: Thing ref=up(a.secret)
        ",
        r"
            a: Thing secret=secret:hunter3
            b: Thing ref=up(a.secret)
        ",
        r"
            ~ a secret: [secret] → [secret]
            ~ b ref: [secret] → [secret]
        ",
    )
    .await;
    assert!(!format!("{:?}", case.state().await).to_lowercase().contains("hunter"));
}

// Rule 32.
#[tokio::test]
async fn drift_is_distinguished_from_change() {
    let case = Case::new().await;
    let program = r"
        a: Thing size=1 tags.k=v
        b: Thing size=5
    ";
    case.up(program).await;
    case.tamper("id-1", "size", 9);
    case.expect_plan(program, "~ a size: 9 → 1 (drift)").await;
    case.remove_item("id-2");
    case.expect_plan(
        program,
        r"
            ~ a size: 9 → 1 (drift)
            + b # it is gone from the cloud
        ",
    )
    .await;
    case.up(program).await;
    case.expect_empty_plan(program).await;
    assert_eq!(case.cloud_items().len(), 2);
}

// Rule 32.
#[tokio::test]
async fn the_clouds_own_spelling_is_no_drift() {
    let case = Case::new().await;
    // The cloud fills in `auto`, which the program does not declare.
    case.up("a: Thing size=1").await;
    case.tamper("id-1", "auto", "something else");
    case.tamper("id-1", "version", 7);
    case.expect_empty_plan("a: Thing size=1").await;
    case.expect_plan("a: Thing size=1 auto=mine", r#"~ a auto: "something else" → "mine""#).await;
}

// Rule 32.
#[tokio::test]
async fn refresh_records_drift_and_the_preview_still_shows_it() {
    let case = Case::new().await;
    let before = r"
        a: Thing size=1
        b: Thing
    ";
    case.up(before).await;
    case.tamper("id-1", "size", 9);
    case.remove_item("id-2");
    let summary = case.refresh().await;
    assert_eq!((summary.changes["drifted"], summary.changes["forget"]), (1, 1));
    case.expect_plan(
        before,
        r"
            ~ a size: 9 → 1
            + b
        ",
    )
    .await;
    case.expect_empty_plan("a: Thing size=9").await;
}

// Rule 31.
#[tokio::test]
async fn reads_are_batched() {
    let case = Case::new().await;
    let program: String = (0..10).map(|n| format!("t{n}: Thing size={n}\n")).collect();
    case.up(&program).await;
    case.clear_calls();
    case.preview(&program).await.unwrap();
    // Three at a time, as the schema says.
    let mut calls = case.calls_and_reads();
    calls.sort();
    assert_eq!(
        calls,
        ["read test:Thing 1", "read test:Thing 3", "read test:Thing 3", "read test:Thing 3"]
    );
}

/// Each of the resources fits one answer, and all of them do not.
// Rule 43.
#[tokio::test]
async fn a_batch_fits_one_answer() {
    let case = Case::new().await;
    let text = "x".repeat(3 << 20);
    let program: String = (0..4).map(|n| format!("t{n}: Thing tags.k={text}\n")).collect();
    case.up(&program).await;
    case.clear_calls();
    case.preview(&program).await.unwrap();
    assert_eq!(case.calls_and_reads(), ["read test:Thing 2"; 2]);
}

// Rule 31.
#[tokio::test]
async fn an_offline_plan_reads_no_cloud() {
    let mut case = Case::new().await;
    case.up("a: Thing size=1").await;
    case.tamper("id-1", "size", 9);
    case.clear_calls();
    case.options.offline = true;
    case.expect_empty_plan("a: Thing size=1").await;
    assert_eq!(case.calls_and_reads(), [""; 0]);
}

// Rule 5.
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
    case.tamper("id-1", "size", 9);
    case.expect_empty_plan("a: Thing size=3 !ignore=size").await;
}

/// What an update sends and what is recorded, not only what a plan says.
// Rule 5.
#[tokio::test]
async fn what_is_ignored_is_sent_and_recorded_as_the_input_that_it_was() {
    // The second program draws on what only the apply knows.
    for second in ["ref=y", "ref=up(v.version)"] {
        let case = Case::new().await;
        case.up("v: Thing\na: Thing size=1 tags.k=x ref=x").await;
        let program = format!(
            "v: Thing size=1\na: Thing size=2 tags.k=y auto=mine {second} !ignore=size !ignore=tags.k !ignore=auto"
        );
        case.up(&program).await;
        assert_eq!(case.cloud_property("id-2", "size"), Value::Int(1), "{second}");
        assert_eq!(case.cloud_property("id-2", "auto"), Value::text("auto-id-2"), "{second}");
        let state = case.state().await;
        let record = state.records().find(|record| record.id == "id-2").unwrap();
        let input = |name: &str| record.inputs.get(name).map(Value::without_secrets);
        assert_eq!(input("size"), Some(Value::Int(1)), "{second}");
        let tags = Value::Map([("k".into(), "x".into())].into());
        assert_eq!(input("tags"), Some(tags), "{second}");
        // The program never gave it: what the cloud chose is no input.
        assert_eq!(input("auto"), None, "{second}");
        case.expect_empty_plan(&program).await;
    }
}

/// A plugin's rules concern what it is sent: what was put back, and what is not known yet.
// Rules 5, 14.
#[tokio::test]
async fn a_plugins_rules_see_what_is_put_back_and_what_is_unknown() {
    let case = Case::new().await;
    case.up("a: Thing mode=plain ref=x").await;
    let message = case.preview_error("a: Thing mode=fancy ref=y").await;
    assert!(message.contains("fancy needs a size"), "{message}");
    case.expect_plan("a: Thing mode=fancy ref=y !ignore=mode", "~ a ref: \"x\" → \"y\"").await;
    // A size that is not known yet is one.
    let unknown = "b: Thing ref=b\na: Thing mode=fancy size=b.version ref=y";
    case.up(unknown).await;
}

/// Returns the sizes of what the cloud holds.
fn sizes(case: &Case) -> Vec<Value> {
    case.cloud_items().keys().map(|id| case.cloud_property(id, "size")).collect()
}

// Rule 46.
#[tokio::test]
async fn an_update_keeps_what_was_changed_outside_where_changes_are_ignored() {
    let case = Case::new().await;
    case.up("v: Thing\na: Thing size=1 tags.k=x tags.l=x ref=x !ignore=size !ignore=tags.k").await;
    case.tamper("id-2", "size", 9);
    case.tamper("id-2", "tags", Value::Map([("l".into(), "x".into())].into()));
    // Also where the plan does not know all inputs.
    let after = "v: Thing size=1\na: Thing size=1 tags.k=x tags.l=y ref=up(v.version) !ignore=size !ignore=tags.k";
    case.up(after).await;
    assert_eq!(case.cloud_property("id-2", "size"), Value::Int(9));
    let tags = Value::Map([("l".into(), "y".into())].into());
    assert_eq!(case.cloud_property("id-2", "tags"), tags);
    case.expect_empty_plan(after).await;
    // What the program says counts again once it is not ignored.
    let after = "v: Thing size=1\na: Thing size=1 tags.l=y ref=y";
    case.up(after).await;
    assert_eq!(case.cloud_property("id-2", "size"), Value::Int(1));
}

// Rule 6.
#[tokio::test]
async fn a_new_copy_has_the_programs_inputs_also_where_changes_are_ignored() {
    // A replacement, also one that refers to an unknown, or that deletes the old copy first.
    for kind in ["Thing", "Unique"] {
        let case = Case::new().await;
        case.up(&format!("u: {kind} fixed=1x size=1")).await;
        case.up(&format!("u: {kind} fixed=2x size=2 !ignore=size")).await;
        assert_eq!(sizes(&case), [2.into()], "{kind}");
        let unknown = format!(
            r"
                x: Thing size=9
                u: {kind} fixed=x.id size=3 !ignore=size
            "
        );
        case.up(&unknown).await;
        assert_eq!(sizes(&case), [9.into(), 3.into()], "{kind}");
    }
    // A deleted item is created as the program says; the other one stays as it is.
    let case = Case::new().await;
    let before = r"
        u: Thing size=1
        v: Thing size=1
    ";
    case.up(before).await;
    case.remove_item("id-1");
    let after = r"
        u: Thing size=2 !ignore=size
        v: Thing size=2 !ignore=size
    ";
    case.up(after).await;
    assert_eq!(sizes(&case), [1.into(), 2.into()]);
}

// Rule 6.
#[tokio::test]
async fn a_requested_replacement_has_the_programs_inputs_also_where_changes_are_ignored() {
    for kind in ["Thing", "Unique"] {
        let mut case = Case::new().await;
        case.up(&format!("x: Thing size=9\nu: {kind} size=1 ref=old")).await;
        case.options.replace = vec!["u".to_owned()];
        // The version of x is not known before x is updated.
        let program =
            format!("x: Thing size=8\nu: {kind} size=2 ref=up(x.version) !ignore=size !ignore=ref");
        let plan = case.prepare(&program).await.unwrap().plan;
        assert!(plan.resources[1].fate.makes_copy());
        case.up(&program).await;
        assert_eq!(sizes(&case), [8.into(), 2.into()], "{kind}");
        assert_eq!(case.cloud_property("id-3", "ref"), Value::text(""), "{kind}");
        case.options.replace.clear();
        case.expect_empty_plan(&program).await;
    }
}

// Rules 2, 8.
#[tokio::test]
async fn a_replacement_is_a_graph_of_steps() {
    let case = Case::new().await;
    let before = r"
        a: Thing fixed=1x
        b: Thing ref=a.id
        c: Thing fixed=a.id
    ";
    case.up(before).await;
    let prepared = case.prepare(&before.replace("1x", "2x")).await.unwrap();
    let order = steps(&prepared.plan);
    let at = |step: &str| {
        order
            .iter()
            .position(|one| one == step)
            .unwrap_or_else(|| panic!("{step} not in {order:?}"))
    };
    // The new copy is created, its dependents are updated, then the old copy is deleted. Old copies
    // of dependents are deleted before what they depend on.
    assert!(at("CreateReplacement a") < at("Update b"));
    assert!(at("Update b") < at("DeleteReplaced a"));
    assert!(at("CreateReplacement c") < at("DeleteReplaced c"));
    assert!(at("DeleteReplaced c") < at("DeleteReplaced a"));
}

// Rule 9.
#[tokio::test]
async fn delete_first_replaces_only_the_dependents_that_cannot_be_updated() {
    let case = check(
        r"
            u: Unique fixed=1x
            user: Thing fixed=u.id
            looker: Thing ref=u.id
            waiter: Thing size=1 !after=u
        ",
        r"
            u: Unique fixed=2x
            user: Thing fixed=u.id
            looker: Thing ref=u.id
            waiter: Thing size=1 !after=u
        ",
        r#"
            ∓ u fixed: "1x" → "2x"
            ∓ user fixed: "id-1" → [unknown]
            ~ looker ref: "id-1" → [unknown]
        "#,
    )
    .await;
    let after = r"
        u: Unique fixed=2x
        user: Thing fixed=u.id
        looker: Thing ref=u.id
        waiter: Thing size=1 !after=u
    ";
    case.up(after).await;
    let calls = case.calls();
    let at = |call: &str| {
        calls
            .iter()
            .position(|one| one.starts_with(call))
            .unwrap_or_else(|| panic!("{call} not in {calls:?}"))
    };
    assert!(at("delete id-2") < at("delete id-1"), "{calls:?}");
    assert!(at("delete id-1") < at("create 2x"), "{calls:?}");
    assert!(at("create 2x") < at("update id-3"), "{calls:?}");
}

// Rule 10.
#[tokio::test]
async fn deletes_follow_recorded_dependencies_even_where_the_edge_was_dropped() {
    let case = Case::new().await;
    let before = r"
        a: Thing size=1
        b: Thing ref=a.id
        c: Thing ref=b.id
    ";
    case.up(before).await;
    case.clear_calls();
    // b no longer refers to a, which is deleted: b has to be updated first. c is deleted.
    case.up("b: Thing ref=none").await;
    let calls = case.calls();
    let at = |call: &str| calls.iter().position(|one| one == call);
    assert!(at("update id-2").is_some_and(|update| Some(update) < at("delete id-1")), "{calls:?}");
    assert_eq!(calls.len(), 3, "{calls:?}");
}

// Rule 11.
#[tokio::test]
async fn a_destroy_deletes_in_reverse_order() {
    let case = Case::new().await;
    let before = r"
        g: Group
        a: Thing size=1 !in=g
        b: Thing ref=a.id
        c: Thing ref=b.id
    ";
    case.up(before).await;
    case.clear_calls();
    let summary = case.destroy().await;
    assert_eq!(summary.changes["delete"], 3);
    assert_eq!(case.calls(), ["delete id-3", "delete id-2", "delete id-1"]);
    let state = case.state().await;
    assert_eq!(state.records().count(), 0);
    assert!(state.exports.is_empty());
}

// Rule 12.
#[tokio::test]
async fn protection_holds_on_both_sides_and_every_offence_is_named() {
    let before = r"
        a: Thing fixed=1x !protect
        b: Thing !protect
    ";
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
    refuses(
        "a: Thing fixed=1x",
        "a: Thing fixed=2x !protect",
        &["Thing/a is protected, but would be replaced"],
    )
    .await;
    // Unprotecting and replacing in one run is allowed.
    check(
        before,
        r"
            a: Thing fixed=2x
            b: Thing !protect
        ",
        r#"± a fixed: "1x" → "2x""#,
    )
    .await;
}

// Rule 9.
#[tokio::test]
async fn protection_stops_a_delete_first_chain_before_the_first_delete() {
    refuses(
        r"
            u: Unique fixed=1x
            user: Thing fixed=u.id !protect
        ",
        r"
            u: Unique fixed=2x
            user: Thing fixed=u.id !protect
        ",
        &["Thing/user is protected, but would be replaced because fixed changes"],
    )
    .await;
}

// Rule 4.
#[tokio::test]
async fn aliases_keep_a_resource_under_a_new_name() {
    let case = check(
        r"
            a: Thing size=1
            b: Thing ref=a.id
        ",
        r"
            z: Thing size=1 !alias=a
            b: Thing ref=z.id
        ",
        "",
    )
    .await;
    let program = r"
        z: Thing size=1 !alias=a
        b: Thing ref=z.id
    ";
    case.up(program).await;
    let records = format!("{:?}", case.state().await.resources);
    assert!(!records.contains("test:Thing/a"), "the old name is still there: {records}");
    refuses(
        "a: Thing",
        r"
            y: Thing !alias=a
            z: Thing !alias=a
        ",
        &["'y' (src/lib.rs:1) and 'z' (src/lib.rs:2) both claim"],
    )
    .await;
}

// Rule 3.
#[tokio::test]
async fn wrong_declarations_are_all_named_with_their_places() {
    refuses(
        "",
        r"
            a: Thing
            a: Thing
        ",
        &["declared twice, at src/lib.rs:1 and at src/lib.rs:2"],
    )
    .await;
    refuses(
        "",
        "a: Thinj",
        &["no plugin offers the kind of resource 'test:Thinj'; did you mean 'test:Thing'?"],
    )
    .await;
    refuses(
        "",
        r"
            a: Thing siz=1
            b: Thing size=many
            c: Thing size=2000
            d: Thing mode=fancyy
            e: Thing id=x
            f: Thing mode=fancy
        ",
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
        r"
            a: Thing
            b: Thing ref=a.sizee
        ",
        &["asked for its property 'sizee', which the kind does not have; did you mean 'size'?"],
    )
    .await;
    refuses("a: Thing", "b: Thing size=secret:many", &["size is a secret that does not fit"]).await;
}

#[tokio::test]
async fn an_option_that_names_nothing_is_an_error_with_its_place() {
    for (option, expect) in [
        (
            "!with=a.id",
            "kim:p/s/test:Thing/b is to be deleted with an output that is not a resource; give deleted_with the resource itself",
        ),
        (
            "!with=text",
            "kim:p/s/test:Thing/b is to be deleted with an output that is not a resource; give deleted_with the resource itself",
        ),
        (
            "!with=look(a.id)",
            "kim:p/s/test:Thing/b is to be deleted with an output that is not a resource; give deleted_with the resource itself",
        ),
        ("!with=#9", "kim:p/s/test:Thing/b refers to output 9, which does not exist"),
        ("!follow=#9", "kim:p/s/test:Thing/b refers to output 9, which does not exist"),
        (
            "!was=name:",
            "kim:p/s/test:Thing/b has a former name that is not valid: its name is empty",
        ),
        ("!after=#9", "kim:p/s/test:Thing/b refers to output 9, which does not exist"),
        (
            "!with=#1",
            "kim:p/s/test:Thing/b is to be deleted with itself; give deleted_with another resource",
        ),
        (
            "!formerly=a",
            "kim:p/s/test:Thing/b has a former name that is not valid: 'a' is not a URN: it must look like kim:<project>/<stack>/<kind>/<name>",
        ),
        (
            "!formerly=kim:p/s//a",
            "kim:p/s/test:Thing/b has a former name that is not valid: 'kim:p/s//a' is not a URN: it must look like kim:<project>/<stack>/<kind>/<name>",
        ),
        ("!alias=", "kim:p/s/test:Thing/b has a former name that is not valid: it is empty"),
    ] {
        let case = Case::new().await;
        case.up("a: Thing").await;
        case.clear_calls();
        let program = format!("a: Thing\nb: Thing {option}");
        let Err(Error::Invalid(errors)) = case.preview(&program).await else {
            panic!("{option} is accepted")
        };
        assert_eq!(errors.iter().map(|one| one.message.as_str()).collect::<Vec<_>>(), [expect]);
        assert_eq!(errors[0].sources[0].to_string(), "src/lib.rs:2", "{option}");
        assert_eq!(case.calls_and_reads(), [""; 0]);
    }
}

#[tokio::test]
async fn depends_on_may_be_any_output() {
    let case = Case::new().await;
    let program = r"
        a: Thing
        b: Thing !after=up(look(a.id)) !after=text
    ";
    let prepared = case.prepare(program).await.unwrap();
    assert_eq!(steps(&prepared.plan), ["Create a", "Create b"]);
    assert_eq!(prepared.plan.steps.edge_count(), 1);
}

// Rules 1, 3.
#[tokio::test]
async fn a_program_that_contradicts_itself_is_rejected_before_the_cloud_is_asked() {
    for (program, expect) in [
        (
            r"
                a: Thing
                a: Thing
            ",
            "declared twice",
        ),
        ("a: Thinj", "no plugin offers the kind"),
        (
            r"
                g: Group
                a: Thing !in=g !after=g
                b: Thing !in=g !after=g
            ",
            "in a circle: g/a -> g/b -> g/a",
        ),
        ("b: Thing ref=panic", "the program failed"),
    ] {
        let case = Case::new().await;
        case.up("a: Thing").await;
        // An intent is left open: recovery would ask the cloud about it.
        case.fault("create", 1, Fault::LoseAnswer);
        case.fault("find", 1, Fault::other("no answer"));
        let two = r"
            a: Thing
            b: Thing
        ";
        case.run(Operation::Up, two).await.unwrap();
        assert_eq!(case.state().await.intents.len(), 1);
        case.clear_calls();
        let message = case.preview_error(program).await;
        assert!(message.contains(expect), "{message}");
        assert_eq!(case.calls_and_reads(), [""; 0], "{expect}");
    }
}

// Rule 1.
#[tokio::test]
async fn a_program_that_fails_changes_nothing() {
    refuses(
        "a: Thing",
        "b: Thing ref=panic",
        &["the program failed, so nothing was changed", "src/lib.rs:7"],
    )
    .await;
}

// Rule 16.
#[tokio::test]
async fn a_target_changes_nothing_else() {
    let mut case = Case::new().await;
    let before = r"
        a: Thing size=1
        b: Thing size=1
        c: Thing ref=b.id
    ";
    case.up(before).await;
    case.options.targets = vec!["c".to_owned()];
    case.expect_plan(
        r"
            a: Thing size=2
            b: Thing size=2
            c: Thing ref=x
            d: Thing
        ",
        // The longest path begins first, so b was created before a.
        r#"~ c ref: "id-1" → "x""#,
    )
    .await;
    let needing_another = r"
        a: Thing
        b: Thing
        d: Thing
        c: Thing ref=d.id
    ";
    let message = case.preview_error(needing_another).await;
    assert!(
        message
            .contains("needs kim:p/s/test:Thing/d, which does not exist yet and is not a target"),
        "{message}"
    );
}

// Rule 13.
#[tokio::test]
async fn a_resource_that_is_deleted_with_its_container_needs_no_call() {
    let case = Case::new().await;
    let before = r"
        box: Thing fixed=1x
        lid: Thing ref=box.id !with=box
    ";
    case.up(before).await;
    case.clear_calls();
    case.destroy().await;
    assert_eq!(case.calls(), ["delete id-1"]);
    assert_eq!(case.record_count().await, 0);
}

// Rule 12.
#[tokio::test]
async fn retained_resources_are_forgotten_not_deleted() {
    let case = Case::new().await;
    let before = r"
        a: Thing fixed=1x !retain
        b: Thing !retain
    ";
    case.up(before).await;
    case.clear_calls();
    case.up("a: Thing fixed=2x !retain").await;
    assert_eq!(case.calls().iter().filter(|call| call.starts_with("delete")).count(), 0);
    assert_eq!(case.cloud_items().len(), 3);
    assert_eq!(case.record_count().await, 1);
}

// Rule 16.
#[tokio::test]
async fn a_target_that_others_need_is_not_deleted_from_under_them() {
    let mut case = Case::new().await;
    let program = r"
        a: Thing
        b: Thing ref=a.id
    ";
    case.up(program).await;
    case.options.targets = vec!["a".to_owned()];
    let error = case.run(Operation::Destroy, "").await.unwrap_err();
    assert!(error.to_string().contains("Thing/b depends on it and is not a target"), "{error}");
    let Error::Invalid(diagnostics) = error else { panic!("{error}") };
    assert_eq!(diagnostics[0].remedy, Some(Remedy::AddTarget { resource: "b".to_owned() }));
}

// Rule 33.
#[tokio::test]
async fn after_a_refresh_no_record_refers_to_a_deleted_resource() {
    let case = Case::new().await;
    let before = r"
        a: Thing
        b: Thing ref=a.id
    ";
    case.up(before).await;
    case.remove_item("id-1");
    case.refresh().await;
    case.expect_valid_state().await;
    case.expect_empty_plan("b: Thing ref=id-1").await;
}

#[tokio::test]
async fn the_graph_is_valid_dot() {
    let case = Case::new().await;
    let program = r"
        a: Thing
        b: Thing ref=a.id
    ";
    let prepared = case.prepare(program).await.unwrap();
    let expect = r#"
        digraph {
            0 [ label = "test:Thing/a" ]
            1 [ label = "test:Thing/b" ]
            1 -> 0 [ ]
        }
    "#;
    assert_eq!(dedent(&prepared.dot()), dedent(expect));
}

#[tokio::test]
async fn a_stack_is_not_compared_with_another_cloud() {
    let case = Case::new().await;
    let set = |place: &str| case.cloud().place = Some(place.to_owned());
    set("account 1");
    case.up("a: Thing").await;
    set("account 2");
    let message = case.preview_error("a: Thing").await;
    assert!(
        message.contains("are in account 1, but this run would work on account 2"),
        "{message}"
    );
    set("account 1");
    case.destroy().await;
    // An empty stack may change the cloud.
    set("account 2");
    case.up("a: Thing").await;
}

// Rule 15.
#[tokio::test]
async fn a_secret_that_is_dropped_or_unmarked_stays_hidden() {
    check("a: Thing secret=secret:hunter2", "a: Thing", "~ a secret: [secret] → ∅").await;
    check(
        "a: Thing secret=secret:hunter2",
        "a: Thing secret=other",
        "~ a secret: [secret] → [secret]",
    )
    .await;
    check("a: Thing tags.k=secret:hunter2", "a: Thing", "~ a tags: [secret] → ∅").await;
}

// Rule 15.
#[tokio::test]
async fn a_secret_that_is_dropped_stays_secret_while_the_cloud_keeps_it() {
    for (before, after) in [
        ("a: Thing auto=secret:hunter2", "a: Thing"),
        ("a: Thing auto=secret:hunter2", "a: Thing size=1 !ignore=size"),
        ("a: Ready auto=secret:hunter2 !hide=version", "a: Ready size=1"),
    ] {
        let case = Case::new().await;
        let after = format!("{after}\nexport: out=up(a.auto)");
        case.up(before).await;
        for _ in 0..2 {
            case.up(&after).await;
            case.refresh().await;
        }
        assert_eq!(case.cloud_property("id-1", "auto"), "hunter2".into());
        let state = case.state().await;
        assert!(!format!("{state:?}").to_lowercase().contains("hunter2"), "{state:?}");
        case.expect_empty_plan(&after).await;
        // What the cloud put in its place is no secret of the program.
        case.tamper("id-1", "auto", "another");
        case.up(&after).await;
        assert_eq!(case.only_record().await.properties.get("auto"), Some(&"another".into()));
    }
    // What the program says in clear is no secret any more.
    let case = Case::new().await;
    case.up("a: Thing ref=secret:hunter2 auto=secret:hunter2").await;
    case.up("a: Thing ref=hunter2 auto=hunter2").await;
    case.up("a: Thing ref=hunter2 auto=hunter2 size=1").await;
    assert!(!case.only_record().await.properties.has_secret());
    // Nor is what it marked as secret itself, once the mark is gone.
    case.up("a: Thing ref=hunter2 auto=hunter2 !hide=names !hide=auto").await;
    assert!(case.only_record().await.properties.has_secret());
    case.up("a: Thing ref=hunter2 size=2").await;
    assert!(!case.only_record().await.properties.has_secret());
}

// Rule 12.
#[tokio::test]
async fn a_protected_resource_is_not_deleted_with_its_container() {
    let case = Case::new().await;
    let program = r"
        box: Thing
        lid: Thing ref=box.id !with=box !protect
    ";
    case.up(program).await;
    let message = case.run_error(Operation::Destroy, "").await;
    assert!(message.contains("Thing/lid is protected, but would be deleted"), "{message}");
}

// Rule 5.
#[tokio::test]
async fn drift_of_an_ignored_path_shows_once_it_is_no_longer_ignored() {
    let case = Case::new().await;
    case.up("a: Thing size=1 !ignore=size").await;
    case.tamper("id-1", "size", 9);
    case.up("a: Thing size=1 !ignore=size").await;
    case.expect_plan("a: Thing size=1", "~ a size: 9 → 1 (drift)").await;
}

#[tokio::test]
async fn dependents_get_the_programs_spelling_in_every_run() {
    let case = Case::new().await;
    let program = r"
        a: Thing ref=Foo
        b: Thing fixed=a.ref
    ";
    case.up(program).await;
    // The cloud has its own spelling, and had it when the item was created.
    case.tamper("id-1", "ref", "foo");
    case.rewrite_record("a", "ref", "foo").await;
    case.expect_empty_plan(program).await;
}
