"""Compares the plugins' schemas with AWS's own: botocore's models, and CloudFormation's resource schemas from cfn-lint.

    kim plugin schema --json | python3 compare.py           compares with differences.toml; exit code 1: they differ
    kim plugin schema --json | python3 compare.py --list    prints every difference, one a line

names.toml lists the operations and resources of a kind, and other names of its properties there. differences.toml lists
every intended difference, with its reason. A line names a kind, a property (of kim in snake_case, or one of AWS that kim
lacks), the difference, and the schema that has it.
"""

import collections
import json
import pathlib
import re
import sys
import textwrap
from importlib.metadata import version

try:
    import tomllib
except ImportError:  # before Python 3.11
    from pip._vendor import tomli as tomllib

from botocore.loaders import Loader
from botocore.model import ServiceModel
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

HERE = pathlib.Path(__file__).parent
MADE_WITH = {"botocore": version("botocore"), "cfn-lint": version("cfn-lint")}
# Additions of AWS over time. They are not failures if the list was made with an older botocore or cfn-lint.
GROWS = (": not offered", ": the enum lacks ", ": idempotency token", ": relation ")
# The facts that a source may leave out if another source has them.
LIMITS = ("required", "set", "enum", "min", "max", "pattern")
FLAGS = ("required", "immutable", "write_only", "secret", "set")
# The names of AWS's types in kim's schemas.
TYPES = {"string": "text", "blob": "text", "integer": "int", "long": "int", "boolean": "bool", "number": "float"}
TYPES |= {"structure": "object", "array": "list"}


def camel(name):
    return "".join(part.title() for part in name.split("_"))


class Operation:
    """The input of an operation, as a tree of facts."""

    loader = Loader()
    models = {}

    def __init__(self, text, changes=False):
        service, name = text.split()
        self.changes = changes
        if service not in self.models:
            document = self.loader.load_service_model(service, "service-2")
            self.models[service] = ServiceModel(document)
        self.name, self.root = name, self.models[service].operation_model(name).input_shape
        self.token = any("idempotencyToken" in member.metadata for member in self.root.members.values())

    def members(self, shape):
        return shape.members if shape.type_name == "structure" else {}

    def item(self, shape):
        return {"list": lambda: shape.member, "map": lambda: shape.value}.get(shape.type_name, lambda: None)()

    def facts(self, shape, parent, name, path):
        meta = shape.metadata
        facts = {
            "type": TYPES.get(shape.type_name, shape.type_name),
            "min": meta.get("min"), "max": meta.get("max"),
            "enum": meta.get("enum"), "pattern": spelled(meta.get("pattern")),
            "secret": meta.get("sensitive", False),
        }
        # A change may require other members. A member that it accepts is not immutable.
        required = name in getattr(parent, "required_members", [])
        return facts | ({"immutable": False} if self.changes else {"required": required})

    def note(self, shape):
        return "idempotency token" if "idempotencyToken" in shape.metadata else "not offered"

    def relations(self):
        return []


class Resource:
    """A resource type of CloudFormation, as a tree of facts."""

    def __init__(self, name):
        self.name, self.token = name, False
        self.root = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", name).schema

    def resolved(self, node):
        name = node.get("$ref", "").rpartition("/")[2]
        return self.root["definitions"][name] | node if name else node

    def members(self, node):
        return {name: self.resolved(member) for name, member in node.get("properties", {}).items()}

    def item(self, node):
        return self.resolved(node["items"]) if "items" in node else None

    def listed(self, group, path):
        """Returns true if a path or a prefix of it is in one of the lists of properties."""
        parts = path.replace("[]", ".*").split(".")
        prefixes = {"/properties/" + "/".join(parts[:n]) for n in range(1, len(parts) + 1)}
        return bool(prefixes & set(self.root.get(group, [])))

    def facts(self, node, parent, name, path):
        stated = node.get("type")
        document = isinstance(stated, list) or node.get("format") == "json"
        limits = {"text": ("minLength", "maxLength"), "list": ("minItems", "maxItems")}
        ours = "json" if document else TYPES.get(stated, stated)
        low, high = limits.get("text" if document else ours, ("minimum", "maximum"))
        facts = {
            "type": ours, "required": name in parent.get("required", []),
            "min": node.get(low), "max": node.get(high),
            "enum": node.get("enum", node.get("enumCaseInsensitive")), "pattern": spelled(node.get("pattern")),
            "computed": self.listed("readOnlyProperties", path), "write_only": self.listed("writeOnlyProperties", path),
        }
        if not self.listed("conditionalCreateOnlyProperties", path):
            facts["immutable"] = self.listed("createOnlyProperties", path)
        if ours == "list":
            facts["set"] = node.get("insertionOrder") is False or node.get("uniqueItems") is True
        if "default" in node:
            facts["default"] = node["default"]
        return facts

    def note(self, node):
        return "not offered"

    def relations(self):
        for key in ("anyOf", "requiredXor", "requiredOr", "dependentRequired", "dependentExcluded"):
            if key in self.root:
                yield f"relation {key} {json.dumps(self.root[key], sort_keys=True)}"


