"""Every action that the server declares is AWS's: it exists, and so does every parameter that it reads."""

import json
import re
import sys

import botocore
import botocore.loaders

loader = botocore.loaders.create_loader()


def parameters(model, shape_name, protocol):
    """The members of a structure as they go over the wire: name to (shape name, location)."""
    for name, member in model["shapes"][shape_name].get("members", {}).items():
        wire = member.get("locationName", name)
        if protocol == "ec2":
            wire = member.get("queryName") or wire[0].upper() + wire[1:]
        # What is in a URL's path has the name that the server's route gives it: the model's own.
        yield name if member.get("location") == "uri" else wire, member["shape"]


def names(text):
    """The top-level names of a declared shape, and what each has in braces."""
    found, depth, start = [], 0, 0
    for token in re.finditer(r"[{}]|[^\s{}]+", text):
        word = token.group()
        if word == "{":
            if depth == 0:
                start = token.end()
            depth += 1
        elif word == "}":
            depth -= 1
            if depth == 0:
                found[-1] = (found[-1][0], found[-1][1], text[start : token.start()])
        elif depth == 0:
            found.append((re.match(r"[A-Za-z0-9-]+", word).group(), word, ""))
    return found


def check(model, shape_name, declared, protocol, path):
    shape = model["shapes"][shape_name]
    known = dict(parameters(model, shape_name, protocol))
    for name, marks, inner in names(declared):
        assert name in known, f"{path} reads {name}, which AWS does not know"
        member = model["shapes"][known[name]]
        is_list = ".N" in marks or ":j" in marks and member["type"] == "list"
        assert is_list == (member["type"] == "list"), f"{path}.{name} is a {member['type']} for AWS"
        element = known[name]
        if is_list:
            element = member["member"]["shape"]
        kind = model["shapes"][element]["type"]
        for mark, types in {":i": ("integer", "long"), ":b": ("boolean",)}.items():
            if mark in marks:
                assert kind in types, f"{path}.{name} is a {kind} for AWS"
        if inner:
            check(model, element, inner, protocol, f"{path}.{name}")
    if protocol != "ec2":
        return
    wire_names = dict(zip(shape.get("members", {}), known))
    marks_of = {name: marks for name, marks, _ in names(declared)}
    for name in shape.get("required", []):
        assert "!" in marks_of.get(wire_names[name], ""), f"{path} must require {wire_names[name]}"


count = 0
for service, action, reads in json.load(sys.stdin):
    model = loader.load_service_model(service, "service-2")
    operation = model["operations"].get(action)
    assert operation, f"{service} has no action {action}"
    if "input" in operation:
        check(model, operation["input"]["shape"], reads, model["metadata"]["protocol"], f"{service}:{action}")
    else:
        assert not names(reads), f"{service}:{action} reads nothing on AWS"
    count += 1
assert count > 100, count
