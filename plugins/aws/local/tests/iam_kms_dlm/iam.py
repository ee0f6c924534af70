"""Roles, their policies and instance profiles: the whole life of each, and every refusal."""

import json

from harness import ACCOUNT, ROOT, allow, cli, client, pages, policy, refused, same, trust

iam = client("iam")
MISSING, EXISTS, CONFLICT, LIMIT = ("NoSuchEntity", 404), ("EntityAlreadyExists", 409), ("DeleteConflict", 409), ("LimitExceeded", 409)
MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def the_caller_is_root():
    same(client("sts").get_caller_identity()["Arn"], ROOT)
    same(iam.get_user()["User"]["Arn"], ROOT)
    refused(MISSING, iam.get_user, UserName="alice")
    same(cli("sts", "get-caller-identity")["Account"], ACCOUNT)


def a_role_lives_and_dies():
    role = iam.create_role(RoleName="node", Path="/kim/", AssumeRolePolicyDocument=trust(), Description="a node",
                           MaxSessionDuration=7200, Tags=[{"Key": "Team", "Value": "db"}])["Role"]
    same(role["Arn"], f"arn:aws:iam::{ACCOUNT}:role/kim/node")
    assert role["RoleId"].startswith("AROA")
    found = iam.get_role(RoleName="node")["Role"]
    same(found["AssumeRolePolicyDocument"], json.loads(trust()))
    same((found["Description"], found["MaxSessionDuration"], found["Tags"]),
         ("a node", 7200, [{"Key": "Team", "Value": "db"}]))
    same(client("iam", "us-east-1").get_role(RoleName="node")["Role"]["Arn"], role["Arn"])
    iam.update_role(RoleName="node", Description="other")
    same(iam.get_role(RoleName="node")["Role"]["MaxSessionDuration"], 3600)
    iam.update_role_description(RoleName="node", Description="again")
    iam.update_assume_role_policy(RoleName="node", PolicyDocument=trust("dlm.amazonaws.com"))
    same(iam.get_role(RoleName="node")["Role"]["AssumeRolePolicyDocument"], json.loads(trust("dlm.amazonaws.com")))
    iam.tag_role(RoleName="node", Tags=[{"Key": "team", "Value": "ops"}, {"Key": "b", "Value": ""}])
    same(iam.list_role_tags(RoleName="node")["Tags"], [{"Key": "b", "Value": ""}, {"Key": "team", "Value": "ops"}])
    iam.untag_role(RoleName="node", TagKeys=["b", "absent"])
    same(len(iam.list_role_tags(RoleName="node")["Tags"]), 1)
    same([role["RoleName"] for role in iam.list_roles(PathPrefix="/kim/")["Roles"]], ["node"])
    same(iam.list_roles(PathPrefix="/other/")["Roles"], [])
    same("Tags" in iam.list_roles()["Roles"][0], False)
    same(cli("iam", "get-role", "--role-name", "node")["Role"]["Description"], "again")
    iam.delete_role(RoleName="node")
    refused(MISSING, iam.get_role, RoleName="node")


