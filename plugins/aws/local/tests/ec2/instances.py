"""Instances: launches, what they refer to, power, changes, and how they end."""

import base64

from local import by, client, refused, tags, until

ec2 = client()
iam = client("iam")
ZONE = "eu-central-1a"

images = ec2.describe_images(Owners=["099720109477"], Filters=[{"Name": "name", "Values": ["ubuntu/images/*22.04-amd64-server-*"]}])["Images"]
image = max(images, key=lambda one: one["CreationDate"])
assert image["Name"].endswith("20260301") and len(images) == 3
[arm] = [one for one in ec2.describe_images(Filters=by(architecture="arm64"))["Images"] if "jammy" in one["Name"] and "20260301" in one["Name"]]
vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24", AvailabilityZone=ZONE)["Subnet"]["SubnetId"]
group_id = ec2.create_security_group(GroupName="nodes", Description="d", VpcId=vpc_id)["GroupId"]
[foreign] = ec2.describe_security_groups(Filters=[{"Name": "description", "Values": ["default VPC*"]}, {"Name": "vpc-id", "Values": [ec2.describe_vpcs(Filters=by(is_default="true"))["Vpcs"][0]["VpcId"]]}])["SecurityGroups"]
trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
iam.create_role(RoleName="node", AssumeRolePolicyDocument=trust)
iam.create_instance_profile(InstanceProfileName="node")
iam.create_instance_profile(InstanceProfileName="empty")
iam.add_role_to_instance_profile(InstanceProfileName="node", RoleName="node")


def run(**params):
    launch = {"ImageId": image["ImageId"], "InstanceType": "c6i.large", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet_id, "SecurityGroupIds": [group_id], **params}
    return ec2.run_instances(**{name: value for name, value in launch.items() if value is not None})["Instances"]


def shown(instance_id):
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]


def is_state(instance_id, name):
    until(lambda: shown(instance_id)["State"]["Name"] == name, f"{instance_id}'s being {name}")


# What a launch refers to exists and fits.
refused("InvalidAMIID.NotFound", run, ImageId="ami-00000000000000000")
refused("InvalidAMIID.Malformed", run, ImageId="ubuntu")
refused("InvalidParameterValue", run, InstanceType="c6i.tiny")
refused("InvalidParameterValue", run, ImageId=arm["ImageId"])
refused("InvalidKeyPair.NotFound", run, KeyName="nobody")
refused("InvalidSubnetID.NotFound", run, SubnetId="subnet-00000000000000000")
refused("InvalidGroup.NotFound", run, SecurityGroupIds=["sg-00000000000000000"])
refused("InvalidParameter", run, SecurityGroupIds=[foreign["GroupId"]])
refused("MissingParameter", run, MinCount=None)
refused("Unsupported", run, InstanceType="t2.micro", EbsOptimized=True)
refused("InvalidParameterCombination", run, SecurityGroupIds=None, SecurityGroups=["default"])
refused("InvalidParameterValue", run, ClientToken="t" * 65)
refused("InvalidParameterValue", run, ClientToken="tök")
alone = {"SubnetId": None, "SecurityGroupIds": None}


def interfaces(*indices, **more):
    return [{"DeviceIndex": index, "SubnetId": subnet_id, **more} for index in indices]


refused("InvalidParameterCombination", run, NetworkInterfaces=interfaces(0, 1, AssociatePublicIpAddress=True), **alone)
refused("AttachmentLimitExceeded", run, NetworkInterfaces=interfaces(0, 1, 2, 3), **alone)
refused("InvalidParameterValue", run, NetworkInterfaces=interfaces(0, -1), **alone)
refused("InvalidParameterValue", run, NetworkInterfaces=interfaces(0, SecondaryPrivateIpAddressCount=-1), **alone)
[pending] = run(SecurityGroupIds=None)
assert pending["StateReason"] == {"Code": "pending", "Message": "pending"} and pending["Tags"] == []
assert "Tags" not in shown(pending["InstanceId"])
refused("InvalidParameterValue", run, MinCount=2)
refused("InvalidParameterValue", run, UserData=base64.b64encode(b"x").decode() + "!", Placement={"AvailabilityZone": "eu-central-1b"})
refused("InvalidParameterValue", run, IamInstanceProfile={"Name": "nobody"})
refused("InvalidParameterValue", run, IamInstanceProfile={"Name": "empty"})
refused("InvalidParameterValue", run, MetadataOptions={"HttpPutResponseHopLimit": 65})
refused("InvalidParameterCombination", run, CreditSpecification={"CpuCredits": "standard"})
refused("InvalidParameterValue", run, TagSpecifications=tags("vpc", a="b"))
refused("InvalidParameterValue", run, UserData="x" * (16 * 1024 + 1))
refused("InvalidBlockDeviceMapping", run, BlockDeviceMappings=[{"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 1}}] * 2)
for root in ({"Ebs": {"VolumeSize": 7}}, {"Ebs": {"SnapshotId": "snap-00000000000000000"}}, {"NoDevice": ""}):
    refused("InvalidBlockDeviceMapping", run, BlockDeviceMappings=[{"DeviceName": "/dev/sda1", **root}])
for other in ({"DeviceName": "sdf", "Ebs": {"VolumeSize": 1}}, {"DeviceName": "/dev/sdf", "Ebs": {"Encrypted": True}}):
    refused("InvalidBlockDeviceMapping", run, BlockDeviceMappings=[other])
refused("InvalidParameterValue", run, BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 125, "VolumeType": "st1"}}])
refused("UnknownParameter", run, LaunchTemplate={"LaunchTemplateId": "lt-1"})
refused("InvalidPlacementGroup.Unknown", run, Placement={"GroupName": "nobody"})
east = client(region="us-east-1")
east_image = east.describe_images(Filters=[{"Name": "name", "Values": ["*jammy*amd64*20260301"]}])["Images"][0]["ImageId"]
assert east_image != image["ImageId"]
refused("Unsupported", east.run_instances, ImageId=east_image, InstanceType="c6i.large", MinCount=1, MaxCount=1, Placement={"AvailabilityZone": "us-east-1e"})

