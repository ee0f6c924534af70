"""Every action is called, and every answer is one that AWS could have given, by botocore's models.

An answer has no member that the model does not know, values of the model's enums and types, what the model
requires, what AWS always returns (`ALWAYS`), and not what AWS leaves out (`ABSENT`). The two tables are those of
the examples in the AWS CLI's manual, which the AWS CLI brings along.
"""

import base64
import datetime
import json
import sys

import local
from local import client, control, tags, until

# What each element of a list, or the answer itself, always has.
ALWAYS = {
    "CreateVpc": {"Vpc": "CidrBlock DhcpOptionsId State VpcId OwnerId InstanceTenancy Ipv6CidrBlockAssociationSet CidrBlockAssociationSet IsDefault Tags"},
    "DescribeVpcs": {"Vpcs": "CidrBlock DhcpOptionsId State VpcId OwnerId InstanceTenancy CidrBlockAssociationSet IsDefault"},
    "DescribeSubnets": {"Subnets": "AvailabilityZone AvailabilityZoneId AvailableIpAddressCount CidrBlock DefaultForAz MapPublicIpOnLaunch State SubnetId VpcId OwnerId AssignIpv6AddressOnCreation Ipv6CidrBlockAssociationSet SubnetArn EnableDns64 Ipv6Native PrivateDnsNameOptionsOnLaunch"},
    "RunInstances": {"Instances": "AmiLaunchIndex ImageId InstanceId InstanceType LaunchTime Monitoring Placement PrivateDnsName ProductCodes PublicDnsName State StateTransitionReason Architecture BlockDeviceMappings ClientToken EbsOptimized Hypervisor NetworkInterfaces RootDeviceName RootDeviceType SecurityGroups StateReason Tags VirtualizationType CpuOptions CapacityReservationSpecification MetadataOptions"},
    "DescribeInstances": {"Reservations": "Groups Instances OwnerId ReservationId", "Reservations.Instances": "AmiLaunchIndex ImageId InstanceId InstanceType LaunchTime Monitoring Placement PrivateDnsName ProductCodes PublicDnsName State StateTransitionReason Architecture BlockDeviceMappings ClientToken EbsOptimized Hypervisor NetworkInterfaces RootDeviceName RootDeviceType SecurityGroups VirtualizationType"},
    "DescribeInstanceStatus": {"InstanceStatuses": "InstanceId InstanceState AvailabilityZone SystemStatus InstanceStatus"},
    "CreateVolume": {"": "AvailabilityZone Tags Encrypted VolumeType VolumeId State Iops SnapshotId CreateTime Size"},
    "DescribeVolumes": {"Volumes": "AvailabilityZone Attachments Encrypted VolumeType VolumeId State SnapshotId CreateTime Size"},
    "DescribeVolumeStatus": {"VolumeStatuses": "VolumeStatus AvailabilityZone VolumeId Actions Events"},
    "CreateSnapshot": {"": "Description Tags Encrypted VolumeId State VolumeSize StartTime Progress OwnerId SnapshotId"},
    "DescribeSnapshots": {"Snapshots": "Description Encrypted VolumeId State VolumeSize StartTime Progress OwnerId SnapshotId"},
    "DescribeKeyPairs": {"KeyPairs": "KeyPairId KeyFingerprint KeyName KeyType Tags CreateTime"},
    "DescribeRouteTables": {"RouteTables": "Associations PropagatingVgws RouteTableId Routes Tags VpcId OwnerId"},
    "DescribeInternetGateways": {"InternetGateways": "Attachments InternetGatewayId OwnerId Tags"},
    "DescribeNetworkAcls": {"NetworkAcls": "Associations Entries IsDefault NetworkAclId Tags VpcId OwnerId"},
    "DescribeNetworkInterfaces": {"NetworkInterfaces": "AvailabilityZone Description Groups InterfaceType Ipv6Addresses MacAddress NetworkInterfaceId OwnerId PrivateIpAddress PrivateIpAddresses RequesterManaged SourceDestCheck Status SubnetId TagSet VpcId"},
    "DescribeSecurityGroups": {"SecurityGroups": "IpPermissionsEgress Description IpPermissions GroupName VpcId OwnerId GroupId", "SecurityGroups.IpPermissions": "IpProtocol IpRanges UserIdGroupPairs PrefixListIds"},
    "DescribeSecurityGroupRules": {"SecurityGroupRules": "SecurityGroupRuleId GroupId GroupOwnerId IsEgress IpProtocol FromPort ToPort Tags"},
    "DescribePlacementGroups": {"PlacementGroups": "GroupName State Strategy"},
    "DescribeAddresses": {"Addresses": "PublicIp PublicIpv4Pool Domain AllocationId NetworkBorderGroup"},
    "DescribeNatGateways": {"NatGateways": "CreateTime NatGatewayAddresses NatGatewayId State SubnetId VpcId"},
    "DescribeVolumesModifications": {"VolumesModifications": "VolumeId ModificationState TargetSize TargetVolumeType OriginalSize OriginalVolumeType Progress StartTime TargetIops OriginalIops"},
    "DescribeAvailabilityZones": {"AvailabilityZones": "State OptInStatus Messages RegionName ZoneName ZoneId GroupName NetworkBorderGroup"},
    "DescribeRegions": {"Regions": "Endpoint RegionName OptInStatus"},
    "DescribeImages": {"Images": "Architecture CreationDate ImageId ImageLocation ImageType Public OwnerId PlatformDetails UsageOperation State BlockDeviceMappings Description EnaSupport Hypervisor Name RootDeviceName RootDeviceType VirtualizationType"},
    "DescribeTags": {"Tags": "ResourceType ResourceId Key Value"},
}

