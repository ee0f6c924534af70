"""Security groups, their rules, key pairs, placement groups, tags."""

import base64

from local import by, client, refused, tags

ec2 = client()
vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
other_vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]

# Groups.
made = ec2.create_security_group(GroupName="cluster", Description="Nodes", VpcId=vpc_id, TagSpecifications=tags("security-group", Name="c"))
group_id = made["GroupId"]
new = {"Description": "Nodes", "VpcId": vpc_id}
refused("InvalidGroup.Duplicate", ec2.create_security_group, GroupName="cluster", **new)
refused("InvalidGroup.Duplicate", ec2.create_security_group, GroupName="Cluster  ", **new)
# A name alone finds groups of the default VPC.
refused("InvalidGroup.NotFound", ec2.describe_security_groups, GroupNames=["cluster"])
assert len(ec2.describe_security_groups(Filters=by(group_name="cluster"))["SecurityGroups"]) == 1
assert len(ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"]) == 1
ec2.create_security_group(GroupName="cluster", Description="Nodes", VpcId=other_vpc)
refused("InvalidParameterValue", ec2.create_security_group, GroupName="sg-x", **new)
refused("InvalidParameterValue", ec2.create_security_group, GroupName="default", **new)
refused("InvalidParameterValue", ec2.create_security_group, GroupName="x" * 256, **new)
refused("InvalidParameterValue", ec2.create_security_group, GroupName="x", Description="<script>", VpcId=vpc_id)
refused("MissingParameter", ec2.create_security_group, GroupName="x", VpcId=vpc_id)
refused("InvalidVpcID.NotFound", ec2.create_security_group, GroupName="x", Description="d", VpcId="vpc-00000000000000000")
refused("InvalidGroup.NotFound", ec2.describe_security_groups, GroupIds=["sg-00000000000000000"])
refused("InvalidGroupId.Malformed", ec2.describe_security_groups, GroupIds=["group"])
[default] = ec2.describe_security_groups(Filters=by(vpc_id=vpc_id, group_name="default"))["SecurityGroups"]
refused("CannotDelete", ec2.delete_security_group, GroupId=default["GroupId"])

# Half a range of ICMP, or of another protocol, would allow more than was asked for.
for protocol, one in (("icmp", {"FromPort": 8}), ("icmpv6", {"ToPort": 0}), ("47", {"FromPort": 1})):
    half = [{"IpProtocol": protocol, "IpRanges": [{"CidrIp": "10.0.0.0/8"}], **one}]
    refused("InvalidParameterValue", ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=half)

# Rules.
def permission(protocol="tcp", low=22, high=22, cidr="0.0.0.0/0", **more):
    return [{"IpProtocol": protocol, "FromPort": low, "ToPort": high, "IpRanges": [{"CidrIp": cidr}], **more}]

authorize, revoke = ec2.authorize_security_group_ingress, ec2.revoke_security_group_ingress
[rule] = authorize(GroupId=group_id, IpPermissions=permission(cidr="10.1.2.3/8"), TagSpecifications=tags("security-group-rule", Name="ssh"))["SecurityGroupRules"]
assert rule["CidrIpv4"] == "10.0.0.0/8" and rule["Tags"] == [{"Key": "Name", "Value": "ssh"}] and not rule["IsEgress"]
refused("InvalidPermission.Duplicate", authorize, GroupId=group_id, IpPermissions=permission(cidr="10.0.0.0/8"))
refused("InvalidParameterValue", authorize, GroupId=group_id, IpPermissions=permission(low=23, high=22))
refused("InvalidParameterValue", authorize, GroupId=group_id, IpPermissions=permission(high=65536))
refused("InvalidParameterValue", authorize, GroupId=group_id, IpPermissions=permission(low=-1, high=-1))
refused("InvalidParameterValue", authorize, GroupId=group_id, IpPermissions=permission(protocol="sctpx"))
refused("InvalidParameterValue", authorize, GroupId=group_id, IpPermissions=permission(cidr="10.0.0.0/33"))
refused("InvalidParameterValue", authorize, GroupId=group_id, IpPermissions=permission("tcp", 1, 1) * 2)
refused("InvalidParameterValue", authorize, GroupId=group_id, IpPermissions=[{"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
refused("MissingParameter", authorize, GroupId=group_id, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}])
refused("MissingParameter", authorize, GroupId=group_id)
refused("UnknownParameter", authorize, GroupId=group_id, IpPermissions=permission(PrefixListIds=[{"PrefixListId": "pl-1"}]))
between = [{"IpProtocol": "tcp", "FromPort": 7001, "ToPort": 7001, "UserIdGroupPairs": [{"GroupId": group_id, "Description": "peers"}]}]
[peers] = authorize(GroupId=group_id, IpPermissions=between)["SecurityGroupRules"]
assert peers["ReferencedGroupInfo"]["GroupId"] == group_id
refused("InvalidGroup.NotFound", authorize, GroupId=group_id, IpPermissions=[{**between[0], "UserIdGroupPairs": [{"GroupId": "sg-00000000000000000"}]}])
[shown] = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
assert [one["FromPort"] for one in sorted(shown["IpPermissions"], key=lambda one: one["FromPort"])] == [22, 7001]
assert shown["IpPermissionsEgress"][0]["IpProtocol"] == "-1" and "FromPort" not in shown["IpPermissionsEgress"][0]
rules = ec2.describe_security_group_rules(Filters=by(group_id=group_id))["SecurityGroupRules"]
assert len(rules) == 3 and [one["IsEgress"] for one in rules].count(True) == 1
egress = next(one for one in rules if one["IsEgress"])
assert (egress["FromPort"], egress["ToPort"]) == (-1, -1)
ec2.authorize_security_group_egress(GroupId=group_id, IpPermissions=[{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "Ipv6Ranges": [{"CidrIpv6": "2001:DB8::/32"}]}])
change = {"IpProtocol": "tcp", "FromPort": 2222, "ToPort": 2222, "CidrIpv4": "10.0.0.0/8", "Description": "moved"}
ec2.modify_security_group_rules(GroupId=group_id, SecurityGroupRules=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": change}])
[changed] = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])["SecurityGroupRules"]
assert changed["FromPort"] == 2222 and changed["Description"] == "moved"
ec2.update_security_group_rule_descriptions_ingress(GroupId=group_id, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": peers["SecurityGroupRuleId"], "Description": "all peers"}])
refused("InvalidPermission.NotFound", revoke, GroupId=group_id, IpPermissions=permission(low=1, high=1))
refused("InvalidSecurityGroupRuleId.NotFound", revoke, GroupId=group_id, SecurityGroupRuleIds=["sgr-00000000000000000"])
revoked = revoke(GroupId=group_id, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])["RevokedSecurityGroupRules"]
assert [one["SecurityGroupRuleId"] for one in revoked] == [rule["SecurityGroupRuleId"]]
refused("InvalidSecurityGroupRuleId.NotFound", ec2.describe_security_group_rules, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
many = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]} for port in range(1, 60)]
authorize(GroupId=group_id, IpPermissions=many)
refused("RulesPerSecurityGroupLimitExceeded", authorize, GroupId=group_id, IpPermissions=permission(low=99, high=99))
revoke(GroupId=group_id, IpPermissions=many)