# An interface that is there before its instance.
interface_id = ec2.create_network_interface(SubnetId=subnet_id, Groups=[group_id], PrivateIpAddress="10.0.0.10")["NetworkInterface"]["NetworkInterfaceId"]
own = [{"NetworkInterfaceId": interface_id, "DeviceIndex": 0}]
bare = {"SubnetId": None, "SecurityGroupIds": None}
refused("InvalidParameterCombination", run, NetworkInterfaces=own)
refused("InvalidParameterCombination", run, NetworkInterfaces=own, **bare, MinCount=2, MaxCount=2)
refused("InvalidParameterCombination", run, NetworkInterfaces=[{**own[0], "SubnetId": subnet_id}], **bare)
refused("InvalidParameterCombination", run, NetworkInterfaces=[{**own[0], "DeviceIndex": 1}], **bare)
[node] = run(
    NetworkInterfaces=own, **bare, UserData="#!/bin/sh\necho hi\n", ClientToken="node-1", EbsOptimized=True,
    IamInstanceProfile={"Name": "node"}, DisableApiTermination=True, Monitoring={"Enabled": True},
    MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
    BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 20, "VolumeType": "gp3", "Encrypted": True}}],
    TagSpecifications=tags("instance", Name="node-1") + tags("volume", Name="root"),
)
node_id = node["InstanceId"]
assert node["State"]["Name"] == "pending" and node["PrivateIpAddress"] == "10.0.0.10" and node["Tags"] == [{"Key": "Name", "Value": "node-1"}]
refused("InvalidNetworkInterface.InUse", run, NetworkInterfaces=own, **bare)
refused("InvalidParameterValue", ec2.delete_network_interface, NetworkInterfaceId=interface_id)
refused("IdempotentParameterMismatch", run, ClientToken="node-1")
refused("IncorrectState", ec2.attach_volume, VolumeId=ec2.create_volume(AvailabilityZone=ZONE, Size=1)["VolumeId"], InstanceId=run()[0]["InstanceId"], Device="/dev/sdf")
is_state(node_id, "running")
assert shown(node_id)["IamInstanceProfile"]["Arn"].endswith(":instance-profile/node")
[volume] = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [node_id]}])["Volumes"]
assert (volume["Size"], volume["Encrypted"], volume["Tags"]) == (20, True, [{"Key": "Name", "Value": "root"}])
user_data = ec2.describe_instance_attribute(InstanceId=node_id, Attribute="userData")["UserData"]["Value"]
assert base64.b64decode(user_data) == b"#!/bin/sh\necho hi\n"
assert [one["Reservations"][0]["Instances"][0]["InstanceId"] for one in [ec2.describe_instances(Filters=by(client_token="node-1"))]] == [node_id]
assert len(ec2.describe_instances(Filters=[{"Name": "tag:Name", "Values": ["node-*"]}, *by(instance_state_name="running")])["Reservations"]) == 1
refused("InvalidParameterCombination", ec2.describe_instances, InstanceIds=[node_id], MaxResults=5)
refused("InvalidInstanceID.NotFound", ec2.describe_instances, InstanceIds=["i-00000000000000000"])
refused("InvalidInstanceID.Malformed", ec2.describe_instances, InstanceIds=["node"])
[state] = ec2.describe_instance_status(InstanceIds=[node_id])["InstanceStatuses"]
assert state["InstanceStatus"]["Status"] == state["SystemStatus"]["Status"] == "ok"

