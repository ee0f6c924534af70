//! Errors in a user's input (settings, source code, credentials, flags): the error names the
//! mistake.
//!
//! Neither the state nor the cloud changes.

use kim_aws_local::{Fault, Trouble};
use kim_tests::{Cloud, Project};

/// A program that is not in this repository.
const PROGRAM: &str = "
use kim::prelude::*;
use kim_aws::ec2;

#[kim::program]
fn deploy(stack: &Stack) -> Result<()> {
    let vpc = ec2::Vpc::new(\"fresh\").cidr_block(\"10.9.0.0/16\").declare(stack);
    stack.export(\"vpc\", vpc.id());
    Ok(())
}
";

/// `kim up` fails with this exit code and these words. Neither the state nor the cloud changes.
#[track_caller]
fn nothing_is_lost(cloud: &Cloud, project: &Project, code: i32, says: &[&str]) {
    let (before, calls) = (project.export(), cloud.calls().len());
    let output = project.up().exits(code).contains(says);
    assert_eq!(output.summary()["result"], "failed");
    assert_eq!(project.export(), before, "the state is another one");
    let changing =
        |action: &String| !["Describe", "Get", "List"].iter().any(|verb| action.starts_with(verb));
    let changes: Vec<String> = cloud.actions_since(calls).into_iter().filter(changing).collect();
    assert!(changes.is_empty(), "the cloud was changed: {changes:?}");
}

fn deployed() -> (Cloud, Project) {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    project.up().succeeds();
    (cloud, project)
}

#[test]
fn a_program_of_ones_own_is_compiled_until_it_does_not_compile() {
    let cloud = Cloud::start();
    let project = Project::of_source("fresh", PROGRAM, &cloud.account());
    project.up().succeeds();
    project.expect_no_changes();
    project.write("src/lib.rs", &PROGRAM.replace("vpc.id()", "vpc.ident()"));
    nothing_is_lost(
        &cloud,
        &project,
        1,
        &["does not compile", "no method named `ident`", "src/lib.rs:8"],
    );
    project.write("src/lib.rs", PROGRAM);
    project.expect_no_changes();
}

#[test]
fn a_program_that_panics_or_fails_half_way_changes_nothing() {
    let (cloud, mut project) = deployed();
    project.set("panic", "true");
    nothing_is_lost(&cloud, &project, 1, &["this program was told to panic", "lib.rs:"]);
    project.set("panic", "false").set("fail", "true");
    nothing_is_lost(&cloud, &project, 1, &["this program was told to fail", "nothing was changed"]);
}

#[test]
fn a_setting_of_the_wrong_type_is_named() {
    let (cloud, mut project) = deployed();
    project.set("volumes", "\"three\"");
    nothing_is_lost(&cloud, &project, 1, &["config.volumes", "three"]);
    project.set("volumes", "2").set("voluems", "3");
    nothing_is_lost(&cloud, &project, 1, &["voluems", "volumes"]);
}

#[test]
fn what_a_schema_refuses_never_reaches_the_cloud() {
    let (cloud, mut project) = deployed();
    project.set("size", "70000");
    nothing_is_lost(&cloud, &project, 1, &["size", "65536", "lib.rs:"]);
}

#[test]
fn a_plugin_calls_no_service_that_it_is_not_granted() {
    let (cloud, mut project) = deployed();
    project.grant("ec2", &["kms"]);
    nothing_is_lost(&cloud, &project, 1, &["aws-ec2", "ec2", "grant"]);
}

#[test]
fn missing_credentials_are_asked_for() {
    let (cloud, mut project) = deployed();
    project.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    nothing_is_lost(&cloud, &project, 1, &["no AWS credentials", "AWS_ACCESS_KEY_ID"]);
}

#[test]
fn wrong_credentials_are_refused() {
    let (cloud, mut project) = deployed();
    project.env("AWS_SECRET_ACCESS_KEY", "wrong");
    nothing_is_lost(&cloud, &project, 1, &["denied", "signature"]);
}

#[test]
fn an_endpoint_that_nobody_listens_on_is_named() {
    let (cloud, mut project) = deployed();
    project.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    nothing_is_lost(&cloud, &project, 1, &["127.0.0.1:1"]);
}

#[test]
fn an_unknown_stack_is_not_created_by_accident() {
    let (_cloud, project) = deployed();
    project.kim(&["preview", "-s", "prod"]).exits(2).contains(&["'prod'", "kim stack init prod"]);
    project.kim(&["up", "--yes", "--json", "-s", "prod"]).exits(2).contains(&["'prod'"]);
    let stacks = project.kim(&["stack", "ls", "--json"]).succeeds();
    assert!(!stacks.stdout.contains("prod"), "{stacks}");
}

#[test]
fn a_program_or_plugin_that_is_not_there_is_named() {
    let (cloud, project) = deployed();
    project.kim(&["preview", "--program", "nowhere.wasm"]).exits(2).contains(&["nowhere.wasm"]);
    project.write("module.wasm", "no component at all");
    project.kim(&["preview", "--program", "module.wasm"]).exits(1).contains(&["module"]);
    let toml = std::fs::read_to_string(project.folder().join("Kim.toml")).expect("it is there");
    project.write("Kim.toml", &toml.replace("kim_plugin_aws_kms", "kim_plugin_aws_nowhere"));
    project.preview().exits(2).contains(&["aws-kms", "kim_plugin_aws_nowhere"]);
    drop(cloud);
}

#[test]
fn of_two_runs_at_once_the_second_is_refused() {
    let (cloud, mut project) = deployed();
    project.set("volumes", "3");
    cloud.faults().inject(Fault::next("CreateVolume", Trouble::Hold));
    let mut first = project.start(&["up", "--yes", "--json"]);
    cloud.until_hit(&mut first);
    // A preview takes no lock.
    project.preview().succeeds();
    project.up().exits(1).contains(&["locked", "up"]);
    cloud.faults().release();
    first.end().succeeds();
    project.up().succeeds();
    project.expect_no_changes();
}

/// A program that uses the plugin of `tests/programs/trap`.
const TRAPPED: &str = "
use kim::prelude::*;

#[kim::config]
struct Config {
    title: String,
}

#[kim::program]
fn deploy(stack: &Stack) -> Result<()> {
    let config: Config = stack.config()?;
    kim::Resource::new(\"trap:Bomb\", \"bomb\").input(\"title\", config.title).declare(stack);
    Ok(())
}
";

#[test]
fn a_plugin_that_traps_is_named_and_its_resources_stay_recorded() {
    let cloud = Cloud::start();
    let mut project = Project::of_source("trapped", TRAPPED, &cloud.account());
    project.with_trap().set("title", "\"quiet\"");
    project.up().succeeds();
    let recorded = project.record("trap:Bomb", "bomb")["id"].clone();
    project.set("title", "\"boom\"");
    project.up().exits(1).contains(&[
        "the plugin 'trap'",
        "somebody said boom",
        "update of trap:Bomb",
    ]);
    assert_eq!(project.record("trap:Bomb", "bomb")["id"], recorded);
    project.set("title", "\"quiet\"");
    project.up().succeeds();
    project.expect_no_changes();
    project.destroy().succeeds();
}