# A group that another one's rule refers to stays.
client_id = ec2.create_security_group(GroupName="clients", **new)["GroupId"]
authorize(GroupId=group_id, IpPermissions=[{**between[0], "FromPort": 7000, "UserIdGroupPairs": [{"GroupId": client_id}]}])
refused("DependencyViolation", ec2.delete_security_group, GroupId=client_id)
ec2.delete_security_group(GroupId=group_id)
ec2.delete_security_group(GroupId=client_id)
refused("InvalidGroup.NotFound", ec2.delete_security_group, GroupId=group_id)

# Key pairs.
def field(data):
    return len(data).to_bytes(4, "big") + data

ed25519 = b"ssh-ed25519 " + base64.b64encode(field(b"ssh-ed25519") + field(bytes(range(32)))) + b" me"
pair = ec2.import_key_pair(KeyName="me", PublicKeyMaterial=ed25519, TagSpecifications=tags("key-pair", Team="db"))
refused("InvalidKeyPair.Duplicate", ec2.import_key_pair, KeyName="me", PublicKeyMaterial=ed25519)
for wrong in [b"", b"ssh-rsa AAAA", ed25519.replace(b"ssh-ed25519 ", b"ssh-rsa ")]:
    refused(("InvalidKey.Format", "MissingParameter"), ec2.import_key_pair, KeyName="wrong", PublicKeyMaterial=wrong)