# What changes only while stopped.
modify = ec2.modify_instance_attribute
refused("IncorrectInstanceState", modify, InstanceId=node_id, InstanceType={"Value": "c6i.xlarge"})
refused("IncorrectInstanceState", modify, InstanceId=node_id, UserData={"Value": b"x"})
refused("InvalidParameterCombination", modify, InstanceId=node_id, UserData={"Value": b"x"}, EbsOptimized={"Value": True})
refused("IncorrectInstanceState", ec2.start_instances, InstanceIds=[run()[0]["InstanceId"], ec2.terminate_instances(InstanceIds=[run()[0]["InstanceId"]])["TerminatingInstances"][0]["InstanceId"]])
ec2.stop_instances(InstanceIds=[node_id])
is_state(node_id, "stopped")
refused("IncorrectInstanceState", ec2.reboot_instances, InstanceIds=[node_id])
modify(InstanceId=node_id, InstanceType={"Value": "c6i.xlarge"})
modify(InstanceId=node_id, UserData={"Value": b"#!/bin/sh\n"})
refused("InvalidParameterValue", modify, InstanceId=node_id, InstanceType={"Value": "c7g.xlarge"})
refused("InvalidInstanceAttributeValue", modify, InstanceId=node_id, InstanceType={"Value": "c6i.tiny"})
assert shown(node_id)["StateTransitionReason"].startswith("User initiated (20")
# EBS optimization that the type does not have is found out at the start.
modify(InstanceId=node_id, EbsOptimized={"Value": True})
modify(InstanceId=node_id, InstanceType={"Value": "t2.micro"})
refused("Unsupported", ec2.start_instances, InstanceIds=[node_id])
modify(InstanceId=node_id, EbsOptimized={"Value": False})
modify(InstanceId=node_id, InstanceType={"Value": "c6i.xlarge"})
modify(InstanceId=node_id, Groups=[group_id])
refused("InvalidParameter", modify, InstanceId=node_id, Groups=[foreign["GroupId"]])
modify(InstanceId=node_id, Attribute="sourceDestCheck", Value="false")
assert shown(node_id)["SourceDestCheck"] is False and shown(node_id)["InstanceType"] == "c6i.xlarge"
ec2.modify_instance_metadata_options(InstanceId=node_id, HttpTokens="optional")
assert shown(node_id)["MetadataOptions"]["HttpTokens"] == "optional"
ec2.start_instances(InstanceIds=[node_id])
is_state(node_id, "running")

# Its profile.
[association] = ec2.describe_iam_instance_profile_associations(Filters=by(instance_id=node_id))["IamInstanceProfileAssociations"]
refused("IncorrectState", ec2.associate_iam_instance_profile, InstanceId=node_id, IamInstanceProfile={"Name": "node"})
replaced = ec2.replace_iam_instance_profile_association(AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "node"})
ec2.disassociate_iam_instance_profile(AssociationId=replaced["IamInstanceProfileAssociation"]["AssociationId"])
refused("NoSuchAssociation", ec2.disassociate_iam_instance_profile, AssociationId=association["AssociationId"])
ec2.associate_iam_instance_profile(InstanceId=node_id, IamInstanceProfile={"Name": "node"})

# A second interface comes and goes.
second = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]["NetworkInterfaceId"]
refused("InvalidParameterValue", ec2.attach_network_interface, NetworkInterfaceId=second, InstanceId=node_id, DeviceIndex=0)
attachment = ec2.attach_network_interface(NetworkInterfaceId=second, InstanceId=node_id, DeviceIndex=1)["AttachmentId"]
assert len(shown(node_id)["NetworkInterfaces"]) == 2
ec2.detach_network_interface(AttachmentId=attachment)
until(lambda: ec2.describe_network_interfaces(NetworkInterfaceIds=[second])["NetworkInterfaces"][0]["Status"] == "available", "detaching")
refused("OperationNotPermitted", ec2.detach_network_interface, AttachmentId=shown(node_id)["NetworkInterfaces"][0]["Attachment"]["AttachmentId"])

# Filters see what the answer shows, and what only the filter knows.
[only] = ec2.describe_network_interfaces(Filters=by(**{"attachment.instance_id": node_id}))["NetworkInterfaces"]
reservation = ec2.describe_instances(InstanceIds=[node_id])["Reservations"][0]
assert reservation["Instances"][0]["StateTransitionReason"] == "" and reservation["Instances"][0]["ProductCodes"] == []
for name, value in {
    "reservation-id": reservation["ReservationId"], "owner-id": reservation["OwnerId"], "ebs-optimized": "false",
    "network-interface.mac-address": only["MacAddress"], "network-interface.status": "in-use",
    "network-interface.attachment.instance-id": node_id, "network-interface.availability-zone": ZONE,
    "network-interface.requester-managed": "false", "metadata-options.http-put-response-hop-limit": str(reservation["Instances"][0]["MetadataOptions"]["HttpPutResponseHopLimit"]),
    "block-device-mapping.delete-on-termination": "true", "platform-details": "Linux/UNIX",
}.items():
    narrowed = [{"Name": name, "Values": [value]}, {"Name": "instance-id", "Values": [node_id]}]
    assert ec2.describe_instances(Filters=narrowed)["Reservations"], name
