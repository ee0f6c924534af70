//! A cluster of `programs/kimberlite`: deployed, inspected with boto3, resized and destroyed.
//!
//! A change that would lose data is rejected.

use kim_tests::{Boto, Cloud, Project, aws_cli, steady, texts};
use serde_json::{Value as Json, json};

/// A deployed cluster of three.
struct Deployed {
    cloud: Cloud,
    project: Project,
}

fn deployed() -> Deployed {
    let cloud = Cloud::start();
    let project = Project::kimberlite(&cloud.account());
    assert_eq!(project.up().succeeds().changes(), [45, 0, 0, 0]);
    Deployed { cloud, project }
}

/// Returns what identifies a node for as long as it lives.
fn node_ids(outputs: &Json, number: usize) -> [Json; 4] {
    let volumes = &outputs["volumes"][format!("node-{number}")];
    let index = number - 1;
    [
        outputs["addresses"][index].clone(),
        outputs["instances"][index].clone(),
        volumes["log"].clone(),
        volumes["projections"].clone(),
    ]
}

#[test]
fn a_cluster_is_deployed_as_declared_and_destroyed() {
    let Deployed { cloud, project } = deployed();
    project.expect_no_changes();
    let outputs = project.outputs();
    assert_eq!(outputs["addresses"], json!(["10.0.0.10", "10.0.1.11", "10.0.2.12"]));
    assert_eq!(outputs["client_addresses"], "10.0.0.10:7000,10.0.1.11:7000,10.0.2.12:7000");
    if let Some(boto) = cloud.boto() {
        project.matches(&boto);
        instances_are_right(&boto, &outputs);
        volumes_are_right(&boto, &outputs);
        network_is_right(&boto, &outputs);
        key_and_backup_are_right(&boto, &outputs);
    }
    let running = ["ec2", "describe-instances", "--query", "Reservations[].Instances[].State.Name"];
    if let Some(states) = aws_cli(&cloud.account(), &running) {
        assert_eq!(states, json!(["running", "running", "running"]));
    }
    project.destroy().succeeds();
    assert_eq!(project.export()["resources"], json!([]));
    if let Some(boto) = cloud.boto() {
        assert_eq!(boto.inventory(), Default::default(), "something is left");
        let key = boto.call("kms", "describe_key", json!({ "KeyId": outputs["key_arn"] }));
        assert_eq!(key["KeyMetadata"]["KeyState"], "PendingDeletion");
    }
}

fn instances_are_right(boto: &Boto, outputs: &Json) {
    let mut instances = boto.instances();
    instances.sort_by_key(|one| one["PrivateIpAddress"].as_str().map(str::to_owned));
    let instances = Json::Array(instances);
    assert_eq!(json!(texts(&instances, "/InstanceId")), outputs["instances"]);
    assert_eq!(json!(texts(&instances, "/PrivateIpAddress")), outputs["addresses"]);
    assert_eq!(texts(&instances, "/State/Name"), ["running"; 3]);
    assert_eq!(texts(&instances, "/InstanceType"), ["c6i.xlarge"; 3]);
    let zones = texts(&instances, "/Placement/AvailabilityZone");
    assert_eq!(zones, ["eu-central-1a", "eu-central-1b", "eu-central-1c"]);
    let all = instances.as_array().into_iter().flatten();
    for (index, instance) in all.enumerate() {
        assert!(
            instance["IamInstanceProfile"]["Arn"]
                .as_str()
                .is_some_and(|arn| arn.contains(":instance-profile/")),
            "{instance}"
        );
        // Metadata only with a token, one hop away; no public address; the volume that it starts
        // from is encrypted, too.
        assert_eq!(instance["MetadataOptions"]["HttpTokens"], "required");
        assert_eq!(instance["MetadataOptions"]["HttpPutResponseHopLimit"], 1);
        assert_eq!(instance.get("PublicIpAddress"), None);
        let root = instance["BlockDeviceMappings"].as_array().into_iter().flatten();
        let root = root.filter(|mapping| mapping["DeviceName"] == instance["RootDeviceName"]);
        let root: Vec<&Json> = root.map(|mapping| &mapping["Ebs"]["VolumeId"]).collect();
        let root = boto.list("ec2", "describe_volumes", json!({ "VolumeIds": root }), "Volumes");
        assert_eq!(
            (&root[0]["Encrypted"], &root[0]["KmsKeyId"]),
            (&json!(true), &outputs["key_arn"])
        );
        let request = json!({ "InstanceId": instance["InstanceId"], "Attribute": "userData" });
        let user_data = boto.call("ec2", "describe_instance_attribute", request);
        let script = decoded(user_data["UserData"]["Value"].as_str().expect("there is user data"));
        let volumes = &outputs["volumes"][format!("node-{}", index + 1)];
        let wanted =
            ["10.0.0.10:7001", "10.0.1.11:7001", "10.0.2.12:7001", "/var/lib/kimberlite/log"];
        for text in wanted {
            assert!(script.contains(text), "node {} does not know {text}:\n{script}", index + 1);
        }
        for volume in [&volumes["log"], &volumes["projections"]] {
            let id = volume.as_str().expect("an id").trim_start_matches("vol-");
            assert!(script.contains(id), "node {} does not know its volume {id}", index + 1);
        }
        assert!(script.contains(outputs["key_arn"].as_str().expect("an ARN")));
    }
}