def find(source, path):
    """Returns the facts at a path like `Schedules[].Name`, or None."""
    node, parent, name = source.root, {}, ""
    for part in path.replace("[]", ".[]").split("."):
        parent, name = node, part
        node = source.item(node) if part == "[]" else source.members(node).get(part)
        if node is None:
            return None
    return source.facts(node, parent, name, path)


def properties(object_properties, prefix="", **inherited):
    """Yields the properties of kim with their paths, including those in objects and lists."""
    for name, property in object_properties.items():
        yield from walk(prefix + name, property, inherited)


def walk(path, property, inherited):
    facts = dict.fromkeys(FLAGS, False) | dict.fromkeys(("enum", "min", "max", "pattern", "default")) | property
    facts |= {flag: True for flag, holds in inherited.items() if holds}
    shape, inner = property["type"], None
    if isinstance(shape, dict):
        [(shape, inner)] = shape.items()
    facts |= {"type": shape, "computed": property.get("computed", False) and not property.get("input", False)}
    facts["pattern"] = spelled(facts["pattern"])
    # A flag of a list or map holds for the whole, and is not repeated for its items.
    flags = () if path.endswith("[]") else FLAGS
    facts["flags"] = [flag for flag in flags if (flag, shape) != ("set", "map")]
    yield path, facts
    passed = {"immutable": facts["immutable"], "write_only": facts["write_only"]}
    if shape == "object":
        yield from properties(inner["properties"], path + ".", **passed)
    elif shape in ("list", "map"):
        yield from walk(path + ("[]" if shape == "list" else "{}"), inner, passed)


def theirs(path, names, sort):
    """Returns the paths of a property of kim in AWS's trees: those of names.toml, else its name in CamelCase."""
    if path in names:
        at = names[path]
        at = at.get(sort, []) if isinstance(at, dict) else at
        return [at] if isinstance(at, str) else at
    if path.endswith("[]"):
        return [above + "[]" for above in theirs(path[:-2], names, sort)]
    above, dot, name = path.rpartition(".")
    return [at + "." + camel(name) for at in theirs(above, names, sort)] if dot else [camel(name)]


def spelled(pattern):
    """Returns a pattern for Rust's regex crate, without anchors: kim's patterns match the whole text."""
    if pattern is None:
        return None
    pattern = pattern.removeprefix("^").removesuffix("$").replace(r"[\w", "[A-Za-z0-9_").replace(r"\d", "[0-9]")
    named = {0x09: r"\t", 0x0A: r"\n", 0x0D: r"\r"}
    character = lambda code: named.get(code, chr(code) if 0x20 <= code < 0x7F else f"\\u{{{code:x}}}")
    return re.sub(r"\\u([0-9A-Fa-f]{4})", lambda found: character(int(found[1], 16)), pattern)


def says(facts, limit):
    """Returns true if a source has a limit; a smallest length of 0 is one."""
    return facts.get(limit) is not None and facts[limit] is not False


def number(value):
    return "none" if value is None else f"{value:g}"


def differences(ours, facts, stated):
    """Yields the differences between a property of kim and a source's facts. `stated`: the limits that any source has."""
    silent = {limit for limit in stated if not says(facts, limit)}
    if ours["computed"] or facts.get("computed"):
        if not facts.get("computed", True):
            yield "computed, an input there"
        elif not ours["computed"]:
            yield "an input, computed there"
        return
    same = {("json", "text"), ("text", "json"), ("map", "list"), (ours["type"], ours["type"])}
    if (ours["type"], facts["type"]) not in same:
        yield f"{ours['type']}, {facts['type']} there"
    for flag in ours["flags"]:
        if flag in facts and flag not in silent and bool(ours[flag]) != facts[flag]:
            yield f"{flag}, not there" if ours[flag] else f"not {flag}, but there"
    if not facts["enum"]:
        yield from ["an enum, none there"] if ours["enum"] and "enum" not in silent else []
    elif not ours["enum"]:
        yield "no enum, one there"
    else:
        mine, other = set(ours["enum"]), set(facts["enum"])
        yield from [f"the enum lacks {', '.join(sorted(other - mine))}"] if other - mine else []
        yield from [f"the enum has {', '.join(sorted(mine - other))} besides"] if mine - other else []
    for limit in ("min", "max"):
        nothing = limit == "min" and not ours[limit] and not facts[limit]
        if ours[limit] != facts[limit] and limit not in silent and not nothing:
            yield f"{limit} {number(ours[limit])}, {number(facts[limit])} there"
    if ours["pattern"] != facts["pattern"] and "pattern" not in silent:
        yield "pattern " + (ours["pattern"] or "none") + ", " + (facts["pattern"] or "none") + " there"
    if "default" in facts and facts["default"] != ours["default"]:
        texts = [textwrap.shorten(json.dumps(value), 60) for value in (ours["default"], facts["default"])]
        yield f"default {texts[0]}, {texts[1]} there"


