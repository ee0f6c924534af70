//! What is wrong with inputs is reported before any cloud is asked, as far as it is known then.

use std::sync::Arc;

use async_trait::async_trait;
use kim_engine::event::RunResult;
use kim_engine::model::{Declarations, Expr, Value};
use kim_engine::plan::Operation;
use kim_engine::ports::{Program, ProgramError, Ran, RunContext};
use kim_engine::{Error, Interrupt};

use crate::fixture::Case;

/// A stack with a recorded resource and an open intent, so that a plan would ask the cloud.
async fn curious() -> Case {
    let case = Case::new().await;
    case.up("known: Thing ref=here").await;
    case.leave_create_open(1);
    case.run(Operation::Up, "known: Thing ref=here\nopen: Thing").await.unwrap();
    case.clear_calls();
    case.cloud().questions.clear();
    case
}

/// The plan of `program` is rejected with exactly these messages, and no cloud is asked.
async fn refuses_unasked(program: &str, expect: &[&str]) {
    let mut case = curious().await;
    for offline in [false, true] {
        case.options.offline = offline;
        for operation in [Operation::Preview, Operation::Up] {
            let plan = case
                .stack(program)
                .plan(operation, &case.options, case.sink(), Interrupt::default())
                .await;
            let Err(Error::Invalid(errors)) = plan else { panic!("{program} is accepted") };
            let messages: Vec<&str> = errors.iter().map(|one| one.message.as_str()).collect();
            assert_eq!(messages, expect, "{program}");
            assert!(errors.iter().all(|one| !one.sources.is_empty()), "an error without a place");
            assert_eq!(case.calls_and_reads(), [""; 0], "{program}");
            assert_eq!(case.cloud().questions, [""; 0], "{program}");
        }
    }
}

// Rule 3.
#[tokio::test]
async fn inputs_that_are_known_are_checked_before_any_cloud_is_asked() {
    for (program, expect) in [
        (
            "a: Thing siz=1",
            "test:Thing 'a': siz is not a property of test:Thing; did you mean 'size'?",
        ),
        (
            "a: Thing size=many",
            "test:Thing 'a': size is \"many\", but must be a whole number of 0 to 1000",
        ),
        (
            "a: Thing mode=fancyy",
            "test:Thing 'a': mode is \"fancyy\", but must be one of plain, fancy; did you mean 'fancy'?",
        ),
        ("a: Strict", "test:Strict 'a': ref is required: Any text"),
        ("a: Thing id=x", "test:Thing 'a': id is set by the plugin; a program cannot set it"),
        ("a: Thing secret=1 size=secret:hunter2", "test:Thing 'a': secret is 1, but must be text"),
        (
            "a: Thing\nb: Strict ref=a.size",
            "test:Strict 'b': ref is required: Any text; it comes from 'size' of test:Thing 'a' (src/lib.rs:1), which is absent",
        ),
        // Also one that is recorded, and beside what is not known yet.
        (
            "known: Thing ref=here size=2000 tags.k=look(x)",
            "test:Thing 'known': size is 2000, but must be a whole number of 0 to 1000",
        ),
        // Through a closure, another resource, a component.
        (
            "a: Thing size=up(many)",
            "test:Thing 'a': size is \"MANY\", but must be a whole number of 0 to 1000",
        ),
        (
            "known: Thing ref=here\na: Thing size=known.ref",
            "test:Thing 'a': size is \"here\", but must be a whole number of 0 to 1000",
        ),
        (
            "g: Group x=here\na: Thing size=g.x",
            "test:Thing 'a': size is \"here\", but must be a whole number of 0 to 1000",
        ),
    ] {
        if program.contains("hunter2") {
            let second = "test:Thing 'a': size is a secret that does not fit: it must be a whole number of 0 to 1000";
            refuses_unasked(program, &[expect, second]).await;
        } else {
            refuses_unasked(program, &[expect]).await;
        }
    }
}

// Rule 3.
#[tokio::test]
async fn arguments_of_lookups_are_checked_before_any_cloud_is_asked() {
    refuses_unasked("a: Thing ref=look(1)", &["lookup test:echo: x is 1, but must be text"]).await;
    refuses_unasked(
        "a: Thing size=1 ref=x\nb: Thing ref=look(a.size)",
        &["lookup test:echo: x is 1, but must be text"],
    )
    .await;
}

