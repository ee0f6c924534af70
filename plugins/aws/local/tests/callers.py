"""Who may call: signatures, clocks, regions, unknown actions; and the faults that can be injected."""

import datetime
import urllib.error
import urllib.request
from unittest import mock

import botocore.auth
import botocore.exceptions
from botocore.config import Config

import local
from local import client, control, refused

SERVICES = ["ec2", "iam", "sts", "kms", "dlm"]
CALLS = {
    "ec2": lambda one: one.describe_vpcs,
    "iam": lambda one: one.list_roles,
    "sts": lambda one: one.get_caller_identity,
    "kms": lambda one: one.list_keys,
    "dlm": lambda one: one.get_lifecycle_policies,
}

# A wrong secret, an unknown key, a clock that is off, in the words of each service.
mismatch = {"kms": "InvalidSignatureException", "dlm": "InvalidSignatureException"}
unknown = {"ec2": "AuthFailure", "iam": "InvalidClientTokenId", "sts": "InvalidClientTokenId"}
expired = {"ec2": "RequestExpired", "kms": "InvalidSignatureException", "dlm": "InvalidSignatureException"}
for service in SERVICES:
    call = CALLS[service]
    call(client(service))()
    refused(mismatch.get(service, "SignatureDoesNotMatch"), call(client(service, aws_secret_access_key="wrong")))
    refused(unknown.get(service, "UnrecognizedClientException"), call(client(service, aws_access_key_id="AKIANOBODY")))
    late = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=16)
    with mock.patch("botocore.auth.get_current_datetime", lambda: late.replace(tzinfo=None), create=True):
        refused(expired.get(service, "SignatureDoesNotMatch"), call(client(service)))
refused("SignatureDoesNotMatch", client(region="mars-north-1").describe_vpcs)

# A body that is too large is refused in the words of its service, however large it is.
for size in (2, 20):
    refused("RequestEntityTooLarge", client("iam").create_role, RoleName="r", AssumeRolePolicyDocument="x" * size * 2**20)
refused("RequestEntityTooLarge", client().create_tags, Resources=["x" * 2 * 2**20], Tags=[])
refused("RequestEntityTooLarge", client("kms").create_key, Policy="x" * 2 * 2**20)

# A body that changed on its way, and one that nobody signed.
tampering = client()


def tamper(request, **_):
    assert "10.0" in request.body
    request.body = request.body.replace("10.0", "10.1")


tampering.meta.events.register("before-send.ec2", tamper)
refused("SignatureDoesNotMatch", tampering.create_vpc, CidrBlock="10.0.0.0/16")
try:
    urllib.request.urlopen(local.ENDPOINT, data=b"Action=DescribeVpcs&Version=2016-11-15")
    raise AssertionError("an unsigned request was answered")
except urllib.error.HTTPError as error:
    body = error.read()
    assert error.code == 403 and b"<Code>MissingAuthenticationToken</Code>" in body, body

# What is not known is refused, never dropped.
ec2 = client()
refused("InvalidAction", ec2.describe_fleets)
refused("UnknownOperationException", client("kms").list_retirable_grants, RetiringPrincipal="arn:aws:iam::123456789012:root")

# Faults.
control("POST", "faults", {"action": "DescribeVpcs", "nth": 2, "trouble": {"fail": {"code": "Unavailable", "status": 503}}})
ec2.describe_vpcs()
refused("Unavailable", ec2.describe_vpcs)
ec2.describe_vpcs()
control("POST", "faults", {"service": "ec2", "trouble": "throttle"})
refused("RequestLimitExceeded", ec2.describe_vpcs)
control("POST", "faults", {"action": "CreateVolume", "trouble": "lose_answer"})
try:
    ec2.create_volume(AvailabilityZone="eu-central-1a", Size=3, ClientToken="lost")
    raise AssertionError("the answer arrived")
except botocore.exceptions.HTTPClientError:
    pass
[lost] = ec2.describe_volumes(Filters=[{"Name": "size", "Values": ["3"]}])["Volumes"]
assert ec2.create_volume(AvailabilityZone="eu-central-1a", Size=3, ClientToken="lost")["VolumeId"] == lost["VolumeId"]
control("POST", "faults", {"action": "CreateVolume", "trouble": "lose_request"})
try:
    ec2.create_volume(AvailabilityZone="eu-central-1a", Size=4)
    raise AssertionError("the answer arrived")
except botocore.exceptions.HTTPClientError:
    pass
assert not ec2.describe_volumes(Filters=[{"Name": "size", "Values": ["4"]}])["Volumes"]
control("POST", "faults", {"action": "DescribeVpcs", "trouble": "html_error"})
refused("500", ec2.describe_vpcs)
# A client that retries does not notice.
control("POST", "faults", {"action": "DescribeVpcs", "trouble": "html_error", "times": 2})
client(config=Config(retries={"max_attempts": 4, "mode": "standard"})).describe_vpcs()
control("POST", "faults", {"action": "DescribeVpcs", "nth": 9, "trouble": {"delay": 1}})
assert len(control("GET", "faults")) == 1
control("DELETE", "faults")
assert not control("GET", "faults")
calls = control("GET", "calls")
assert calls[-1]["action"] == "DescribeVpcs" and calls[-1]["error"] is None and calls[-2]["error"] == "HtmlError"
try:
    control("POST", "faults", {"trouble": "explode"})
    raise AssertionError("a fault that does not exist was taken")
except urllib.error.HTTPError as error:
    assert error.code == 400
