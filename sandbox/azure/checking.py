# ruff: noqa: S105 - a token is the name of a type
"""What the provider does to inputs before any call: names and locations that a program left out, and validation.

The behaviour is pulumi-azure-native's (provider/pkg/provider/provider.go, Check), but that unknown properties, which it
drops, are refused here.
"""

import hashlib
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.engine.model.values import UNKNOWN

from . import arm_ids
from .bodies import Body
from .model import ResourceType
from .sdk_types import SdkObject, SdkTypes, Shape, load

CREATE_BEFORE_DELETE = "__createBeforeDelete"
_LOCATION_HINT = ". Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'."
_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


@dataclass(frozen=True, kw_only=True)
class AutoName:
    """What the engine proposes for names: `mode` PROPOSE, ENFORCE or DISABLE."""

    proposed: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What defaults are drawn from. `group_location` gives a resource group's location, None when it is not there."""

    logical_name: str
    seed: bytes
    config_location: str | None
    group_location: Callable[[str], str | None]
    autoname: AutoName | None = None


def with_defaults(kind: ResourceType, olds: Body, news: Body, defaults: Defaults) -> Body:
    """The inputs with a name, a location and an API version."""
    inputs = dict(news)
    own = arm_ids.parameters(kind.path)[-1]
    if inputs.get(own) is None and (named := _name(kind, own, olds, defaults)) is not None:
        inputs[own], random = named
        if random:
            inputs[CREATE_BEFORE_DELETE] = True
    sdk = load().resources[kind.token]
    if inputs.get("location") is None and "location" in sdk.inputs.properties:
        location = _location(olds, inputs, defaults)
        if location is not None:
            inputs["location"] = location
    if inputs.get("azureApiVersion") is None and sdk.api_version:
        inputs["azureApiVersion"] = sdk.api_version
    return inputs


def autoname_strategy(kind: ResourceType) -> str:
    """How a left-out name is made: "random" (a suffix), "uuid", or "copy" where it is unique in its parent alone."""
    if kind.token == "authorization:RoleAssignment":
        return "uuid"
    # The path after the last namespace: with one parameter the resource stands for itself.
    tail = re.split("microsoft[.]", kind.path, flags=re.IGNORECASE)
    return "random" if len(tail) == 1 or tail[-1].count("{") == 1 else "copy"


def _name(kind: ResourceType, own: str, olds: Body, defaults: Defaults) -> tuple[str, bool] | None:
    if (old := olds.get(own)) is not None:
        return old, bool(olds.get(CREATE_BEFORE_DELETE))
    strategy, proposal = autoname_strategy(kind), defaults.autoname
    if proposal is not None and proposal.mode == "DISABLE":
        return None
    if proposal is not None and (proposal.mode == "ENFORCE" or strategy != "uuid"):
        return proposal.proposed, True
    if strategy == "copy":
        return defaults.logical_name, False
    drawn = hashlib.sha256(defaults.seed).hexdigest() if defaults.seed else secrets.token_hex(32)
    if strategy == "uuid":
        return str(uuid.UUID(hex=drawn[:32])), True
    return f"{defaults.logical_name}{drawn[:8]}", True


def _location(olds: Body, inputs: Body, defaults: Defaults) -> Any:
    if (old := olds.get("location")) is not None:
        return old
    if defaults.config_location:
        return defaults.config_location
    group = inputs.get("resourceGroupName")
    if group is None or group is UNKNOWN:
        return group
    return defaults.group_location(str(group))


def faults(kind: ResourceType, inputs: Body) -> list[str]:
    """Everything that is wrong with the inputs, each in the provider's words."""
    types = load()
    sdk = types.resources[kind.token]
    required = set(sdk.inputs.required)
    own = arm_ids.parameters(kind.path)[-1]
    required.add(own)
    if kind.location != "none":
        required.add("location")
    known = {key: value for key, value in inputs.items() if not key.startswith("__") and key != "azureApiVersion"}
    found = _object_faults("", SdkObject(sdk.inputs.properties, frozenset(required)), known, kind.token, types)
    name, pattern = inputs.get(own), kind.name.spec
    if pattern and isinstance(name, str) and not re.search(pattern, name):
        found.append(f"'{own}' does not match expression '{pattern}'")
    return found


def _object_faults(path: str, expected: SdkObject, value: Mapping[str, Any], owner: str, types: SdkTypes) -> list[str]:
    def inner(name: str) -> str:
        return f"{path}.{name}" if path else name

    found = [
        f"missing required property '{inner(name)}'" + (_LOCATION_HINT if inner(name) == "location" else "")
        for name in sorted(expected.required)
        if value.get(name) is None
    ]
    for name, item in value.items():
        if name in expected.properties:
            found += _value_faults(inner(name), expected.properties[name], item, types)
        else:
            near = ", ".join(sorted(expected.properties))
            found.append(f"'{inner(name)}' is no property of {owner}, which has {near}")
    return found


def _value_faults(path: str, shape: Shape, value: Any, types: SdkTypes) -> list[str]:
    if value is None or value is UNKNOWN:
        return []
    if isinstance(shape, str):
        return _plain_faults(path, shape, value)
    (kind, of), *_ = shape.items()
    if kind == "union":
        return min((_value_faults(path, member, value, types) for member in of), key=len)
    items: list[tuple[str, Any]] = []
    if kind == "array" and isinstance(value, list):
        items = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    elif kind != "array" and isinstance(value, Mapping):
        if kind == "ref":
            return _object_faults(path, types.objects[of], value, of, types)
        items = [(f"{path}.{key}", item) for key, item in value.items()]
    else:
        wanted = "array" if kind == "array" else "object"
        return [f"'{path}' should be of type '{wanted}' but got {_kind(value)}"]
    return [fault for place, item in items for fault in _value_faults(place, of, item, types)]


def _plain_faults(path: str, shape: str, value: Any) -> list[str]:
    if shape == "any" or (isinstance(value, _KINDS[shape]) and isinstance(value, bool) == (shape == "boolean")):
        return []
    if shape == "integer" and isinstance(value, float):
        return [f"'{path}' must be an integer but got {value}"]
    return [f"'{path}' should be of type '{shape}' but got {_kind(value)}"]


def _kind(value: Any) -> str:
    names = {bool: "a boolean", str: "a string", int: "a number", float: "a number", list: "an array"}
    return names.get(type(value), "an object")