// Rule 5.
#[tokio::test]
async fn what_only_the_record_or_the_cloud_knows_is_no_error_early() {
    let case = Case::new().await;
    case.up("a: Thing size=5 ref=x").await;
    // An ignored input stays as it is recorded, whatever the program says.
    case.expect_empty_plan("a: Thing size=5000 ref=x !ignore=size").await;
    case.expect_empty_plan("a: Thing size=5 ref=x !ignore=ref").await;
    // A new copy takes what the program says.
    let message = case.preview_error("b: Thing size=5000 !ignore=size").await;
    assert!(message.contains("'b': size is 5000"), "{message}");
    // What a cloud fills in where the program says nothing is known to the cloud alone.
    case.tamper("id-1", "auto", "filled in");
    case.up("a: Thing size=5 ref=x\nb: Strict ref=a.auto").await;
    assert_eq!(case.cloud_property("id-2", "ref").as_text(), Some("filled in"));
    // Without `ref` the cloud's own is taken.
    let case = Case::new().await;
    case.cloud().rewrites.insert("ref".to_owned(), Value::text("by the cloud"));
    case.up("a: Thing").await;
    case.up("a: Thing\nb: Strict ref=a.ref").await;
}

#[tokio::test]
async fn what_the_targets_leave_out_is_not_checked_early_either() {
    let mut case = Case::new().await;
    case.up("a: Thing size=1").await;
    case.options.targets = vec!["b".to_owned()];
    case.up("a: Thing size=many\nb: Thing size=a.size").await;
    assert_eq!(case.cloud_property("id-2", "size"), Value::Int(1));
}

// Rule 14.
#[tokio::test]
async fn an_unknown_has_the_type_of_its_property() {
    let a = "a: Thing\n";
    let whole = "a whole number of 0 to 1000";
    for (input, expect) in [
        ("size=a.id", format!("size is text, from 'id' of test:Thing 'a' (src/lib.rs:1), but must be {whole}")),
        ("size=secret:a.id", format!("size is text, from 'id' of test:Thing 'a' (src/lib.rs:1), but must be {whole}")),
        ("ref=a.version", "ref is a whole number, from 'version' of test:Thing 'a' (src/lib.rs:1), but must be text".to_owned()),
        ("size=join(a.id)", format!("size is text, from several values joined, but must be {whole}")),
        ("size=look(a.id)", format!("size is text, from 'name' of the lookup test:echo (src/lib.rs:2), but must be {whole}")),
        ("ports=[1,a.id]", "ports[1] is text, from 'id' of test:Thing 'a' (src/lib.rs:1), but must be a whole number".to_owned()),
        ("ports=a.names", "ports holds text, from 'names' of test:Thing 'a' (src/lib.rs:1), but must hold a whole number".to_owned()),
        ("ref=a.names", "ref is a list, from 'names' of test:Thing 'a' (src/lib.rs:1), but must be text".to_owned()),
        ("size=a.names[0]", format!("size is text, from 'names[0]' of test:Thing 'a' (src/lib.rs:1), but must be {whole}")),
        ("tags=a.names", "tags is a list, from 'names' of test:Thing 'a' (src/lib.rs:1), but must be a map".to_owned()),
        ("tags.k=a.version", "tags.k is a whole number, from 'version' of test:Thing 'a' (src/lib.rs:1), but must be text".to_owned()),
        ("size=a.facts.k", format!("size is text, from 'facts.k' of test:Thing 'a' (src/lib.rs:1), but must be {whole}")),
        ("shape.sides=a.names", "shape.sides holds text, from 'names' of test:Thing 'a' (src/lib.rs:1), but must hold a whole number".to_owned()),
        ("shape.label=a.facts", "shape.label is a map, from 'facts' of test:Thing 'a' (src/lib.rs:1), but must be text".to_owned()),
        ("shape=a.id", "shape is text, from 'id' of test:Thing 'a' (src/lib.rs:1), but must be an object".to_owned()),
    ] {
        let program = format!("{a}b: Thing {input}");
        refuses_unasked(&program, &[&format!("test:Thing 'b': {expect}")]).await;
    }
    // Through components, the input of another resource, and as the argument of a lookup.
    refuses_unasked(
        "a: Thing\ng: Group x=a.id\nh: Group !in=g y=[g.x,1]\nc: Thing size=h.y[0]",
        &[&format!("test:Thing 'c': size is text, from 'id' of test:Thing 'a' (src/lib.rs:1), but must be {whole}")],
    )
    .await;
    refuses_unasked(
        "a: Thing\nb: Thing ref=a.id\nc: Thing size=b.ref",
        &[&format!("test:Thing 'c': size is text, from 'ref' of test:Thing 'b' (src/lib.rs:2), but must be {whole}")],
    )
    .await;
    refuses_unasked(
        "a: Thing\nb: Thing ref=look(a.version)",
        &["lookup test:echo: x is a whole number, from 'version' of test:Thing 'a' (src/lib.rs:1), but must be text"],
    )
    .await;
}

