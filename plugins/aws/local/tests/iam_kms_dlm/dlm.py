"""Lifecycle policies: the whole life of one, and every rule."""

import copy
import json

from harness import ACCOUNT, REGION, cli, client, refused, same, trust

dlm, iam = client("dlm"), client("iam")
WRONG, MISSING = ("InvalidRequestException", 400), ("ResourceNotFoundException", 404)
ROLE = iam.create_role(RoleName="dlm", AssumeRolePolicyDocument=trust("dlm.amazonaws.com"))["Role"]["Arn"]
SCHEDULE = {"Name": "daily", "CreateRule": {"Interval": 24, "IntervalUnit": "HOURS", "Times": ["03:00"]},
            "RetainRule": {"Count": 30}, "CopyTags": True}
DETAILS = {"PolicyType": "EBS_SNAPSHOT_MANAGEMENT", "ResourceTypes": ["VOLUME"],
           "TargetTags": [{"Key": "Backup", "Value": "kimberlite"}], "Schedules": [SCHEDULE]}


def policy(details=None, **changes):
    return {"ExecutionRoleArn": ROLE, "Description": "Daily backup", "State": "ENABLED",
            "PolicyDetails": details or DETAILS, **changes}


def details(**changes):
    return {**copy.deepcopy(DETAILS), **changes}


def schedule(**changes):
    merged = {**copy.deepcopy(SCHEDULE), **changes}
    return details(Schedules=[{key: value for key, value in merged.items() if value is not None}])


def a_policy_lives_and_dies():
    made = dlm.create_lifecycle_policy(**policy(Tags={"Team": "db", "a.b": ""}))["PolicyId"]
    found = dlm.get_lifecycle_policy(PolicyId=made)["Policy"]
    same(found["PolicyDetails"], DETAILS)
    arn = f"arn:aws:dlm:{REGION}:{ACCOUNT}:policy/{made}"
    same((found["PolicyArn"], found["State"], found["Tags"]), (arn, "ENABLED", {"Team": "db", "a.b": ""}))
    same(found["DateCreated"], found["DateModified"])
    dlm.update_lifecycle_policy(PolicyId=made, State="DISABLED", Description="other")
    dlm.update_lifecycle_policy(PolicyId=made, PolicyDetails=schedule(RetainRule={"Interval": 2, "IntervalUnit": "WEEKS"}))
    found = dlm.get_lifecycle_policy(PolicyId=made)["Policy"]
    same((found["State"], found["Description"]), ("DISABLED", "other"))
    same(found["PolicyDetails"]["Schedules"][0]["RetainRule"], {"Interval": 2, "IntervalUnit": "WEEKS"})
    dlm.tag_resource(ResourceArn=arn, Tags={"b": "c"})
    dlm.untag_resource(ResourceArn=arn, TagKeys=["Team"])
    dlm.untag_resource(ResourceArn=arn, TagKeys=["a.b", "absent"])
    same(dlm.list_tags_for_resource(ResourceArn=arn)["Tags"], {"b": "c"})
    same(cli("dlm", "get-lifecycle-policy", "--policy-id", made)["Policy"]["Description"], "other")
    dlm.delete_lifecycle_policy(PolicyId=made)
    for call in [dlm.get_lifecycle_policy, dlm.delete_lifecycle_policy, dlm.update_lifecycle_policy]:
        refused(MISSING, call, PolicyId=made)
    refused(MISSING, dlm.list_tags_for_resource, ResourceArn=arn)
    refused(WRONG, dlm.get_lifecycle_policy, PolicyId="nonsense")


def policies_are_found():
    one = dlm.create_lifecycle_policy(**policy())["PolicyId"]
    other = dlm.create_lifecycle_policy(**policy(
        details(ResourceTypes=["INSTANCE"], Schedules=[{**SCHEDULE, "TagsToAdd": [{"Key": "x", "Value": "y"}]}]),
        State="DISABLED"))["PolicyId"]
    ids = lambda **filters: {found["PolicyId"] for found in dlm.get_lifecycle_policies(**filters)["Policies"]}
    same(ids(), {one, other})
    same(ids(PolicyIds=[one]), {one})
    same(ids(PolicyIds=[one, other]), {one, other})
    same(ids(State="DISABLED"), {other})
    same(ids(ResourceTypes=["VOLUME"]), {one})
    same(ids(TargetTags=["Backup=kimberlite"]), {one, other})
    same(ids(TargetTags=["Backup=other"]), set())
    same(ids(TagsToAdd=["x=y"]), {other})
    same(client("dlm", "us-west-2").get_lifecycle_policies()["Policies"], [])
    refused(MISSING, dlm.get_lifecycle_policies, PolicyIds=["policy-0123456789abcdef0"])
    refused(WRONG, dlm.get_lifecycle_policies, State="NONSENSE")
    refused(WRONG, dlm.get_lifecycle_policies, ResourceTypes=["NONSENSE"])
    for made in [one, other]:
        dlm.delete_lifecycle_policy(PolicyId=made)