# What the elements do not have: no tags where there are none, nothing that is not so.
ABSENT = {
    "DescribeVpcs": {"Vpcs": "Tags Ipv6CidrBlockAssociationSet"},
    "DescribeSubnets": {"Subnets": "Tags CustomerOwnedIpv4Pool OutpostArn"},
    "DescribeVolumes": {"Volumes": "Tags KmsKeyId"},
    "DescribeInstances": {"Reservations.Instances": "Tags Platform InstanceLifecycle StateReason IamInstanceProfile KeyName"},
    "DescribeSecurityGroups": {"SecurityGroups": "Tags"},
    "DescribePlacementGroups": {"PlacementGroups": "Tags"},
    "DescribeAddresses": {"Addresses": "AssociationId NetworkInterfaceId Tags"},
    "DescribeImages": {"Images": "Tags Platform KernelId RamdiskId"},
}

# Values that AWS returns and its model's enums lack: so the documentation of `InternetGatewayAttachment` and the
# example of `create-network-interface` say.
BEYOND_ENUMS = {
    "DescribeInternetGateways.InternetGateways[].Attachments[].State": "available",
    "CreateNetworkInterface.NetworkInterface.Status": "pending",
}

seen = {}


def check_parsed(shape, value, path):
    """Checks a value that botocore has read against its shape: types, enums, what the model requires."""
    kind = shape.type_name
    if kind == "structure":
        assert isinstance(value, dict), path
        for name in [] if path == "GetUser.User" else shape.required_members:
            # The account itself, which is the caller here, has neither a name nor a path.
            assert name in value, f"{path} has no {name}, which the model requires"
        for name, member in value.items():
            if name != "ResponseMetadata":
                assert name in shape.members, f"{path}.{name} is not in the model"
                check_parsed(shape.members[name], member, f"{path}.{name}")
    elif kind == "list":
        for member in value:
            check_parsed(shape.member, member, f"{path}[]")
    elif kind == "map":
        for member in value.values():
            check_parsed(shape.value, member, f"{path}[]")
    else:
        types = {"string": (str, dict), "integer": int, "long": int, "boolean": bool, "double": float, "float": float,
                 "timestamp": datetime.datetime, "blob": bytes}
        assert isinstance(value, types[kind]), f"{path} is {value!r}, no {kind}"
        known = getattr(shape, "enum", None)
        known = known and [*known, BEYOND_ENUMS.get(path)]
        assert not known or value in known, f"{path} is {value!r}, none of {known}"


def elements(parsed, path):
    """The structures at a path of lists and structures."""
    found = [parsed]
    for name in filter(None, path.split(".")):
        found = [inner for outer in found for value in [outer.get(name, [])] for inner in (value if isinstance(value, list) else [value])]
    return found