#[tokio::test]
async fn what_fits_or_has_no_known_type_is_planned() {
    let case = Case::new().await;
    let program = r"
        a: Thing
        b: Thing ref=a.id size=a.version tags=a.facts shape.label=join(a.version) ports=[a.version]
        c: Thing secret=secret:a.id ref=a.facts.k tags.k=look(a.id) shape=b.shape
        g: Group x=a.version
        d: Thing ref=up(g.x) size=g.x
        e: Thing ref=a.size
    ";
    case.cloud().rewrites.insert("facts".to_owned(), [("k", "x")].into_iter().collect());
    case.up(program).await;
    case.expect_empty_plan(program).await;
}

// Rule 14.
#[tokio::test]
async fn a_required_input_that_turns_out_absent_names_where_it_came_from() {
    for (reference, origin) in [
        ("a.facts.k", "'facts.k' of test:Thing 'a' (src/lib.rs:1)"),
        ("secret:a.facts.k", "'facts.k' of test:Thing 'a' (src/lib.rs:1)"),
        ("a.names[3]", "'names[3]' of test:Thing 'a' (src/lib.rs:1)"),
    ] {
        let case = Case::new().await;
        let program = format!("a: Thing\nb: Strict ref={reference}\nc: Thing ref={reference}");
        let summary = case.run(Operation::Up, &program).await.unwrap();
        assert_eq!(summary.result, RunResult::Failed);
        assert_eq!(
            summary.message.unwrap(),
            format!(
                "kim:p/s/test:Strict/b: ref is required: Any text; it comes from {origin}, which is absent"
            )
        );
        // The optional one is left out.
        assert_eq!(case.cloud_property("id-2", "ref"), Value::Null);
        // Once it is known to be absent, the plan says so.
        assert_eq!(
            case.preview_error(&program).await,
            format!(
                "test:Strict 'b': ref is required: Any text; it comes from {origin}, which is absent"
            )
        );
        case.expect_convergence(&format!("a: Thing\nc: Thing ref={reference}")).await;
    }
}

#[tokio::test]
async fn what_a_lookup_or_a_list_gets_and_turns_out_absent_is_named() {
    let origin = "'facts.k' of test:Thing 'a' (src/lib.rs:1), which is absent";
    for (input, expect) in [
        ("ref=look(a.facts.k)", "lookup test:echo: x is required"),
        ("words=[x,a.facts.k]", "words[1] is nothing, but must be text"),
    ] {
        let case = Case::new().await;
        let program = format!("a: Thing\nb: Thing {input}");
        let summary = case.run(Operation::Up, &program).await.unwrap();
        assert_eq!(
            summary.message.unwrap(),
            format!("kim:p/s/test:Thing/b: {expect}; it comes from {origin}")
        );
    }
}

/// A program that wraps an output in a list, and that list in another, so many times.
struct Wraps(usize);

#[async_trait]
impl Program for Wraps {
    async fn run(&self, _: RunContext) -> Result<Ran, ProgramError> {
        let mut declarations = Declarations::default();
        let mut inner = Value::Null;
        for _ in 0..self.0 {
            let output = declarations.express(Expr::Value(Value::List(vec![inner])));
            inner = Value::Output(output);
        }
        declarations.exports.insert("deep".to_owned(), inner);
        Ok(Ran::without_closures(declarations))
    }

    fn digest(&self) -> String {
        "wraps".to_owned()
    }
}

#[tokio::test]
async fn a_value_that_is_nested_without_end_is_an_error_before_the_cloud_is_asked() {
    let case = Case::new().await;
    let stack = |count| {
        let mut stack = case.stack("");
        stack.program = Some(Arc::new(Wraps(count)));
        stack
    };
    stack(100).up(&case.options, case.sink(), Interrupt::default()).await.unwrap();
    // So many exhaust the stack of the thread that clones or drops them.
    let deep = stack(200_000).up(&case.options, case.sink(), Interrupt::default()).await;
    insta::assert_snapshot!(deep.unwrap_err(), @r"
    the program failed, so nothing was changed: a value is nested more than 128 levels deep; keep fewer outputs inside one another
      needed by the output 'deep'
    ");
    assert_eq!(case.calls_and_reads(), [""; 0]);
}