/// Decodes Base64 by hand: nothing else here needs a crate for it.
fn decoded(base64: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
    for digit in base64.bytes().filter_map(|byte| alphabet.iter().position(|known| *known == byte))
    {
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    String::from_utf8(bytes).expect("the script is text")
}

fn volumes_are_right(boto: &Boto, outputs: &Json) {
    for node in 1..=3 {
        for (name, size, throughput, device) in
            [("log", 500, 250, "/dev/sdf"), ("projections", 200, 125, "/dev/sdg")]
        {
            let id = &outputs["volumes"][format!("node-{node}")][name];
            let [volume] =
                &boto.list("ec2", "describe_volumes", json!({ "VolumeIds": [id] }), "Volumes")[..]
            else {
                panic!("there is no volume {id}")
            };
            let seen = ["Size", "Iops", "Throughput", "VolumeType", "Encrypted", "KmsKeyId"]
                .map(|key| &volume[key]);
            let wanted = [
                json!(size),
                json!(3000),
                json!(throughput),
                json!("gp3"),
                json!(true),
                outputs["key_arn"].clone(),
            ];
            assert_eq!(seen, wanted.each_ref());
            assert!(tag(volume, "Backup") == "kimberlite", "no snapshots are taken of {volume}");
            assert!(tag(volume, "Name").ends_with(&format!("{name}-{node}")), "{volume}");
            let attachment = &volume["Attachments"][0];
            assert_eq!(attachment["InstanceId"], outputs["instances"][node - 1]);
            assert_eq!(attachment["Device"], device);
            assert_eq!(attachment["State"], "attached");
        }
    }
}

fn tag<'j>(resource: &'j Json, key: &str) -> &'j str {
    let tags = resource["Tags"].as_array().into_iter().flatten();
    tags.filter(|tag| tag["Key"] == key).find_map(|tag| tag["Value"].as_str()).unwrap_or_default()
}

fn network_is_right(boto: &Boto, outputs: &Json) {
    let group = boto.list("ec2", "describe_security_groups", json!({}), "SecurityGroups");
    let group =
        group.iter().find(|one| one["VpcId"] == outputs["vpc"] && one["GroupName"] != "default");
    let group = group.expect("there is a group");
    let request = json!({ "Filters": [{ "Name": "group-id", "Values": [group["GroupId"]] }] });
    let rules = boto.list("ec2", "describe_security_group_rules", request, "SecurityGroupRules");
    // Only nodes reach a node.
    let open: Vec<&Json> = rules.iter().filter(|rule| rule["IsEgress"] == false).collect();
    let [rule] = open[..] else { panic!("one rule is enough: {open:?}") };
    assert_eq!((&rule["FromPort"], &rule["ToPort"]), (&json!(7001), &json!(7001)));
    assert_eq!(rule["ReferencedGroupInfo"]["GroupId"], group["GroupId"]);
    let placement = boto.list("ec2", "describe_placement_groups", json!({}), "PlacementGroups");
    assert_eq!(texts(&json!(placement), "/Strategy"), ["spread"]);
}

