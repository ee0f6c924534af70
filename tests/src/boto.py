"""Answers one request a line with one line: {"service", "operation", "params"}, or {"inventory": true}."""

import functools
import json
import sys

import boto3
from botocore.config import Config


@functools.cache
def client(service):
    return boto3.client(service, config=Config(retries={"max_attempts": 0}))


def call(service, operation, **params):
    one = client(service)
    if one.can_paginate(operation):
        return one.get_paginator(operation).paginate(**params).build_full_result()
    return getattr(one, operation)(**params)


def inventory():
    def all_of(operation, member, **params):
        return call("ec2", operation, **params).get(member, [])

    instances = [one for group in all_of("describe_instances", "Reservations") for one in group["Instances"]]
    default = {one["VpcId"] for one in all_of("describe_vpcs", "Vpcs") if one["IsDefault"]}

    def own(operation, member, key):
        return [one[key] for one in all_of(operation, member) if one.get("VpcId") not in default]

    groups = {
        one["GroupId"]
        for one in all_of("describe_security_groups", "SecurityGroups")
        if one.get("VpcId") not in default and one["GroupName"] != "default"
    }
    attached = lambda one: any(at.get("DeleteOnTermination") for at in one["Attachments"])
    main = lambda one: any(at.get("Main") for at in one["Associations"])
    gateways = all_of("describe_internet_gateways", "InternetGateways")
    tables = [one for one in all_of("describe_route_tables", "RouteTables") if one.get("VpcId") not in default]
    kms_keys = [client("kms").describe_key(KeyId=one["KeyId"])["KeyMetadata"] for one in call("kms", "list_keys")["Keys"]]
    roles = [one["RoleName"] for one in call("iam", "list_roles")["Roles"]]
    found = {
        "Vpc": own("describe_vpcs", "Vpcs", "VpcId"),
        "Subnet": own("describe_subnets", "Subnets", "SubnetId"),
        "SecurityGroup": groups,
        "SecurityGroupRule": [
            one["SecurityGroupRuleId"]
            for one in all_of("describe_security_group_rules", "SecurityGroupRules")
            if one["GroupId"] in groups and not (one["IsEgress"] and one["IpProtocol"] == "-1")
        ],
        "InternetGateway": [
            one["InternetGatewayId"]
            for one in gateways
            if not any(at.get("VpcId") in default for at in one["Attachments"])
        ],
        "RouteTable": [one["RouteTableId"] for one in tables if not main(one)],
        "RouteTableAssociation": [
            at["SubnetId"] for one in tables for at in one["Associations"] if not at.get("Main")
        ],
        "Route": [
            f"{one['RouteTableId']}:{to}"
            for one in tables
            for route in one["Routes"]
            for to in [route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")]
            if to and route["Origin"] == "CreateRoute"
        ],
        "Address": [one["AllocationId"] for one in all_of("describe_addresses", "Addresses")],
        "NatGateway": [
            one["NatGatewayId"]
            for one in all_of("describe_nat_gateways", "NatGateways")
            if one["State"] not in ("deleted", "failed")
        ],
        "NetworkInterface": [
            one["NetworkInterfaceId"]
            for one in all_of("describe_network_interfaces", "NetworkInterfaces")
            if one.get("VpcId") not in default and not one.get("RequesterManaged")
        ],
        "KeyPair": [one["KeyName"] for one in all_of("describe_key_pairs", "KeyPairs")],
        "PlacementGroup": [one["GroupName"] for one in all_of("describe_placement_groups", "PlacementGroups")],
        "Instance": [one["InstanceId"] for one in instances if one["State"]["Name"] != "terminated"],
        "Volume": [one["VolumeId"] for one in all_of("describe_volumes", "Volumes") if not attached(one)],
        "VolumeAttachment": [
            f"{at['VolumeId']}:{at['InstanceId']}"
            for one in all_of("describe_volumes", "Volumes")
            for at in one["Attachments"]
            if not at.get("DeleteOnTermination")
        ],
        "Key": [
            one["KeyId"] for one in kms_keys if one["KeyManager"] == "CUSTOMER" and one["KeyState"] != "PendingDeletion"
        ],
        "Alias": [
            one["AliasName"]
            for one in call("kms", "list_aliases")["Aliases"]
            if not one["AliasName"].startswith("alias/aws/")
        ],
        "Role": roles,
        "RolePolicy": [
            f"{role}:{name}"
            for role in roles
            for name in call("iam", "list_role_policies", RoleName=role)["PolicyNames"]
        ],
        "RolePolicyAttachment": [
            f"{role}/{one['PolicyArn']}"
            for role in roles
            for one in call("iam", "list_attached_role_policies", RoleName=role)["AttachedPolicies"]
        ],
        "Policy": [one["Arn"] for one in call("iam", "list_policies", Scope="Local")["Policies"]],
        "InstanceProfile": [
            one["InstanceProfileName"] for one in call("iam", "list_instance_profiles")["InstanceProfiles"]
        ],
        "LifecyclePolicy": [one["PolicyId"] for one in call("dlm", "get_lifecycle_policies")["Policies"]],
    }
    return {kind: sorted(ids) for kind, ids in found.items() if ids}


for line in sys.stdin:
    request = json.loads(line)
    try:
        if "inventory" in request:
            answer = {"answer": inventory()}
        else:
            answer = {"answer": call(request["service"], request["operation"], **request["params"])}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer, default=str), flush=True)
