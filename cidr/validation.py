"""Pydantic's errors told as faults: place in the file, what is allowed, what to type next.

What is allowed comes from the model's own JSON schema (description, enumerations, examples), so a field says it once.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from cidr.faults import Fault, nearest
from cidr.yaml_source import KeyPath, shown

JsonSchema = Mapping[str, Any]
_FAULTS = "faults"
# Pydantic's words where they speak of Python or of expressions, not of the file.
_WORDS = {
    "model_type": "is no mapping",
    "tuple_type": "is no list",
    "too_short": "is a list with too few entries",
    "string_pattern_mismatch": "is not of that form",
    "string_too_short": "is empty",
}
_SECRET = re.compile(r"passw|secret|token|(private|access)_?key|connection_?string|credential", re.IGNORECASE)


def refuse(*faults: Fault) -> PydanticCustomError:
    """The error with which a validator refuses a value in words of its own; the place is filled in by `told`."""
    return PydanticCustomError(_FAULTS, "not taken", {_FAULTS: faults})


def told(error: ValidationError, model: type[BaseModel], where: Callable[[KeyPath], str]) -> list[Fault]:
    """Every error of one validation as faults; `where` names the place of a key path."""
    schema = model.model_json_schema()
    details = error.errors()
    return [fault for detail in details if not _echo(detail, details) for fault in _told(detail, schema, where)]


def _echo(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Whether a list is called too short only because its items were refused, which is told already."""
    loc = detail["loc"]
    inside = any(other["loc"][: len(loc)] == loc and len(other["loc"]) > len(loc) for other in details)
    return detail["type"] == "too_short" and inside


def _told(detail: ErrorDetails, schema: JsonSchema, where: Callable[[KeyPath], str]) -> list[Fault]:
    path, parent, field = _locate(schema, detail["loc"])
    key = str(path[-1]) if path else ""
    place, given = where(path), detail["input"]
    match detail["type"]:
        case "faults":
            own = cast("tuple[Fault, ...]", detail.get("ctx", {})[_FAULTS])
            return [fault.at(place) for fault in own]
        case "missing":
            inside = f" under {shown(path[:-1])}" if path[:-1] else ""
            what, step = f"{key} is missing", f"add `{key}: {_example(field)}`{inside}"
        case "extra_forbidden":
            return [_unknown_key(place, key, sorted(parent.get("properties", {})))]
        case "union_tag_invalid" | "union_tag_not_found":
            key, tags = field["discriminator"]["propertyName"], list(field["discriminator"]["mapping"])
            value = cast("Mapping[str, object]", given).get(key) if isinstance(given, Mapping) else None
            what = f"unknown {key} {value!r}" if value is not None else f"{key} is missing"
            guess = nearest(str(value), tags)
            field, place = {"enum": tags}, where((*path, key))
            step = f"write `{key}: {guess}`" if guess else f"write one of them as `{key}`"
        case _:
            value = key if isinstance(given, dict | list) else repr(given)
            words = _WORDS.get(detail["type"])
            what = f"{value} {words}" if words else f"{value}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
            guess = nearest(str(given), _choices(field)) if _choices(field) else None
            text = _literal(guess) if guess else _example(field)
            named = f"{key}: {text}" if path and isinstance(path[-1], str) else text
            step = f"write `{named}`" if guess or "examples" in field else "write what is allowed"
    return [Fault(where=place, what=what, allowed=_allowed(field), next_step=step)]


def _unknown_key(where: str, key: str, known: list[str]) -> Fault:
    guess = nearest(key, known)
    step = f"write `{guess}` instead of `{key}`" if guess else f"take `{key}` out"
    if _SECRET.search(key):
        step = f"take `{key}` out, with its value: secrets live in the deployment's Key Vault, never in a file"
    return Fault(where=where, what=f"unknown key {key!r}", allowed=", ".join(known), next_step=step)


def _locate(schema: JsonSchema, loc: tuple[int | str, ...]) -> tuple[KeyPath, JsonSchema, JsonSchema]:
    """Key path in the data (Pydantic's loc holds union tags too), schema of the parent and of the field itself."""
    path: list[str | int] = []
    parent = here = _resolved(schema, schema)
    for part in loc:
        tags = cast("Mapping[str, str]", here.get("discriminator", {}).get("mapping", {}))
        if part in tags:
            here = _resolved(schema, {"$ref": tags[cast("str", part)]})
            continue
        path.append(part)
        parent = here
        if isinstance(part, int):
            here = _resolved(schema, here.get("items", {}))
        else:
            inner = here.get("properties", {}).get(part, here.get("additionalProperties", {}))
            here = _resolved(schema, inner if isinstance(inner, Mapping) else {})
    return tuple(path), parent, here


def _resolved(root: JsonSchema, schema: JsonSchema) -> JsonSchema:
    """`schema` with its reference followed, that of an optional field too; what stands beside the reference wins."""
    if "anyOf" in schema:
        branches = cast("list[JsonSchema]", schema["anyOf"])
        said = [branch for branch in branches if branch.get("type") != "null"]
        if len(said) == 1:
            return {**_resolved(root, said[0]), **{key: value for key, value in schema.items() if key != "anyOf"}}
    if "$ref" not in schema:
        return schema
    target = cast("JsonSchema", root["$defs"][cast("str", schema["$ref"]).rpartition("/")[2]])
    return {**target, **{key: value for key, value in schema.items() if key != "$ref"}}


def _choices(field: JsonSchema) -> list[str]:
    listed = cast("list[object]", field.get("enum", [field["const"]] if "const" in field else []))
    return [str(choice) for choice in listed]


def _allowed(field: JsonSchema) -> str:
    return ", ".join(_choices(field)) or cast("str", field.get("description", "see the schema"))


def _example(field: JsonSchema) -> str:
    return _literal(field.get("examples", ["..."])[0])


def _literal(value: object) -> str:
    """A value as it is typed in YAML: text that looks like a number needs its quotes."""
    return f'"{value}"' if isinstance(value, str) and re.fullmatch(r"[\d.]*\d", value) else str(value)