fn key_and_backup_are_right(boto: &Boto, outputs: &Json) {
    let rotation =
        boto.call("kms", "get_key_rotation_status", json!({ "KeyId": outputs["key_arn"] }));
    assert_eq!(rotation["KeyRotationEnabled"], true);
    let policies = boto.list("dlm", "get_lifecycle_policies", json!({}), "Policies");
    assert_eq!(texts(&json!(policies), "/State"), ["ENABLED"]);
    let policy =
        boto.call("dlm", "get_lifecycle_policy", json!({ "PolicyId": policies[0]["PolicyId"] }));
    let details = &policy["Policy"]["PolicyDetails"];
    assert_eq!(details["TargetTags"], json!([{ "Key": "Backup", "Value": "kimberlite" }]));
    assert_eq!(details["Schedules"][0]["CreateRule"]["Times"], json!(["03:00"]));
    assert_eq!(details["Schedules"][0]["RetainRule"]["Count"], 30);
}

/// The calls that change an instance or what hangs on it.
const DISTURBING: [&str; 7] = [
    "StopInstances",
    "StartInstances",
    "TerminateInstances",
    "ModifyInstanceAttribute",
    "ModifyVolume",
    "DetachVolume",
    "RebootInstances",
];

#[test]
fn a_preview_says_what_it_costs() {
    let cloud = Cloud::start();
    let project = Project::kimberlite(&cloud.account());
    project.kim(&["stack", "init", "dev"]).succeeds();
    let preview = project.preview().succeeds();
    let price = |kind: &str, name: &str| {
        preview.resource(kind, name)["micros_a_month"].as_u64().unwrap_or(0)
    };
    let (instance, volume) =
        (price("aws:ec2:Instance", "main/node-1"), price("aws:ec2:Volume", "main/log-1"));
    let rest = price("aws:ec2:Volume", "main/projections-1");
    let whole = preview.summary()["micros_a_month"].as_u64().expect("it has a price");
    assert!(instance > 0 && volume > 0 && rest > 0, "{preview}");
    assert!(whole >= 3 * (instance + volume + rest), "the whole is less than its parts\n{preview}");
}

#[test]
fn what_would_lose_data_is_refused_before_anything_is_planned() {
    let Deployed { cloud, mut project } = deployed();
    let before = project.outputs();
    let mut refusals = Vec::new();
    let changes = [
        ("nodes", "5", "3"),
        ("nodes", "1", "3"),
        ("encryption", "false", "true"),
        (
            "zones",
            "[\"eu-central-1a\", \"eu-central-1b\"]",
            "[\"eu-central-1a\", \"eu-central-1b\", \"eu-central-1c\"]",
        ),
        ("network", "{ first_address = 20 }", "{}"),
        ("size", "\"large\"", "\"medium\""),
        ("placement", "\"cluster\"", "\"spread\""),
    ];
    let calls = cloud.calls().len();
    for (key, wrong, right) in changes {
        project.set(key, wrong);
        let refused = project.kim(&["up", "--yes"]).exits(1);
        refusals.push(format!("{key} = {wrong}\n{}", refused.stderr));
        project.set(key, right);
    }
    insta::assert_snapshot!(steady(&refusals.join("\n")));
    assert!(!cloud.actions_since(calls).iter().any(|action| DISTURBING.contains(&action.as_str())));
    project.expect_no_changes();
    assert_eq!(project.outputs(), before);
}

