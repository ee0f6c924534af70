"""Volumes and snapshots: sizes, speeds, modifications, attachments."""

from local import by, client, control, refused, tags, until

ec2 = client()
ZONE = "eu-central-1a"


def volume(**params):
    return ec2.create_volume(**{"AvailabilityZone": ZONE, "Size": 100, "VolumeType": "gp3", **params})


def status(volume_id):
    return ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]["State"]


# Ranges.
plain = ec2.create_volume(AvailabilityZone=ZONE, Size=10)
assert (plain["VolumeType"], plain["Iops"], plain["State"], plain["Encrypted"]) == ("gp2", 100, "creating", False)
fast = volume(Size=500, Iops=4000, Throughput=1000, TagSpecifications=tags("volume", Name="log", Backup="kimberlite"))
assert (fast["Iops"], fast["Throughput"]) == (4000, 1000)
default = volume(Size=1)
assert (default["Iops"], default["Throughput"]) == (3000, 125)
refused("InvalidParameterValue", volume, Iops=1000)
refused("InvalidParameterValue", volume, Iops=2999)
refused("InvalidParameterValue", volume, Iops=80001, Size=1000)
refused("InvalidParameterValue", volume, Iops=3001, Size=6)
refused("InvalidParameterValue", volume, Throughput=124)
refused("InvalidParameterValue", volume, Throughput=2001, Iops=10000)
refused("InvalidParameterValue", volume, Throughput=751)
refused("InvalidParameterValue", volume, Size=0)
refused("InvalidParameterValue", volume, Size=65537)
refused("InvalidParameterCombination", volume, VolumeType="st1", Size=125, Iops=3000)
refused("InvalidParameterValue", volume, VolumeType="st1", Size=124)
refused("InvalidParameterCombination", volume, VolumeType="gp2", Throughput=125)
refused("InvalidParameterCombination", volume, VolumeType="io2")
refused("InvalidParameterCombination", volume, VolumeType="io1")
refused("InvalidParameterValue", volume, VolumeType="io2", Iops=256001, Size=65536)
refused("UnknownVolumeType", volume, VolumeType="gp4")
refused("InvalidParameterCombination", volume, MultiAttachEnabled=True)
refused("MissingParameter", ec2.create_volume, AvailabilityZone=ZONE)
refused("MissingParameter", ec2.create_volume, Size=10)
refused("InvalidZone.NotFound", volume, AvailabilityZone="us-east-1a")
refused("InvalidSnapshot.NotFound", volume, SnapshotId="snap-00000000000000000")
refused("InvalidParameterDependency", volume, KmsKeyId="alias/x")
refused("InvalidKMSKey.NotFound", volume, Encrypted=True, KmsKeyId="alias/x")
# The key of EBS is one that KMS knows, by its alias too.
kms = client("kms")
assert not kms.list_aliases()["Aliases"]
ebs_key = volume(Encrypted=True)["KmsKeyId"]
for reference in (ebs_key, "alias/aws/ebs"):
    metadata = kms.describe_key(KeyId=reference)["KeyMetadata"]
    assert (metadata["Arn"], metadata["KeyManager"]) == (ebs_key, "AWS")
    assert volume(Encrypted=True, KmsKeyId=reference)["KmsKeyId"] == ebs_key
assert [one["AliasName"] for one in kms.list_aliases()["Aliases"]] == ["alias/aws/ebs"]
refused("AccessDeniedException", kms.schedule_key_deletion, KeyId=ebs_key)
refused("AccessDeniedException", kms.tag_resource, KeyId=ebs_key, Tags=[{"TagKey": "a", "TagValue": "b"}])
assert "Tags" not in ec2.describe_volumes(VolumeIds=[plain["VolumeId"]])["Volumes"][0] and plain["Tags"] == []
refused("InvalidVolume.NotFound", ec2.describe_volumes, VolumeIds=["vol-00000000000000000"])
refused("InvalidParameterValue", ec2.describe_volumes, VolumeIds=["volume"])