def roles_are_refused():
    create = iam.create_role
    for name in ["", "a b", "a/b", "ä", "x" * 65]:
        refused("ValidationError", create, RoleName=name, AssumeRolePolicyDocument=trust())
    for path in ["kim/", "/kim", "/k m/", "/" + "x" * 512 + "/"]:
        refused("ValidationError", create, RoleName="r", Path=path, AssumeRolePolicyDocument=trust())
    refused("ValidationError", create, RoleName="r", AssumeRolePolicyDocument=trust(), MaxSessionDuration=3599)
    refused("ValidationError", create, RoleName="r", AssumeRolePolicyDocument=trust(), Description="x" * 1001)
    refused("ValidationError", create, RoleName="r")
    refused("ValidationError", create, RoleName="r", AssumeRolePolicyDocument=trust(), Tags=[{"Key": "k", "Value": "v"}] * 51)
    refused("InvalidInput", create, RoleName="r", AssumeRolePolicyDocument=trust(),
            Tags=[{"Key": "k", "Value": ""}, {"Key": "K", "Value": ""}])
    refused("InvalidInput", create, RoleName="r", AssumeRolePolicyDocument=trust(), Tags=[{"Key": "aws:k", "Value": ""}])
    refused("ValidationError", create, RoleName="r", AssumeRolePolicyDocument=trust(), Tags=[{"Key": "k!", "Value": ""}])
    refused(MISSING, create, RoleName="r", AssumeRolePolicyDocument=trust(),
            PermissionsBoundary=f"arn:aws:iam::{ACCOUNT}:policy/absent")
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    malformed = [
        "not json", "[]", "{}", policy(), policy({}), json.dumps({"Version": "2020-01-01", "Statement": [statement]}),
        policy({**statement, "Effect": "allow"}), policy({**statement, "Action": "ec2:RunInstances"}),
        policy({**statement, "Resource": "*"}), policy({**statement, "Extra": 1}),
        policy({key: value for key, value in statement.items() if key != "Principal"}),
        policy({key: value for key, value in statement.items() if key != "Action"}),
        policy({**statement, "Principal": {"Service": "nonsense"}}),
        policy({**statement, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/absent"}}),
        policy({**statement, "Principal": "me"}), policy({**statement, "Sid": "a b"}),
        policy({**statement, "Sid": "a"}, {**statement, "Sid": "a"}), policy({**statement, "Condition": "x"}),
    ]
    for document in malformed:
        refused(("MalformedPolicyDocument", 400), create, RoleName="r", AssumeRolePolicyDocument=document)
    long = policy({**statement, "Principal": {"Service": [f"s{n}.amazonaws.com" for n in range(120)]}})
    refused(LIMIT, create, RoleName="r", AssumeRolePolicyDocument=long)
    create(RoleName="r", AssumeRolePolicyDocument=trust())
    refused(EXISTS, create, RoleName="R", AssumeRolePolicyDocument=trust())
    refused("MalformedPolicyDocument", iam.update_assume_role_policy, RoleName="r", PolicyDocument="{}")
    for call in [iam.get_role, iam.delete_role, iam.list_role_policies, iam.list_attached_role_policies, iam.list_role_tags]:
        refused(MISSING, call, RoleName="absent")
    iam.tag_role(RoleName="r", Tags=[{"Key": f"k{n}", "Value": ""} for n in range(50)])
    refused(LIMIT, iam.tag_role, RoleName="r", Tags=[{"Key": "more", "Value": ""}])
    iam.delete_role(RoleName="r")


def inline_policies():
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=allow())
    same(iam.get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"], json.loads(allow()))
    same(iam.list_role_policies(RoleName="r")["PolicyNames"], ["p"])
    for document in [trust(), allow("nonsense"), allow(resource="my bucket"), policy({"Effect": "Allow", "Action": "a:b"})]:
        refused("MalformedPolicyDocument", iam.put_role_policy, RoleName="r", PolicyName="q", PolicyDocument=document)
    # White space does not count.
    iam.put_role_policy(RoleName="r", PolicyName="wide", PolicyDocument=allow() + " " * 20_000)
    iam.delete_role_policy(RoleName="r", PolicyName="wide")
    big = allow([f"ec2:A{n:04}" for n in range(450)])
    iam.put_role_policy(RoleName="r", PolicyName="big", PolicyDocument=big)
    refused(LIMIT, iam.put_role_policy, RoleName="r", PolicyName="bigger", PolicyDocument=big)
    same(iam.list_role_policies(RoleName="r")["PolicyNames"], ["big", "p"])
    refused(MISSING, iam.get_role_policy, RoleName="r", PolicyName="absent")
    refused(CONFLICT, iam.delete_role, RoleName="r")
    iam.delete_role_policy(RoleName="r", PolicyName="big")
    refused(MISSING, iam.delete_role_policy, RoleName="r", PolicyName="big")
    iam.delete_role_policy(RoleName="r", PolicyName="p")
    iam.delete_role(RoleName="r")


def managed_policies():
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())
    made = iam.create_policy(PolicyName="p", Path="/kim/", PolicyDocument=allow(), Description="d",
                             Tags=[{"Key": "a", "Value": "b"}])["Policy"]
    arn = made["Arn"]
    same((arn, made["DefaultVersionId"], made["AttachmentCount"]), (f"arn:aws:iam::{ACCOUNT}:policy/kim/p", "v1", 0))
    same(iam.get_policy(PolicyArn=arn)["Policy"]["Description"], "d")
    refused(EXISTS, iam.create_policy, PolicyName="P", PolicyDocument=allow())
    refused("MalformedPolicyDocument", iam.create_policy, PolicyName="q", PolicyDocument="{")
    refused(LIMIT, iam.create_policy, PolicyName="q", PolicyDocument=allow([f"ec2:A{n:04}" for n in range(600)]))
    for n in range(2, 6):
        version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow(f"ec2:A{n}"), SetAsDefault=n == 3)
        same(version["PolicyVersion"]["VersionId"], f"v{n}")
    refused(LIMIT, iam.create_policy_version, PolicyArn=arn, PolicyDocument=allow())
    same([v["VersionId"] for v in iam.list_policy_versions(PolicyArn=arn)["Versions"]], ["v5", "v4", "v3", "v2", "v1"])
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v3")["PolicyVersion"]
    same((version["IsDefaultVersion"], version["Document"]["Statement"][0]["Action"]), (True, "ec2:A3"))
    refused(CONFLICT, iam.delete_policy_version, PolicyArn=arn, VersionId="v3")
    refused(MISSING, iam.get_policy_version, PolicyArn=arn, VersionId="v9")
    refused("ValidationError", iam.get_policy_version, PolicyArn=arn, VersionId="3")
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    refused(CONFLICT, iam.delete_policy, PolicyArn=arn)
    for n in range(2, 6):
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{n}")
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    iam.attach_role_policy(RoleName="r", PolicyArn=MANAGED)
    attached = [policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]]
    same(attached, [MANAGED, arn])
    same(iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"], 1)
    same([role["RoleName"] for role in iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]], ["r"])
    refused(CONFLICT, iam.delete_policy, PolicyArn=arn)
    refused(CONFLICT, iam.delete_role, RoleName="r")
    refused(MISSING, iam.attach_role_policy, RoleName="r", PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")
    refused("InvalidInput", iam.attach_role_policy, RoleName="r", PolicyArn="arn:aws:iam::aws:role/Nonsense")
    refused(("AccessDenied", 403), iam.delete_policy, PolicyArn=MANAGED)
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "c", "Value": "d"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["a"])
    same(iam.list_policy_tags(PolicyArn=arn)["Tags"], [{"Key": "c", "Value": "d"}])
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=arn)
    same(iam.get_role(RoleName="r")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"], arn)
    same([p["Arn"] for p in iam.list_policies(Scope="Local", OnlyAttached=True)["Policies"]], [arn])
    names = [p["PolicyName"] for p in iam.list_policies(Scope="AWS")["Policies"]]
    same(names, ["AWSDataLifecycleManagerServiceRole", "AmazonEC2ReadOnlyAccess", "AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy", "ReadOnlyAccess"])
    iam.detach_role_policy(RoleName="r", PolicyArn=arn)
    refused(MISSING, iam.detach_role_policy, RoleName="r", PolicyArn=arn)
    refused(CONFLICT, iam.delete_policy, PolicyArn=arn)
    iam.delete_role_permissions_boundary(RoleName="r")
    iam.delete_policy(PolicyArn=arn)
    refused(MISSING, iam.get_policy, PolicyArn=arn)
    more = [iam.create_policy(PolicyName=f"m{n}", PolicyDocument=allow())["Policy"]["Arn"] for n in range(10)]
    for arn in more[:9]:
        iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    refused(LIMIT, iam.attach_role_policy, RoleName="r", PolicyArn=more[9])
    for arn in [MANAGED, *more[:9]]:
        iam.detach_role_policy(RoleName="r", PolicyArn=arn)
    for arn in more:
        iam.delete_policy(PolicyArn=arn)
    iam.delete_role(RoleName="r")


def instance_profiles():
    made = iam.create_instance_profile(InstanceProfileName="ip", Tags=[{"Key": "a", "Value": "b"}])["InstanceProfile"]
    same((made["Arn"], made["Roles"]), (f"arn:aws:iam::{ACCOUNT}:instance-profile/ip", []))
    refused(EXISTS, iam.create_instance_profile, InstanceProfileName="IP")
    refused("ValidationError", iam.create_instance_profile, InstanceProfileName="x" * 129)
    refused(MISSING, iam.get_instance_profile, InstanceProfileName="absent")
    refused(MISSING, iam.add_role_to_instance_profile, InstanceProfileName="ip", RoleName="absent")
    for name in ["r", "s"]:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust())
    iam.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="r")
    refused(LIMIT, iam.add_role_to_instance_profile, InstanceProfileName="ip", RoleName="s")
    refused(LIMIT, iam.add_role_to_instance_profile, InstanceProfileName="ip", RoleName="r")
    same(iam.get_instance_profile(InstanceProfileName="ip")["InstanceProfile"]["Roles"][0]["RoleName"], "r")
    same([p["InstanceProfileName"] for p in iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"]], ["ip"])
    same(len(cli("iam", "list-instance-profiles")["InstanceProfiles"]), 1)
    refused(CONFLICT, iam.delete_role, RoleName="r")
    refused(CONFLICT, iam.delete_instance_profile, InstanceProfileName="ip")
    refused(MISSING, iam.remove_role_from_instance_profile, InstanceProfileName="ip", RoleName="s")
    iam.tag_instance_profile(InstanceProfileName="ip", Tags=[{"Key": "c", "Value": "d"}])
    iam.untag_instance_profile(InstanceProfileName="ip", TagKeys=["a"])
    same(iam.list_instance_profile_tags(InstanceProfileName="ip")["Tags"], [{"Key": "c", "Value": "d"}])
    iam.remove_role_from_instance_profile(InstanceProfileName="ip", RoleName="r")
    iam.delete_instance_profile(InstanceProfileName="ip")
    for name in ["r", "s"]:
        iam.delete_role(RoleName=name)


def lists_come_in_pages():
    for n in range(7):
        iam.create_role(RoleName=f"r{n}", AssumeRolePolicyDocument=trust())
    found = pages(iam.list_roles, "Roles", PaginationConfig={"PageSize": 3})
    same([[role["RoleName"] for role in page] for page in found], [["r0", "r1", "r2"], ["r3", "r4", "r5"], ["r6"]])
    first = iam.list_roles(MaxItems=3)
    same(first["IsTruncated"], True)
    refused("ValidationError", iam.list_instance_profiles, Marker=first["Marker"])
    refused("ValidationError", iam.list_roles, Marker="nonsense")
    refused("ValidationError", iam.list_roles, MaxItems=0)
    refused("ValidationError", iam.list_roles, MaxItems=1001)
    for n in range(7):
        iam.delete_role(RoleName=f"r{n}")


def what_is_not_known_is_refused():
    refused("InvalidAction", iam.list_users)
    assert "NoSuchEntity" in cli("iam", "delete-role", "--role-name", "absent")


TESTS = [the_caller_is_root, a_role_lives_and_dies, roles_are_refused, inline_policies, managed_policies,
         instance_profiles, lists_come_in_pages, what_is_not_known_is_refused]
for test in TESTS:
    test()
