//! `--offline` and `--target`: runs that read or change less than everything.

use kim_tests::{Cloud, Project};

#[test]
fn offline_reads_no_cloud() {
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
fn a_target_changes_nothing_else() {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    project.kim(&["stack", "init", "dev"]).succeeds();
    let up = |targets: &[&str]| project.kim(&[&["up", "--yes", "--json"], targets].concat());
    up(&["--target", "a"]).exits(1).contains(&["needs", "aws:ec2:Vpc/main", "add --target 'main'"]);
    assert_eq!(up(&["--target", "a", "--target", "main"]).succeeds().changes(), [2, 0, 0, 0]);
    project.record("aws:ec2:Vpc", "main");
    project.record("aws:ec2:Subnet", "a");
    assert_eq!(project.up().succeeds().changes(), [6, 0, 0, 0]);
    project.expect_no_changes();
}