def not_offered(source, node, path, used):
    """Yields AWS's members that are not properties of kim; of a missing object only the object itself."""
    for name, member in source.members(node).items():
        at = path + name
        inside, below = member, at
        while source.item(inside) is not None:
            inside, below = source.item(inside), below + "[]"
        if any(one.startswith(below + ".") for one in used):
            yield from not_offered(source, inside, below + ".", used)
        elif at not in used:
            yield f"{at}: {source.note(member)}"


def of_kind(kind, mapping, names):
    """Yields all differences of a kind: (line without its end, the schema that has it)."""
    sources = [(Operation(one), "api") for one in mapping["operations"]]
    sources += [(Operation(one, changes=True), "api") for one in mapping.get("changes", [])]
    sources += [(Resource(one), "cloudformation") for one in mapping["resources"]]
    used = collections.defaultdict(set)
    for path, ours in properties(kind["properties"]):
        if path.endswith("{}"):
            continue
        if not ours.get("docs") and not path.endswith("[]"):
            yield f"{path}: no documentation", "ours"
        found = []
        for source, sort in sources:
            there = {at: find(source, at) for at in theirs(path, names, sort)}
            for at, facts in there.items():
                # `Description` is text in one request, and `Description.Value` in another.
                if facts is not None and there.get(at + ".Value") is None:
                    used[source.name].add(at)
                    # A change has the id to identify the resource, not to change it.
                    if not (path == kind["id"] and getattr(source, "changes", False)):
                        found.append((source.name, sort, facts))
        stated = {limit for limit in LIMITS for _, _, facts in found if says(facts, limit)}
        for name, _, facts in found:
            for difference in differences(ours, facts, stated):
                yield f"{path}: {difference}", name
        for sort in ["api", "cloudformation"]:
            offered = any(sort == one for _, one, _ in found) or not any(sort == one for _, one in sources)
            if not offered and not (ours["computed"] and sort == "api"):
                yield f"{path}: of our own", sort
    if not sources[0][0].token:
        yield "no idempotency token", sources[0][0].name
    for source, _ in sources:
        for line in not_offered(source, source.root, "", used[source.name]):
            yield line, source.name
        for relation in source.relations():
            yield f": {relation}", source.name


def all_lines(plugins):
    tables = tomllib.loads((HERE / "names.toml").read_text())
    kinds = {kind["name"]: kind for plugin in plugins for kind in plugin["kinds"]}
    strangers = kinds.keys() ^ tables["kinds"].keys()
    if strangers:
        sys.exit(f"names.toml and the schemas do not have the same kinds: {', '.join(sorted(strangers))}")
    lines = collections.defaultdict(list)
    for name, kind in kinds.items():
        mapping = tables["kinds"][name]
        names = tables["services"].get(name.split(":")[1], {}) | mapping.get("names", {})
        for line, source in of_kind(kind, mapping, names):
            sources = lines[f"{name} {line}".replace(" : ", ": ")]
            if source not in sources:
                sources.append(source)
    return sorted(f"{line} ({', '.join(sources)})" for line, sources in lines.items())


def accepted():
    document = tomllib.loads((HERE / "differences.toml").read_text())
    lines = collections.Counter(line for group in document["accepted"] for line in group["differences"])
    twice = [line for line, count in lines.items() if count > 1]
    if twice or not all(group["reason"].strip() for group in document["accepted"]):
        sys.exit("differences.toml: each difference needs exactly one reason\n  " + "\n  ".join(twice))
    return document["made_with"], set(lines)


def main():
    plugins = json.load(sys.stdin)
    lines = all_lines(plugins)
    if "--list" in sys.argv[1:]:
        print("\n".join(lines))
        return 0
    made_with, known = accepted()
    new, gone = [line for line in lines if line not in known], sorted(known - set(lines))
    if made_with != MADE_WITH:
        print(f"the list was made with {made_with}, this is {MADE_WITH}: additions of AWS since then are not failures")
        print("\n".join(["since then:", *new, *gone]) if new or gone else "there is no difference since then")
        new, gone = [line for line in new if not any(part in line for part in GROWS)], []
    if new:
        print("These differences from AWS's own schemas have no reason in differences.toml:", *new, sep="\n  ")
        print("Correct the schema (plugins/aws/*/src) and build the plugins again, or add them to differences.toml with a reason.")
    if gone:
        print("These differences are in differences.toml, but no longer exist:", *gone, sep="\n  ")
        print("Remove the lines from differences.toml.")
    print(f"{len(lines)} differences, {len(new)} without a reason, {len(gone)} outdated")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
