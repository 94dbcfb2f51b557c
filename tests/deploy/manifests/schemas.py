"""Says of Kubernetes objects what the schemas of Kubernetes' versions say of them.

Reads JSON objects, one a line, and answers each with a line: a list of what is wrong. The argument
is the oldest version of Kubernetes to look at ("1.27"). No schema allows a field that it does not
name. KServe's kinds are checked against the models of its package, and
what they have of Kubernetes against the schemas.
"""

import functools
import importlib.util
import json
import re
import sys
import types
from pathlib import Path

import jsonschema
import kubernetes_validate
from referencing import Registry, Resource

SCHEMAS = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
KSERVE = Path(importlib.util.find_spec("kserve").submodule_search_locations[0])
PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": object}


def main():
    versions = versions_from(sys.argv[1])
    for line in sys.stdin:
        faults = {}
        document = json.loads(line)
        for version in versions:
            for fault in check(document, version):
                faults.setdefault(fault, []).append(version)
        print(json.dumps([f"{fault} (Kubernetes {', '.join(v)})" for fault, v in faults.items()]))


def versions_from(oldest):
    """The versions that there are schemas of, from this one on."""
    folders = SCHEMAS.glob("v*-local-strict")
    versions = [re.match(r"v(\d+\.\d+)", folder.name)[1] for folder in folders]
    return sorted((v for v in versions if numbers(v) >= numbers(oldest)), key=numbers)


def numbers(version):
    return [int(part) for part in version.split(".")]


def check(document, version):
    api, kind = document["apiVersion"], document["kind"]
    if api.startswith("serving.kserve.io/"):
        model = kserve_model(api.split("/")[1].capitalize() + kind)
        return list(against_model(document, model, version, kind))
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api)
    return list(against_schema(document, f"{kind.lower()}-{group}", version, ""))


@functools.cache
def validator(name, version):
    folder = SCHEMAS / f"v{version}.0-local-strict"
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    schema = Resource.from_contents(json.loads(path.read_text()))
    registry = schema @ (definitions(version) @ Registry())
    return jsonschema.validators.Draft202012Validator(schema.contents, registry=registry)


@functools.cache
def definitions(version):
    path = SCHEMAS / f"v{version}.0-local-strict" / "_definitions.json"
    return Resource.from_contents(json.loads(path.read_text()))


def against_schema(value, name, version, where):
    known = validator(name, version)
    if known is None:
        yield f"{where or name}: no such kind"
        return
    for error in known.iter_errors(value):
        path = ".".join(str(part) for part in error.absolute_path)
        yield f"{'.'.join(filter(None, [where, path]))}: {error.message}"


@functools.cache
def kserve_model(name):
    """A class of kserve.models, without the package around it, which wants a web server."""
    if "kserve" not in sys.modules:
        for package in ["kserve", "kserve.models"]:
            module = types.ModuleType(package)
            module.__path__ = [str(KSERVE / "models" if package.endswith("models") else KSERVE)]
            sys.modules[package] = module
        configuration = types.ModuleType("kserve.configuration")
        configuration.Configuration = type("Configuration", (), {"client_side_validation": True})
        sys.modules["kserve.configuration"] = configuration
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    module = importlib.import_module(f"kserve.models.{snake}")
    return getattr(module, name)


def against_model(value, model, version, where):
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is not an object"
        return
    fields = {key: model.openapi_types[name] for name, key in model.attribute_map.items()}
    for key in value:
        if key not in fields:
            yield f"{where}.{key}: not a field of {model.__name__}"
        else:
            yield from against_type(value[key], fields[key], version, f"{where}.{key}")
    if missing := [key for key in required(model) if key not in value]:
        yield f"{where}: without {', '.join(missing)}"


def required(model):
    """The keys that the constructor refuses to go without."""
    setters = {name: getattr(model, name).fset for name in model.attribute_map}
    return [
        model.attribute_map[name]
        for name, setter in setters.items()
        if any("must not be `None`" in str(text) for text in setter.__code__.co_consts)
    ]


def against_type(value, kind, version, where):
    if many := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(value, list):
            yield f"{where}: {value!r} is not a list"
            return
        for index, item in enumerate(value):
            yield from against_type(item, many[1], version, f"{where}.{index}")
    elif pairs := re.fullmatch(r"dict\(str, (.*)\)", kind):
        if not isinstance(value, dict):
            yield f"{where}: {value!r} is not an object"
            return
        for key, item in value.items():
            yield from against_type(item, pairs[1], version, f"{where}.{key}")
    elif kind in PLAIN:
        if not isinstance(value, PLAIN[kind]) or (kind == "int" and isinstance(value, bool)):
            yield f"{where}: {value!r} is not a {kind}"
    elif kind == "V1ObjectMeta":
        yield from against_schema(value, "objectmeta-meta-v1", version, where)
    elif kind.startswith("V1") and not re.match(r"V1(alpha|beta)", kind):
        yield from against_schema(value, f"{kind[2:].lower()}-v1", version, where)
    else:
        yield from against_model(value, kserve_model(kind), version, where)


main()