#[test]
fn a_first_run_that_failed_is_corrected_by_other_settings() {
    let cloud = Cloud::start();
    let mut project = Project::kimberlite(&cloud.account());
    project
        .set("instance_type", "\"c6i.nosize\"")
        .set("nodes", "5")
        .up()
        .exits(1)
        .contains(&["c6i.nosize"]);
    // There is no cluster yet: every setting may change.
    project.set("instance_type", "\"c6i.large\"").set("nodes", "3").up().succeeds();
    project.expect_no_changes();
    project.set("nodes", "5").up().exits(1).contains(&["3 nodes stand"]);
}

#[test]
fn a_zone_that_the_region_has_not_is_refused() {
    let cloud = Cloud::start();
    let mut project = Project::kimberlite(&cloud.account());
    project.set("zones", "[\"eu-central-1a\", \"eu-central-1b\", \"eu-central-1z\"]");
    project.up().exits(1).contains(&[
        "config.zones",
        "no zone eu-central-1z",
        "it has eu-central-1a",
    ]);
    assert!(
        !cloud.actions_since(0).iter().any(|action| action.starts_with("Create")),
        "something was made"
    );
}

#[test]
fn a_policy_that_locks_out_is_refused_in_the_preview() {
    let cloud = Cloud::start();
    let mut project = Project::kimberlite(&cloud.account());
    // The policy of the database's guide: it names the nodes' role alone.
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:role/kimberlite-dev-node"},"Action":["kms:Decrypt","kms:Encrypt","kms:GenerateDataKey"],"Resource":"*"}]}"#;
    project.set("key_policy", &format!("'{policy}'")).kim(&["stack", "init", "dev"]).succeeds();
    project.preview().exits(1).contains(&["locks everybody out", "kms:PutKeyPolicy"]);
}

#[test]
fn a_new_size_changes_one_node_at_a_time() {
    let Deployed { cloud, mut project } = deployed();
    let before = project.outputs();
    let calls = cloud.calls().len();
    project.set("size", "\"large\"").set("allow_restarts", "true");
    project.up().succeeds();
    let after = project.outputs();
    for node in 1..=3 {
        assert_eq!(node_ids(&after, node), node_ids(&before, node), "node {node} is another one");
    }
    let power: Vec<String> = cloud
        .actions_since(calls)
        .into_iter()
        .filter(|action| ["StopInstances", "StartInstances"].contains(&action.as_str()))
        .collect();
    assert_eq!(
        power,
        ["StopInstances", "StartInstances"].repeat(3),
        "more than one node was down at a time"
    );
    project.expect_no_changes();
    if let Some(boto) = cloud.boto() {
        assert_eq!(texts(&json!(boto.instances()), "/InstanceType"), ["c6i.2xlarge"; 3]);
        assert_eq!(texts(&json!(boto.instances()), "/State/Name"), ["running"; 3]);
        project.matches(&boto);
    }
}

#[test]
fn what_lost_its_link_outside_is_linked_again() {
    let Deployed { cloud, project } = deployed();
    let Some(boto) = cloud.boto() else { return };
    let profiles = boto.list("iam", "list_instance_profiles", json!({}), "InstanceProfiles");
    let profile = profiles.first().expect("the cluster has a profile");
    boto.call(
        "iam",
        "remove_role_from_instance_profile",
        json!({
            "InstanceProfileName": profile["InstanceProfileName"],
            "RoleName": profile["Roles"][0]["RoleName"],
        }),
    );
    let associations = boto.list(
        "ec2",
        "describe_iam_instance_profile_associations",
        json!({}),
        "IamInstanceProfileAssociations",
    );
    let association = json!({ "AssociationId": associations[0]["AssociationId"] });
    boto.call("ec2", "disassociate_iam_instance_profile", association);
    project.kim(&["preview", "--expect-no-changes"]).exits(3);
    let preview = project.kim(&["preview", "--json"]).succeeds();
    assert_eq!(preview.changes()[1], 2, "{preview}");
    project.up().succeeds();
    project.expect_no_changes();
    project.matches(&boto);
}
