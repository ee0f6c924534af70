//! The small program against moto, an emulator that others wrote.
//!
//! moto has no faults, so this only tests that kim and its plugins speak as AWS clients do.

use kim_tests::{Boto, Moto, Project};
use serde_json::json;

#[test]
fn the_small_program_on_moto() {
    let Some(moto) = Moto::start() else { return };
    let mut project = Project::small(&moto.account());
    project.up().succeeds();
    project.expect_no_changes();
    let boto = Boto::open(&moto.account()).expect("moto brings boto3");
    let outputs = project.outputs();
    let vpc = boto.list("ec2", "describe_vpcs", json!({ "VpcIds": [outputs["vpc"]] }), "Vpcs");
    assert_eq!(vpc[0]["CidrBlock"], "10.7.0.0/16");
    let volumes =
        boto.list("ec2", "describe_volumes", json!({ "VolumeIds": outputs["volumes"] }), "Volumes");
    assert_eq!(volumes.iter().map(|one| &one["Size"]).collect::<Vec<_>>(), [8, 8]);
    let rotation = boto.call("kms", "get_key_rotation_status", json!({ "KeyId": outputs["key"] }));
    assert_eq!(rotation["KeyRotationEnabled"], true);

    assert_eq!(project.set("team", "\"platform\"").up().succeeds().changes(), [0, 1, 0, 0]);
    let vpc = boto.list("ec2", "describe_vpcs", json!({ "VpcIds": [outputs["vpc"]] }), "Vpcs");
    assert!(vpc[0]["Tags"].to_string().contains("platform"), "{vpc:?}");

    project.destroy().succeeds();
    let left = boto.list("ec2", "describe_volumes", json!({}), "Volumes");
    assert!(left.is_empty(), "{left:?}");
    let key = boto.call("kms", "describe_key", json!({ "KeyId": outputs["key"] }));
    assert_eq!(key["KeyMetadata"]["KeyState"], "PendingDeletion");
}
