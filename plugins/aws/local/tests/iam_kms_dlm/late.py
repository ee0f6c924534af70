"""With a consistency delay of an hour: what was just made is not seen yet, neither by readers nor by other services."""

from harness import ROOT, advance, client, policy, refused, same, trust

iam, kms, dlm = client("iam"), client("kms"), client("dlm")
HOUR = 3_600_000

role = iam.create_role(RoleName="node", AssumeRolePolicyDocument=trust())["Role"]["Arn"]
statement = {"Effect": "Allow", "Principal": {"AWS": [ROOT, role]}, "Action": "kms:*", "Resource": "*"}
refused("NoSuchEntity", iam.get_role, RoleName="node")
refused("MalformedPolicyDocumentException", kms.create_key, Policy=policy(statement))
details = {"ResourceTypes": ["VOLUME"], "TargetTags": [{"Key": "a", "Value": "b"}],
           "Schedules": [{"CreateRule": {"Interval": 24, "IntervalUnit": "HOURS"}, "RetainRule": {"Count": 1}}]}
backup = {"ExecutionRoleArn": role, "Description": "d", "State": "ENABLED", "PolicyDetails": details}
refused("InvalidRequestException", dlm.create_lifecycle_policy, **backup)
# It exists all the same: calls that change it find it, and its name is taken.
iam.create_instance_profile(InstanceProfileName="node")
iam.add_role_to_instance_profile(InstanceProfileName="node", RoleName="node")
refused("EntityAlreadyExists", iam.create_role, RoleName="node", AssumeRolePolicyDocument=trust())
advance(HOUR)
same(iam.get_role(RoleName="node")["Role"]["Arn"], role)
key = kms.create_key(Policy=policy(statement))["KeyMetadata"]["KeyId"]
refused("NotFoundException", kms.describe_key, KeyId=key)
made = dlm.create_lifecycle_policy(**backup)["PolicyId"]
same(dlm.get_lifecycle_policies()["Policies"], [])
advance(HOUR)
same(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyId"], key)
same([found["PolicyId"] for found in dlm.get_lifecycle_policies()["Policies"]], [made])