[shown] = ec2.describe_key_pairs(KeyNames=["me"], IncludePublicKey=True)["KeyPairs"]
assert shown["KeyType"] == "ed25519" and shown["PublicKey"].startswith("ssh-ed25519 ") and shown["Tags"]
rsa = b"ssh-rsa " + base64.b64encode(field(b"ssh-rsa") + field(b"\1\0\1") + field(b"\0\xc1" + b"\5" * 255))
# What `ssh-keygen -e -m PKCS8` and `openssl md5 -c` say about this key.
fingerprint = "1f:b9:ac:06:c7:3e:c3:87:a2:f4:8d:99:df:6a:a2:f2"
assert ec2.import_key_pair(KeyName="rsa", PublicKeyMaterial=rsa)["KeyFingerprint"] == fingerprint
refused("InvalidKeyPair.NotFound", ec2.describe_key_pairs, KeyNames=["nobody"])
assert ec2.delete_key_pair(KeyName="me")["KeyPairId"] == pair["KeyPairId"]
ec2.delete_key_pair(KeyName="me")
refused("InvalidAction", ec2.create_key_pair, KeyName="x")

# Placement groups.
ec2.create_placement_group(GroupName="p", Strategy="partition", PartitionCount=3)
refused("InvalidPlacementGroup.Duplicate", ec2.create_placement_group, GroupName="p", Strategy="spread")
refused("InvalidParameterValue", ec2.create_placement_group, GroupName="q", Strategy="partition", PartitionCount=8)
refused("InvalidParameterCombination", ec2.create_placement_group, GroupName="q", Strategy="cluster", PartitionCount=2)
refused("InvalidParameterValue", ec2.create_placement_group, GroupName="q", Strategy="near")
refused("InvalidPlacementGroup.Unknown", ec2.describe_placement_groups, GroupNames=["q"])
assert ec2.describe_placement_groups(Filters=by(strategy="partition"))["PlacementGroups"][0]["PartitionCount"] == 3
ec2.delete_placement_group(GroupName="p")
refused("InvalidPlacementGroup.Unknown", ec2.delete_placement_group, GroupName="p")

# Tags.
ec2.create_tags(Resources=[vpc_id, other_vpc], Tags=[{"Key": "Team", "Value": "db"}, {"Key": "Empty", "Value": ""}])
assert len(ec2.describe_tags(Filters=by(resource_id=vpc_id))["Tags"]) == 2
refused("InvalidID", ec2.create_tags, Resources=["nothing"], Tags=[{"Key": "a", "Value": "b"}])
refused("InvalidVpcID.NotFound", ec2.create_tags, Resources=["vpc-00000000000000000"], Tags=[{"Key": "a", "Value": "b"}])
refused("InvalidParameterValue", ec2.create_tags, Resources=[vpc_id], Tags=[{"Key": "aws:a", "Value": "b"}])
refused("InvalidParameterValue", ec2.create_tags, Resources=[vpc_id], Tags=[{"Key": "k" * 129, "Value": "b"}])
refused("InvalidParameterValue", ec2.create_tags, Resources=[vpc_id], Tags=[{"Key": "k", "Value": "b" * 257}])
refused("TagLimitExceeded", ec2.create_tags, Resources=[vpc_id], Tags=[{"Key": f"k{n}", "Value": ""} for n in range(49)])
assert [one["ResourceId"] for one in ec2.describe_tags(Filters=[{"Name": "tag:Team", "Values": ["d*"]}])["Tags"]] == sorted([vpc_id, other_vpc])
assert not ec2.describe_tags(Filters=[{"Name": "tag:Empty", "Values": ["x"]}])["Tags"]
refused("InvalidParameterValue", ec2.describe_tags, Filters=by(tag_key="Team"))
# Every character that arrives can be read again.
odd = "a\ufffe\uffff\x01\U0001fffe"
ec2.create_tags(Resources=[other_vpc], Tags=[{"Key": "Odd", "Value": odd}])
assert "Odd" in [tag["Key"] for tag in ec2.describe_tags()["Tags"]]
ec2.delete_tags(Resources=[other_vpc], Tags=[{"Key": "Odd"}])
ec2.delete_tags(Resources=[vpc_id], Tags=[{"Key": "Team", "Value": "other"}, {"Key": "Empty"}])
assert [tag["Key"] for tag in ec2.describe_tags(Filters=by(resource_id=vpc_id))["Tags"]] == ["Team"]
ec2.delete_tags(Resources=[vpc_id])
assert not ec2.describe_tags(Filters=by(resource_id=vpc_id))["Tags"]
assert [one["VpcId"] for one in ec2.describe_vpcs(Filters=[{"Name": "tag:Team", "Values": ["d*"]}])["Vpcs"]] == [other_vpc]
assert [one["VpcId"] for one in ec2.describe_vpcs(Filters=[{"Name": "tag-key", "Values": ["Team"]}])["Vpcs"]] == [other_vpc]
