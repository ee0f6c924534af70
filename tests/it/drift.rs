//! Drift: boto3 changes a resource outside kim; a preview names the change, `up` corrects it.

use kim_tests::{Boto, Cloud, Output, Project};
use serde_json::{Value as Json, json};

struct Drifted {
    _cloud: Cloud,
    project: Project,
    boto: Boto,
}

fn deployed() -> Option<Drifted> {
    let cloud = Cloud::start();
    let project = Project::small(&cloud.account());
    let boto = cloud.boto()?;
    project.up().succeeds();
    Some(Drifted { _cloud: cloud, project, boto })
}

impl Drifted {
    fn id(&self, kind: &str, name: &str) -> Json {
        self.project.record(kind, name)["id"].clone()
    }

    /// Previews the drift and corrects it. Nothing is left to change, and the cloud matches.
    #[track_caller]
    fn mend(&self) -> Output {
        let preview = self.project.preview().succeeds();
        self.project.kim(&["preview", "--json", "--expect-no-changes"]).exits(3);
        self.project.up().succeeds();
        self.project.expect_no_changes();
        self.project.matches(&self.boto);
        preview
    }
}

#[test]
fn a_changed_tag_is_corrected() {
    let Some(drifted) = deployed() else { return };
    let vpc = drifted.id("aws:ec2:Vpc", "main");
    let tags =
        json!([{ "Key": "Team", "Value": "somebody-else" }, { "Key": "Stray", "Value": "yes" }]);
    drifted.boto.call("ec2", "create_tags", json!({ "Resources": [vpc], "Tags": tags }));
    let person = drifted.project.kim(&["preview"]).succeeds();
    person.contains(&["changed outside kim", "somebody-else", "storage", "1 drifted"]);
    let preview = drifted.mend();
    assert_eq!(preview.changes(), [0, 1, 0, 0]);
    let change = preview.resource("aws:ec2:Vpc", "main");
    let team =
        change["changes"].as_array().into_iter().flatten().find(|one| one["path"] == "tags.Team");
    assert_eq!(
        team.map(|one| (&one["drift"], &one["old"], &one["new"])),
        Some((&json!(true), &json!("somebody-else"), &json!("storage")))
    );
    let vpc = drifted.boto.list("ec2", "describe_vpcs", json!({ "VpcIds": [vpc] }), "Vpcs");
    assert!(vpc[0]["Tags"].to_string().contains("storage"), "{vpc:?}");
    assert!(!vpc[0]["Tags"].to_string().contains("Stray"), "{vpc:?}");
}

#[test]
fn a_revoked_rule_is_created_again() {
    let Some(drifted) = deployed() else { return };
    let (group, rule) = (
        drifted.id("aws:ec2:SecurityGroup", "web"),
        drifted.id("aws:ec2:SecurityGroupRule", "https"),
    );
    let request = json!({ "GroupId": group, "SecurityGroupRuleIds": [rule] });
    drifted.boto.call("ec2", "revoke_security_group_ingress", request);
    let preview = drifted.mend();
    assert_eq!(preview.changes(), [1, 0, 0, 0]);
    assert_eq!(preview.resource("aws:ec2:SecurityGroupRule", "https")["fate"], "create");
    assert_ne!(drifted.id("aws:ec2:SecurityGroupRule", "https"), rule);
}

#[test]
fn a_deleted_volume_is_created_again_and_its_new_id_is_an_output() {
    let Some(drifted) = deployed() else { return };
    let volume = drifted.id("aws:ec2:Volume", "data-1");
    drifted.boto.call("ec2", "delete_volume", json!({ "VolumeId": volume }));
    let preview = drifted.mend();
    assert_eq!(preview.changes(), [1, 0, 0, 0]);
    assert_eq!(preview.resource("aws:ec2:Volume", "data-1")["fate"], "create");
    let made = drifted.id("aws:ec2:Volume", "data-1");
    assert_ne!(made, volume);
    assert_eq!(drifted.project.outputs()["volumes"][1], made);
}

#[test]
fn switched_off_key_rotation_is_switched_on() {
    let Some(drifted) = deployed() else { return };
    let key = drifted.id("aws:kms:Key", "data");
    drifted.boto.call("kms", "disable_key_rotation", json!({ "KeyId": key }));
    assert_eq!(drifted.mend().changes(), [0, 1, 0, 0]);
    let status = drifted.boto.call("kms", "get_key_rotation_status", json!({ "KeyId": key }));
    assert_eq!(status["KeyRotationEnabled"], true);
}

#[test]
fn a_refresh_records_what_is_there() {
    let Some(drifted) = deployed() else { return };
    let vpc = drifted.id("aws:ec2:Vpc", "main");
    let tags = json!([{ "Key": "Team", "Value": "somebody-else" }]);
    drifted.boto.call("ec2", "create_tags", json!({ "Resources": [vpc], "Tags": tags }));
    drifted.project.kim(&["refresh", "--json", "--expect-no-changes"]).exits(2);
    drifted.project.kim(&["refresh", "--json", "--yes", "--expect-no-changes"]).exits(3);
    drifted.project.kim(&["refresh", "--json", "--yes"]).succeeds();
    assert_eq!(
        drifted.project.record("aws:ec2:Vpc", "main")["properties"]["tags"]["Team"],
        "somebody-else"
    );
    // The recorded tags still differ from the declared ones.
    assert_eq!(drifted.mend().changes(), [0, 1, 0, 0]);
}