# A key exists and is enabled.
key = kms.create_key(Description="volumes")["KeyMetadata"]
kms.create_alias(AliasName="alias/volumes", TargetKeyId=key["KeyId"])
for reference in (key["KeyId"], key["Arn"], "alias/volumes"):
    assert volume(Encrypted=True, KmsKeyId=reference)["KmsKeyId"] == key["Arn"]
kms.disable_key(KeyId=key["KeyId"])
refused("InvalidKMSKey.InvalidState", volume, Encrypted=True, KmsKeyId=key["KeyId"])

# The same token makes one volume.
token = {"ClientToken": "one", "Size": 7}
assert volume(**token)["VolumeId"] == volume(**token)["VolumeId"]
refused("IdempotentParameterMismatch", volume, ClientToken="one", Size=8)
refused("IncorrectState", ec2.delete_volume, VolumeId=volume()["VolumeId"])
assert len(ec2.describe_volumes(Filters=by(size="7"))["Volumes"]) == 1

# Modifications.
volume_id = fast["VolumeId"]
until(lambda: status(volume_id) == "available", "the volume's availability")
refused("InvalidParameterValue", ec2.modify_volume, VolumeId=volume_id, Size=499)
refused("InvalidParameterValue", ec2.modify_volume, VolumeId=volume_id, Iops=2000)
refused("MissingParameter", ec2.modify_volume, VolumeId=volume_id)
refused("InvalidVolumeModification.NotFound", ec2.describe_volumes_modifications, VolumeIds=[volume_id])
change = ec2.modify_volume(VolumeId=volume_id, Size=600, Iops=5000)["VolumeModification"]
assert (change["ModificationState"], change["OriginalSize"], change["TargetSize"]) == ("modifying", 500, 600)
refused("IncorrectModificationState", ec2.modify_volume, VolumeId=volume_id, Size=700)


def modification():
    return ec2.describe_volumes_modifications(VolumeIds=[volume_id])["VolumesModifications"][0]["ModificationState"]


until(lambda: modification() == "completed", "the modification's completion")
[shown] = ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"]
assert (shown["Size"], shown["Iops"], shown["Throughput"]) == (600, 5000, 1000)
refused("InvalidParameterValue", ec2.modify_volume, VolumeId=volume_id, VolumeType="standard")
refused("InvalidParameterCombination", ec2.modify_volume, VolumeId=volume_id, MultiAttachEnabled=True)
# Four in 24 hours. A provisioned type has 3,000 IOPS unless the request says otherwise.
for change in ({"VolumeType": "gp2"}, {"VolumeType": "io1"}, {"VolumeType": "io2", "MultiAttachEnabled": True}):
    wanted = ec2.modify_volume(VolumeId=volume_id, **change)["VolumeModification"]
    assert wanted["TargetIops"] == (1800 if change["VolumeType"] == "gp2" else 3000), wanted
    until(lambda: modification() == "completed", "the modification's completion")
assert wanted["TargetMultiAttachEnabled"] and not wanted["OriginalMultiAttachEnabled"]
refused("VolumeModificationRateExceeded", ec2.modify_volume, VolumeId=volume_id, Size=700)
control("POST", "clock", {"advance_ms": 24 * 60 * 60 * 1000})
ec2.modify_volume(VolumeId=volume_id, VolumeType="gp2", MultiAttachEnabled=False)

# Attachments.
image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
arm = {"ImageId": image, "InstanceType": "c7g.medium", "MinCount": 1, "MaxCount": 1}
if "arm64" not in ec2.describe_images(ImageIds=[image])["Images"][0]["Architecture"]:
    arm["InstanceType"] = "t3.micro"
else:
    arm["InstanceType"] = "t4g.micro"
