//! Declarations, outputs and exports.

use std::time::Duration;

use insta::{assert_json_snapshot, assert_snapshot};

use kim::prelude::*;
use kim::testing::{self, Question};
use kim::{Any, Former, Value, bail, json, serde_json};

fn network(stack: &Stack) -> Result<()> {
    let vpc = Resource::new("aws:ec2:Vpc", "main")
        .input("cidr_block", "10.0.0.0/16")
        .input("nothing", None::<String>)
        .entry("tags", "Name", "main")
        .options(|o| o.protect().ignore_changes("tags.Team"))
        .declare(stack);
    let id = vpc.get::<String>("vpc_id");
    let subnets: Vec<Output<String>> = stack.component("test:Subnets", "all", |scope| {
        (0..2)
            .map(|i| {
                Resource::new("aws:ec2:Subnet", format!("s{i}"))
                    .input("vpc_id", id)
                    .input("cidr_block", format!("10.0.{i}.0/24"))
                    .options(|o| o.depends_on(&vpc))
                    .declare(scope)
                    .get("subnet_id")
            })
            .collect()
    });
    let arn = kim::concat!("arn:aws:ec2:", 7, ":", id);
    let policy = json!({ "Resource": [arn], "null": null });
    Resource::new("aws:iam:Policy", "p").input_json("document", policy).declare(stack);
    stack.export("count", Output::all(subnets).map(|ids| ids.len()));
    stack.export("shout", id.map(|id: String| id.to_uppercase()));
    stack.export("password", Output::<String>::secret("hunter2").map(|word: String| word.len()));
    stack.export("other", stack.reference("base").get::<Any>("zones[0]"));
    Ok(())
}

#[test]
fn the_desired_graph_is_a_value() {
    let run = testing::run(network, json!({})).expect("it runs");
    assert_json_snapshot!(run.graph());
    let vpc = run.resource("aws:ec2:Vpc", "main").expect("declared");
    let source = vpc.source.as_ref().expect("a place");
    assert!(source.file.ends_with("graph.rs") && source.line > 10, "{source}");
}

