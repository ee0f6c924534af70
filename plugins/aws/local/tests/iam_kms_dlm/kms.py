"""Keys, policies, aliases and the cryptography: the whole life of each, and every refusal."""

import json

from harness import ACCOUNT, REGION, ROOT, advance, cli, client, pages, policy, refused, same, trust

kms, iam = client("kms"), client("iam")
INVALID, MISSING, STATE, MALFORMED = "ValidationException", "NotFoundException", "KMSInvalidStateException", "MalformedPolicyDocumentException"
DAY = 24 * 3600 * 1000
ADMIN = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}


def create(**params):
    return kms.create_key(**params)["KeyMetadata"]


def a_key_lives_and_dies():
    key = create(Description="data", Tags=[{"TagKey": "a", "TagValue": "b"}])
    name, arn = key["KeyId"], key["Arn"]
    same(arn, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}")
    same((key["KeyState"], key["Enabled"], key["KeySpec"], key["MultiRegion"]), ("Enabled", True, "SYMMETRIC_DEFAULT", False))
    kms.create_alias(AliasName="alias/data", TargetKeyId=arn)
    alias_arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/data"
    for reference in [name, arn, "alias/data", alias_arn]:
        same(kms.describe_key(KeyId=reference)["KeyMetadata"]["Arn"], arn)
    refused(MISSING, client("kms", "us-west-2").describe_key, KeyId=name)
    kms.update_key_description(KeyId=name, Description="other")
    same(kms.describe_key(KeyId=name)["KeyMetadata"]["Description"], "other")
    kms.disable_key(KeyId=name)
    same(kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"], "Disabled")
    refused("DisabledException", kms.encrypt, KeyId=name, Plaintext=b"x")
    refused("DisabledException", kms.enable_key_rotation, KeyId=name)
    kms.enable_key(KeyId=name)
    kms.enable_key_rotation(KeyId=name, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=name)
    same((status["KeyRotationEnabled"], status["RotationPeriodInDays"]), (True, 180))
    kms.disable_key_rotation(KeyId=name)
    same(kms.get_key_rotation_status(KeyId=name)["KeyRotationEnabled"], False)
    for days in [6, 31]:
        refused(INVALID, kms.schedule_key_deletion, KeyId=name, PendingWindowInDays=days)
    same(kms.schedule_key_deletion(KeyId=name, PendingWindowInDays=7)["KeyState"], "PendingDeletion")
    pending = [
        (kms.schedule_key_deletion, {}), (kms.enable_key, {}), (kms.disable_key, {}), (kms.enable_key_rotation, {}),
        (kms.update_key_description, {"Description": ""}), (kms.tag_resource, {"Tags": [{"TagKey": "k", "TagValue": ""}]}),
        (kms.untag_resource, {"TagKeys": ["k"]}), (kms.encrypt, {"Plaintext": b"x"}), (kms.put_key_policy, {"Policy": policy(ADMIN)}),
        (kms.generate_data_key, {"KeySpec": "AES_256"}),
    ]
    for call, params in pending:
        refused(STATE, call, KeyId=name, **params)
    refused(STATE, kms.create_alias, AliasName="alias/late", TargetKeyId=name)
    kms.cancel_key_deletion(KeyId=name)
    refused(STATE, kms.cancel_key_deletion, KeyId=name)
    same(kms.describe_key(KeyId=name)["KeyMetadata"]["KeyState"], "Disabled")
    kms.schedule_key_deletion(KeyId=name, PendingWindowInDays=7)
    advance(7 * DAY - 60_000)
    assert "DeletionDate" in kms.describe_key(KeyId=name)["KeyMetadata"]
    advance(60_000)
    refused(MISSING, kms.describe_key, KeyId=name)
    same(kms.list_aliases()["Aliases"], [])
    same(kms.list_keys()["Keys"], [])


def keys_are_refused():
    for reference in ["nonsense", "0f0f0f0f-0000-0000-0000-00000000000f", "alias/absent", f"arn:aws:kms:us-west-2:{ACCOUNT}:key/x"]:
        refused(MISSING, kms.describe_key, KeyId=reference)
    refused("InvalidArnException", kms.describe_key, KeyId="arn:aws:ec2:x:y:key/z")
    refused(INVALID, kms.describe_key, KeyId="")
    refused(INVALID, kms.describe_key)
    refused(INVALID, kms.create_key, KeyUsage="SIGN_VERIFY")
    refused(INVALID, kms.create_key, KeySpec="NONSENSE")
    refused("UnsupportedOperationException", kms.create_key, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    refused("UnsupportedOperationException", kms.create_key, Origin="EXTERNAL")
    refused(INVALID, kms.create_key, Description="x" * 8193)
    for tags in [[("aws:x", "")], [("a", ""), ("a", "")], [("a!", "")], [(f"k{n}", "") for n in range(51)]]:
        refused("TagException", kms.create_key, Tags=[{"TagKey": key, "TagValue": value} for key, value in tags])
    refused(INVALID, kms.create_key, Tags=[{"TagKey": "x" * 129, "TagValue": ""}])
    assert create(MultiRegion=True)["KeyId"].startswith("mrk-")


def key_policies():
    key = create()["KeyId"]
    same(json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"][0]["Principal"], {"AWS": ROOT})
    same(kms.list_key_policies(KeyId=key)["PolicyNames"], ["default"])
    refused(MISSING, kms.get_key_policy, KeyId=key, PolicyName="other")
    role = iam.create_role(RoleName="node", AssumeRolePolicyDocument=trust())["Role"]["Arn"]
    use = {"Sid": "let the node", "Effect": "Allow", "Principal": {"AWS": role}, "Action": ["kms:Decrypt"], "Resource": "*"}
    kms.put_key_policy(KeyId=key, Policy=policy(ADMIN, use))
    same(json.loads(kms.get_key_policy(KeyId=key)["Policy"])["Statement"], [ADMIN, use])
    create(Policy=policy(ADMIN, use))
    # Everybody who is not root: the caller could never change the policy again.
    locked_out = [
        policy(use), policy({**ADMIN, "Action": "kms:Decrypt"}), policy(ADMIN, {**ADMIN, "Effect": "Deny"}),
        policy({**ADMIN, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
    ]
    for document in locked_out:
        assert "in the future" in refused(MALFORMED, kms.create_key, Policy=document)
        refused(MALFORMED, kms.put_key_policy, KeyId=key, Policy=document)
    create(Policy=policy(use), BypassPolicyLockoutSafetyCheck=True)
    malformed = [
        "{", "[]", "{}", policy(), policy({**ADMIN, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/absent"}}, ADMIN),
        policy({**ADMIN, "Effect": "Maybe"}), policy({"Effect": "Allow", "Principal": "*", "Action": "kms:*"}),
        policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}), policy({**ADMIN, "Resource": "mine"}),
        policy(ADMIN, {**use, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}}), policy({**ADMIN, "Action": "nonsense"}),
    ]
    for document in malformed:
        refused(MALFORMED, kms.create_key, Policy=document)
    refused("LimitExceededException", kms.create_key, Policy=policy(ADMIN) + " " * 32768)
    same(cli("kms", "create-key", "--policy", policy(ADMIN))["KeyMetadata"]["Enabled"], True)
    iam.delete_role(RoleName="node")
    # The principal is gone.
    refused(MALFORMED, kms.create_key, Policy=policy(ADMIN, use))


def aliases():
    one, other = create()["KeyId"], create()["KeyId"]
    kms.create_alias(AliasName="alias/a/b_c-d", TargetKeyId=one)
    refused("AlreadyExistsException", kms.create_alias, AliasName="alias/a/b_c-d", TargetKeyId=other)
    for name in ["a", "alias/", "alias/a b", "alias/a:b", "alias/" + "x" * 251]:
        refused(INVALID, kms.create_alias, AliasName=name, TargetKeyId=one)
    refused("NotAuthorizedException", kms.create_alias, AliasName="alias/aws/ebs", TargetKeyId=one)
    refused(MISSING, kms.create_alias, AliasName="alias/n", TargetKeyId="0f0f0f0f-0000-0000-0000-00000000000f")
    refused(INVALID, kms.create_alias, AliasName="alias/n", TargetKeyId="alias/a/b_c-d")
    kms.update_alias(AliasName="alias/a/b_c-d", TargetKeyId=other)
    same(kms.list_aliases(KeyId=one)["Aliases"], [])
    same([alias["TargetKeyId"] for alias in kms.list_aliases(KeyId=other)["Aliases"]], [other])
    refused(MISSING, kms.update_alias, AliasName="alias/absent", TargetKeyId=other)
    refused(MISSING, kms.delete_alias, AliasName="alias/absent")
    # An alias is no key where a key is changed.
    refused(MISSING, kms.disable_key, KeyId="alias/a/b_c-d")
    refused("InvalidArnException", kms.disable_key, KeyId=f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/a/b_c-d")
    kms.delete_alias(AliasName="alias/a/b_c-d")
    # Fifty aliases a key, also for one that moves.
    for n in range(50):
        kms.create_alias(AliasName=f"alias/q{n}", TargetKeyId=one)
    refused("LimitExceededException", kms.create_alias, AliasName="alias/q50", TargetKeyId=one)
    kms.create_alias(AliasName="alias/q50", TargetKeyId=other)
    refused("LimitExceededException", kms.update_alias, AliasName="alias/q50", TargetKeyId=one)
    for n in range(51):
        kms.delete_alias(AliasName=f"alias/q{n}")
    refused("InvalidGrantTokenException", kms.describe_key, KeyId=one, GrantTokens=["token"])
    refused(MISSING, kms.describe_key, KeyId="alias/a/b_c-d")


def tags_and_pages():
    key = create()["KeyId"]
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": f"k{n}", "TagValue": str(n)} for n in range(5)])
    kms.untag_resource(KeyId=key, TagKeys=["k4", "absent"])
    found = pages(kms.list_resource_tags, "Tags", KeyId=key, PaginationConfig={"PageSize": 3})
    same([[tag["TagKey"] for tag in page] for page in found], [["k0", "k1", "k2"], ["k3"]])
    refused("LimitExceededException", kms.tag_resource, KeyId=key, Tags=[{"TagKey": f"m{n}", "TagValue": ""} for n in range(47)])
    for n in range(5):
        kms.create_alias(AliasName=f"alias/p{n}", TargetKeyId=key)
    first = kms.list_aliases(Limit=2)
    same((first["Truncated"], len(first["Aliases"])), (True, 2))
    same([len(page) for page in pages(kms.list_aliases, "Aliases", PaginationConfig={"PageSize": 2})], [2, 2, 1])
    refused("InvalidMarkerException", kms.list_keys, Marker=first["NextMarker"])
    for limit in [0, 1001]:
        refused(INVALID, kms.list_keys, Limit=limit)


def what_is_sealed_opens():
    key, other = create()["KeyId"], create()["KeyId"]
    kms.create_alias(AliasName="alias/seal", TargetKeyId=key)
    context = {"stack": "dev", "a.b": "c"}
    sealed = kms.encrypt(KeyId="alias/seal", Plaintext=b"secret", EncryptionContext=context)["CiphertextBlob"]
    assert b"secret" not in sealed
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)
    same((opened["Plaintext"], opened["KeyId"].endswith(key)), (b"secret", True))
    same(kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context, KeyId="alias/seal")["Plaintext"], b"secret")
    unreadable = "InvalidCiphertextException"
    refused(unreadable, kms.decrypt, CiphertextBlob=sealed)
    refused(unreadable, kms.decrypt, CiphertextBlob=sealed, EncryptionContext={**context, "stack": "prod"})
    refused(unreadable, kms.decrypt, CiphertextBlob=sealed[:-1] + bytes([sealed[-1] ^ 1]), EncryptionContext=context)
    refused(unreadable, kms.decrypt, CiphertextBlob=b"nonsense")
    refused(unreadable, client("kms", "us-west-2").decrypt, CiphertextBlob=sealed, EncryptionContext=context)
    refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=sealed, EncryptionContext=context, KeyId=other)
    refused(INVALID, kms.encrypt, KeyId=key, Plaintext=b"")
    refused(INVALID, kms.encrypt, KeyId=key, Plaintext=b"x" * 4097)
    refused("DryRunOperationException", kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)
    moved = kms.re_encrypt(CiphertextBlob=sealed, SourceEncryptionContext=context, DestinationKeyId=other)["CiphertextBlob"]
    same(kms.decrypt(CiphertextBlob=moved)["KeyId"].endswith(other), True)
    for spec, length in [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 64}, 64)]:
        data = kms.generate_data_key(KeyId=key, EncryptionContext=context, **spec)
        same(len(data["Plaintext"]), length)
        same(kms.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext=context)["Plaintext"], data["Plaintext"])
    wrapped = kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_256")
    same(("Plaintext" in wrapped, len(kms.decrypt(CiphertextBlob=wrapped["CiphertextBlob"])["Plaintext"])), (False, 32))
    refused(INVALID, kms.generate_data_key, KeyId=key)
    refused(INVALID, kms.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=32)
    refused(INVALID, kms.generate_data_key, KeyId=key, NumberOfBytes=1025)
    same(len(kms.generate_random(NumberOfBytes=9)["Plaintext"]), 9)
    kms.disable_key(KeyId=key)
    refused("DisabledException", kms.decrypt, CiphertextBlob=sealed, EncryptionContext=context)


def a_key_does_not_keep_a_region_from_having_its_network():
    client("kms", "us-west-2").create_key()
    same([vpc["IsDefault"] for vpc in client("ec2", "us-west-2").describe_vpcs()["Vpcs"]], [True])


def what_is_not_known_is_refused():
    refused("UnknownOperationException", kms.list_grants, KeyId="x")
    refused(INVALID, kms.create_key, CustomKeyStoreId="cks-1")


TESTS = [a_key_lives_and_dies, keys_are_refused, key_policies, aliases, tags_and_pages, what_is_sealed_opens,
         a_key_does_not_keep_a_region_from_having_its_network, what_is_not_known_is_refused]
for test in TESTS:
    test()