def check(http_response, parsed, model, **_):
    if http_response.status_code >= 300:
        return
    service, action = model.service_model.service_name, model.name
    seen[service, action] = seen.get((service, action), 0) + 1
    if model.output_shape is not None:
        check_parsed(model.output_shape, parsed, action)
    if model.metadata["protocol"] == "json" and http_response.content:
        unknown = set(json.loads(http_response.content)) - set(model.output_shape.members if model.output_shape else ())
        assert not unknown, f"{action} has {unknown}"
    for table, is_there in tables:
        for path, names in table.get(action, {}).items():
            for element in elements(parsed, path):
                for name in names.split():
                    assert (name in element) == is_there, f"{action}: {path}.{name} is {'not ' * is_there}there: {element}"


# The second holds for what is bare: until something has tags or is associated.
tables = [(ALWAYS, True), (ABSENT, False)]


def service(name):
    made = client(name)
    made.meta.events.register("after-call", check)
    return made


ec2, iam, kms, dlm, sts = (service(name) for name in ("ec2", "iam", "kms", "dlm", "sts"))
ZONE = "eu-central-1a"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": ["ec2.amazonaws.com", "dlm.amazonaws.com"]}, "Action": "sts:AssumeRole"}]})
OPEN = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}]})
sts.get_caller_identity()
iam.get_user()

# Networks.
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone=ZONE)["Subnet"]["SubnetId"]
ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
ec2.replace_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
association = ec2.replace_route_table_association(AssociationId=association, RouteTableId=table)["NewAssociationId"]
for describe in (ec2.describe_vpcs, ec2.describe_subnets, ec2.describe_internet_gateways, ec2.describe_route_tables,
                 ec2.describe_network_acls, ec2.describe_availability_zones, ec2.describe_regions, ec2.describe_account_attributes,
                 ec2.describe_images, ec2.describe_instance_types, ec2.describe_instance_type_offerings):
    describe()

# Groups.
group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
ssh = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "d"}], "UserIdGroupPairs": [{"GroupId": group}]}]
rules = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh)["SecurityGroupRules"]
ec2.authorize_security_group_egress(GroupId=group, IpPermissions=ssh)
ec2.update_security_group_rule_descriptions_ingress(GroupId=group, IpPermissions=ssh)
ec2.update_security_group_rule_descriptions_egress(GroupId=group, IpPermissions=ssh)
changed = {"IpProtocol": "tcp", "FromPort": 23, "ToPort": 23, "CidrIpv4": "10.0.0.0/8"}
of_cidr = next(rule["SecurityGroupRuleId"] for rule in rules if "CidrIpv4" in rule)
ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[{"SecurityGroupRuleId": of_cidr, "SecurityGroupRule": changed}])
ec2.describe_security_groups()
ec2.describe_security_group_rules()