subnets = {one["AvailabilityZone"]: one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]}
here, there = [
    ec2.run_instances(**arm, SubnetId=subnets[zone])["Instances"][0]["InstanceId"] for zone in (ZONE, "eu-central-1b")
]
until(lambda: len(ec2.describe_instance_status(InstanceIds=[here, there])["InstanceStatuses"]) == 2, "running")
small = plain["VolumeId"]
attach = {"VolumeId": small, "InstanceId": here, "Device": "/dev/sdf"}
refused("InvalidVolume.ZoneMismatch", ec2.attach_volume, **{**attach, "InstanceId": there})
for wrong in ["sdf", "/dev/sd", "/dev/nvme1n1", "/dev/sdf0", "/dev/xvdaa", "/dev/SDF"]:
    refused("InvalidParameterValue", ec2.attach_volume, **{**attach, "Device": wrong})
root = ec2.describe_instances(InstanceIds=[here])["Reservations"][0]["Instances"][0]
refused("InvalidParameterValue", ec2.attach_volume, **{**attach, "Device": root["RootDeviceName"]})
refused("InvalidInstanceID.NotFound", ec2.attach_volume, **{**attach, "InstanceId": "i-00000000000000000"})
refused("IncorrectState", ec2.detach_volume, VolumeId=small)
ec2.attach_volume(**attach)
until(lambda: ec2.describe_volumes(VolumeIds=[small])["Volumes"][0]["Attachments"][0]["State"] == "attached", "attaching")
refused("VolumeInUse", ec2.attach_volume, **{**attach, "Device": "/dev/sdg"})
refused("InvalidParameterValue", ec2.attach_volume, **{**attach, "VolumeId": default["VolumeId"]})
refused("VolumeInUse", ec2.delete_volume, VolumeId=small)
refused("InvalidAttachment.NotFound", ec2.detach_volume, VolumeId=small, InstanceId=there)
[mapping] = [one for one in root["BlockDeviceMappings"] if one["DeviceName"] == root["RootDeviceName"]]
refused("OperationNotPermitted", ec2.detach_volume, VolumeId=mapping["Ebs"]["VolumeId"])
assert ec2.describe_volumes(Filters=[{"Name": "attachment.device", "Values": ["/dev/sdf"]}])["Volumes"][0]["VolumeId"] == small
assert ec2.detach_volume(VolumeId=small)["State"] == "detaching"
until(lambda: status(small) == "available", "detaching")
ec2.delete_volume(VolumeId=small)
refused("InvalidVolume.NotFound", ec2.delete_volume, VolumeId=small)

# Snapshots.
snapshot = ec2.create_snapshot(VolumeId=default["VolumeId"], TagSpecifications=tags("snapshot", Name="s"))
snapshot_id = snapshot["SnapshotId"]
assert ec2.describe_snapshots(SnapshotIds=[snapshot_id])["Snapshots"][0]["State"] == "pending"
until(lambda: ec2.describe_snapshots(Filters=by(status="completed"))["Snapshots"], "the snapshot's completion")
assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"][0]["Progress"] == "100%"
assert not ec2.describe_snapshots(OwnerIds=["amazon"])["Snapshots"]
refused("InvalidUserID.Malformed", ec2.describe_snapshots, OwnerIds=["nobody"])
refused("InvalidUserID.Malformed", ec2.describe_snapshots, RestorableByUserIds=["12"])
restored = ec2.create_volume(AvailabilityZone=ZONE, SnapshotId=snapshot_id, VolumeType="gp3")
assert restored["Size"] == 1 and restored["SnapshotId"] == snapshot_id
big = ec2.create_snapshot(VolumeId=volume_id)["SnapshotId"]
refused("IncorrectState", ec2.create_volume, AvailabilityZone=ZONE, SnapshotId=big)
until(lambda: len(ec2.describe_snapshots(Filters=by(status="completed"))["Snapshots"]) == 2, "the snapshot's completion")
refused("InvalidParameterValue", ec2.create_volume, AvailabilityZone=ZONE, SnapshotId=big, Size=599)
ec2.delete_snapshot(SnapshotId=snapshot_id)
refused("InvalidSnapshot.NotFound", ec2.delete_snapshot, SnapshotId=snapshot_id)