def rules_hold():
    create = dlm.create_lifecycle_policy
    top = [
        {"Description": ""}, {"Description": "a.b"}, {"Description": "x" * 501}, {"State": "ERROR"}, {"State": "on"},
        {"ExecutionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/absent"}, {"ExecutionRoleArn": "dlm"}, {"Tags": {}},
        {"Tags": {"aws:x": ""}}, {"Tags": {"a": "x" * 257}}, {"CreateInterval": 1}, {"DefaultPolicy": "VOLUME"},
    ]
    for changes in top:
        refused(WRONG, create, **policy(**changes))
    for name in ["ExecutionRoleArn", "Description", "State", "PolicyDetails"]:
        refused(WRONG, create, **{key: value for key, value in policy().items() if key != name})
    tag = {"Key": "a", "Value": "b"}
    wrong = [
        details(ResourceTypes=[]), details(ResourceTypes=["VOLUME", "INSTANCE"]), details(ResourceTypes=["DISK"]),
        details(TargetTags=[]), details(TargetTags=[tag] * 2), details(TargetTags=[{"Key": "", "Value": ""}]),
        details(Schedules=[]), details(PolicyType="IMAGE_MANAGEMENT"), details(PolicyType="EVENT_BASED_POLICY"),
        details(PolicyLanguage="SIMPLIFIED"), details(ExtendDeletion=True), details(Parameters={"NoReboot": True}), details(Parameters={"ExcludeBootVolume": True}),
        details(Schedules=[{**SCHEDULE, "CreateRule": {**SCHEDULE["CreateRule"], "Times": [f"0{n}:00"]}} for n in range(5)]),
        # Two schedules at the same time.
        details(Schedules=[SCHEDULE, {**SCHEDULE, "Name": "again"}]),
        schedule(Name="a.b"), schedule(CreateRule=None), schedule(RetainRule=None),
        schedule(TagsToAdd=[{"Key": "aws:x", "Value": ""}]), schedule(VariableTags=[{"Key": "x", "Value": "$(timestamp)"}]),
        schedule(TagsToAdd=[{"Key": f"k{n}", "Value": ""} for n in range(46)]),
        schedule(DeprecateRule={"Count": 1}),
        schedule(FastRestoreRule={"Count": 31, "AvailabilityZones": [f"{REGION}a"]}),
        schedule(FastRestoreRule={"Count": 1, "AvailabilityZones": ["us-west-2a"]}),
        schedule(FastRestoreRule={"Interval": 1, "IntervalUnit": "DAYS", "AvailabilityZones": [f"{REGION}a"]}),
        schedule(CrossRegionCopyRules=[{"Target": "us-west-2", "Encrypted": False}] * 2),
        schedule(CrossRegionCopyRules=[{"Encrypted": False}]), schedule(CrossRegionCopyRules=[{"Target": "us-west-2"}]),
        schedule(ShareRules=[{"TargetAccounts": ["123"]}]), schedule(ShareRules=[{"TargetAccounts": []}]),
    ]
    creates = [
        {"Interval": 5, "IntervalUnit": "HOURS"}, {"Interval": 0, "IntervalUnit": "HOURS"}, {"Interval": 24},
        {"Interval": 24, "IntervalUnit": "DAYS"}, {"Interval": 24, "IntervalUnit": "HOURS", "Times": ["03:00", "04:00"]},
        {"Interval": 24, "IntervalUnit": "HOURS", "Times": ["3:00"]}, {"Interval": 24, "IntervalUnit": "HOURS", "Times": ["24:00"]},
        {}, {"CronExpression": "0 3 * * ? *"}, {"CronExpression": "cron(0 3 * * *)"}, {"CronExpression": "cron(0 3 * * * *)"},
        {"CronExpression": "cron(99 99 ? * XYZ *)"}, {"CronExpression": "cron(* * * * ? *)"}, {"CronExpression": "cron(0/10 3 * * ? *)"},
        {"CronExpression": "cron(0 3 32 * ? *)"}, {"CronExpression": "cron(0 3 ? * 6#9 *)"},
        {"CronExpression": "cron(0 3 * * ? *)", "Interval": 24, "IntervalUnit": "HOURS"},
        {"CronExpression": "cron(0 3 * * ? *)", "Times": ["03:00"]}, {"Interval": 24, "IntervalUnit": "HOURS", "Location": "OUTPOST_LOCAL"},
    ]
    wrong += [schedule(CreateRule=rule) for rule in creates]
    retains = [
        {}, {"Count": 0}, {"Count": 1001}, {"Count": 1, "Interval": 1, "IntervalUnit": "DAYS"}, {"Interval": 1},
        {"Interval": 0, "IntervalUnit": "DAYS"}, {"Interval": 101, "IntervalUnit": "YEARS"}, {"Interval": 1, "IntervalUnit": "HOURS"},
    ]
    wrong += [schedule(RetainRule=rule) for rule in retains]
    for broken in wrong:
        refused(WRONG, create, **policy(broken))
    same(dlm.get_lifecycle_policies()["Policies"], [])
    right = [
        schedule(CreateRule={"CronExpression": "cron(0 3 * * ? *)"}), schedule(RetainRule={"Interval": 100, "IntervalUnit": "YEARS"}),
        details(Schedules=[{**SCHEDULE, "CreateRule": {"Interval": n, "IntervalUnit": "HOURS"}} for n in (1, 2, 12, 24)]),
        schedule(FastRestoreRule={"Count": 30, "AvailabilityZones": [f"{REGION}a"]}),
        schedule(CrossRegionCopyRules=[{"Target": "us-west-2", "Encrypted": True, "RetainRule": {"Interval": 1, "IntervalUnit": "DAYS"}}]),
        schedule(ShareRules=[{"TargetAccounts": ["210987654321"], "UnshareInterval": 1, "UnshareIntervalUnit": "DAYS"}]),
        details(PolicyType="IMAGE_MANAGEMENT", ResourceTypes=["INSTANCE"], Parameters={"NoReboot": True}),
    ]
    for fine in right:
        made = create(**policy(fine))["PolicyId"]
        same(dlm.get_lifecycle_policy(PolicyId=made)["Policy"]["PolicyDetails"], fine)
        dlm.delete_lifecycle_policy(PolicyId=made)


