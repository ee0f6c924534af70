"""What the scripts beside this share, on top of `local`: statuses of refusals, pages, the aws CLI, policy documents."""

import json
import os
import subprocess
import sys

import local
from local import ENDPOINT, REGION, client, control

ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def refused(code, call, **params):
    """Expects the error code, with its HTTP status as in ("NoSuchEntity", 404); returns the message."""
    code, status = code if isinstance(code, tuple) else (code, None)
    answer = local.refused(code, call, **params).response
    found = answer["ResponseMetadata"]["HTTPStatusCode"]
    assert status in (None, found), f"{call.__name__}: HTTP {found} instead of {status}"
    return answer["Error"]["Message"]


def same(found, expected):
    assert found == expected, f"found {found!r}, expected {expected!r}"


def pages(call, member, **params):
    """The elements of each page, by boto3's own paginator."""
    paginator = call.__self__.get_paginator(call.__name__)
    return [page.get(member, []) for page in paginator.paginate(**params)]


def cli(*words):
    """The answer of the aws CLI, or the text of its refusal."""
    command = [sys.executable, "-m", "awscli", "--endpoint-url", ENDPOINT, "--region", REGION, "--output", "json", *words]
    keys = {"AWS_ACCESS_KEY_ID": os.environ["KIM_ACCESS_KEY"], "AWS_SECRET_ACCESS_KEY": os.environ["KIM_SECRET_KEY"]}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **keys, "AWS_PAGER": ""})
    if done.returncode != 0:
        return done.stderr.strip()
    return json.loads(done.stdout) if done.stdout.strip() else None


def advance(milliseconds):
    """Moves the world's clock forward."""
    control("POST", "clock", {"advance_ms": milliseconds})


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service="ec2.amazonaws.com"):
    return policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def allow(action="ec2:Describe*", resource="*"):
    return policy({"Effect": "Allow", "Action": action, "Resource": resource})
