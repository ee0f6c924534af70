"""What the scripts share: clients for the local AWS that check every answer against botocore's model, `refused`
for what must not work, and `until` for what takes a moment."""

import json
import os
import urllib.request
import xml.etree.ElementTree as ElementTree

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["KIM_ENDPOINT"]
REGION = "eu-central-1"
# What the server takes for a transition, in its own time: longer than any script runs.
STEP = 10 * 60 * 1000


def client(service="ec2", region=REGION, **options):
    """A client without retries, so that every refusal is seen."""
    secrets = {
        "aws_access_key_id": os.environ["KIM_ACCESS_KEY"],
        "aws_secret_access_key": os.environ["KIM_SECRET_KEY"],
    }
    config = Config(retries={"max_attempts": 0}, parameter_validation=False)
    made = boto3.client(service, **{"endpoint_url": ENDPOINT, "region_name": region, "config": config, **secrets, **options})
    made.meta.events.register("after-call", check_answer)
    return made


def check_answer(http_response, parsed, model, **_):
    """Fails on a member of an answer that botocore's model does not have: clients would drop it silently."""
    if http_response.status_code >= 300 or model.metadata["protocol"] not in ("ec2", "query"):
        return
    root = ElementTree.fromstring(http_response.content)
    if model.metadata["protocol"] == "query":
        root = root.find("{*}" + model.name + "Result")
    if model.output_shape is not None and root is not None:
        check_element(model.output_shape, root, model.name)


def check_element(shape, element, path):
    if shape.type_name == "structure":
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for child in element:
            tag = child.tag.split("}")[-1]
            # EC2 says `return` and `requestId` also where the model has no such member.
            if tag in ("requestId", "return") and "." not in path:
                continue
            assert tag in members, f"{path} has no member {tag}"
            check_element(members[tag], child, f"{path}.{tag}")
    elif shape.type_name == "list":
        wanted = shape.member.serialization.get("name", "member")
        for child in element:
            assert child.tag.split("}")[-1] == wanted, f"{path} has {child.tag}, not {wanted}"
            check_element(shape.member, child, f"{path}[]")


def refused(code, call, **params):
    """Calls, and insists on this error code (or one of several)."""
    codes = (code,) if isinstance(code, str) else code
    try:
        call(**params)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] in codes, f"{call.__name__}({params}) was refused with {found}, not {codes}"
        assert found["Message"], f"{code} has no message"
        return error
    raise AssertionError(f"{call.__name__}({params}) was not refused with {codes}")


def until(holds, what):
    """Moves the world's clock on until something that takes a while has happened."""
    for _ in range(20):
        if holds():
            return
        control("POST", "clock", {"advance_ms": STEP})
    raise AssertionError(f"{what} did not happen")


def control(method, path, body=None):
    """The server's control paths."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{ENDPOINT}/_kim/{path}", data=data, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def tags(resource_type, **values):
    """The TagSpecifications of a create call."""
    return [{"ResourceType": resource_type, "Tags": [{"Key": key, "Value": value} for key, value in values.items()]}]


def by(**filters):
    """Filters from keywords: `by(vpc_id="vpc-…")`."""
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