def policies_do_not_conflict():
    one = dlm.create_lifecycle_policy(**policy())["PolicyId"]
    refused(WRONG, dlm.create_lifecycle_policy, **policy(Description="the same again"))
    later = schedule(CreateRule={"Interval": 24, "IntervalUnit": "HOURS", "Times": ["04:00"]})
    other = dlm.create_lifecycle_policy(**policy(later))["PolicyId"]
    refused(WRONG, dlm.update_lifecycle_policy, PolicyId=other, PolicyDetails=DETAILS)
    dlm.update_lifecycle_policy(PolicyId=one, PolicyDetails=DETAILS)
    refused(WRONG, dlm.update_lifecycle_policy, PolicyId=one, Description="")
    refused(WRONG, dlm.update_lifecycle_policy, PolicyId=one, ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/absent")
    refused(WRONG, dlm.update_lifecycle_policy, PolicyId=one,
            PolicyDetails={**DETAILS, "PolicyType": "IMAGE_MANAGEMENT", "ResourceTypes": ["INSTANCE"]})
    for made in [one, other]:
        dlm.delete_lifecycle_policy(PolicyId=made)


def the_cli_can_make_one():
    made = cli("dlm", "create-lifecycle-policy", "--execution-role-arn", ROLE, "--description", "by hand", "--state",
               "ENABLED", "--policy-details", json.dumps(DETAILS))["PolicyId"]
    same([found["PolicyId"] for found in cli("dlm", "get-lifecycle-policies")["Policies"]], [made])
    same("ResourceNotFoundException" in cli("dlm", "delete-lifecycle-policy", "--policy-id", "policy-0"), True)


for test in [a_policy_lives_and_dies, policies_are_found, rules_hold, policies_do_not_conflict, the_cli_can_make_one]:
    test()
