//! `kim local` and `--local`: the local AWS that kim runs itself.

use kim_tests::{Account, Boto, Cloud, Project};
use serde_json::json;

#[test]
fn a_local_cloud_outlives_its_command_and_is_served_to_other_programs() {
    let cloud = Cloud::start();
    let mut project = Project::small(&cloud.account());
    // The environment's endpoint does not matter: `--local` uses no other cloud.
    project.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    project.kim(&["up", "--local", "--yes", "--json"]).succeeds();
    project.kim(&["preview", "--local", "--json", "--expect-no-changes"]).succeeds();
    let outputs = project.outputs();

    let mut server = project.start(&["local", "--port", "0"]);
    let endpoint = server.wait_for_word("http://127.0.0.1:");
    if let Some(boto) = Boto::open(&Account { endpoint, ..cloud.account() }) {
        let vpcs = boto.list("ec2", "describe_vpcs", json!({ "VpcIds": [outputs["vpc"]] }), "Vpcs");
        assert_eq!(vpcs[0]["CidrBlock"], "10.7.0.0/16");
    }
    server.signal("INT");
    server.end().succeeds();
    project.kim(&["destroy", "--local", "--yes", "--json"]).succeeds();
    assert!(cloud.calls().is_empty(), "another cloud was asked");
}