# Volumes and instances.
volume = ec2.create_volume(AvailabilityZone=ZONE, Size=1)["VolumeId"]
ec2.describe_volumes()
until(lambda: ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]["State"] == "available", "the volume's availability")
ec2.describe_volume_status()
ec2.describe_volume_attribute(VolumeId=volume, Attribute="autoEnableIO")
snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
ec2.describe_snapshots()
ec2.modify_volume(VolumeId=volume, Size=2)
ec2.describe_volumes_modifications()
image = ec2.describe_images(Filters=[{"Name": "name", "Values": ["*noble*amd64*"]}])["Images"][0]["ImageId"]
key = b"ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + b"\7" * 32)
ec2.import_key_pair(KeyName="k", PublicKeyMaterial=key)
ec2.describe_key_pairs()
ec2.create_placement_group(GroupName="p", Strategy="spread")
ec2.describe_placement_groups()
launch = {"ImageId": image, "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet, "SecurityGroupIds": [group]}
one = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
until(lambda: ec2.describe_instance_status(InstanceIds=[one])["InstanceStatuses"], "the instance's start")
ec2.describe_instances()
tables = [(ALWAYS, True)]
for attribute in ("instanceType", "userData", "disableApiTermination", "groupSet", "blockDeviceMapping", "productCodes", "sourceDestCheck"):
    ec2.describe_instance_attribute(InstanceId=one, Attribute=attribute)
ec2.describe_instance_credit_specifications()
ec2.modify_instance_attribute(InstanceId=one, DisableApiStop={"Value": False})
ec2.modify_instance_metadata_options(InstanceId=one, HttpTokens="required")
ec2.monitor_instances(InstanceIds=[one])
ec2.unmonitor_instances(InstanceIds=[one])
ec2.reboot_instances(InstanceIds=[one])
ec2.attach_volume(VolumeId=volume, InstanceId=one, Device="/dev/sdf")
ec2.describe_volumes()
ec2.detach_volume(VolumeId=volume)
interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
ec2.modify_network_interface_attribute(NetworkInterfaceId=interface, Description={"Value": "d"})
for attribute in ("description", "groupSet", "sourceDestCheck", "attachment"):
    ec2.describe_network_interface_attribute(NetworkInterfaceId=interface, Attribute=attribute)
attached = ec2.attach_network_interface(NetworkInterfaceId=interface, InstanceId=one, DeviceIndex=1)["AttachmentId"]
ec2.describe_network_interfaces()
address = ec2.allocate_address()["AllocationId"]
ec2.describe_addresses()
leads = ec2.associate_address(AllocationId=address, NetworkInterfaceId=interface)["AssociationId"]
for describe in (ec2.describe_addresses, ec2.describe_network_interfaces, ec2.describe_instances):
    describe()
ec2.describe_addresses_attribute(Attribute="domain-name")
ec2.disassociate_address(AssociationId=leads)
ec2.detach_network_interface(AttachmentId=attached)
nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
until(lambda: ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"] == "available", "the gateway's availability")
ec2.describe_nat_gateways()
ec2.delete_nat_gateway(NatGatewayId=nat)
until(lambda: ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"] == "deleted", "the gateway's deletion")
ec2.release_address(AllocationId=address)
ec2.create_tags(Resources=[one, vpc], Tags=[{"Key": "Name", "Value": "n"}])
for describe in (ec2.describe_tags, ec2.describe_instances, ec2.describe_vpcs):
    describe()
ec2.delete_tags(Resources=[one], Tags=[{"Key": "Name"}])

# IAM.
iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Description="d", Tags=[{"Key": "a", "Value": "b"}])
role = iam.get_role(RoleName="r")["Role"]["Arn"]
iam.update_role(RoleName="r", Description="e")
iam.update_role_description(RoleName="r", Description="f")
iam.update_assume_role_policy(RoleName="r", PolicyDocument=TRUST)
iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=OPEN)
iam.get_role_policy(RoleName="r", PolicyName="p")
policy = iam.create_policy(PolicyName="p", PolicyDocument=OPEN, Description="d")["Policy"]["Arn"]
iam.get_policy(PolicyArn=policy)
iam.create_policy_version(PolicyArn=policy, PolicyDocument=OPEN)
iam.set_default_policy_version(PolicyArn=policy, VersionId="v2")
iam.get_policy_version(PolicyArn=policy, VersionId="v1")
iam.attach_role_policy(RoleName="r", PolicyArn=policy)
iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=policy)
iam.create_instance_profile(InstanceProfileName="i")
iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="r")
iam.get_instance_profile(InstanceProfileName="i")
for tagged, named in (("role", {"RoleName": "r"}), ("policy", {"PolicyArn": policy}), ("instance_profile", {"InstanceProfileName": "i"})):
    getattr(iam, f"tag_{tagged}")(**named, Tags=[{"Key": "k", "Value": "v"}])
    getattr(iam, f"list_{tagged}_tags")(**named)
    getattr(iam, f"untag_{tagged}")(**named, TagKeys=["k"])
for listed in (iam.list_roles, iam.list_policies, iam.list_instance_profiles):
    listed()
for listed in (iam.list_role_policies, iam.list_attached_role_policies, iam.list_instance_profiles_for_role):
    listed(RoleName="r")
iam.list_policy_versions(PolicyArn=policy)
iam.list_entities_for_policy(PolicyArn=policy)
profile = ec2.associate_iam_instance_profile(InstanceId=one, IamInstanceProfile={"Name": "i"})["IamInstanceProfileAssociation"]["AssociationId"]
ec2.describe_iam_instance_profile_associations()
profile = ec2.replace_iam_instance_profile_association(AssociationId=profile, IamInstanceProfile={"Name": "i"})["IamInstanceProfileAssociation"]["AssociationId"]
ec2.disassociate_iam_instance_profile(AssociationId=profile)