for name, value in {"platform": "windows", "instance-lifecycle": "spot", "owner-id": "000000000000"}.items():
    assert not ec2.describe_instances(Filters=[{"Name": name, "Values": [value]}])["Reservations"], name
for name, found in {"instance-status.status": 1, "instance-state-name": 1, "system-status.reachability": 0}.items():
    value = {"instance-status.status": "ok", "instance-state-name": "running", "system-status.reachability": "failed"}[name]
    status = ec2.describe_instance_status(InstanceIds=[node_id], Filters=[{"Name": name, "Values": [value]}])
    assert len(status["InstanceStatuses"]) == found, name
refused("InvalidParameterValue", ec2.describe_instance_status, Filters=by(image_id=image["ImageId"]))
refused("InvalidParameterValue", ec2.describe_instance_status, Filters=[{"Name": "tag:Name", "Values": ["x"]}])

# Placement groups.
for strategy in ("cluster", "spread"):
    ec2.create_placement_group(GroupName=strategy, Strategy=strategy)
refused("InvalidParameterCombination", run, InstanceType="t3.medium", Placement={"GroupName": "cluster"})
[member] = run(Placement={"GroupName": "cluster"})
other_zone = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.1.0/24", AvailabilityZone="eu-central-1b")["Subnet"]["SubnetId"]
refused("InvalidParameterCombination", run, SubnetId=other_zone, Placement={"GroupName": "cluster"})
refused("InvalidPlacementGroup.InUse", ec2.delete_placement_group, GroupName="cluster")
[spread] = ec2.describe_placement_groups(GroupNames=["spread"])["PlacementGroups"]
assert run(Placement={"GroupId": spread["GroupId"]}, SubnetId=other_zone)[0]["Placement"]["GroupName"] == "spread"
refused("InvalidParameterCombination", run, Placement={"GroupId": spread["GroupId"], "GroupName": "spread"})
refused("InvalidPlacementGroup.Unknown", run, Placement={"GroupId": "pg-00000000000000000"})
run(Placement={"GroupName": "spread"}, MinCount=7, MaxCount=7)
refused("InsufficientInstanceCapacity", run, Placement={"GroupName": "spread"})
run(SubnetId=other_zone, Placement={"GroupName": "spread"})

# Its end: what was attached goes, or is free.
data = ec2.create_volume(AvailabilityZone=ZONE, Size=1)["VolumeId"]
until(lambda: ec2.describe_volumes(VolumeIds=[data])["Volumes"][0]["State"] == "available", "availability")
ec2.attach_volume(VolumeId=data, InstanceId=node_id, Device="/dev/sdf")
refused("OperationNotPermitted", ec2.terminate_instances, InstanceIds=[node_id])
modify(InstanceId=node_id, DisableApiTermination={"Value": False})
[ending] = ec2.terminate_instances(InstanceIds=[node_id])["TerminatingInstances"]
assert (ending["PreviousState"]["Name"], ending["CurrentState"]["Name"]) == ("running", "shutting-down")
is_state(node_id, "terminated")
gone = shown(node_id)
assert not gone["NetworkInterfaces"] and not gone["BlockDeviceMappings"] and gone["StateReason"]["Code"].startswith("Client.")
refused("InvalidVolume.NotFound", ec2.describe_volumes, VolumeIds=[volume["VolumeId"]])
assert ec2.describe_volumes(VolumeIds=[data])["Volumes"][0]["State"] == "available"
assert ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])["NetworkInterfaces"][0]["Status"] == "available"
ec2.terminate_instances(InstanceIds=[node_id])
ec2.reboot_instances(InstanceIds=[node_id])
refused("IncorrectInstanceState", ec2.start_instances, InstanceIds=[node_id])
refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet_id)

# Types.
[kind] = ec2.describe_instance_types(InstanceTypes=["c6i.2xlarge"])["InstanceTypes"]
assert (kind["VCpuInfo"]["DefaultVCpus"], kind["MemoryInfo"]["SizeInMiB"]) == (8, 16384)
refused("InvalidInstanceType", ec2.describe_instance_types, InstanceTypes=["c6i.tiny"])
offered = ec2.describe_instance_type_offerings(LocationType="availability-zone", Filters=by(instance_type="t3.medium"))
assert len(offered["InstanceTypeOfferings"]) == 3