#[test]
fn outputs_resolve() {
    let run = testing::run(network, json!({})).expect("it runs");
    let resolved = run
        .resolve(|question, inputs| match question {
            Question::Stack(_) => json!({ "zones": ["z"] }),
            _ => question.echo(inputs),
        })
        .expect("it resolves");
    assert_eq!(
        resolved.inputs["aws:iam:Policy p"].get("document").and_then(Value::as_text),
        Some(r#"{"Resource":["arn:aws:ec2:7:main.vpc_id"],"null":null}"#)
    );
    assert_eq!(resolved.exports["count"], Value::Int(2));
    assert_eq!(resolved.exports["shout"], Value::text("MAIN.VPC_ID"));
    assert_eq!(resolved.exports["password"], Value::secret(Value::Int(7)));
    assert_eq!(resolved.exports["other"], Value::text("z"));
}

#[test]
fn a_closure_s_error_names_its_place() {
    fn deploy(stack: &Stack) -> Result<()> {
        let id = Resource::new("t:T", "x").declare(stack).get::<i64>("id");
        stack.export("x", id.map(|id: i64| id + 1));
        Ok(())
    }
    let run = testing::run(deploy, json!({})).expect("it runs");
    let error = run
        .resolve(|question, inputs| question.echo(inputs))
        .err()
        .expect("the id is no number")
        .to_string();
    let (place, message) = error.split_once(": ").expect("a place first");
    assert!(place.contains("graph.rs:"), "{place}");
    assert_snapshot!(message, @r#"expected a whole number, found the text "x.id""#);
}

#[test]
fn a_failed_run_is_an_error_and_leaves_nothing_behind() {
    fn fails(stack: &Stack) -> Result<()> {
        Resource::new("t:T", "x").declare(stack);
        bail!("the zone {:?} does not exist", "eu-1x")
    }
    fn empty(_: &Stack) -> Result<()> {
        Ok(())
    }
    let error = testing::run(fails, json!({})).err().expect("it fails");
    assert_snapshot!(error, @r#"the zone "eu-1x" does not exist"#);
    assert!(testing::run(empty, json!({})).expect("it runs").declarations.resources.is_empty());
}

#[test]
fn estimates_are_recorded_as_they_were_made() {
    fn deploy(stack: &Stack) -> Result<()> {
        stack.estimate(
            Estimate::cost("data transfer", "900 GB a month")
                .micros(81_000_000)
                .source("list, 2026-01-15"),
        );
        stack.component("test:Backup", "all", |scope| {
            scope.estimate(Estimate::cost("snapshots", String::new()).range(10, 120));
            scope.estimate(Estimate::saving("compute", "a year"));
        });
        Ok(())
    }
    let run = testing::run(deploy, json!({})).expect("it runs");
    let shown = run.declarations.estimates.iter().map(|one| {
        format!(
            "{} ({}), saving: {}, {:?}, {:?}",
            one.label, one.detail, one.saving, one.micros_a_month, one.source
        )
    });
    assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @r#"
    data transfer (900 GB a month), saving: false, Some((81000000, 81000000)), "list, 2026-01-15"
    snapshots (), saving: false, Some((10, 120)), ""
    compute (a year), saving: true, None, ""
    "#);
}

#[test]
fn former_names_are_shown_with_what_was_different() {
    fn deploy(stack: &Stack) -> Result<()> {
        let former = Former::new().name("disk").kind("t:U").inside("g/h").project("q");
        Component::new("t:Group", "main").options(|o| o.formerly("old")).declare(stack, |scope| {
            Resource::new("t:T", "data")
                .options(|o| {
                    o.formerly("a".to_owned())
                        .formerly(former)
                        .formerly(Former::new().outside())
                        .formerly_urn("kim:p/s/t:T/x")
                })
                .declare(scope);
        });
        Ok(())
    }
    let graph = testing::run(deploy, json!({})).expect("it runs").graph();
    let resources = &graph["resources"];
    assert_eq!(resources["t:Group main"]["options"], serde_json::json!({ "aliases": ["old"] }));
    assert_eq!(
        resources["t:T main/data"]["options"]["aliases"],
        serde_json::json!([
            "a",
            { "component": "g/h", "kind": "t:U", "name": "disk", "project": "q" },
            { "component": "" },
            "kim:p/s/t:T/x"
        ])
    );
}

#[test]
fn options_are_shown_where_they_differ_from_the_default() {
    fn deploy(stack: &Stack) -> Result<()> {
        let a =
            Resource::new("t:T", "a").options(|o| o.unprotect().delete_in_cloud()).declare(stack);
        Resource::new("t:T", "b")
            .options(|o| {
                o.replace_with(&a)
                    .protect_if(false)
                    .create_timeout(Duration::from_millis(1500))
                    .delete_timeout(Duration::from_secs(60))
                    .secret_output("endpoint.password")
            })
            .declare(stack);
        Ok(())
    }
    let graph = testing::run(deploy, json!({})).expect("it runs").graph();
    let resources = &graph["resources"];
    assert_eq!(
        resources["t:T a"]["options"],
        serde_json::json!({ "protect": false, "retain_on_delete": false })
    );
    assert_eq!(
        resources["t:T b"]["options"],
        serde_json::json!({
            "replace_with": ["t:T a"],
            "timeouts": { "create_seconds": 2, "delete_seconds": 60 },
            "secret_outputs": ["endpoint.password"],
        })
    );
}

#[test]
fn transforms_reach_all_that_is_inside_and_the_outermost_has_the_last_word() {
    fn deploy(stack: &Stack) -> Result<()> {
        let declare = |name: &str, scope: &Stack| {
            Resource::new("t:T", name).input("size", 1).declare(scope);
        };
        declare("before", stack);
        stack.transform(|resource| resource.input("outer", 1));
        Component::new("t:Group", "g")
            .transform(|resource| match resource.name() {
                "b" => resource.input("size", 7).options(|o| o.protect()),
                _ => resource,
            })
            .declare(stack, |scope| {
                declare("a", scope);
                scope.component("t:Group", "inner", |scope| {
                    let other = *scope;
                    scope.transform(move |resource| {
                        // Declared by a transform, so not transformed.
                        let name = format!("{}-log", resource.name());
                        Resource::new("t:Log", name).declare(&other);
                        resource.input("size", 3).input("was", 3)
                    });
                    declare("b", scope);
                });
            });
        declare("after", stack);
        Ok(())
    }
    let graph = testing::run(deploy, json!({})).expect("it runs").graph();
    assert_eq!(
        graph["resources"],
        serde_json::json!({
            "t:T before": { "inputs": { "size": 1 } },
            "t:Group g": {},
            "t:T g/a": { "inputs": { "size": 1, "outer": 1 } },
            "t:Group g/inner": {},
            "t:Log g/inner/b-log": { "inputs": {} },
            "t:T g/inner/b": {
                "inputs": { "size": 7, "was": 3, "outer": 1 },
                "options": { "protect": true },
            },
            "t:T after": { "inputs": { "size": 1, "outer": 1 } },
        })
    );
    // The next program on this thread has none of them.
    fn plain(stack: &Stack) -> Result<()> {
        Resource::new("t:T", "a").declare(stack);
        Ok(())
    }
    let graph = testing::run(plain, json!({})).expect("it runs").graph();
    assert_eq!(graph["resources"], serde_json::json!({ "t:T a": { "inputs": {} } }));
}