# KMS.
secret = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
other = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
kms.describe_key(KeyId="alias/aws/ebs")
kms.update_key_description(KeyId=secret, Description="d")
kms.put_key_policy(KeyId=secret, PolicyName="default", Policy=kms.get_key_policy(KeyId=secret, PolicyName="default")["Policy"])
kms.create_alias(AliasName="alias/a", TargetKeyId=secret)
kms.update_alias(AliasName="alias/a", TargetKeyId=other)
kms.enable_key_rotation(KeyId=secret)
kms.get_key_rotation_status(KeyId=secret)
kms.disable_key_rotation(KeyId=secret)
kms.tag_resource(KeyId=secret, Tags=[{"TagKey": "c", "TagValue": "d"}])
kms.list_resource_tags(KeyId=secret)
kms.untag_resource(KeyId=secret, TagKeys=["c"])
sealed = kms.encrypt(KeyId=secret, Plaintext=b"x")["CiphertextBlob"]
kms.decrypt(CiphertextBlob=sealed)
kms.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=other)
kms.generate_data_key(KeyId=secret, KeySpec="AES_256")
kms.generate_data_key_without_plaintext(KeyId=secret, KeySpec="AES_256")
kms.generate_random(NumberOfBytes=8)
for listed in (kms.list_keys, kms.list_aliases, lambda: kms.list_key_policies(KeyId=secret)):
    listed()
kms.disable_key(KeyId=secret)
kms.enable_key(KeyId=secret)
kms.schedule_key_deletion(KeyId=secret)
kms.describe_key(KeyId=secret)
kms.cancel_key_deletion(KeyId=secret)
kms.delete_alias(AliasName="alias/a")

# DLM.
schedule = {"Name": "s", "CreateRule": {"Interval": 24, "IntervalUnit": "HOURS"}, "RetainRule": {"Count": 1}}
details = {"ResourceTypes": ["VOLUME"], "TargetTags": [{"Key": "a", "Value": "b"}], "Schedules": [schedule]}
daily = dlm.create_lifecycle_policy(ExecutionRoleArn=role, Description="d", State="ENABLED", PolicyDetails=details)["PolicyId"]
arn = dlm.get_lifecycle_policy(PolicyId=daily)["Policy"]["PolicyArn"]
dlm.get_lifecycle_policies()
dlm.update_lifecycle_policy(PolicyId=daily, State="DISABLED")
dlm.tag_resource(ResourceArn=arn, Tags={"a": "b"})
dlm.list_tags_for_resource(ResourceArn=arn)
dlm.untag_resource(ResourceArn=arn, TagKeys=["a"])

# The end of everything.
dlm.delete_lifecycle_policy(PolicyId=daily)
iam.remove_role_from_instance_profile(InstanceProfileName="i", RoleName="r")
iam.delete_instance_profile(InstanceProfileName="i")
iam.delete_role_permissions_boundary(RoleName="r")
iam.detach_role_policy(RoleName="r", PolicyArn=policy)
iam.delete_policy_version(PolicyArn=policy, VersionId="v1")
iam.delete_policy(PolicyArn=policy)
iam.delete_role_policy(RoleName="r", PolicyName="p")
iam.delete_role(RoleName="r")
ec2.stop_instances(InstanceIds=[one])
until(lambda: ec2.describe_instances(InstanceIds=[one])["Reservations"][0]["Instances"][0]["State"]["Name"] == "stopped", "the stop")
ec2.start_instances(InstanceIds=[one])
ec2.terminate_instances(InstanceIds=[one])
until(lambda: not ec2.describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": [one]}])["NetworkInterfaces"], "the end")
ec2.describe_instances()
ec2.delete_snapshot(SnapshotId=snapshot)
ec2.delete_volume(VolumeId=volume)
ec2.delete_network_interface(NetworkInterfaceId=interface)
ec2.delete_placement_group(GroupName="p")
ec2.delete_key_pair(KeyName="k")
ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[of_cidr])
ec2.revoke_security_group_egress(GroupId=group, IpPermissions=ssh)
ec2.delete_security_group(GroupId=group)
ec2.disassociate_route_table(AssociationId=association)
ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
ec2.delete_route_table(RouteTableId=table)
ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
ec2.delete_internet_gateway(InternetGatewayId=gateway)
ec2.delete_subnet(SubnetId=subnet)
ec2.delete_vpc(VpcId=vpc)

served = {(service, action) for service, action, _ in json.load(sys.stdin)}
assert set(seen) == served, f"these were not called: {served - set(seen)}"
