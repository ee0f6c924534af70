//! Settings of `programs/kimberlite`: other ones than the defaults, and changes while the cluster
//! runs.

use kim_tests::{Boto, Cloud, Project, texts};
use serde_json::json;

/// Deploys and destroys. Nothing is left to change in between, and only what is `outside` kim is
/// left in the end.
#[track_caller]
fn expect_deploy_and_destroy(project: &Project, boto: &Boto, outside: &dyn Fn() -> usize) {
    project.up().succeeds();
    project.expect_no_changes();
    project.destroy().succeeds();
    assert_eq!(
        outside(),
        boto.inventory().values().map(Vec::len).sum::<usize>(),
        "{:?}",
        boto.inventory()
    );
}

#[test]
fn one_zone_close_together_without_encryption_and_backup() {
    let cloud = Cloud::start();
    let Some(boto) = cloud.boto() else { return };
    let mut project = Project::kimberlite(&cloud.account());
    project
        .set("zones", "[\"eu-central-1b\"]")
        .set("placement", "\"cluster\"")
        .set("encryption", "false");
    project.set("backup", "{ enabled = false }").set("size", "\"production\"");
    project.up().succeeds();
    project.matches(&boto);
    assert_eq!(
        texts(&json!(boto.instances()), "/Placement/AvailabilityZone"),
        ["eu-central-1b"; 3]
    );
    assert!(["Key", "LifecyclePolicy"].iter().all(|kind| !boto.inventory().contains_key(*kind)));
    expect_deploy_and_destroy(&project, &boto, &|| 0);
    // The same over three zones is rejected, with the reason, before anything changes.
    project.set("zones", "[\"eu-central-1a\", \"eu-central-1b\", \"eu-central-1c\"]");
    project.up().exits(1).contains(&["config.placement", "single zone"]);
}

#[test]
fn public_addresses_are_open_only_to_the_named_networks() {
    let cloud = Cloud::start();
    let Some(boto) = cloud.boto() else { return };
    let mut project = Project::kimberlite(&cloud.account());
    let access = "{ clients = [\"10.0.0.0/16\"], metrics = [\"10.0.9.0/24\"], ssh = [\"192.0.2.7/32\"], session_manager = true }";
    project.set("network", "{ internet = \"public\" }").set("access", access);
    project.up().succeeds();
    project.matches(&boto);
    assert_eq!(texts(&json!(boto.instances()), "/PublicIpAddress").len(), 3);
    let rules = boto.list("ec2", "describe_security_group_rules", json!({}), "SecurityGroupRules");
    let rules =
        rules.iter().filter(|rule| rule["IsEgress"] == false && rule["FromPort"] != json!(-1));
    let mut open: Vec<String> = rules
        .map(|rule| {
            format!("{} {}", rule["FromPort"], rule["CidrIpv4"].as_str().unwrap_or("group"))
        })
        .collect();
    open.sort();
    assert_eq!(open, ["22 192.0.2.7/32", "7000 10.0.0.0/16", "7001 group", "9090 10.0.9.0/24"]);
    let policy = json!({ "RoleName": "kimberlite-dev-node", "PolicyName": "kimberlite" });
    let policy = boto.call("iam", "get_role_policy", policy)["PolicyDocument"].to_string();
    assert!(
        policy.contains("ssmmessages:OpenDataChannel") && !policy.contains("ssm:GetParameter"),
        "{policy}"
    );
    expect_deploy_and_destroy(&project, &boto, &|| 0);
}

#[test]
fn a_network_outside_the_stack_is_used_and_not_deleted() {
    let cloud = Cloud::start();
    let Some(boto) = cloud.boto() else { return };
    let vpc = boto.call("ec2", "create_vpc", json!({ "CidrBlock": "10.50.0.0/16" }));
    let vpc = vpc["Vpc"]["VpcId"].as_str().expect("an id").to_owned();
    let subnets: Vec<String> = ["a", "b", "c"]
        .iter()
        .enumerate()
        .map(|(index, zone)| {
            let cidr = format!("10.50.{index}.0/24");
            let zone = format!("eu-central-1{zone}");
            let request = json!({ "VpcId": vpc, "CidrBlock": cidr, "AvailabilityZone": zone });
            let subnet = boto.call("ec2", "create_subnet", request);
            format!("{{ id = {}, cidr = {cidr:?} }}", subnet["Subnet"]["SubnetId"])
        })
        .collect();
    let mut project = Project::kimberlite(&cloud.account());
    project.set("network", &format!("{{ vpc = {vpc:?}, subnets = [{}] }}", subnets.join(", ")));
    expect_deploy_and_destroy(&project, &boto, &|| 4);
}

#[test]
fn volumes_grow_and_tags_change_in_place() {
    let cloud = Cloud::start();
    let mut project = Project::kimberlite(&cloud.account());
    project.up().succeeds();
    let before = project.outputs();
    let calls = cloud.calls().len();
    project.set("log", "{ size = 750, iops = 4000 }").set("tags", "{ Team = \"platform\" }");
    let [created, updated, replaced, deleted] = project.up().succeeds().changes();
    assert_eq!([created, replaced, deleted], [0; 3]);
    assert!(updated > 20, "{updated}");
    for output in ["addresses", "instances", "volumes"] {
        assert_eq!(project.outputs()[output], before[output]);
    }
    let actions = cloud.actions_since(calls);
    assert_eq!(actions.iter().filter(|action| *action == "ModifyVolume").count(), 3);
    assert!(!actions.iter().any(|action| action == "StopInstances"), "{actions:?}");
    project.expect_no_changes();
    // A volume never shrinks: the error says so, and nothing changes.
    project.set("log", "{ size = 500 }");
    let calls = cloud.calls().len();
    project
        .up()
        .exits(1)
        .contains(&["config.log.size: 750 → 500 GiB: a volume grows, and never shrinks"]);
    assert!(
        !cloud.actions_since(calls).iter().any(|action| action.starts_with("Delete")),
        "data was deleted"
    );
    project.set("log", "{ size = 750, iops = 4000 }").up().succeeds();
    project.expect_no_changes();
}

#[test]
fn a_protected_cluster_is_not_destroyed() {
    let cloud = Cloud::start();
    let mut project = Project::kimberlite(&cloud.account());
    project.set("protect", "true").up().succeeds();
    let calls = cloud.calls().len();
    let refused = project.destroy().exits(1).contains(&[
        "protect",
        "main/log-1",
        "main/projections-3",
        "main/key",
    ]);
    assert_eq!(refused.summary()["result"], "failed");
    assert!(
        !cloud.actions_since(calls).iter().any(|action| action.starts_with("Delete")),
        "something was deleted"
    );
    project.set("protect", "false").up().succeeds();
    project.destroy().succeeds();
}
