//! The local AWS that kim runs itself, and the ways to compare with less than everything.

use kim_tests::{Account, Boto, Cloud, Project};
use serde_json::json;

#[test]
fn a_local_world_outlives_its_command_and_is_served_to_others() {
    let cloud = Cloud::start();
    let mut project = Project::small(&cloud.account());
    // What the environment says about AWS does not matter: `--local` leads nowhere else.
    project.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    project.kim(&["up", "--local", "--yes", "--json"]).succeeds();
    project.kim(&["preview", "--local", "--json", "--expect-no-changes"]).succeeds();
    let outputs = project.outputs();

    let mut server = project.start(&["local", "--port", "0"]);
    let endpoint = server.finds("http://127.0.0.1:");
    if let Some(boto) = Boto::open(&Account { endpoint, ..cloud.account() }) {
        let vpcs = boto.list("ec2", "describe_vpcs", json!({ "VpcIds": [outputs["vpc"]] }), "Vpcs");
        assert_eq!(vpcs[0]["CidrBlock"], "10.7.0.0/16");
    }
    server.signal("INT");
    server.end().succeeds();
    project.kim(&["destroy", "--local", "--yes", "--json"]).succeeds();
    assert!(cloud.calls().is_empty(), "another cloud was asked");
}

#[test]
fn offline_asks_nobody() {
    let cloud = Cloud::start();
    let mut project = Project::small(&cloud.account());
    project.up().succeeds();
    project.set("team", "\"platform\"");
    let calls = cloud.calls().len();
    let preview = project.kim(&["preview", "--offline", "--json"]).succeeds();
    assert_eq!(preview.changes(), [0, 1, 0, 0]);
    assert_eq!(cloud.actions_since(calls), Vec::<String>::new());
}

#[test]
fn a_target_and_nothing_else() {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    project.kim(&["stack", "init", "dev"]).succeeds();
    let up = |targets: &[&str]| project.kim(&[&["up", "--yes", "--json"], targets].concat());
    up(&["--target", "a"]).exits(1).says(&["needs", "aws:ec2:Vpc/main", "add --target 'main'"]);
    assert_eq!(up(&["--target", "a", "--target", "main"]).succeeds().changes(), [2, 0, 0, 0]);
    project.record("aws:ec2:Vpc", "main");
    project.record("aws:ec2:Subnet", "a");
    assert_eq!(project.up().succeeds().changes(), [6, 0, 0, 0]);
    project.expect_no_changes();
}
