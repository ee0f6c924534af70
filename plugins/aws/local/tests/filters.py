"""Every filter that AWS documents is known, and no other: botocore's models bring the documentation."""

import html
import json
import re
import sys

import botocore.loaders

from local import client, refused

ec2 = client()
model = botocore.loaders.create_loader().load_service_model("ec2", "service-2")
count = 0
for service, action, reads in json.load(sys.stdin):
    if service != "ec2" or "Filter.N" not in reads:
        continue
    members = model["shapes"][model["operations"][action]["input"]["shape"]]["members"]
    documentation = html.unescape(members.get("Filters", members.get("Filter"))["documentation"])
    names = re.findall(r"<li>\s*<p>\s*<code>([^<]+?)</code>", documentation)
    describe = getattr(ec2, re.sub(r"(?<!^)(?=[A-Z])", "_", action).lower())
    argument = "Filters" if "Filters" in members else "Filter"
    for name in names:
        # AWS writes `tag:<key>` with a key that is marked up in another way each time.
        name = "tag:Owner" if re.sub(r"\s", "", name) in ("tag", "tag:<key>") else name.strip()
        describe(**{argument: [{"Name": name, "Values": ["no such value"]}]})
        count += 1
    refused("InvalidParameterValue", describe, **{argument: [{"Name": "no-such-filter", "Values": ["x"]}]})
assert count > 400, count
